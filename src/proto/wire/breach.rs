//! [`Breach`]: a rule that is broken on the wire, with its section.

use std::borrow::Cow;
use std::fmt;

/// A rule that is broken on the wire: the section, and the rule in words.
///
/// It is a text, because a log that another version wrote may name a rule that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach(pub(crate) Cow<'static, str>);

/// The rules that are looked at here.
impl Breach {
    pub(super) const ACCEPT: Self =
        Self::of("RFC 6455 §4.2.2: Sec-WebSocket-Accept does not fit the key");
    pub(super) const HEAD: Self = Self::of("RFC 9112 §2.1: the head is not whole");
    pub(super) const UNMASKED: Self = Self::of("RFC 6455 §5.1: a client must mask each frame");
    pub(super) const MASKED: Self = Self::of("RFC 6455 §5.1: a server must not mask a frame");
    pub(super) const RESERVED: Self =
        Self::of("RFC 6455 §5.2: a reserved bit that no extension uses");
    pub(super) const OPCODE: Self = Self::of("RFC 6455 §5.2: an opcode that is not defined");
    pub(super) const LENGTH: Self =
        Self::of("RFC 6455 §5.2: the length is not in its shortest form");
    pub(super) const HIGHEST_BIT: Self =
        Self::of("RFC 6455 §5.2: the highest bit of the length is set");
    pub(super) const NOTHING_TO_CONTINUE: Self =
        Self::of("RFC 6455 §5.4: there is no message to continue");
    pub(super) const INTERLEAVED: Self =
        Self::of("RFC 6455 §5.4: the message before it is not finished");
    pub(super) const CONTROL_IN_PARTS: Self =
        Self::of("RFC 6455 §5.5: a control frame must not be in parts");
    pub(super) const LARGE_CONTROL: Self =
        Self::of("RFC 6455 §5.5: a control frame has at most 125 bytes");
    pub(super) const AFTER_CLOSE: Self =
        Self::of("RFC 6455 §5.5.1: no data may follow a Close frame");
    pub(super) const HALF_CODE: Self = Self::of("RFC 6455 §5.5.1: a close code has two bytes");
    pub(super) const CLOSE_CODE: Self = Self::of("RFC 6455 §7.4: this close code may not be sent");
    pub(super) const UTF8: Self = Self::of("RFC 6455 §8.1: the text is not UTF-8");
    pub(super) const NO_CLOSE: Self = Self::of("RFC 6455 §7.1.5: the end without a Close frame");
    pub(super) const WITHIN_FRAME: Self =
        Self::of("RFC 6455 §7.1.5: the end in the middle of a frame");
    pub(super) const WITHIN_MESSAGE: Self =
        Self::of("RFC 6455 §7.1.5: the end in the middle of a message");
    pub(super) const COMPRESSED_PART: Self =
        Self::of("RFC 7692 §6.1: only a message's first frame has RSV1");
    pub(super) const COMPRESSED_CONTROL: Self =
        Self::of("RFC 7692 §6.1: a control frame must not have RSV1");
    pub(super) const INFLATE: Self = Self::of("RFC 7692 §7.2.2: the data cannot be inflated");

    const fn of(rule: &'static str) -> Self {
        Self(Cow::Borrowed(rule))
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
