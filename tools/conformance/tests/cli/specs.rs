//! Specification files of the Autobahn test suite.

use std::fs;

use blocking_ws::connect;
use serde_json::json;

use super::clients::drive;
use super::support::{Folder, echo_server, run, wait_for_clients, wrong_server};

#[test]
fn the_file_of_a_fuzzing_client() {
    let (good, wrong, folder) = (echo_server(), wrong_server(), Folder::new());
    let spec = json!({
        "outdir": folder.path("reports"),
        "servers": [
            { "agent": "good", "url": good.url() },
            { "agent": "wrong", "url": wrong.url(), "options": { "version": 18 } },
        ],
        "cases": ["1.1.1", "5.1*"],
        "exclude-cases": ["5.19"],
        "exclude-agent-cases": { "wrong": ["1.1.1", "5.15"] },
    });
    let path = folder.path("fuzzingclient.json");
    fs::write(&path, spec.to_string()).unwrap();
    run(&["--spec", &path, "--quiet"]).expect(0);
    let index = folder.json("reports/index.json");
    let ids = |agent: &str| -> Vec<String> {
        index[agent].as_object().unwrap().keys().cloned().collect()
    };
    // 5.1, and 5.10 to 5.18.
    assert_eq!(ids("good").len(), 11, "{:?}", ids("good"));
    assert_eq!(ids("wrong").len(), 9, "{:?}", ids("wrong"));
    let ran = run(&["--spec", &path, "--cases", "1.1.1", "--dry-run"]).expect(0);
    assert_eq!(ran.out.matches("1 case would run against").count(), 2, "{}", ran.out);
}

#[test]
fn the_file_of_a_fuzzing_server() {
    let folder = Folder::new();
    let spec = json!({
        "url": "ws://127.0.0.1:0",
        "outdir": folder.path("reports"),
        "cases": ["1.1.1", "1.1.2"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    let path = folder.path("fuzzingserver.json");
    fs::write(&path, spec.to_string()).unwrap();
    let waiting = wait_for_clients(&["--spec", &path]);
    let url = waiting.url.clone();
    for agent in ["one", "two"] {
        drive(&url, agent);
    }
    let mut stop = connect(&format!("{url}/stopServer")).unwrap();
    assert_eq!(stop.recv().unwrap(), None);
    let ran = waiting.end().expect(0);
    assert_eq!(ran.out.matches("2 cases: 2 ok").count(), 2, "{}", ran.out);
    let index = folder.json("reports/index.json");
    assert_eq!(index.as_object().unwrap().keys().collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn a_file_that_cannot_be_used() {
    let folder = Folder::new();
    for (rule, text, why) in [
        ("not JSON", "{", "EOF"),
        ("neither kind", "{}", "neither"),
        ("no certificate", r#"{"url":"wss://127.0.0.1:0"}"#, "\"cert\""),
    ] {
        let path = folder.path("spec.json");
        fs::write(&path, text).unwrap();
        let ran = run(&["--spec", &path]).expect(2);
        assert!(ran.err.contains(why), "{rule}: {}", ran.err);
    }
}
