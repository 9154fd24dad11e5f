//! [`CaseReport`]: what has come of one case.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::wire::WireEntry;
use crate::case::{By, CaseId, Level, Received};

/// What has come of one case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseReport {
    /// What the case is called.
    pub id: CaseId,
    /// What it does, in a few words.
    pub title: String,
    /// The rule that it is about.
    pub rule: String,
    /// How much the rule binds.
    pub level: Level,
    /// The verdict on what was received, in the words of the Autobahn test suite.
    pub behavior: Behavior,
    /// The verdict on how the connection ended.
    pub behavior_close: BehaviorClose,
    /// The one verdict of both.
    pub outcome: Outcome,
    /// Why, in sentences that name the rule. Empty if the case has passed.
    pub reasons: Vec<String>,
    /// Why it failed when it was run before, a sentence for each time: see [`Suite::rerun`].
    ///
    /// [`Suite::rerun`]: crate::Suite::rerun
    #[serde(default)]
    pub failed_before: Vec<String>,
    /// When the connection was opened.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// What is sent, in words, a line each.
    pub sent: Vec<String>,
    /// What is wished, in words.
    pub wished: String,
    /// What may come instead without being strict, in words.
    pub non_strict: Option<String>,
    /// What came.
    pub received: Vec<Received>,
    /// How the connection ended.
    pub closing: Closing,
    /// How it should.
    pub expected_close: ExpectedClose,
    /// Whether this suite was the server.
    pub is_server: bool,
    /// The request of the opening handshake, as it was.
    pub request: String,
    /// The response.
    pub response: String,
    /// What passed, in numbers.
    pub stats: Stats,
    /// What was compressed, if anything was.
    pub traffic: Option<Traffic>,
    /// What passed, in order.
    pub wire: Vec<WireEntry>,
}

impl CaseReport {
    /// Returns `true` if the case has failed, and has passed when it was run again.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        !self.failed_before.is_empty() && matches!(self.outcome, Outcome::Pass | Outcome::Info)
    }
}

/// The verdict on what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Behavior {
    /// As wished.
    #[serde(rename = "OK")]
    Ok,
    /// As it may be, not as it should.
    #[serde(rename = "NON-STRICT")]
    NonStrict,
    /// There is no right answer.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The program does not have what is tested.
    #[serde(rename = "UNIMPLEMENTED")]
    Unimplemented,
    /// Not as it must be.
    #[serde(rename = "FAILED")]
    Failed,
}

/// The verdict on how the connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BehaviorClose {
    /// As wished.
    #[serde(rename = "OK")]
    Ok,
    /// There is no right answer.
    #[serde(rename = "INFORMATIONAL")]
    Informational,
    /// The closing handshake was not completed.
    #[serde(rename = "UNCLEAN")]
    Unclean,
    /// The peer's Close frame had a code that it may not have here.
    #[serde(rename = "WRONG CODE")]
    WrongCode,
    /// This suite, as the client, had to end TCP, because the server did not.
    #[serde(rename = "FAILED BY CLIENT")]
    FailedByClient,
    /// The wrong end closed, or there was no connection.
    #[serde(rename = "FAILED")]
    Failed,
}

/// The one verdict on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As wished.
    Pass,
    /// There is no right answer; what was seen is reported.
    Info,
    /// As it may be, not as it should.
    NonStrict,
    /// Refused by a limit that a program may have.
    Limit,
    /// The program does not have what is tested.
    Unimplemented,
    /// Not as it must be.
    Fail,
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// This suite has sent the first Close frame.
    pub closed_by_me: bool,
    /// This suite has failed the connection, because of a timer or a broken rule.
    pub failed_by_me: bool,
    /// This suite has ended TCP first.
    pub dropped_by_me: bool,
    /// Why it was not clean. `None`: both ends have sent a Close frame, and TCP has ended in time.
    pub unclean: Option<String>,
    /// What did not come in time.
    pub late: Option<Late>,
    /// The code of the Close frame that was sent.
    pub local_code: Option<u16>,
    /// Its reason.
    pub local_reason: Option<String>,
    /// The code of the Close frame that came.
    pub remote_code: Option<u16>,
    /// Its reason.
    pub remote_reason: Option<String>,
    /// How long after this suite's Close frame the peer's came.
    pub answered_after: Option<Duration>,
    /// How long after both Close frames TCP ended.
    pub drop_after: Option<Duration>,
}

impl Closing {
    /// Returns `true` if both ends have sent a Close frame, and TCP has ended in time.
    #[must_use]
    pub fn was_clean(&self) -> bool {
        self.unclean.is_none()
    }
}

/// What did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Late {
    /// The opening handshake.
    Opening,
    /// The peer's answer to a Close frame.
    Close,
    /// The end of TCP by the server, after both Close frames.
    Drop,
}

/// How a connection should end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedClose {
    /// Who closes.
    pub by: By,
    /// The codes that the peer may send.
    pub codes: Vec<u16>,
    /// Whether the closing handshake must be completed.
    pub clean: bool,
    /// Whether the case fails if the wrong end closes.
    pub wrong_end_is_fatal: bool,
}

/// What passed, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// How many reads had this many bytes.
    pub octets_received: BTreeMap<usize, u64>,
    /// How many writes had this many bytes.
    pub octets_sent: BTreeMap<usize, u64>,
    /// How many frames had this opcode.
    pub frames_received: BTreeMap<u8, u64>,
    /// How many frames had this opcode.
    pub frames_sent: BTreeMap<u8, u64>,
}

/// Of messages that may be compressed: how many bytes they have, and have on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// What was sent.
    pub sent: OneWay,
    /// What was received.
    pub received: OneWay,
}

/// One direction of [`Traffic`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneWay {
    /// Messages.
    pub messages: u64,
    /// Their frames.
    pub frames: u64,
    /// Bytes of the messages as a program has them.
    pub app_bytes: u64,
    /// Bytes of the payloads of frames: compressed, if they are.
    pub payload_bytes: u64,
    /// Bytes of the frames with their headers.
    pub wire_bytes: u64,
}
