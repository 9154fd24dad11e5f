//! What is printed without a run.

use super::support::{nowhere, run};

#[test]
fn a_case_is_explained() {
    let ran = run(&["explain", "5.17"]).expect(0);
    assert_eq!(
        ran.out,
        "\
5.17 final continuation before a text in fragments, twice
  Rule      RFC 6455 §5.4 (the RFC says MUST)
  Sent      Sends a continuation frame with \"fragment1\".
            Then a text frame without FIN with \"fragment2\".
            Then a continuation frame with \"fragment3\".
            Then a continuation frame with \"fragment1\".
            Then a text frame without FIN with \"fragment2\".
            Then a continuation frame with \"fragment3\".
            Fails the connection after 1 s, if it is still open.
  Wished    Nothing comes.
  End       The peer closes with 1002, or ends TCP.
  Program   needs no echo
"
    );
}

#[test]
fn cases_are_listed_by_group() {
    let ran = run(&["list"]).expect(0);
    let head = "\
1  Messages of all lengths
  1.1.1    text of 0 bytes, a 7-bit length
  1.1.2    text of 125 bytes, a 7-bit length
";
    assert!(ran.out.starts_with(head), "{}", ran.out);
    // A line for each case of the original, at least.
    let cases = ran.out.lines().filter(|line| line.starts_with("  "));
    assert!(cases.count() >= 517);
}

#[test]
fn a_dry_run_connects_to_nothing() {
    let url = nowhere();
    let ran = run(&["server", &url, "--cases", "5.1,5.2", "--dry-run"]).expect(0);
    assert!(ran.out.contains("  5.1 ") && ran.out.contains("  5.2 "), "{}", ran.out);
    assert!(ran.out.ends_with(&format!("\n2 cases would run against {url}\n")), "{}", ran.out);
    let ran = run(&["client", "--exec", "client {url}", "--cases", "5.1", "--dry-run"]).expect(0);
    assert!(ran.out.ends_with("\n1 case would run against client {url}\n"), "{}", ran.out);
}

#[test]
fn the_help_has_examples_and_exit_statuses() {
    let ran = run(&["--help"]).expect(0);
    for part in ["ws-conformance client --exec", "Exit status:", "  4  "] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{}", ran.out);
}
