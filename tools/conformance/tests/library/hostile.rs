//! Programs that would keep a suite busy for ever.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::Role;
use blocking_ws::testing::{Peer, RawFrame, within};
use ws_conformance::report::{BehaviorClose, Outcome};

use super::suite;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_server_that_sends_pongs_without_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            thread::spawn(move || {
                let mut raw = stream.try_clone().unwrap();
                Peer::accept(stream).unwrap().open(&[]);
                let pongs = RawFrame::pong([]).to_bytes(Role::Server).repeat(1000);
                while raw.write_all(&pongs).is_ok() {}
            });
        }
    });
    let report = within(LIMIT, move || suite("1.1.2").server(&url).unwrap());
    assert_eq!(report.cases[0].outcome, Outcome::Fail, "{report}");
}

#[test]
fn a_driver_that_asks_for_a_case_that_never_ran_and_leaves() {
    let listening = suite("1.1.*").listen("127.0.0.1:0").unwrap().silence(Duration::from_secs(1));
    let url = listening.url();
    thread::spawn(move || {
        drop(Peer::connect(&format!("{url}/getCaseStatus?case=1&agent=A")).unwrap());
    });
    assert!(within(LIMIT, move || listening.wait()).is_err());
}

#[test]
fn a_client_whose_request_is_refused_has_failed_the_case() {
    let listening = suite("1.1.1").listen("127.0.0.1:0").unwrap().silence(Duration::from_secs(1));
    let url = listening.url();
    thread::spawn(move || {
        let mut stream = TcpStream::connect(url.trim_start_matches("ws://")).unwrap();
        stream
            .write_all(b"GET /runCase?case=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: mine\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    });
    let reports = within(LIMIT, move || listening.wait()).unwrap();
    assert_eq!(reports[0].tested.agent, "mine");
    assert_eq!(reports[0].cases[0].behavior_close, BehaviorClose::Failed);
}

/// A request for this path, with a key that is not the RFC's example.
fn request(method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:1\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    )
}

/// Sends a request, and returns what comes until the end of TCP.
fn exchange(address: &str, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs the clients, and returns the outcomes of their cases with the first reason of each.
fn opening(
    cases: &str,
    clients: impl FnOnce(&str) + Send + 'static,
) -> Vec<(String, Outcome, String)> {
    let listening = suite(cases).listen("127.0.0.1:0").unwrap().silence(Duration::from_secs(1));
    let url = listening.url();
    let clients = thread::spawn(move || clients(url.trim_start_matches("ws://")));
    let reports = within(LIMIT, move || listening.wait()).unwrap();
    clients.join().unwrap();
    let cases = reports[0].cases.iter();
    cases
        .map(|it| (it.id.to_string(), it.outcome, it.reasons.first().cloned().unwrap_or_default()))
        .collect()
}

#[test]
fn rfc_6455_section_4_1_a_key_that_an_earlier_connection_had() {
    let found = opening("HC2", |address| {
        exchange(address, &request("GET", "/getCaseCount")).unwrap();
        exchange(address, &request("GET", "/runCase?case=1&agent=A")).unwrap();
    });
    let (_, outcome, why) = &found[0];
    assert_eq!(*outcome, Outcome::Fail);
    assert!(why.starts_with("RFC 6455 §4.1, §10.3: an earlier connection had the key"), "{why}");
}

#[test]
fn a_request_that_is_no_get_has_a_report_and_a_status() {
    let found = opening("HC1.1,HC1.5", |address| {
        let answer = exchange(address, &request("POST", "/runCase?case=1&agent=A")).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        // What is looked at is right, and the rest is another case.
        exchange(address, &request("POST", "/runCase?case=2&agent=A")).unwrap();
        let status = exchange(address, &request("GET", "/getCaseStatus?case=1&agent=A")).unwrap();
        assert!(status.contains(r#"{"behavior":"FAILED"}"#), "{status}");
    });
    let outcomes: Vec<_> = found.iter().map(|(id, outcome, _)| (&id[..], *outcome)).collect();
    assert_eq!(outcomes, [("HC1.1", Outcome::Fail), ("HC1.5", Outcome::Pass)]);
}

#[test]
fn a_reset_is_a_reset() {
    let found = opening("HC10.7", |address| {
        let end = exchange(address, &request("GET", "/runCase?case=1&agent=A"));
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    });
    assert_eq!(found[0].1, Outcome::Pass);
}

#[test]
fn a_client_that_stays_after_a_refusal_has_failed_in_words() {
    let found = opening("HC3.7", |address| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request("GET", "/runCase?case=1&agent=A").as_bytes()).unwrap();
        let mut bytes = Vec::new();
        // The suite ends its direction, and then the whole.
        stream.read_to_end(&mut bytes).unwrap();
        while stream.write_all(b"\x8a\x80\x01\x02\x03\x04").is_ok() {
            thread::yield_now();
        }
    });
    let (_, outcome, why) = &found[0];
    assert_eq!(*outcome, Outcome::Fail);
    assert!(why.ends_with("the connection is not open, and the client sends a pong"), "{why}");
}
