//! The reports that are written, and those that are read.

use ws_conformance::Report;

use super::support::{Folder, echo_server, run, wrong_server};

#[test]
fn each_report_is_written() {
    let (server, folder) = (echo_server(), Folder::new());
    let paths = ["a.xml", "a.json", "a.html", "autobahn", "a.jsonl"].map(|name| folder.path(name));
    let [junit, json, html, autobahn, log] = paths.each_ref().map(String::as_str);
    run(&[
        "server",
        server.url(),
        "--cases",
        "1.1.1,5.17",
        "--agent",
        "echo",
        "--quiet",
        "--junit",
        junit,
        "--json",
        json,
        "--html",
        html,
        "--autobahn",
        autobahn,
        "--wire-log",
        log,
    ])
    .expect(0);
    let xml = folder.read("a.xml");
    assert!(xml.starts_with("<?xml") && xml.contains("name=\"5.17 "), "{xml}");
    let report = Report::from_json(&folder.read("a.json")).unwrap();
    assert_eq!((report.tested.agent.as_str(), report.cases.len()), ("echo", 2));
    assert!(folder.read("a.html").contains("5.17"));
    let index = folder.json("autobahn/index.json");
    let case = &index["echo"]["5.17"];
    assert_eq!((&case["behavior"], &case["behaviorClose"]), (&"OK".into(), &"OK".into()));
    let file = folder.json(&format!("autobahn/{}", case["reportfile"].as_str().unwrap()));
    assert_eq!(file["id"], "5.17");
    for line in folder.read("a.jsonl").lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["type"].is_string(), "{line}");
    }
}

#[test]
fn only_what_is_worse_than_the_baseline_fails() {
    let (good, wrong, folder) = (echo_server(), wrong_server(), Folder::new());
    let (well, badly) = (folder.path("well.json"), folder.path("badly.json"));
    let run = |url: &str, more: &[&str]| {
        run(&[&["server", url, "--agent", "echo", "--cases", "1.1.1,1.2.1"], more].concat())
    };
    run(good.url(), &["--json", &well]).expect(0);
    run(wrong.url(), &["--json", &badly]).expect(1);
    for (rule, url, baseline, status, told) in [
        ("worse", wrong.url(), &well, 1, "1 worse, 0 better"),
        ("better", good.url(), &badly, 0, "0 worse, 1 better"),
        ("as bad as before", wrong.url(), &badly, 0, "All verdicts are those of the baseline."),
    ] {
        let ran = run(url, &["--baseline", baseline]);
        assert_eq!(ran.status, Some(status), "{rule}: {}", ran.err);
        assert!(ran.out.contains(told), "{rule}: {}", ran.out);
    }
}

/// An index.json, as the Autobahn test suite writes it, is a baseline as well.
#[test]
fn a_baseline_of_the_autobahn_test_suite() {
    let (good, wrong, folder) = (echo_server(), wrong_server(), Folder::new());
    let (index, autobahn) = (folder.path("index/index.json"), folder.path("index"));
    let cases = ["--agent", "echo", "--cases", "1.1.1"];
    run(&[&["server", good.url(), "--autobahn", &autobahn], &cases[..]].concat()).expect(0);
    let ran = run(&[&["server", wrong.url(), "--baseline", &index], &cases[..]].concat()).expect(1);
    assert!(ran.out.contains("1 worse"), "{}", ran.out);
}

#[test]
fn two_reports_are_compared() {
    let (good, wrong, folder) = (echo_server(), wrong_server(), Folder::new());
    let (well, badly) = (folder.path("well.json"), folder.path("badly.json"));
    run(&["server", good.url(), "--cases", "1.1.1", "--json", &well]).expect(0);
    run(&["server", wrong.url(), "--cases", "1.1.1", "--json", &badly]).expect(1);
    run(&["compare", &well, &well]).expect(0);
    let ran = run(&["compare", &well, &badly]).expect(1);
    assert!(ran.out.contains("1.1.1  pass (OK / OK)"), "{}", ran.out);
}
