//! The rules a peer can break, one variant each (RFC 6455).
//!
//! Each knows the close code it is answered with; its text is the reason in that Close frame. What
//! goes wrong before the connection is open is in `handshake`.

use super::close_code::CloseCode;

/// A rule of the protocol that the peer broke after the opening handshake.
///
/// The text fits into a Close frame and is sent as its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A reserved bit is set that no extension gave a meaning (§5.2).
    #[error("a reserved bit is set without an extension that defines it (RFC 6455 5.2)")]
    ReservedBits,
    /// An opcode that is not defined (§5.2).
    #[error("opcode {0:#x} is reserved (RFC 6455 5.2)")]
    ReservedOpcode(u8),
    /// A length that is not in its shortest form (§5.2).
    #[error("the length is not in its shortest form (RFC 6455 5.2)")]
    LengthNotMinimal,
    /// A 64-bit length with its top bit set (§5.2).
    #[error("the top bit of a 64-bit length is set (RFC 6455 5.2)")]
    LengthTopBit,
    /// A client's frame without a mask (§5.1).
    #[error("a frame from a client is not masked (RFC 6455 5.1)")]
    Unmasked,
    /// A server's frame with a mask (§5.1).
    #[error("a frame from a server is masked (RFC 6455 5.1)")]
    Masked,
    /// A control frame in several pieces (§5.5).
    #[error("a control frame is fragmented (RFC 6455 5.5)")]
    ControlFragmented,
    /// A control frame of more than 125 bytes (§5.5).
    #[error("a control frame is longer than 125 bytes (RFC 6455 5.5)")]
    ControlTooLong,
    /// A continuation frame where no message is under way (§5.4).
    #[error("a continuation frame continues no message (RFC 6455 5.4)")]
    NothingToContinue,
    /// A new message inside an unfinished one (§5.4).
    #[error("a new message begins inside an unfinished one (RFC 6455 5.4)")]
    MessageInMessage,
    /// Text, or the reason of a Close frame, that is not UTF-8 (§8.1).
    #[error("the text is not valid UTF-8 (RFC 6455 8.1)")]
    BadUtf8,
    /// A compressed message whose data cannot be inflated (RFC 7692 §7.2.2).
    #[error("the compressed data of the message is corrupt (RFC 7692 7.2.2)")]
    BadDeflate,
    /// A Close frame with a payload of a single byte (§5.5.1).
    #[error("the payload of a Close frame is one byte long (RFC 6455 5.5.1)")]
    CloseTooShort,
    /// A Close frame with a code that may not be sent (§7.4).
    #[error("close code {0} may not be sent (RFC 6455 7.4)")]
    BadCloseCode(u16),
    /// A message over the limit (§10.4); see `max_message_size`, or `set_max_stream_size` for one that
    /// is read as a stream.
    #[error(
        "the message is larger than max_message_size, {0} bytes, or a stream than max_stream_size \
         (RFC 6455 10.4)"
    )]
    MessageTooBig(u64),
    /// A message in more frames than the limit allows (§10.4).
    #[error("the message has more than {0} fragments (RFC 6455 10.4)")]
    TooManyFragments(u64),
    /// A message that began and did not go on; see `stall_timeout`.
    #[error("the message began and did not go on within stall_timeout")]
    Stalled,
    /// A message for which this process has no room; see
    /// [`set_max_buffered`](crate::set_max_buffered). No fault of the peer's.
    #[error("no room: the messages of all connections have reached set_max_buffered")]
    NoRoom,
}

impl ProtocolError {
    /// Returns the code that the peer is sent (§7.4.1).
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
            Self::MessageTooBig(_) => CloseCode::TooBig,
            Self::TooManyFragments(_) | Self::Stalled => CloseCode::Policy,
            Self::NoRoom => CloseCode::TryAgainLater,
        }
    }
}
