//! [`Breach`]: a rule that is broken on the wire, with its section.

use std::fmt;

/// A rule that is broken on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    Accept,
    Unmasked,
    Masked,
    Reserved,
    Opcode,
    Length,
    HighestBit,
    NothingToContinue,
    Interleaved,
    ControlInParts,
    LargeControl,
    AfterClose,
    HalfCode,
    CloseCode,
    Utf8,
    NoClose,
    WithinFrame,
    WithinMessage,
    CompressedPart,
    CompressedControl,
    Inflate,
}

impl Breach {
    /// The section, and the rule in words.
    fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Accept => ("RFC 6455 §4.2.2", "Sec-WebSocket-Accept does not fit the key"),
            Self::Unmasked => ("RFC 6455 §5.1", "a client must mask each frame"),
            Self::Masked => ("RFC 6455 §5.1", "a server must not mask a frame"),
            Self::Reserved => ("RFC 6455 §5.2", "a reserved bit that no extension uses"),
            Self::Opcode => ("RFC 6455 §5.2", "an opcode that is not defined"),
            Self::Length => ("RFC 6455 §5.2", "the length is not in its shortest form"),
            Self::HighestBit => ("RFC 6455 §5.2", "the highest bit of the length is set"),
            Self::NothingToContinue => ("RFC 6455 §5.4", "there is no message to continue"),
            Self::Interleaved => ("RFC 6455 §5.4", "the message before it is not finished"),
            Self::ControlInParts => ("RFC 6455 §5.5", "a control frame must not be in parts"),
            Self::LargeControl => ("RFC 6455 §5.5", "a control frame has at most 125 bytes"),
            Self::AfterClose => ("RFC 6455 §5.5.1", "nothing may follow a Close frame"),
            Self::HalfCode => ("RFC 6455 §5.5.1", "a close code has two bytes"),
            Self::CloseCode => ("RFC 6455 §7.4", "this close code may not be sent"),
            Self::Utf8 => ("RFC 6455 §8.1", "the text is not UTF-8"),
            Self::NoClose => ("RFC 6455 §7.1.5", "the end without a Close frame"),
            Self::WithinFrame => ("RFC 6455 §7.1.5", "the end in the middle of a frame"),
            Self::WithinMessage => ("RFC 6455 §7.1.5", "the end in the middle of a message"),
            Self::CompressedPart => ("RFC 7692 §6.1", "only a message's first frame has RSV1"),
            Self::CompressedControl => ("RFC 7692 §6.1", "a control frame must not have RSV1"),
            Self::Inflate => ("RFC 7692 §7.2.2", "the data cannot be inflated"),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (section, words) = self.rule();
        write!(f, "{section}: {words}")
    }
}
