//! The closing handshake (RFC 6455 §7.1): each side sends a Close frame, in either order.
//!
//! ```text
//!          sent            received
//! Open ----------> WeAsked ----------> Done
//!   |                                   ^
//!   | received               sent       |
//!   +-----------> TheyAsked ------------+
//! ```
//!
//! Only the order of the two frames is kept here. What they carry, and when TCP ends, is kept in
//! `connection/close`.

/// How far the closing handshake has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Closing {
    #[default]
    Open,
    /// Our Close frame was sent; the peer's has not arrived.
    WeAsked,
    /// The peer's Close frame arrived; ours is owed.
    TheyAsked,
    /// Both Close frames have passed.
    Done,
}

/// The direction in which a Close frame passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseSeen {
    Sent,
    Received,
}

impl Closing {
    /// The state after a Close frame has passed in one direction.
    #[must_use]
    pub(crate) const fn after(self, seen: CloseSeen) -> Self {
        match (self, seen) {
            (Self::Open, CloseSeen::Sent) => Self::WeAsked,
            (Self::Open, CloseSeen::Received) => Self::TheyAsked,
            (Self::WeAsked, CloseSeen::Received) | (Self::TheyAsked, CloseSeen::Sent) => Self::Done,
            // A second Close frame in one direction changes nothing.
            (Self::WeAsked, CloseSeen::Sent)
            | (Self::TheyAsked, CloseSeen::Received)
            | (Self::Done, _) => self,
        }
    }

    /// Returns `true` if messages may still be sent (§5.5.1: none after our Close frame).
    pub(crate) const fn may_send(self) -> bool {
        matches!(self, Self::Open | Self::TheyAsked)
    }
}

#[cfg(test)]
mod tests {
    use super::{CloseSeen::*, Closing::*};

    #[test]
    fn section_7_1_every_transition() {
        for (from, seen, want) in [
            (Open, Sent, WeAsked),
            (Open, Received, TheyAsked),
            (WeAsked, Sent, WeAsked),
            (WeAsked, Received, Done),
            (TheyAsked, Sent, Done),
            (TheyAsked, Received, TheyAsked),
            (Done, Sent, Done),
            (Done, Received, Done),
        ] {
            assert_eq!(from.after(seen), want, "{from:?} after {seen:?}");
        }
    }

    #[test]
    fn section_5_5_1_no_message_follows_our_close() {
        for (state, may) in [(Open, true), (TheyAsked, true), (WeAsked, false), (Done, false)] {
            assert_eq!(state.may_send(), may, "{state:?}");
        }
    }
}
