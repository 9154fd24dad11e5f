//! Programs that would keep a suite busy for ever.

use std::io::{Read, Write};
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
