//! [`RawFrame`]: a frame as it is on the wire, legal or not. Shares no code with the library's own
//! frames, which it judges.

use std::fmt;

use crate::proto::rules::Role;
use crate::proto::wire::{
    BINARY, CLOSE, CONTINUATION, Header, PING, PONG, TEXT, mask, name, quoted,
};

/// A frame as it is on the wire (RFC 6455 §5.2), legal or not.
///
/// A [`Peer`](crate::testing::Peer) sends whatever frame it is given, and receives each frame as it came.
///
/// ```
/// use blocking_ws::testing::{Len, RawFrame};
/// use blocking_ws::Role;
///
/// let reserved = RawFrame::text("hello").rsv(4); // RSV1, without an extension
/// let lies = RawFrame::binary("1234").len(Len::In16(5)); // its header says 5, in a long form
/// assert_eq!(reserved.to_bytes(Role::Server), b"\xC1\x05hello");
/// assert_eq!(lies.to_bytes(Role::Server), b"\x82\x7E\x00\x051234");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawFrame {
    /// Whether this is the last frame of its message.
    pub fin: bool,
    /// The three reserved bits: 4 is RSV1, 2 is RSV2 and 1 is RSV3.
    pub rsv: u8,
    /// The opcode, 0 to 15.
    pub opcode: u8,
    /// How the payload is masked.
    pub key: Key,
    /// How the header gives the length.
    pub len: Len,
    /// The payload, unmasked.
    pub payload: Vec<u8>,
}

/// How a frame is masked (RFC 6455 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// As the role demands: a client masks, with a key of its own, and a server does not.
    Role,
    /// With this key, whatever the role.
    Fixed([u8; 4]),
    /// Not at all, whatever the role.
    None,
}

/// How a header gives the length of the payload.
///
/// A length may lie: then the header gives this number, and the payload follows as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Len {
    /// The true length, in the shortest form.
    Minimal,
    /// This length, in 7 bits. Of a number above 125, the lower 7 bits stand there.
    In7(u8),
    /// This length, in 16 bits.
    In16(u16),
    /// This length, in 64 bits.
    In64(u64),
}

/// The most bytes of a payload that a line shows.
const SHOWN: usize = 64;

/// The key of frames that are masked because of their role. RFC 6455 §5.7 has it, and a log with a
/// key that is always the same is easier to compare.
const USUAL: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

impl RawFrame {
    /// Makes a legal final frame with this opcode.
    #[must_use]
    pub fn of(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        let payload = payload.as_ref().to_vec();
        Self { fin: true, rsv: 0, opcode, key: Key::Role, len: Len::Minimal, payload }
    }

    /// Makes a text frame (§5.6).
    #[must_use]
    pub fn text(payload: impl AsRef<[u8]>) -> Self {
        Self::of(TEXT, payload)
    }

    /// Makes a binary frame (§5.6).
    #[must_use]
    pub fn binary(payload: impl AsRef<[u8]>) -> Self {
        Self::of(BINARY, payload)
    }

    /// Makes a continuation frame (§5.4).
    #[must_use]
    pub fn continuation(payload: impl AsRef<[u8]>) -> Self {
        Self::of(CONTINUATION, payload)
    }

    /// Makes a ping (§5.5.2).
    #[must_use]
    pub fn ping(payload: impl AsRef<[u8]>) -> Self {
        Self::of(PING, payload)
    }

    /// Makes a pong (§5.5.3).
    #[must_use]
    pub fn pong(payload: impl AsRef<[u8]>) -> Self {
        Self::of(PONG, payload)
    }

    /// Makes a Close frame with any code and reason (§5.5.1).
    #[must_use]
    pub fn close(code: u16, reason: &str) -> Self {
        Self::of(CLOSE, [&code.to_be_bytes()[..], reason.as_bytes()].concat())
    }

    /// Makes a Close frame with any payload, such as a single byte.
    #[must_use]
    pub fn close_raw(payload: impl AsRef<[u8]>) -> Self {
        Self::of(CLOSE, payload)
    }

    /// Sets whether this is the last frame of its message.
    #[must_use]
    pub fn fin(mut self, fin: bool) -> Self {
        self.fin = fin;
        self
    }

    /// Sets the reserved bits. Only the lower three count.
    #[must_use]
    pub fn rsv(mut self, rsv: u8) -> Self {
        self.rsv = rsv & 7;
        self
    }

    /// Sets how the frame is masked.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Sets how the header gives the length.
    #[must_use]
    pub fn len(mut self, len: Len) -> Self {
        self.len = len;
        self
    }

    /// Returns the frame as an end of this role sends it.
    #[must_use]
    pub fn to_bytes(&self, role: Role) -> Vec<u8> {
        let key = match self.key {
            Key::Role => (role == Role::Client).then_some(USUAL),
            Key::Fixed(key) => Some(key),
            Key::None => None,
        };
        let first = u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode & 0xF;
        let mut bytes = vec![first];
        let mask_bit = u8::from(key.is_some()) << 7;
        match self.len.given(self.payload.len()) {
            Len::In16(len) => {
                bytes.push(mask_bit | 0x7E);
                bytes.extend(len.to_be_bytes());
            }
            Len::In64(len) => {
                bytes.push(mask_bit | 0x7F);
                bytes.extend(len.to_be_bytes());
            }
            Len::In7(len) => bytes.push(mask_bit | len & 0x7F),
            Len::Minimal => {}
        }
        bytes.extend(key.iter().flatten());
        let at = bytes.len();
        bytes.extend(&self.payload);
        if let Some(key) = key {
            mask(&mut bytes[at..], key, 0);
        }
        bytes
    }

    /// Reads a frame from the front of `bytes`, and returns it with the number of its bytes. `None`
    /// if it is not whole yet.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (header, at) = Header::parse(bytes)?;
        let end = at.checked_add(usize::try_from(header.len).ok()?)?;
        let mut payload = bytes.get(at..end)?.to_vec();
        if let Some(key) = header.key {
            mask(&mut payload, key, 0);
        }
        Some((Self::came(&header, payload), end))
    }

    /// Makes the frame with this header and this payload, which is not masked any more.
    pub(crate) fn came(header: &Header, payload: Vec<u8>) -> Self {
        Self {
            fin: header.fin,
            rsv: header.rsv,
            opcode: header.opcode,
            key: header.key.map_or(Key::None, Key::Fixed),
            len: Len::came(header, payload.len()),
            payload,
        }
    }
}

impl Len {
    /// The form and the number of a payload's length, which is not `Minimal` any more.
    fn given(self, len: usize) -> Self {
        match (self, u8::try_from(len), u16::try_from(len)) {
            (Self::Minimal, Ok(len @ 0..=125), _) => Self::In7(len),
            (Self::Minimal, _, Ok(len)) => Self::In16(len),
            (Self::Minimal, _, Err(_)) => Self::In64(len as u64),
            (given, _, _) => given,
        }
    }

    /// The form in which a length came, of a payload of which this much is there.
    fn came(header: &Header, there: usize) -> Self {
        let is_true = there as u64 == header.len;
        match (header.is_minimal() && is_true, u16::try_from(header.len), header.bits) {
            (true, _, _) => Self::Minimal,
            (false, Ok(len), 16) => Self::In16(len),
            // 7 bits are less than 8.
            (false, Ok(len), 7) => Self::In7(len.to_be_bytes()[1]),
            (false, _, _) => Self::In64(header.len),
        }
    }
}

/// One line: what is unusual about the frame, and the beginning of its payload.
impl fmt::Debug for RawFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", name(self.opcode))?;
        if !self.fin {
            f.write_str(" not fin")?;
        }
        for (bit, name) in [(4, "rsv1"), (2, "rsv2"), (1, "rsv3")] {
            if self.rsv & bit != 0 {
                write!(f, " {name}")?;
            }
        }
        match self.len {
            Len::Minimal => write!(f, " len={}", self.payload.len())?,
            Len::In7(len) => write!(f, " len={len} in 7 bits")?,
            Len::In16(len) => write!(f, " len={len} in 16 bits")?,
            Len::In64(len) => write!(f, " len={len} in 64 bits")?,
        }
        match self.key {
            Key::Role => {}
            Key::Fixed(key) => write!(f, " mask={:08x}", u32::from_be_bytes(key))?,
            Key::None => f.write_str(" unmasked")?,
        }
        match self.payload.split_first_chunk() {
            Some((code, b"")) if self.opcode == CLOSE => {
                write!(f, " {}", u16::from_be_bytes(*code))
            }
            Some((code, reason)) if self.opcode == CLOSE => {
                write!(f, " {} {}", u16::from_be_bytes(*code), quoted(reason, SHOWN))
            }
            _ if self.payload.is_empty() => Ok(()),
            _ => write!(f, " {}", quoted(&self.payload, SHOWN)),
        }
    }
}
