//! [`Passed`]: what passed on a connection in one direction, as a line of a log has it.

use std::fmt;

use super::breach::Breach;
use super::header::{self, CLOSE, CONTINUATION, Header, TEXT};
use super::http::Head;
use super::quoted::{hex, plain, quoted};
use crate::proto::rules::Role;

/// The most bytes of a payload that a line shows.
const SHOWN: usize = 64;

/// A direction of a connection, as the end sees it whose log this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// From this end to the peer.
    Sent,
    /// From the peer to this end.
    Received,
}

/// How much of what passes is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shows {
    /// How many bytes of each payload are kept.
    pub(crate) bytes: usize,
    /// Whether credentials in heads are shown.
    pub(crate) secrets: bool,
}

/// Something that passed, or that happened at this end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// `None` for what has no direction.
    pub(crate) way: Option<Way>,
    pub(crate) what: What,
    pub(crate) breaches: Vec<Breach>,
}

/// What passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The connection begins, of an end with this role.
    Opened {
        role: Role,
        peer: Option<String>,
        tls: bool,
    },
    Request(Head),
    Response(Head),
    /// Bytes that are no WebSocket frame: the body of another HTTP response, or of no protocol that is
    /// known here.
    Bytes(Kept),
    Frame(Frame),
    /// The end of the direction, in order.
    Fin,
    /// A failure of the stream.
    Failed(String),
    /// What this end does without the peer, or what a program says of the connection.
    Note(String),
}

impl Passed {
    pub(crate) fn note(text: &str) -> Self {
        Self { way: None, what: What::Note(text.to_owned()), breaches: Vec::new() }
    }
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    /// The payload, unmasked.
    pub(crate) payload: Kept,
    /// What the payload inflates to, if it is compressed.
    pub(crate) inflated: Option<Kept>,
    /// Whether the frame is part of a text.
    pub(crate) is_text: bool,
}

/// Bytes, of which only the first are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) bytes: Vec<u8>,
    /// How many there were.
    pub(crate) len: u64,
}

impl Kept {
    /// Adds bytes, of which no more are kept than `most` in all.
    pub(super) fn push(&mut self, bytes: &[u8], most: usize) {
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.len += bytes.len() as u64;
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.bytes.len() as u64 != self.len
    }

    fn shown(&self, is_text: bool) -> String {
        let shown = if is_text { quoted(&self.bytes, SHOWN) } else { hex(&self.bytes, SHOWN) };
        // What was not kept is not shown either.
        let dots = self.is_cut() && self.bytes.len() <= SHOWN;
        if dots { shown + "..." } else { shown }
    }
}

impl Frame {
    /// The payload of the message: inflated, if it is compressed.
    pub(crate) fn content(&self) -> &Kept {
        self.inflated.as_ref().unwrap_or(&self.payload)
    }

    /// The code and the reason of a Close frame.
    pub(crate) fn close(&self) -> Option<(u16, &[u8])> {
        let (code, reason) = self.payload.bytes.split_first_chunk()?;
        (self.header.opcode == CLOSE).then_some((u16::from_be_bytes(*code), reason))
    }

    /// Returns `true` if the payload is shown as text.
    pub(crate) fn reads_as_text(&self) -> bool {
        self.is_text || self.header.is_control() && std::str::from_utf8(&self.payload.bytes).is_ok()
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Some(Way::Sent) => "-> ",
            Some(Way::Received) => "<- ",
            None => "-- ",
        })?;
        match &self.what {
            What::Opened { role, peer, tls } => {
                f.write_str(match role {
                    Role::Client => "OPEN client",
                    Role::Server => "OPEN server",
                })?;
                if let Some(peer) = peer {
                    write!(f, ", peer {peer}")?;
                }
                f.write_str(if *tls { ", TLS" } else { "" })?;
            }
            What::Request(head) | What::Response(head) => write!(f, "{head}")?,
            What::Bytes(bytes) if bytes.bytes.is_empty() => write!(f, "BYTES  len={}", bytes.len)?,
            What::Bytes(bytes) => write!(f, "BYTES  len={} {}", bytes.len, bytes.shown(true))?,
            What::Frame(frame) => write!(f, "{frame}")?,
            What::Fin => f.write_str("FIN")?,
            What::Failed(why) => write!(f, "FAILED {}", plain(why))?,
            What::Note(text) => f.write_str(&plain(text))?,
        }
        self.breaches.iter().try_for_each(|breach| write!(f, "  ({breach})"))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { fin, rsv, opcode, key, len, bits } = self.header;
        let name = match opcode {
            CONTINUATION => "CONT".to_owned(),
            other => header::name(other).to_uppercase(),
        };
        write!(f, "{name:6}")?;
        for (is_set, name) in
            [(fin, "fin"), (rsv & 4 != 0, "rsv1"), (rsv & 2 != 0, "rsv2"), (rsv & 1 != 0, "rsv3")]
        {
            if is_set {
                write!(f, " {name}")?;
            }
        }
        match self.payload.len {
            came if came < len => write!(f, " len={len}, of which {came} came")?,
            _ => write!(f, " len={len}")?,
        }
        if !self.header.is_minimal() {
            write!(f, " in {bits} bits")?;
        }
        if let Some(key) = key {
            write!(f, " mask={:08x}", u32::from_be_bytes(key))?;
        }
        if let Some(inflated) = &self.inflated {
            write!(f, " inflated={}", inflated.len)?;
        }
        match self.close() {
            Some((code, b"")) => write!(f, " {code}"),
            Some((code, reason)) => write!(f, " {code} {}", quoted(reason, SHOWN * 2)),
            None if self.content().len == 0 => Ok(()),
            None => write!(f, " {}", self.content().shown(self.reads_as_text())),
        }
    }
}

/// The opcodes with which a message begins, as `true` for text.
pub(super) fn begins(opcode: u8) -> Option<bool> {
    match opcode {
        TEXT => Some(true),
        header::BINARY => Some(false),
        _ => None,
    }
}
