//! Opcodes of frames (RFC 6455 §5.2).

/// A frame that continues a message.
pub(in crate::mutant) const CONTINUATION: u8 = 0;
/// A frame that begins a text.
pub(in crate::mutant) const TEXT: u8 = 1;
/// A frame that begins a binary message.
pub(in crate::mutant) const BINARY: u8 = 2;
/// A Close frame.
pub(in crate::mutant) const CLOSE: u8 = 8;
/// A ping.
pub(in crate::mutant) const PING: u8 = 9;
/// A pong.
pub(in crate::mutant) const PONG: u8 = 10;
