use quick_junit::{NonSuccessKind, TestCaseStatus};
use ws_conformance::report::{Lenient, Report};

use crate::golden::check;
use crate::sample;

fn kinds(report: &Report, lenient: Lenient) -> Vec<(String, String)> {
    let xml = report.to_junit(lenient).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let tests = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
    tests
        .map(|test| {
            let kind = match &test.status {
                TestCaseStatus::Success { .. } => "success".to_owned(),
                TestCaseStatus::Skipped { .. } => "skipped".to_owned(),
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => {
                    "error".to_owned()
                }
                TestCaseStatus::NonSuccess { ty, .. } => ty.as_ref().unwrap().to_string(),
            };
            (test.name.split(' ').next().unwrap().to_owned(), kind)
        })
        .collect()
}

#[test]
fn a_report_as_junit() {
    check("report.xml", &sample::report().to_junit(Lenient::default()).unwrap());
}

#[test]
fn what_is_allowed_is_no_failure() {
    let report = sample::report();
    let all = Lenient { non_strict: true, unimplemented: true, limit: true };
    for (lenient, limited, not_strict) in
        [(Lenient::default(), "limit", "non-strict"), (all, "success", "success")]
    {
        let want = [
            ("1.1.1", "failed"),
            ("2.5", "failed"),
            ("5.3", "success"),
            ("5.17", "failed"),
            ("6.4.1", not_strict),
            ("7.1.6", "success"),
            ("9.1.6", limited),
            ("12.1.2", "success"),
            ("13.3.1", "skipped"),
        ];
        let want: Vec<_> =
            want.iter().map(|(id, kind)| (id.to_string(), kind.to_string())).collect();
        assert_eq!(kinds(&report, lenient), want);
    }
}

#[test]
fn a_run_that_was_not_finished_is_an_error() {
    let mut report = sample::of(vec![sample::passed("5.3", "a title")]);
    report.unfinished = Some("the peer was gone".to_owned());
    let kinds = kinds(&report, Lenient::default());
    assert_eq!(kinds[0].1, "success");
    assert_eq!(kinds[1], ("the".to_owned(), "error".to_owned()));
}

#[test]
fn characters_that_xml_does_not_have_are_escaped() {
    let xml = sample::report().to_junit(Lenient::default()).unwrap();
    let illegal = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(!xml.contains(illegal));
    assert!(xml.contains("it said \\u{1b}[2J\\u{0}]]&gt;&lt;/failure&gt;"), "{xml}");
}
