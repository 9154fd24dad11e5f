use ws_conformance::report::{
    BadBaseline, Baseline, Behavior, BehaviorClose, Comparison, Outcome, Report,
};

use crate::sample::{self, passed};

/// A report with these cases and verdicts.
fn report(cases: &[(&str, Outcome, Behavior, BehaviorClose)]) -> Report {
    let case = |&(id, outcome, behavior, behavior_close): &_| {
        let mut case = passed(id, "a title");
        (case.outcome, case.behavior, case.behavior_close) = (outcome, behavior, behavior_close);
        case
    };
    sample::of(cases.iter().map(case).collect())
}

fn ok(id: &str) -> (&str, Outcome, Behavior, BehaviorClose) {
    (id, Outcome::Pass, Behavior::Ok, BehaviorClose::Ok)
}

fn fail(id: &str, close: BehaviorClose) -> (&str, Outcome, Behavior, BehaviorClose) {
    (id, Outcome::Fail, Behavior::Failed, close)
}

#[test]
fn only_what_is_worse_fails() {
    let unclean = fail("3.1", BehaviorClose::Unclean);
    let before =
        report(&[ok("1.1.1"), ok("2.1"), unclean, fail("4.1.1", BehaviorClose::Ok), ok("5.1")]);
    let now = report(&[
        ok("1.1.1"),
        ("2.1", Outcome::NonStrict, Behavior::NonStrict, BehaviorClose::Ok),
        fail("3.1", BehaviorClose::Failed),
        ok("4.1.1"),
        ok("6.1.1"),
    ]);
    let difference = now.against(&Baseline::from(&before));
    assert_eq!(
        difference.to_string(),
        "worse   2.1: non-strict (NON-STRICT / OK), before: pass (OK / OK)\n\
         worse   3.1: fail (FAILED / FAILED), before: fail (FAILED / UNCLEAN)\n\
         better  4.1.1: pass (OK / OK), before: fail (FAILED / OK)\n\
         new     6.1.1: pass (OK / OK)\n\
         gone    5.1: pass (OK / OK)\n\
         Against the baseline: 2 worse, 1 better, 1 new, 1 gone.\n"
    );
    assert!(!difference.passes());
    let back =
        before.against(&Baseline::from(&report(&[ok("1.1.1"), fail("2.1", BehaviorClose::Ok)])));
    assert!(back.passes() && !back.is_empty(), "{back}");
    let same = before.against(&Baseline::from(&before));
    assert_eq!(same.to_string(), "All verdicts are those of the baseline.\n");
}

#[test]
fn outcomes_are_in_order() {
    use Outcome::{Fail, Info, Limit, NonStrict, Pass, Unimplemented};
    let order = [Pass, Info, NonStrict, Limit, Unimplemented, Fail];
    assert!(order.is_sorted());
    assert_eq!(order, Outcome::ALL);
}

#[test]
fn a_baseline_is_read_from_a_report() {
    let report = sample::report();
    let baseline = Baseline::from_json(&report.to_json(), "another name").unwrap();
    assert_eq!(baseline, Baseline::from(&report));
}

#[test]
fn a_baseline_is_read_from_an_index() {
    let case = |behavior: &str, close: &str| {
        format!(
            "{{\"behavior\": \"{behavior}\", \"behaviorClose\": \"{close}\", \"duration\": 2, \
             \"remoteCloseCode\": null, \"reportfile\": \"x.json\"}}"
        )
    };
    let index = format!(
        "{{\"a\": {{\"1.1.1\": {}, \"2.1\": {}, \"6.4.1\": {}, \"7.1.6\": {}, \"13.3.1\": {}}}}}",
        case("OK", "OK"),
        case("OK", "WRONG CODE"),
        case("NON-STRICT", "OK"),
        case("INFORMATIONAL", "INFORMATIONAL"),
        case("UNIMPLEMENTED", "OK"),
    );
    let want = report(&[
        ok("1.1.1"),
        ("2.1", Outcome::Fail, Behavior::Ok, BehaviorClose::WrongCode),
        ("6.4.1", Outcome::NonStrict, Behavior::NonStrict, BehaviorClose::Ok),
        ("7.1.6", Outcome::Info, Behavior::Informational, BehaviorClose::Informational),
        ("13.3.1", Outcome::Unimplemented, Behavior::Unimplemented, BehaviorClose::Ok),
    ]);
    // The only agent is taken, whatever its name is.
    for agent in ["a", "b"] {
        let baseline = Baseline::from_json(&index, agent).unwrap();
        assert_eq!(baseline, Baseline::from(&want));
    }
    let two = "{\"a\": {}, \"b\": {}}";
    assert_eq!(
        Baseline::from_json(two, "c").unwrap_err().to_string(),
        "the index.json has no agent \"c\"; it has \"a\", \"b\": choose with --agent"
    );
    assert!(Baseline::from_json(two, "b").is_ok());
    for text in ["", "[]", "{\"a\": 1}", "{\"a\": {\"1.1.1\": {\"behavior\": \"GOOD\"}}}"] {
        let error = Baseline::from_json(text, "a").unwrap_err();
        assert!(matches!(error, BadBaseline::Neither(_)), "{error}");
    }
    let newer = Baseline::from_json("{\"format\": 9}", "a").unwrap_err();
    assert!(matches!(newer, BadBaseline::Report(_)), "{newer}");
}

#[test]
fn two_reports_side_by_side() {
    let mut first = report(&[ok("1.1.1"), ok("2.1"), fail("10.1.1", BehaviorClose::Ok)]);
    let second = report(&[ok("1.1.1"), fail("2.1", BehaviorClose::WrongCode)]);
    first.tested.agent = "x".to_owned();
    let comparison = Comparison::of(&first, &second);
    assert_eq!(
        comparison.to_string(),
        "case    x (server)          My Server/1.0 (server)      title\n\
         2.1     pass (OK / OK)      fail (FAILED / WRONG CODE)  a title\n\
         10.1.1  fail (FAILED / OK)  not run                     a title\n\
         \n\
         3 cases: 1 with the same verdicts, 2 differ.\n"
    );
    assert!(!comparison.is_equal());
    let same = Comparison::of(&first, &first);
    assert_eq!(same.to_string(), "3 cases: 3 with the same verdicts, 0 differ.\n");
    assert!(same.is_equal());
}
