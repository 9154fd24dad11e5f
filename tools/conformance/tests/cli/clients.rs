//! Clients: with a driver, and started for each case.

use std::env;

use blocking_ws::{Client, Deflate, connect};

use super::support::{Folder, echo, run, wait_for_clients};

/// Asks for the text that a path has.
fn ask(url: &str, path: &str) -> Option<String> {
    let mut ws = connect(&format!("{url}{path}")).unwrap();
    let mut last = None;
    while let Some(message) = ws.recv().unwrap() {
        last = Some(message.to_string());
    }
    last
}

/// Runs all cases as a driver for the Autobahn test suite does.
pub(crate) fn drive(url: &str, agent: &str) {
    let count: usize = ask(url, "/getCaseCount").unwrap().parse().unwrap();
    for number in 1..=count {
        let mut ws = connect(&format!("{url}/runCase?case={number}&agent={agent}")).unwrap();
        // A broken rule is an error here, and what the case is about.
        let _ = echo(&mut ws);
    }
    ask(url, &format!("/updateReports?agent={agent}"));
}

#[test]
fn a_client_with_a_driver() {
    let folder = Folder::new();
    let json = folder.path("report.json");
    let waiting = wait_for_clients(&[
        "client",
        "--listen",
        "127.0.0.1:0",
        "--cases",
        "1.1.1,5.17,7.1.1",
        "--json",
        &json,
    ]);
    let url = waiting.url.clone();
    assert_eq!(ask(&url, "/getCaseCount").as_deref(), Some("3"));
    let info = ask(&url, "/getCaseInfo?case=2").unwrap();
    assert!(info.contains("\"id\":\"5.17\""), "{info}");
    drive(&url, "mine");
    let ran = waiting.end().expect(0);
    assert!(ran.out.starts_with("mine, client ws://"), "{}", ran.out);
    assert!(ran.out.contains("3 cases: 3 ok"), "{}", ran.out);
    assert_eq!(folder.json("report.json")["cases"].as_array().unwrap().len(), 3);
}

/// A driver that asks for its reports before it has run all cases.
#[test]
fn a_driver_that_leaves_early() {
    let waiting =
        wait_for_clients(&["client", "--listen", "127.0.0.1:0", "--cases", "1.1.1,1.1.2"]);
    let url = waiting.url.clone();
    let _ = echo(&mut connect(&format!("{url}/runCase?case=1&agent=mine")).unwrap());
    ask(&url, "/updateReports?agent=mine");
    let ran = waiting.end().expect(4);
    assert!(ran.err.contains("the client has run 1 of 2 cases"), "{}", ran.err);
}

/// The program that is started is this test: it gets the URL as its last argument.
#[test]
fn a_client_that_is_started_for_each_case() {
    let this = env::current_exe().unwrap();
    let command = format!(
        "'{}' --ignored --exact clients::the_program_that_is_started {{url}}",
        this.display()
    );
    let cases = ["--cases", "1.1.1,5.3,6.3.1,12.1.1", "--jobs", "2"];
    let ran = run(&[&["client", "--exec", &command], &cases[..]].concat()).expect(0);
    assert!(ran.out.contains("4 cases: 4 ok"), "{}", ran.out);
    // It compares two connections, so the program is started twice.
    let ran = run(&["client", "--exec", &command, "--cases", "HC2"]).expect(0);
    assert!(ran.out.contains("1 case: 1 ok"), "{}", ran.out);
}

#[test]
#[ignore = "another test starts it, with a URL"]
fn the_program_that_is_started() {
    let url = env::args().next_back().unwrap();
    let mut ws = Client::new().deflate(Deflate::new()).connect(&url).unwrap();
    // In a case in which the suite breaks a rule, an error is right.
    let _ = echo(&mut ws);
}
