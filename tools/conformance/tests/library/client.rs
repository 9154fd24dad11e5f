//! The library's client.

use std::thread;

use blocking_ws::{Client, Identity, Result, TlsAcceptor};
use ws_conformance::Suite;

use super::{ALL, MOST, deflate, echo, identity, passes, suite};

/// Runs the cases of a suite that listens, as a driver of the Autobahn test suite does.
fn drive(client: &Client, url: &str) -> Result<()> {
    let mut ws = client.connect(&format!("{url}/getCaseCount"))?;
    let count = ws.recv()?.and_then(|text| text.as_text()?.parse::<usize>().ok()).unwrap();
    while ws.recv()?.is_some() {}
    for case in 1..=count {
        let mut ws = client.connect(&format!("{url}/runCase?case={case}&agent=library"))?;
        // What a case breaks is an error here, and judged by the suite.
        let _ = echo(&mut ws);
    }
    let mut ws = client.connect(&format!("{url}/updateReports?agent=library"))?;
    while ws.recv()?.is_some() {}
    Ok(())
}

fn meet(suite: &Suite, client: Client) {
    let listening = suite.listen("127.0.0.1:0").unwrap();
    let url = listening.url();
    let client = client.max_message_size(MOST).deflate(deflate());
    let driver = thread::spawn(move || drive(&client, &url));
    let reports = listening.wait().unwrap();
    driver.join().unwrap().unwrap();
    assert_eq!(reports.len(), 1);
    passes(&reports[0]);
}

#[test]
fn ws() {
    meet(&suite(ALL), Client::new());
}

#[test]
fn wss() {
    let (cert, key) = identity();
    let acceptor = TlsAcceptor::new(&Identity::from_pem(cert, key).unwrap()).unwrap();
    meet(&suite(ALL).tls_acceptor(acceptor), Client::new().root_certificate_pem(cert));
}
