//! How a connection ended, as users see it (RFC 6455 §7.1.4–§7.1.6).

use super::close_frame::CloseFrame;
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
/// [`WebSocket::close`](crate::WebSocket::close) for an example.
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

    pub(crate) fn lost(why: String) -> Self {
        Self { by: ClosedBy::Loss, code: CloseCode::Abnormal, reason: why, clean: false }
    }

    /// Returns which side sent the first Close frame.
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

    /// Returns `true` if each side sent a Close frame. Then no message sent before them was lost.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.clean
    }
}
