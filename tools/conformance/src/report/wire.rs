//! [`WireEntry`]: one thing that passed on the connection of a case.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::case::Excerpt;

/// One thing that passed, or that the suite did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireEntry {
    /// How long after the connection was opened.
    pub at: Duration,
    /// What it is.
    #[serde(flatten)]
    pub what: WireEvent,
}

/// What passed, or what the suite did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum WireEvent {
    /// One write, or one read.
    Octets {
        /// By which end.
        sent: bool,
        /// What it had.
        #[serde(flatten)]
        bytes: Excerpt,
        /// It was a write of its own.
        alone: bool,
    },
    /// A frame.
    Frame(FrameEntry),
    /// A pause has begun.
    Wait {
        /// How long it lasts at most.
        most: Duration,
        /// What is noted at its end.
        tag: Option<String>,
    },
    /// A pause has ended.
    WaitEnd {
        /// What is noted.
        tag: Option<String>,
    },
    /// The connection will fail after this time.
    FailIn {
        /// The time.
        time: Duration,
    },
    /// The timer has failed the connection.
    Fail,
    /// The connection will be closed after this time.
    CloseIn {
        /// The time.
        time: Duration,
    },
    /// The timer has closed the connection.
    Close,
    /// From here on not each thing is noted: there were too many.
    Silence,
    /// TCP has ended.
    Dropped {
        /// By this suite first.
        by_me: bool,
        /// By a reset, or by another fault, which this names.
        error: Option<String>,
    },
    /// A rule that the peer has broken, with its section.
    Breach {
        /// The rule.
        rule: String,
    },
}

/// A frame that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameEntry {
    /// By which end.
    pub sent: bool,
    /// Its opcode.
    pub opcode: u8,
    /// Whether it is the last of its message.
    pub fin: bool,
    /// The reserved bits: 4 is RSV1.
    pub rsv: u8,
    /// The key, if it is masked.
    pub mask: Option<[u8; 4]>,
    /// Its payload.
    #[serde(flatten)]
    pub payload: Excerpt,
    /// It left in writes of this many bytes.
    pub chopped: Option<usize>,
    /// It left in a write of its own.
    pub alone: bool,
    /// The payload is a part that is repeated to this length.
    pub repeated: Option<usize>,
}
