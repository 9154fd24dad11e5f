//! Verdicts that depend on the moment: the most frequent one counts.

use std::collections::BTreeSet;

use ws_conformance::case::CaseId;

use super::comparison::Comparison;
use crate::original::Verdicts;
use crate::original::oracle::RUNS;

/// Compares what both suites say of an asynchronous program. The cases that differ are run [`RUNS`] times
/// more by `again`, and the most frequent verdict counts.
///
/// # Errors
/// Those of `again`.
pub fn settled<E>(
    peer: &str,
    original: &Verdicts,
    mut ours: Verdicts,
    mut again: impl FnMut(&BTreeSet<CaseId>) -> Result<Verdicts, E>,
) -> Result<Comparison, E> {
    let first = Comparison::new(peer, original, &ours);
    let differing = first.differing();
    if differing.is_empty() {
        return Ok(first);
    }
    let runs = (0..RUNS).map(|_| again(&differing)).collect::<Result<Vec<_>, E>>()?;
    ours.settle(&runs);
    Ok(Comparison::new(peer, original, &ours))
}

#[cfg(test)]
mod tests {
    use ws_conformance::report::{Behavior, BehaviorClose};

    use super::*;
    use crate::original::Verdict;

    fn verdicts(rows: &[(&str, Behavior)]) -> Verdicts {
        let rows = rows.iter().map(|&(id, behavior)| {
            let verdict = Verdict { behavior, close: BehaviorClose::Ok, code: None };
            (id.parse().unwrap(), verdict)
        });
        Verdicts(rows.collect())
    }

    #[test]
    fn cases_that_differ_are_run_again() {
        use Behavior::{Failed, NonStrict, Ok as Good};
        let original = verdicts(&[("1.1.1", Good), ("3.2", Good), ("5.1", Good)]);
        let ours = verdicts(&[("1.1.1", Good), ("3.2", NonStrict), ("5.1", Failed)]);
        let mut said = [NonStrict, Good, NonStrict, Good, Good].into_iter();
        let comparison = settled("x", &original, ours, |cases| {
            let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
            assert_eq!(cases, ["3.2", "5.1"]);
            let said = said.next().ok_or("more runs than there should be")?;
            Ok::<_, &str>(verdicts(&[("3.2", said), ("5.1", Failed)]))
        });
        let comparison = comparison.unwrap();
        assert_eq!(said.next(), None);
        let left: Vec<String> = comparison.differing().iter().map(ToString::to_string).collect();
        assert_eq!(left, ["5.1"]);
    }

    #[test]
    fn nothing_is_run_again_if_nothing_differs() {
        let both = verdicts(&[("1.1.1", Behavior::Ok)]);
        let comparison = settled("x", &both, both.clone(), |_| Err("was run again"));
        assert_eq!(comparison.map(|comparison| comparison.unexplained()), Ok(0));
    }
}
