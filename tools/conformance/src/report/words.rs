//! Names and sentences that several reports share.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::record::{Behavior, BehaviorClose, CaseReport, Late, Outcome};
use super::run::{Report, Summary};
use crate::case::{Level, close_in_words, handshake_end};

impl Outcome {
    /// All outcomes, the best first.
    pub const ALL: [Self; 6] =
        [Self::Pass, Self::Info, Self::NonStrict, Self::Limit, Self::Unimplemented, Self::Fail];

    /// Its name in reports, such as `non-strict`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Info => "info",
            Self::NonStrict => "non-strict",
            Self::Limit => "limit",
            Self::Unimplemented => "unimplemented",
            Self::Fail => "fail",
        }
    }

    /// Its name after a number, such as `4 failed`.
    #[must_use]
    pub fn counted(self) -> &'static str {
        match self {
            Self::Pass => "ok",
            Self::Fail => "failed",
            other => other.name(),
        }
    }

    /// A character that stands for it in a list of cases.
    #[must_use]
    pub fn mark(self) -> char {
        match self {
            Self::Pass => '✓',
            Self::Info => '?',
            Self::NonStrict => '~',
            Self::Limit => '≤',
            Self::Unimplemented => '-',
            Self::Fail => '✗',
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The word of the Autobahn test suite.
impl fmt::Display for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::NonStrict => "NON-STRICT",
            Self::Informational => "INFORMATIONAL",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Failed => "FAILED",
        })
    }
}

/// The word of the Autobahn test suite.
impl fmt::Display for BehaviorClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "OK",
            Self::Informational => "INFORMATIONAL",
            Self::Unclean => "UNCLEAN",
            Self::WrongCode => "WRONG CODE",
            Self::FailedByClient => "FAILED BY CLIENT",
            Self::Failed => "FAILED",
        })
    }
}

/// The counts that are not zero: `517 cases: 516 ok, 1 failed`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: usize = Outcome::ALL.into_iter().map(|outcome| self.of(outcome)).sum();
        write!(f, "{all} {}", if all == 1 { "case" } else { "cases" })?;
        let counts = Outcome::ALL.into_iter().filter(|outcome| self.of(*outcome) > 0);
        for (at, outcome) in counts.enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            write!(f, "{before}{} {}", self.of(outcome), outcome.counted())?;
        }
        Ok(())
    }
}

impl Summary {
    /// Returns how many cases had this outcome.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> usize {
        match outcome {
            Outcome::Pass => self.passed,
            Outcome::Info => self.info,
            Outcome::NonStrict => self.non_strict,
            Outcome::Limit => self.limit,
            Outcome::Unimplemented => self.unimplemented,
            Outcome::Fail => self.failed,
        }
    }
}

/// How much a rule binds, in the RFC's words.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::Info => "free choice",
    }
}

/// What the cases of a group are about.
#[must_use]
pub fn group_title(group: &str) -> &'static str {
    match group {
        "1" => "Messages of all lengths",
        "2" => "Pings and pongs",
        "3" => "Reserved bits",
        "4" => "Reserved opcodes",
        "5" => "Fragmented messages",
        "6" => "UTF-8",
        "7" => "Closing",
        "9" => "Large messages and many messages",
        "10" => "Fragments of odd lengths",
        "12" => "Compression: messages of all lengths",
        "13" => "Compression: what is agreed on",
        "C" => "Closing, beyond group 7",
        "D" => "Compression: what a server agrees to",
        "DC" => "Compression: what a client accepts",
        "F" => "Frames: lengths, masks and opcodes",
        "H" => "Opening handshake of a server",
        "HC" => "Opening handshake of a client",
        "L" => "Limits",
        "P" => "Pings and pongs, beyond group 2",
        "S" => "TLS",
        "T" => "Deadlines",
        "U" => "UTF-8, beyond group 6",
        "Z" => "Compression: blocks and windows",
        _ => "More cases",
    }
}

/// The cases of a report by group, in their order.
pub(super) fn groups(cases: &[CaseReport]) -> impl Iterator<Item = (String, &[CaseReport])> {
    cases
        .chunk_by(|one, other| one.id.group() == other.id.group())
        .filter_map(|cases| Some((cases.first()?.id.group(), cases)))
}

impl CaseReport {
    /// Describes how the connection should have ended.
    #[must_use]
    pub fn expected_end(&self) -> String {
        let end = &self.expected_close;
        if matches!(self.id.group().as_str(), "H" | "HC") {
            return handshake_end(end.by).to_owned();
        }
        close_in_words(end.by, &end.codes, end.clean)
    }

    /// Describes what came, an entry for each thing: `Nothing` if nothing did.
    #[must_use]
    pub fn received_in_words(&self) -> Vec<String> {
        if self.received.is_empty() {
            return vec!["Nothing.".to_owned()];
        }
        self.received.iter().map(|received| printable(&received.to_string())).collect()
    }

    /// Describes how the connection ended: who closed with what, and whether that was clean.
    #[must_use]
    pub fn end_in_words(&self) -> String {
        let end = &self.closing;
        if end.late == Some(Late::Opening) {
            return "The opening handshake has not come in time.".to_owned();
        }
        let close = |code: Option<u16>, reason: Option<&str>| match (code, reason) {
            (None, _) => "without a code".to_owned(),
            (Some(code), None | Some("")) => format!("with {code}"),
            (Some(code), Some(reason)) => format!("with {code} \"{}\"", reason.escape_debug()),
        };
        let remote = close(end.remote_code, end.remote_reason.as_deref());
        let local = close(end.local_code, end.local_reason.as_deref());
        let frames = |by_opcode: &BTreeMap<u8, u64>| by_opcode.contains_key(&8);
        let peer_closed = end.remote_code.is_some() || frames(&self.stats.frames_received);
        let we_closed = end.local_code.is_some() || frames(&self.stats.frames_sent);
        let closes = match (peer_closed, we_closed, end.closed_by_me) {
            (true, true, true) => {
                format!("This suite closed {local}; the peer answered {remote}.")
            }
            (true, _, false) => format!("The peer closed {remote}."),
            (true, false, true) => format!("The peer sent a Close frame {remote}."),
            (false, true, _) => {
                format!("This suite closed {local}; the peer sent no Close frame.")
            }
            (false, false, _) => "No Close frame was sent.".to_owned(),
        };
        let tcp = match (end.late, end.dropped_by_me) {
            (Some(Late::Drop), _) => "The server did not end TCP in time.",
            (Some(Late::Close), _) => "The answer to the Close frame did not come in time.",
            (_, true) => "This suite ended TCP first.",
            (_, false) => "The peer ended TCP first.",
        };
        let after = end.drop_after.map_or_else(String::new, |after| {
            format!(" TCP ended {:.1} ms after both Close frames.", after.as_secs_f64() * 1e3)
        });
        format!("{closes} {tcp}{after}")
    }
}

impl Report {
    /// The command that runs one case against the same program.
    #[must_use]
    pub fn command_for(&self, case: &CaseReport) -> String {
        let id = &case.id;
        if self.tested.role == "client" {
            format!("ws-conformance client --cases {id}")
        } else {
            format!("ws-conformance server {} --cases {id}", printable(&self.tested.url))
        }
    }
}

/// Text of a peer, without what a terminal takes for a command, and without what XML does not allow.
pub(super) fn printable(text: &str) -> String {
    /// Characters that change the direction of the text behind them, and those that are none.
    const ODD: [RangeInclusive<char>; 4] = [
        '\u{200e}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2066}'..='\u{2069}',
        '\u{fffe}'..='\u{ffff}',
    ];
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || ODD.iter().any(|odd| odd.contains(&c)) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A time in whole milliseconds, or in seconds if it is long.
pub(super) fn millis(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}

/// The name of an opcode.
pub(super) fn opcode(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}
