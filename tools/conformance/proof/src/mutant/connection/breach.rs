//! [`Breach`]: a rule that the peer has broken.

/// Why a connection fails (RFC 6455 §7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// The code of the Close frame that says so.
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Breach {
    pub(super) fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }

    pub(super) fn kind(reason: &'static str) -> Self {
        Self { code: 1003, reason }
    }

    pub(super) fn text() -> Self {
        Self { code: 1007, reason: "the text is not UTF-8" }
    }

    pub(super) fn data() -> Self {
        Self { code: 1007, reason: "the message cannot be inflated" }
    }

    pub(super) fn policy(reason: &'static str) -> Self {
        Self { code: 1008, reason }
    }

    pub(super) fn too_long() -> Self {
        Self { code: 1009, reason: "the message is too long" }
    }
}
