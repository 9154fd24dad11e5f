//! The library's client.

use std::thread;
use std::time::Duration;

use blocking_ws::{Client, Identity, Result, Role, TlsAcceptor};
use ws_conformance::report::Outcome;
use ws_conformance::{Lenient, Suite};

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

/// The same, of cases about the opening handshake. Many of them are an error here.
fn open(client: &Client, url: &str, count: usize) {
    let mut ws = client.connect(&format!("{url}/getCaseCount")).unwrap();
    while ws.recv().unwrap().is_some() {}
    for case in 1..=count {
        let _ = client
            .connect(&format!("{url}/runCase?case={case}&agent=library"))
            .and_then(|mut ws| echo(&mut ws));
    }
    let mut ws = client.connect(&format!("{url}/updateReports?agent=library")).unwrap();
    while ws.recv().unwrap().is_some() {}
}

#[test]
fn opening_handshakes() {
    let suite = suite("HC*");
    let count = suite.selected(Role::Client).unwrap().len();
    let listening = suite.listen("127.0.0.1:0").unwrap();
    let url = listening.url();
    // Two cases wait until the client gives up.
    let client = Client::new().connect_timeout(Duration::from_secs(3));
    let driver = thread::spawn(move || open(&client, &url, count));
    let report = listening.wait().unwrap().remove(0);
    driver.join().unwrap();
    assert!(report.passes(Lenient::default()), "{report}");
    let told = report.cases.iter().filter(|case| case.outcome == Outcome::Info);
    let told: Vec<String> = told.map(|case| case.id.to_string()).collect();
    assert_eq!((report.cases.len(), told), (count, vec!["HC6.5".to_owned()]));
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
