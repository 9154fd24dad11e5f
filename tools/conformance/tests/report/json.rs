use ws_conformance::report::{BadReport, Report};

use crate::golden::check;
use crate::sample;

#[test]
fn a_report_as_json() {
    check("report.json", &sample::report().to_json());
}

#[test]
fn what_was_written_is_read() {
    let mut report = sample::report();
    for unfinished in [None, Some("the peer was gone".to_owned())] {
        report.unfinished = unfinished;
        let read = Report::from_json(&report.to_json()).unwrap();
        // Reports have no `PartialEq`: all fields are in their Debug.
        assert_eq!(format!("{read:#?}"), format!("{report:#?}"));
    }
}

#[test]
fn what_newer_versions_add_is_skipped() {
    let json = sample::report().to_json();
    let more = json.replacen("\"seconds\"", "\"new\": [1],\n  \"seconds\"", 1);
    assert!(Report::from_json(&more).is_ok());
}

#[test]
fn what_is_no_report_is_refused_with_a_sentence() {
    let json = sample::report().to_json();
    for (text, start) in [
        (String::new(), "this is not JSON: "),
        ("[1]".to_owned(), "this is no report of ws-conformance"),
        ("{\"agent\": {}}".to_owned(), "this is no report of ws-conformance"),
        (
            json.replacen("\"format\": 1", "\"format\": 2", 1),
            "this report has format 2, and this program knows format 1 at most",
        ),
        (json.replace("\"5.17\"", "\"5,17\""), "this report is damaged: \"5,17\" is not the id"),
        (json.replacen("\"role\"", "\"roll\"", 1), "this report is damaged: missing field `role`"),
        (json.replace("\"37fa213d\"", "\"37é1\""), "this report is damaged: "),
    ] {
        let error = Report::from_json(&text).unwrap_err();
        assert!(error.to_string().starts_with(start), "{error}");
    }
    assert_eq!(Report::from_json("{\"format\": 7}").unwrap_err(), BadReport::Newer(7));
}
