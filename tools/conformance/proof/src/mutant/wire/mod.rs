//! Frames on the wire (RFC 6455 §5), read and written without any judgement.

mod header;
pub(super) use header::{Header, Start};

mod mask;
pub(super) use mask::mask;

mod outgoing;
pub(super) use outgoing::{Form, Outgoing};

/// A frame that continues a message.
pub(super) const CONTINUATION: u8 = 0;
/// A frame that begins a text.
pub(super) const TEXT: u8 = 1;
/// A frame that begins a binary message.
pub(super) const BINARY: u8 = 2;
/// A Close frame.
pub(super) const CLOSE: u8 = 8;
/// A ping.
pub(super) const PING: u8 = 9;
/// A pong.
pub(super) const PONG: u8 = 10;
