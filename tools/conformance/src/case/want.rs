//! [`Want`]: what must come of a case.

use std::fmt;

use blocking_ws::MessageKind;
use serde::{Deserialize, Serialize};

use super::definition::Level;
use super::payload::Payload;

/// What must come of a case that is a list of [`Act`](super::Act)s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// What is received, if all is well.
    pub ok: Vec<Expected>,
    /// What is received by a program that does what it may, and not what it should.
    pub non_strict: Option<Vec<Expected>>,
    /// How the connection ends.
    pub end: End,
    /// Of messages only the kind and the length count.
    pub by_length: bool,
    /// There is no right answer: the verdict is `INFORMATIONAL` in any case.
    pub informational: bool,
    /// The connection is closed once all has come that is expected, without waiting for the timer.
    pub closes_when_done: bool,
    /// What may happen in place of all that, and how good it is. Only cases with letters have it.
    pub instead: Vec<Instead>,
    /// Which pongs must come.
    pub pongs: Pongs,
    /// What this suite does about the end of the connection.
    pub manners: Manners,
}

/// Which pongs must come of pings in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pongs {
    /// Each.
    All,
    /// The last; those before it may be missing (RFC 6455 §5.5.3).
    Last,
}

/// What this suite does about the end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It answers a Close frame, and ends TCP as its role demands.
    Good,
    /// It answers no Close frame, and does not end TCP.
    Lingers,
}

/// What may happen in place of what is wished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instead {
    /// How good it is: as good for [`Level::Must`], not strict for [`Level::Should`], and only reported
    /// for [`Level::Info`].
    pub level: Level,
    /// What is received.
    pub received: Vec<Expected>,
    /// How the connection ends.
    pub end: End,
}

/// One thing that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A message.
    Message(MessageKind, Payload),
    /// A pong.
    Pong(Payload),
    /// The end of a pause with this tag, while the connection is open.
    Timeout(&'static str),
}

/// How a connection must end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Who closes.
    pub by: By,
    /// The codes that the peer's Close frame may have. The first of them is ours too. Without any, all
    /// codes are right.
    pub codes: Vec<u16>,
    /// Whether both ends must send a Close frame and the peer must end TCP in time.
    pub clean: bool,
    /// What is more than a fault of the close.
    pub fatal: Fatal,
}

/// An end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// This suite.
    Us,
    /// The program under test.
    Peer,
}

/// What of a close is a fault of the whole case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fatal {
    /// Nothing.
    Nothing,
    /// The wrong end closes.
    WrongEnd,
    /// The code is none of those that may be.
    WrongCode,
}

impl End {
    /// We close with 1000, and the peer answers.
    #[must_use]
    pub fn us() -> Self {
        Self { by: By::Us, codes: vec![1000], clean: true, fatal: Fatal::Nothing }
    }

    /// The peer fails the connection (RFC 6455 §7.1.7) with 1002.
    #[must_use]
    pub fn peer() -> Self {
        Self { by: By::Peer, codes: vec![1002], clean: false, fatal: Fatal::Nothing }
    }

    /// The peer fails the connection with 1007, because of bytes that are not UTF-8.
    #[must_use]
    pub fn utf8() -> Self {
        Self { by: By::Peer, codes: vec![1007], clean: false, fatal: Fatal::WrongEnd }
    }
}

/// One thing that was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Received {
    /// A message.
    Message {
        /// Whether it is binary.
        binary: bool,
        /// What it says.
        #[serde(flatten)]
        payload: Excerpt,
    },
    /// A pong.
    Pong {
        /// Its payload.
        #[serde(flatten)]
        payload: Excerpt,
    },
    /// The end of a pause.
    Timeout {
        /// Its tag.
        tag: String,
    },
}

/// The beginning of some bytes, and how many they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// How many bytes there are.
    pub len: usize,
    /// The first of them, in hexadecimal digits.
    #[serde(with = "hex")]
    pub hex: Vec<u8>,
}

impl Excerpt {
    /// The most bytes that are kept.
    pub const MOST: usize = 256;

    /// The most bytes that a log keeps of each thing that passes.
    const BRIEF: usize = 64;

    /// Keeps the beginning of some bytes, for a log of many.
    #[must_use]
    pub fn brief(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), hex: bytes[..bytes.len().min(Self::BRIEF)].to_vec() }
    }

    /// Keeps the beginning of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), hex: bytes[..bytes.len().min(Self::MOST)].to_vec() }
    }

    /// Keeps the beginning of a payload, of which no more is made.
    #[must_use]
    pub fn of_payload(payload: &Payload) -> Self {
        Self { len: payload.len(), hex: payload.beginning(Self::MOST) }
    }

    /// Returns `true` if not all bytes were kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.hex.len() < self.len
    }
}

/// As text in quotes, or as hexadecimal digits; the rest is `…`, and a length follows.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The most bytes that a line has room for.
        const LINE: usize = 48;
        let shown = &self.hex[..self.hex.len().min(LINE)];
        let rest = if shown.len() < self.len { "…" } else { "" };
        let text = match std::str::from_utf8(shown) {
            Ok(text) => Some(text),
            // Cut within a character.
            Err(e) if !rest.is_empty() && e.error_len().is_none() => {
                std::str::from_utf8(&shown[..e.valid_up_to()]).ok()
            }
            Err(_) => None,
        };
        match text {
            Some(text) if !text.contains(|c: char| c.is_control()) => {
                write!(f, "\"{text}{rest}\"")?;
            }
            _ => {
                f.write_str("0x")?;
                shown.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(rest)?;
            }
        }
        if rest.is_empty() { Ok(()) } else { write!(f, " ({} bytes)", self.len) }
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { binary: false, payload } => write!(f, "text {payload}"),
            Self::Message { binary: true, payload } => write!(f, "binary {payload}"),
            Self::Pong { payload } => write!(f, "pong {payload}"),
            Self::Timeout { tag } => write!(f, "open at the end of pause {tag}"),
        }
    }
}

/// Bytes as hexadecimal digits.
mod hex {
    use std::fmt::Write as _;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for byte in bytes {
            // A String takes everything.
            let _ = write!(text, "{byte:02x}");
        }
        to.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|n| u8::try_from(n).ok())).collect();
        match digits {
            Some(digits) if digits.len() % 2 == 0 => {
                Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
            }
            _ => Err(D::Error::custom("bytes are pairs of hexadecimal digits")),
        }
    }
}
