//! How a connection ended, as users see it (RFC 6455 §7.1.4–§7.1.6).

use super::close_frame::CloseFrame;
use crate::proto::rules::CloseCode;

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClosedBy {
    /// This side sent the first Close frame.
    Local,
    /// The peer sent the first Close frame.
    Remote,
    /// Nobody: the connection broke, or ended without a Close frame.
    Loss,
}

/// How a connection ended: who closed it, with what, and whether in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseStatus {
    by: ClosedBy,
    code: CloseCode,
    reason: String,
    clean: bool,
}

impl CloseStatus {
    /// An end by Close frames; `frame` is the first one.
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

    /// Returns who sent the first Close frame.
    #[must_use]
    pub const fn by(&self) -> ClosedBy {
        self.by
    }

    /// Returns the code of the first Close frame, [`NoStatus`](CloseCode::NoStatus) (1005) where
    /// it carried none, or [`Abnormal`](CloseCode::Abnormal) (1006) where there was no such frame.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// Returns the reason of the first Close frame, or why the connection was lost.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns `true` if a Close frame went each way, so that nothing sent before them was lost.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.clean
    }
}
