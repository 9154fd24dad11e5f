//! Verdicts of the Autobahn test suite 25.10.1 on mutants as servers, as they were measured.

use ws_conformance::report::{Behavior, BehaviorClose};

use super::flag::Flag;

/// The cases of which the verdicts are known.
pub const SAMPLE: [&str; 15] = [
    "1.1.2", "2.2", "2.5", "3.1", "4.1.1", "5.1", "5.9", "6.2.1", "6.3.1", "6.4.2", "7.1.1",
    "7.3.2", "7.5.1", "7.7.9", "7.9.4",
];

/// What the suite says to a mutant, as a server, in a case of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The one flag of the mutant, or none.
    pub flag: Option<Flag>,
    /// The id of the case.
    pub case: &'static str,
    /// The verdict on what was received.
    pub behavior: Behavior,
    /// The verdict on the end. `FailedByClient` and `Unclean` are a race where the server does not
    /// end TCP: count them as one.
    pub close: BehaviorClose,
}

/// Some cases with the same verdict.
type Verdict = (&'static [&'static str], Behavior, BehaviorClose);

/// The flags, each with all that is not `OK` and `OK`.
const KNOWN: &[(Option<Flag>, &[Verdict])] = {
    use Behavior::{Failed, NonStrict, Ok};
    use BehaviorClose as Close;
    &[
        (None, &[]),
        (
            Some(Flag::NoDrop),
            &[
                (&["1.1.2", "7.1.1", "7.7.9"], Ok, Close::FailedByClient),
                (&["2.2", "6.2.1"], Ok, Close::Unclean),
            ],
        ),
        (
            Some(Flag::FailNoDrop),
            &[(
                &["2.5", "3.1", "4.1.1", "5.1", "5.9", "6.3.1", "7.3.2", "7.5.1", "7.9.4"],
                Ok,
                Close::FailedByClient,
            )],
        ),
        (Some(Flag::BareDrop), &[]),
        (
            Some(Flag::WrongCode),
            &[
                (&["2.5", "3.1", "4.1.1", "5.1", "5.9", "6.3.1", "6.4.2"], Ok, Close::WrongCode),
                (&["7.3.2", "7.5.1", "7.9.4"], Failed, Close::WrongCode),
            ],
        ),
        (Some(Flag::NoUtf8), &[(&["6.3.1", "6.4.2"], Failed, Close::Failed)]),
        (Some(Flag::LateUtf8), &[(&["6.4.2"], NonStrict, Close::Ok)]),
        (Some(Flag::AcceptRsv), &[(&["3.1"], Failed, Close::Failed)]),
        (Some(Flag::AcceptOp), &[(&["4.1.1"], Ok, Close::Failed)]),
        (
            Some(Flag::LongControl),
            &[(&["2.5"], Failed, Close::Failed), (&["5.1"], Failed, Close::Ok)],
        ),
        (Some(Flag::LoneCont), &[(&["5.9"], Failed, Close::Failed)]),
        (
            Some(Flag::EchoClose),
            &[
                (&["7.3.2"], Ok, Close::FailedByClient),
                (&["7.5.1", "7.9.4"], Failed, Close::WrongCode),
            ],
        ),
        (
            Some(Flag::IgnoreClose),
            &[
                (&["1.1.2", "2.2", "6.2.1", "7.1.1", "7.7.9"], Ok, Close::Unclean),
                (&["7.3.2", "7.5.1", "7.9.4"], Ok, Close::FailedByClient),
            ],
        ),
        (Some(Flag::EmptyPong), &[(&["2.2"], Failed, Close::Ok)]),
        (Some(Flag::Refuse), &[(&SAMPLE, Failed, Close::Failed)]),
        (Some(Flag::CloseAtOnce), &[(&SAMPLE, Failed, Close::Failed)]),
    ]
};

/// Returns what is known: a row for each flag, and for no flag, with each case of [`SAMPLE`].
#[must_use]
pub fn oracle() -> Vec<Row> {
    let row = |flag, verdicts: &[Verdict], case| {
        let named = verdicts.iter().find(|(cases, ..)| cases.contains(&case));
        let (behavior, close) = named
            .map_or((Behavior::Ok, BehaviorClose::Ok), |&(_, behavior, close)| (behavior, close));
        Row { flag, case, behavior, close }
    };
    KNOWN
        .iter()
        .flat_map(|&(flag, verdicts)| SAMPLE.map(|case| row(flag, verdicts, case)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_that_is_named_is_of_the_sample() {
        for (flag, verdicts) in KNOWN {
            let mut named: Vec<_> = verdicts.iter().flat_map(|(cases, ..)| *cases).collect();
            assert!(named.iter().all(|case| SAMPLE.contains(case)), "{flag:?}");
            let all = named.len();
            named.sort_unstable();
            named.dedup();
            assert_eq!(named.len(), all, "{flag:?} has two verdicts on a case");
        }
        assert_eq!(oracle().len(), 16 * SAMPLE.len());
    }
}
