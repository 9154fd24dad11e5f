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
    /// What the original says. An empty text stands for all.
    pub original: &'static str,
    /// What the new suite says. An empty text stands for all.
    pub ours: &'static str,
    /// Why that is no fault.
    pub reason: &'static str,
}

const NO_DROP: &str = "The server does not end TCP. Two timers of one second are running in the original, \
                       and the verdict depends on which of them is first.";

const READS_AHEAD: &str = "The program reads ahead of what it answers. Whether the answer to the good message \
                           is sent before the fault that follows is seen depends on the moment.";

const NO_TIMER: &str = "The server closes in a pause of the case, and does not end TCP. The original sets the timer of \
                        the case only behind the last pause, and so waits as long as the server takes.";

const TWICE: &str = "The text that comes back is not UTF-8. The original finds that within the message, closes, \
                     finds it again at the end of the message, and ends TCP before the answer comes.";

const MASKED: &str =
    "The original fails the connection because of the masking, and takes the pong nevertheless.";

const LINGERS: &str = "The peer sends no Close frame, and ends TCP after two seconds, when the timers of both suites end \
                       as well.";

const BY_READS: &str =
    "The peer loses bytes where a read ends, or where it does not. That depends on the moment.";

const NOT_INFLATED: &str = "What comes cannot be inflated. The original loses the connection by an error of its own; \
                            the new suite closes with 1002, and the peer answers with that.";

const FAR: &str = "The peer refers to bytes beyond its window. The zlib of the original sees that only if the bytes \
                   were given out by an earlier call; the new suite always does.";

const LEFT_OVER: &str = "The four bytes that must be left out are the begin of another block. The original forgets it \
                         with its window after each message.";

const BY_DATA: &str = "A frame that is inflated alone is other data, or none. Which of them depends on the data, and \
                       both suites have their own.";

const FEWER: &str = "By default the new suite stops after 1 MiB, before the peer dies.";

/// All cases with compression.
const DEFLATE: &str = "12.*,13.*";

const BEHAVIOR: Field = Field::Behavior;
const CLOSE: Field = Field::BehaviorClose;

const fn no_drop(original: &'static str, ours: &'static str) -> Explained {
    let field = Field::BehaviorClose;
    Explained { peer: "", cases: "*", field, original, ours, reason: NO_DROP }
}

const fn reads_ahead(peer: &'static str, original: &'static str, ours: &'static str) -> Explained {
    let field = Field::Behavior;
    Explained { peer, cases: RACING, field, original, ours, reason: READS_AHEAD }
}

macro_rules! mutant {
    ($begin:literal, $cases:expr, $field:expr, $original:literal, $ours:literal, $reason:expr) => {
        Explained {
            peer: concat!("mutant ", $begin),
            cases: $cases,
            field: $field,
            original: $original,
            ours: $ours,
            reason: $reason,
        }
    };
}

/// All differences that are as they should be.
pub const EXPLAINED: &[Explained] = &[
    no_drop("UNCLEAN", "FAILED BY CLIENT"),
    no_drop("FAILED BY CLIENT", "UNCLEAN"),
    reads_ahead("node-ws", "OK", "NON-STRICT"),
    reads_ahead("node-ws", "NON-STRICT", "OK"),
    reads_ahead("python-websockets", "OK", "NON-STRICT"),
    reads_ahead("python-websockets", "NON-STRICT", "OK"),
    mutant!("fail_no_drop server", "6.4.*", CLOSE, "OK", "FAILED BY CLIENT", NO_TIMER),
    mutant!("fragment", "6.2.*", CLOSE, "UNCLEAN", "WRONG CODE", TWICE),
    mutant!("echo_binary_as_text", "1.2.*,9.*", CLOSE, "UNCLEAN", "WRONG CODE", TWICE),
    mutant!("mask_as_server server", "2.*,5.*", BEHAVIOR, "OK", "FAILED", MASKED),
    mutant!("no_mask_as_client client", "2.*,5.*", BEHAVIOR, "OK", "FAILED", MASKED),
    mutant!("bare_drop client", "6.4.*", BEHAVIOR, "FAILED", "NON-STRICT", LINGERS),
    mutant!("bare_drop client", "6.4.*", CLOSE, "FAILED", "OK", LINGERS),
    mutant!("needs_whole_frames", "*", BEHAVIOR, "", "", BY_READS),
    mutant!("needs_whole_frames", "*", CLOSE, "", "", BY_READS),
    mutant!("loses_glued client", "*", BEHAVIOR, "", "", BY_READS),
    mutant!("loses_glued client", "*", CLOSE, "", "", BY_READS),
    mutant!("", DEFLATE, CLOSE, "FAILED", "WRONG CODE", NOT_INFLATED),
    mutant!("window_ignored", DEFLATE, BEHAVIOR, "OK", "FAILED", FAR),
    mutant!("window_ignored", DEFLATE, CLOSE, "OK", "WRONG CODE", FAR),
    mutant!("tail_kept", DEFLATE, BEHAVIOR, "OK", "FAILED", LEFT_OVER),
    mutant!("tail_kept", DEFLATE, CLOSE, "OK", "WRONG CODE", LEFT_OVER),
    mutant!("inflates_each_frame", DEFLATE, CLOSE, "OK", "FAILED", BY_DATA),
    mutant!("inflates_each_frame", DEFLATE, CLOSE, "FAILED", "OK", BY_DATA),
    mutant!("dies_after_100", DEFLATE, BEHAVIOR, "FAILED", "OK", FEWER),
    mutant!("dies_after_100", DEFLATE, CLOSE, "FAILED", "OK", FEWER),
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
        let is_meant = |entry: &str, word: &str| entry.is_empty() || entry == word;
        peer.starts_with(self.peer)
            && self.field == field
            && is_meant(self.original, original)
            && is_meant(self.ours, ours)
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
            let is_known = |entry: &str| known.iter().any(|word| word == entry);
            if !(entry.original.is_empty() && entry.ours.is_empty()) {
                assert!(is_known(entry.original) && is_known(entry.ours), "{entry:?}");
                assert_ne!(entry.original, entry.ours, "{entry:?}");
            }
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
            ("mutant loses_glued client", "5.5", close, "OK", "FAILED", true),
            ("mutant loses_glued server", "5.5", close, "OK", "FAILED", false),
            ("mutant late_utf8 client", "13.2.1", close, "FAILED", "WRONG CODE", true),
            ("mutant late_utf8 client", "5.5", close, "FAILED", "WRONG CODE", false),
        ] {
            let id = id.parse().unwrap();
            let covered =
                EXPLAINED.iter().any(|entry| entry.covers(peer, &id, field, original, ours));
            assert_eq!(covered, is_covered, "{peer} {id} {field} {original} {ours}");
        }
    }
}
