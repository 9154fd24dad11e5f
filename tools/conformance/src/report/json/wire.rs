//! Entries of the wire log, and their bytes.

use std::fmt;
use std::ops::Not;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::wire::{FrameEntry, WireEntry, WireEvent};
use super::moment::{from_millis, from_seconds, millis, seconds};
use crate::case::Excerpt;

#[derive(Serialize, Deserialize)]
pub(super) struct EntryView {
    t: f64,
    #[serde(flatten)]
    what: EventView,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum EventView {
    Octets {
        dir: Dir,
        len: usize,
        hex: Hex,
        #[serde(default, skip_serializing_if = "Not::not")]
        alone: bool,
    },
    Frame {
        dir: Dir,
        opcode: u8,
        fin: bool,
        rsv: u8,
        mask: Option<Hex>,
        #[serde(flatten)]
        payload: BytesView,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chopped: Option<usize>,
        #[serde(default, skip_serializing_if = "Not::not")]
        alone: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeated: Option<usize>,
    },
    Wait {
        most_ms: f64,
        tag: Option<String>,
    },
    WaitEnd {
        tag: Option<String>,
    },
    FailIn {
        ms: f64,
    },
    Fail,
    CloseIn {
        ms: f64,
    },
    Close,
    Silence,
    Dropped {
        by_me: bool,
        error: Option<String>,
    },
    Breach {
        rule: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Dir {
    Sent,
    Received,
}

/// Bytes: as text if they are text, and else in hexadecimal digits.
#[derive(Serialize, Deserialize)]
pub(super) struct BytesView {
    len: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<Hex>,
    /// For readers: what is read back has fewer bytes than `len` says.
    #[serde(default, skip_serializing_if = "Not::not")]
    truncated: bool,
}

/// Bytes in hexadecimal digits.
struct Hex(Vec<u8>);

impl Dir {
    fn of(sent: bool) -> Self {
        if sent { Self::Sent } else { Self::Received }
    }

    fn is_sent(&self) -> bool {
        matches!(self, Self::Sent)
    }
}

impl From<Excerpt> for BytesView {
    fn from(bytes: Excerpt) -> Self {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let (len, truncated) = (bytes.len, bytes.is_cut());
        match String::from_utf8(bytes.hex) {
            Ok(text) if !text.contains(is_odd) => {
                Self { len, text: Some(text), hex: None, truncated }
            }
            Ok(text) => Self { len, text: None, hex: Some(Hex(text.into_bytes())), truncated },
            Err(e) => Self { len, text: None, hex: Some(Hex(e.into_bytes())), truncated },
        }
    }
}

impl From<BytesView> for Excerpt {
    fn from(view: BytesView) -> Self {
        let bytes = match (view.text, view.hex) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(Hex(bytes))) => bytes,
            (None, None) => Vec::new(),
        };
        Self { len: view.len.max(bytes.len()), hex: bytes }
    }
}

impl From<WireEntry> for EntryView {
    fn from(entry: WireEntry) -> Self {
        let what = match entry.what {
            WireEvent::Octets { sent, bytes, alone } => {
                let (dir, len, hex) = (Dir::of(sent), bytes.len, Hex(bytes.hex));
                EventView::Octets { dir, len, hex, alone }
            }
            WireEvent::Frame(frame) => EventView::Frame {
                dir: Dir::of(frame.sent),
                opcode: frame.opcode,
                fin: frame.fin,
                rsv: frame.rsv,
                mask: frame.mask.map(|mask| Hex(mask.to_vec())),
                payload: frame.payload.into(),
                chopped: frame.chopped,
                alone: frame.alone,
                repeated: frame.repeated,
            },
            WireEvent::Wait { most, tag } => EventView::Wait { most_ms: millis(most), tag },
            WireEvent::WaitEnd { tag } => EventView::WaitEnd { tag },
            WireEvent::FailIn { time } => EventView::FailIn { ms: millis(time) },
            WireEvent::Fail => EventView::Fail,
            WireEvent::CloseIn { time } => EventView::CloseIn { ms: millis(time) },
            WireEvent::Close => EventView::Close,
            WireEvent::Silence => EventView::Silence,
            WireEvent::Dropped { by_me, error } => EventView::Dropped { by_me, error },
            WireEvent::Breach { rule } => EventView::Breach { rule },
        };
        Self { t: seconds(entry.at), what }
    }
}

impl From<EntryView> for WireEntry {
    fn from(view: EntryView) -> Self {
        let what = match view.what {
            EventView::Octets { dir, len, hex: Hex(hex), alone } => {
                let bytes = Excerpt { len: len.max(hex.len()), hex };
                WireEvent::Octets { sent: dir.is_sent(), bytes, alone }
            }
            EventView::Frame { dir, opcode, fin, rsv, mask, payload, chopped, alone, repeated } => {
                WireEvent::Frame(FrameEntry {
                    sent: dir.is_sent(),
                    opcode,
                    fin,
                    rsv,
                    mask: mask.and_then(|Hex(mask)| mask.try_into().ok()),
                    payload: payload.into(),
                    chopped,
                    alone,
                    repeated,
                })
            }
            EventView::Wait { most_ms, tag } => WireEvent::Wait { most: from_millis(most_ms), tag },
            EventView::WaitEnd { tag } => WireEvent::WaitEnd { tag },
            EventView::FailIn { ms } => WireEvent::FailIn { time: from_millis(ms) },
            EventView::Fail => WireEvent::Fail,
            EventView::CloseIn { ms } => WireEvent::CloseIn { time: from_millis(ms) },
            EventView::Close => WireEvent::Close,
            EventView::Silence => WireEvent::Silence,
            EventView::Dropped { by_me, error } => WireEvent::Dropped { by_me, error },
            EventView::Breach { rule } => WireEvent::Breach { rule },
        };
        Self { at: from_seconds(view.t), what }
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let pair = |pair: &[u8]| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
        bytes.map(Self).ok_or_else(|| D::Error::custom("bytes are pairs of hexadecimal digits"))
    }
}
