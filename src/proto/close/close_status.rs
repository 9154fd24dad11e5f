//! How a connection ended, as users see it (RFC 6455 §7.1.4–§7.1.6).

use std::fmt;

use super::close_frame::{CloseFrame, Reason};
use crate::proto::rules::CloseCode;

/// The side that ended a connection.
///
/// See [`WebSocket::close`](crate::WebSocket::close) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// This side sent the first Close frame.
    Local,
    /// The peer sent the first Close frame.
    Remote,
    /// Neither side: the connection broke, or ended without a Close frame.
    Loss,
}

/// How a connection ended: by which side, with which code and reason, and whether cleanly.
///
/// Returned by [`WebSocket::close_status`](crate::WebSocket::close_status). See
/// [`WebSocket::close`](crate::WebSocket::close) for an example. `Display` is a sentence with all
/// of that, such as `the peer closed the connection: 1011 (internal error): disk full`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseStatus {
    by: ClosedBy,
    code: CloseCode,
    reason: String,
    clean: bool,
}

impl CloseStatus {
    /// The status after Close frames; `frame` is the first of them.
    pub(crate) fn closed(by: ClosedBy, frame: Option<CloseFrame>, clean: bool) -> Self {
        let (code, reason) = match frame {
            Some(frame) => (frame.code(), frame.reason().to_owned()),
            None => (CloseCode::NoStatus, String::new()),
        };
        Self { by, code, reason, clean }
    }

    /// The status after a Close frame of each side. `ours` is taken for the first, unless only the
    /// peer's tells of a failure: an answer would repeat our code, so the peer had a reason of its
    /// own.
    pub(crate) fn both(ours: Option<CloseFrame>, theirs: Option<CloseFrame>, clean: bool) -> Self {
        let ours = Self::closed(ClosedBy::Local, ours, clean);
        let theirs = Self::closed(ClosedBy::Remote, theirs, clean);
        if ours.tells_no_failure() && !theirs.tells_no_failure() { theirs } else { ours }
    }

    pub(crate) fn lost(why: String) -> Self {
        Self { by: ClosedBy::Loss, code: CloseCode::Abnormal, reason: why, clean: false }
    }

    /// Returns which side sent the first Close frame.
    ///
    /// The two may cross on their way. If only the peer's then tells of a failure, it counts as the
    /// first.
    #[must_use]
    pub const fn by(&self) -> ClosedBy {
        self.by
    }

    /// Returns the code of the first Close frame.
    ///
    /// - [`NoStatus`](CloseCode::NoStatus) (1005): the frame carried no code.
    /// - [`Abnormal`](CloseCode::Abnormal) (1006): there was no Close frame.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// Returns the reason of the first Close frame, or why the connection was lost.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns `true` if nothing went wrong: the peer's Close frame has arrived, and the code of
    /// the first Close frame is one of these.
    ///
    /// - 1000: the purpose of the connection is fulfilled (§7.4.1).
    /// - 1001: a server goes down, or a browser leaves the page (§7.4.1).
    /// - 1005: the frame carried no code (§7.1.5). A browser's `close()` without arguments sends
    ///   such a frame.
    ///
    /// Then every message that the peer sent before has arrived. All other codes tell of a failure,
    /// or mean what the two programs have agreed on, such as 4000 to 4999.
    #[must_use]
    pub const fn is_normal(&self) -> bool {
        let has_arrived = self.clean || matches!(self.by, ClosedBy::Remote);
        has_arrived && self.tells_no_failure()
    }

    const fn tells_no_failure(&self) -> bool {
        matches!(self.code, CloseCode::Normal | CloseCode::GoingAway | CloseCode::NoStatus)
    }

    /// Returns `true` if a Close frame was sent and a Close frame has come (RFC 6455 §7.1.4).
    ///
    /// Then everything has come that the peer sent before its Close frame. If that frame answered the
    /// one of this side, the peer's library has received everything as well. If the two frames
    /// crossed, this is not known.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.clean
    }
}

impl fmt::Display for CloseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, code, reason, clean } = self;
        let missing = match by {
            ClosedBy::Loss => {
                return write!(f, "the connection was lost (code 1006): {}", Reason(reason));
            }
            ClosedBy::Remote => {
                write!(f, "the peer closed the connection: {code}")?;
                "; no answer could be sent"
            }
            ClosedBy::Local => {
                write!(f, "this side closed the connection: {code}")?;
                "; no Close frame of the peer came"
            }
        };
        if !reason.is_empty() {
            write!(f, ": {}", Reason(reason))?;
        }
        f.write_str(if *clean { "" } else { missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_7_1_5_a_status_is_a_sentence_and_normal_or_not() {
        let closed = |by, code: u16, reason, clean| {
            CloseStatus::closed(by, CloseFrame::new(code, reason), clean)
        };
        let (local, remote) = (ClosedBy::Local, ClosedBy::Remote);
        for (status, normal, want) in [
            (
                closed(remote, 1000, "done", true),
                true,
                "the peer closed the connection: 1000 (normal closure): done",
            ),
            (
                closed(remote, 1001, "", true),
                true,
                "the peer closed the connection: 1001 (going away)",
            ),
            // 1005 is no code that `closed` takes: the frame is empty.
            (
                closed(remote, 1005, "", true),
                true,
                "the peer closed the connection: 1005 (no code given)",
            ),
            (
                closed(remote, 1000, "", false),
                true,
                "the peer closed the connection: 1000 (normal closure); no answer could be sent",
            ),
            (
                closed(remote, 1011, "disk full", true),
                false,
                "the peer closed the connection: 1011 (internal error): disk full",
            ),
            (
                closed(remote, 4000, "a\nb\u{1b}", true),
                false,
                "the peer closed the connection: 4000: a\\nb\\u{1b}",
            ),
            (
                closed(local, 1000, "", true),
                true,
                "this side closed the connection: 1000 (normal closure)",
            ),
            (
                closed(local, 1000, "bye", false),
                false,
                "this side closed the connection: 1000 (normal closure): bye; no Close frame of the \
                 peer came",
            ),
            (
                closed(local, 1009, "", false),
                false,
                "this side closed the connection: 1009 (message too big); no Close frame of the peer \
                 came",
            ),
            (
                CloseStatus::lost("reset".to_owned()),
                false,
                "the connection was lost (code 1006): reset",
            ),
        ] {
            assert_eq!(status.to_string(), want);
            assert_eq!(status.is_normal(), normal, "{want}");
        }
    }
}
