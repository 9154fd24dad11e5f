//! The rules that a peer can break after the opening handshake, one variant each (RFC 6455).
//!
//! Each variant has the code and the reason of the Close frame that answers it. `handshake_error`
//! has the rules of the opening handshake.

use super::close_code::CloseCode;

/// A rule of the protocol that the peer broke after the opening handshake.
///
/// Returned as [`Error::Protocol`](crate::Error::Protocol). The peer receives the text as the
/// reason of a Close frame.
///
/// ```
/// use blocking_ws::{CloseCode, ProtocolError};
///
/// assert_eq!(ProtocolError::BadUtf8.close_code(), CloseCode::InvalidPayload);
/// assert_eq!(ProtocolError::BadUtf8.to_string(), "the text is not valid UTF-8 (RFC 6455 8.1)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set, and no extension defines it (§5.2).
    #[error("a reserved bit is set without an extension that defines it (RFC 6455 5.2)")]
    ReservedBits,
    /// A frame has an opcode that is not defined (§5.2).
    #[error("opcode {0:#x} is reserved (RFC 6455 5.2)")]
    ReservedOpcode(u8),
    /// A length is not in its shortest form (§5.2).
    #[error("the length is not in its shortest form (RFC 6455 5.2)")]
    LengthNotMinimal,
    /// A 64-bit length has its top bit set (§5.2).
    #[error("the top bit of a 64-bit length is set (RFC 6455 5.2)")]
    LengthTopBit,
    /// A client's frame is not masked (§5.1).
    #[error("a frame from a client is not masked (RFC 6455 5.1)")]
    Unmasked,
    /// A server's frame is masked (§5.1).
    #[error("a frame from a server is masked (RFC 6455 5.1)")]
    Masked,
    /// A control frame is fragmented (§5.5).
    #[error("a control frame is fragmented (RFC 6455 5.5)")]
    ControlFragmented,
    /// A control frame carries more than 125 bytes (§5.5).
    #[error("a control frame is longer than 125 bytes (RFC 6455 5.5)")]
    ControlTooLong,
    /// A continuation frame arrived, but no message has begun (§5.4).
    #[error("a continuation frame continues no message (RFC 6455 5.4)")]
    NothingToContinue,
    /// A new message began before the last one ended (§5.4).
    #[error("a new message begins inside an unfinished one (RFC 6455 5.4)")]
    MessageInMessage,
    /// A text message or the reason of a Close frame is not UTF-8 (§8.1).
    #[error("the text is not valid UTF-8 (RFC 6455 8.1)")]
    BadUtf8,
    /// The data of a compressed message cannot be inflated (RFC 7692 §7.2.2).
    #[error("the compressed data of the message is corrupt (RFC 7692 7.2.2)")]
    BadDeflate,
    /// The payload of a Close frame is a single byte (§5.5.1).
    #[error("the payload of a Close frame is one byte long (RFC 6455 5.5.1)")]
    CloseTooShort,
    /// A Close frame has a code that may not be sent (§7.4).
    #[error("close code {0} may not be sent (RFC 6455 7.4)")]
    BadCloseCode(u16),
    /// A message is larger than `max_message_size`, this many bytes (§10.4). A compressed message
    /// is measured inflated.
    #[error("the message is larger than max_message_size, {0} bytes (RFC 6455 10.4)")]
    MessageTooBig(u64),
    /// A message that is read as a stream is larger than
    /// [`set_max_stream_size`](crate::WebSocket::set_max_stream_size) allows, this many bytes
    /// (§10.4).
    #[error("the streamed message is larger than max_stream_size, {0} bytes (RFC 6455 10.4)")]
    StreamTooBig(u64),
    /// A message has more frames than the limit (§10.4).
    #[error("the message has more than {0} fragments (RFC 6455 10.4)")]
    TooManyFragments(u64),
    /// A message began and did not go on in time; see `stall_timeout`.
    #[error("the message began and did not go on within stall_timeout")]
    Stalled,
    /// This process has no memory left for the message; see
    /// [`set_max_buffered`](crate::set_max_buffered). The peer broke no rule.
    #[error("no room: the messages of all connections have reached the limit of set_max_buffered")]
    NoRoom,
}

impl ProtocolError {
    /// Returns the code of the Close frame that the peer receives (§7.4.1).
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode(_)
            | Self::LengthNotMinimal
            | Self::LengthTopBit
            | Self::Unmasked
            | Self::Masked
            | Self::ControlFragmented
            | Self::ControlTooLong
            | Self::NothingToContinue
            | Self::MessageInMessage
            | Self::CloseTooShort
            | Self::BadCloseCode(_) => CloseCode::Protocol,
            Self::BadUtf8 | Self::BadDeflate => CloseCode::InvalidPayload,
            Self::MessageTooBig(_) | Self::StreamTooBig(_) => CloseCode::TooBig,
            Self::TooManyFragments(_) | Self::Stalled => CloseCode::Policy,
            Self::NoRoom => CloseCode::TryAgainLater,
        }
    }
}
