use ws_conformance::report::{Lenient, Report, TextStyle};

use crate::golden::check;
use crate::sample;

fn text(report: &Report, style: TextStyle) -> String {
    let mut out = Vec::new();
    report.write_text(&mut out, style).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_report_for_a_terminal() {
    let report = sample::report();
    check("report.txt", &text(&report, TextStyle::default()));
    let lenient = Lenient { non_strict: true, unimplemented: true, limit: true };
    let verbose = TextStyle { verbose: true, lenient, ..TextStyle::default() };
    check("verbose.txt", &text(&report, verbose));
}

#[test]
fn display_has_the_failures_and_the_last_line() {
    let report = sample::report();
    let shown = report.to_string();
    let whole = text(&report, TextStyle::default());
    let start = whole.find("✗ 1.1.1").unwrap();
    let (failures, _) = whole[start..].split_once("The slowest").unwrap();
    let last = "9 cases: 2 ok, 1 info, 1 non-strict, 1 limit, 1 unimplemented, 3 failed (8.2 s)\n";
    assert_eq!(shown, format!("{failures}{last}"));
    assert_eq!(sample::of(vec![]).to_string(), "0 cases (8.2 s)\n");
    let one = sample::of(vec![sample::passed("5.3", "a title")]);
    assert_eq!(one.to_string(), "1 case: 1 ok (8.2 s)\n");
}

#[test]
fn a_run_that_was_not_finished_says_so() {
    let mut report = sample::of(vec![]);
    report.unfinished = Some("the peer was gone after 5.17".to_owned());
    let shown = "The run was not finished: the peer was gone after 5.17\n0 cases (8.2 s)\n";
    assert_eq!(report.to_string(), shown);
}

#[test]
fn colours_change_nothing_but_colours() {
    let report = sample::report();
    let colored = text(&report, TextStyle { color: true, ..TextStyle::default() });
    assert!(colored.contains("\u{1b}[31m✗"), "{colored}");
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(stripped, text(&report, TextStyle::default()));
}

#[test]
fn no_byte_of_a_peer_reaches_the_terminal_as_a_command() {
    for verbose in [false, true] {
        let shown = text(&sample::report(), TextStyle { verbose, ..TextStyle::default() });
        let command = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!shown.contains(command), "{shown:?}");
    }
}
