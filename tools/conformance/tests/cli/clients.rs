//! Clients: with a driver, and started for each case.

use blocking_ws::connect;
use test_support::autobahn::Layout;

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

#[test]
fn a_client_that_is_started_for_each_case() {
    let layout = Layout::of_this_program().unwrap();
    layout.build(&["--package", "ws-conformance", "--example", "echo_client"]).unwrap();
    let program = layout
        .programs()
        .join("examples")
        .join(format!("echo_client{}", std::env::consts::EXE_SUFFIX));
    let command = format!("'{}' {{url}}", program.display());
    let ran = run(&["client", "--exec", &command, "--cases", "1.1.1,5.3,6.3.1,12.1.1"]).expect(0);
    assert!(ran.out.contains("4 cases: 4 ok"), "{}", ran.out);
}
