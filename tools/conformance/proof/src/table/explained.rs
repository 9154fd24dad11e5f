//! [`EXPLAINED`]: the differences that are as they should be, each with its reason.

use ws_conformance::case::{CaseId, Selection};

use super::field::Field;
use crate::original::oracle::RACING;

/// A difference between both suites that has a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The beginning of the program's name and of how it is tested, such as `node-ws server`. An empty
    /// text stands for all.
    pub peer: &'static str,
    /// The cases, as a [`Selection`].
    pub cases: &'static str,
    /// Which verdict differs.
    pub field: Field,
    /// What the original says.
    pub original: &'static str,
    /// What the new suite says.
    pub ours: &'static str,
    /// Why that is no fault.
    pub reason: &'static str,
}

const NO_DROP: &str = "The server does not end TCP. Two timers of one second are running in the original, \
                       and the verdict depends on which of them is first.";

const READS_AHEAD: &str = "The program reads ahead of what it answers. Whether the answer to the good message \
                           is sent before the fault that follows is seen depends on the moment.";

const fn no_drop(original: &'static str, ours: &'static str) -> Explained {
    let field = Field::BehaviorClose;
    Explained { peer: "", cases: "*", field, original, ours, reason: NO_DROP }
}

const fn reads_ahead(peer: &'static str, original: &'static str, ours: &'static str) -> Explained {
    let field = Field::Behavior;
    Explained { peer, cases: RACING, field, original, ours, reason: READS_AHEAD }
}

/// All differences that are as they should be.
pub const EXPLAINED: &[Explained] = &[
    no_drop("UNCLEAN", "FAILED BY CLIENT"),
    no_drop("FAILED BY CLIENT", "UNCLEAN"),
    reads_ahead("node-ws", "OK", "NON-STRICT"),
    reads_ahead("node-ws", "NON-STRICT", "OK"),
    reads_ahead("python-websockets", "OK", "NON-STRICT"),
    reads_ahead("python-websockets", "NON-STRICT", "OK"),
];

impl Explained {
    /// Returns `true` if this entry is about the difference.
    #[must_use]
    pub fn covers(
        &self,
        peer: &str,
        id: &CaseId,
        field: Field,
        original: &str,
        ours: &str,
    ) -> bool {
        peer.starts_with(self.peer)
            && (self.field, self.original, self.ours) == (field, original, ours)
            && self.selection().takes(id)
    }

    fn selection(&self) -> Selection {
        self.cases.parse().expect("the cases of each entry are read by a test")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::original::Verdict;

    #[test]
    fn entries_are_about_cells_beside_the_diagonal() {
        let words = |field: Field| -> Vec<String> {
            use ws_conformance::report::{Behavior as B, BehaviorClose as C};
            let behaviors = [B::Ok, B::NonStrict, B::Informational, B::Unimplemented, B::Failed];
            let closes =
                [C::Ok, C::Informational, C::Unclean, C::WrongCode, C::FailedByClient, C::Failed];
            match field {
                Field::Behavior => behaviors
                    .map(|behavior| field.word(Verdict { behavior, close: C::Ok, code: None }))
                    .into(),
                Field::BehaviorClose => closes
                    .map(|close| field.word(Verdict { behavior: B::Ok, close, code: None }))
                    .into(),
            }
        };
        for entry in EXPLAINED {
            let known = words(entry.field);
            assert!(known.iter().any(|word| word == entry.original), "{entry:?}");
            assert!(known.iter().any(|word| word == entry.ours), "{entry:?}");
            assert_ne!(entry.original, entry.ours, "{entry:?}");
            entry.selection();
        }
    }

    #[test]
    fn an_entry_is_about_one_cell() {
        let (close, behavior) = (Field::BehaviorClose, Field::Behavior);
        for (peer, id, field, original, ours, is_covered) in [
            ("x server-ws", "1.1.1", close, "UNCLEAN", "FAILED BY CLIENT", true),
            ("x server-ws", "1.1.1", close, "UNCLEAN", "OK", false),
            ("node-ws server-ws", "3.2", behavior, "OK", "NON-STRICT", true),
            ("node-ws server-ws", "3.1", behavior, "OK", "NON-STRICT", false),
            ("blocking-ws server-ws", "3.2", behavior, "OK", "NON-STRICT", false),
            ("node-ws server-ws", "3.2", close, "OK", "NON-STRICT", false),
        ] {
            let id = id.parse().unwrap();
            let covered =
                EXPLAINED.iter().any(|entry| entry.covers(peer, &id, field, original, ours));
            assert_eq!(covered, is_covered, "{peer} {id} {field} {original} {ours}");
        }
    }
}
