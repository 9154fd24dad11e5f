//! [`WireEntry`]: one line of a [`WireLog`](super::WireLog).

use std::fmt;
use std::time::{Duration, SystemTime};

use super::super::wire::RawFrame;
use super::stamp::Stamp;
use crate::proto::wire::{Frame, Passed, Way, What};

/// Something that has passed on a connection: a head, a frame, the end. Made by a
/// [`WireLog`](crate::testing::WireLog), which has an example.
///
/// `Display` is its line in the log.
#[derive(Clone, Debug)]
pub struct WireEntry {
    pub(super) connection: u64,
    pub(super) stamp: Stamp,
    pub(super) passed: Passed,
}

impl WireEntry {
    /// Returns the number of the connection, as [`WebSocket::id`](crate::WebSocket::id) and the lines of
    /// the crate `log` have it.
    #[must_use]
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// Returns how long after the beginning of the log it passed.
    #[must_use]
    pub fn since(&self) -> Duration {
        self.stamp.since
    }

    /// Returns when it passed.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.stamp.time
    }

    /// Returns its direction. `None` for what has none, such as the beginning of a connection.
    #[must_use]
    pub fn way(&self) -> Option<Way> {
        self.passed.way
    }

    /// Returns the frame, if it is a frame. Its payload is as long as the log keeps payloads, and as it
    /// was on the wire, but not masked. If that [is cut](Self::is_cut), its [`Len`](crate::testing::Len)
    /// has the true length.
    #[must_use]
    pub fn frame(&self) -> Option<RawFrame> {
        self.as_frame().map(|frame| RawFrame::came(&frame.header, frame.payload.bytes.clone()))
    }

    /// Returns the first line and the headers of a request or response, if it is the head of one.
    /// Credentials are hidden unless the log [shows them](crate::testing::WireLog::secrets).
    #[must_use]
    pub fn head(&self) -> Option<(&str, &[(String, String)])> {
        let (What::Request(head) | What::Response(head)) = &self.passed.what else { return None };
        Some((&head.line, &head.headers))
    }

    /// Returns what a frame brings to its message: its payload, inflated if the message is compressed. As
    /// long as the log keeps payloads. `None` if it is no frame.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.as_frame().map(|frame| &frame.content().bytes[..])
    }

    /// Returns `true` if not all of the payload is there: the log keeps less, or the connection has ended
    /// before all of it came.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let whole = |frame: &Frame| frame.payload.bytes.len() as u64 == frame.header.len;
        self.as_frame().is_some_and(|frame| !whole(frame) || frame.content().is_cut())
    }

    /// Returns the code and the reason of a Close frame. `None` if it is no Close frame, or has no code.
    #[must_use]
    pub fn close(&self) -> Option<(u16, String)> {
        let (code, reason) = self.as_frame()?.close()?;
        Some((code, String::from_utf8_lossy(reason).into_owned()))
    }

    /// Returns the rules that it breaks, such as `RFC 6455 §5.1: a client must mask each frame`.
    #[must_use]
    pub fn breaches(&self) -> Vec<String> {
        self.passed.breaches.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn what(&self) -> &What {
        &self.passed.what
    }

    fn as_frame(&self) -> Option<&Frame> {
        if let What::Frame(frame) = &self.passed.what { Some(frame) } else { None }
    }
}

impl fmt::Display for WireEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, since) = (self.stamp.time_of_day(), self.stamp.since.as_secs_f64());
        write!(f, "{time} +{since:.4} #{} {}", self.connection, self.passed)
    }
}
