//! Runs a failure again.

use crate::report::{CaseReport, Outcome};

/// Runs a case again, this many times at most, until it passes. The best report is kept, with a
/// reason for each other one. Stops if `run` returns an error, and returns that.
pub(crate) fn rerun<E>(
    report: &mut CaseReport,
    times: usize,
    mut run: impl FnMut() -> Result<CaseReport, E>,
) -> Result<(), E> {
    for _ in 0..times {
        if !is_worth_it(report) {
            break;
        }
        let mut other = run()?;
        let mut before = std::mem::take(&mut report.failed_before);
        if other.outcome < report.outcome {
            std::mem::swap(report, &mut other);
        }
        before.push(reason(&other));
        report.failed_before = before;
    }
    Ok(())
}

/// A program that lacks an extension lacks it when it is asked again.
fn is_worth_it(report: &CaseReport) -> bool {
    matches!(report.outcome, Outcome::Fail | Outcome::NonStrict | Outcome::Limit)
}

fn reason(report: &CaseReport) -> String {
    let verdict = || format!("{} / {}", report.behavior, report.behavior_close);
    report.reasons.first().cloned().unwrap_or_else(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench;
    use crate::cases;

    fn report(outcome: Outcome, why: &str) -> CaseReport {
        let mut report =
            bench::unreachable(&cases::all()[0], blocking_ws::Role::Client, String::new());
        report.outcome = outcome;
        report.reasons = if why.is_empty() { Vec::new() } else { vec![why.to_owned()] };
        report
    }

    #[test]
    fn until_it_passes_the_best_is_kept() {
        let fail = |why| report(Outcome::Fail, why);
        let (pass, late) = (|| report(Outcome::Pass, ""), || report(Outcome::NonStrict, "late"));
        for (rule, first, times, others, outcome, before, is_flaky) in [
            ("no rerun", fail("a"), 0, vec![], Outcome::Fail, vec![], false),
            ("a pass needs none", pass(), 3, vec![], Outcome::Pass, vec![], false),
            ("passes at once", fail("a"), 3, vec![pass()], Outcome::Pass, vec!["a"], true),
            ("later", fail("a"), 3, vec![late(), pass()], Outcome::Pass, vec!["a", "late"], true),
            (
                "never",
                fail("a"),
                2,
                vec![fail("b"), fail("c")],
                Outcome::Fail,
                vec!["b", "c"],
                false,
            ),
            ("gets worse", late(), 1, vec![fail("b")], Outcome::NonStrict, vec!["b"], false),
        ] {
            let mut kept = first;
            let mut others = others.into_iter();
            rerun(&mut kept, times, || others.next().ok_or(())).unwrap();
            assert_eq!(others.len(), 0, "{rule}");
            assert_eq!((kept.outcome, kept.is_flaky()), (outcome, is_flaky), "{rule}");
            assert_eq!(kept.failed_before, before, "{rule}");
        }
    }

    #[test]
    fn an_error_ends_it_and_the_report_stays() {
        let mut kept = report(Outcome::Fail, "a");
        assert_eq!(rerun(&mut kept, 2, || Err("gone")), Err("gone"));
        assert_eq!(kept.reasons, ["a"]);
    }
}
