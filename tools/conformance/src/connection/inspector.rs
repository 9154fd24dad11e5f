//! [`Inspector`]: judges each frame that the peer sends, and joins fragments to messages.

use std::mem;

use blocking_ws::testing::{Key, Len, RawFrame};
use blocking_ws::{MessageKind, Role};

use super::opcode::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};
use crate::compression::{Agreed, Decompressor};
use crate::report::OneWay;

/// The most bytes of a message. No case has one that is larger.
const MOST: usize = 64 << 20;

/// What a legal frame means.
#[derive(Debug)]
pub(crate) enum Meaning {
    /// A part of a message that is not whole.
    Part,
    Message(MessageKind, Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A Close frame that may be sent.
    Close(Option<(u16, String)>),
}

/// A rule that the peer has broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// The code of the Close frame that fails the connection.
    pub(crate) code: u16,
    /// The rule, with its section.
    pub(crate) rule: String,
    /// The code of the peer's Close frame, if it has broken the rule in one.
    pub(crate) closed_with: Option<u16>,
}

/// Judges what a peer sends (RFC 6455 §5), and joins it to messages.
#[derive(Debug)]
pub(crate) struct Inspector {
    /// The role of the peer.
    peer: Role,
    begun: Option<Begun>,
    inflater: Option<Decompressor>,
    pub(crate) traffic: OneWay,
    /// Judges what the original suite does not.
    is_strict: bool,
    /// The key of the last frame.
    key: Key,
    /// The peer has sent a Close frame.
    has_closed: bool,
}

/// A message that is not whole.
#[derive(Debug)]
struct Begun {
    kind: MessageKind,
    is_compressed: bool,
    payload: Vec<u8>,
}

impl Inspector {
    pub(crate) fn new(peer: Role) -> Self {
        Self {
            peer,
            begun: None,
            inflater: None,
            traffic: OneWay::default(),
            is_strict: false,
            key: Key::None,
            has_closed: false,
        }
    }

    /// Judges what the original suite does not: fresh keys, frames behind a Close frame, and close
    /// codes by the registry.
    pub(crate) fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// Messages may be compressed from now on, on these terms.
    pub(crate) fn agree(&mut self, agreed: Agreed) {
        self.inflater = Some(agreed.decompressor());
    }

    /// Takes a frame, which had `len` bytes on the wire.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub(crate) fn take(&mut self, frame: RawFrame, len: usize) -> Result<Meaning, Breach> {
        if self.is_strict {
            self.order(&frame)?;
        }
        self.header(&frame)?;
        match frame.opcode {
            PING => Ok(Meaning::Ping(frame.payload)),
            PONG => Ok(Meaning::Pong(frame.payload)),
            CLOSE => close(&frame.payload, self.is_strict),
            _ => self.data(frame, len),
        }
    }

    /// Judges a frame by those before it.
    fn order(&mut self, frame: &RawFrame) -> Result<(), Breach> {
        if self.has_closed {
            return Err(Breach::of("RFC 6455 §5.5.1: no frame follows a Close frame"));
        }
        self.has_closed = frame.opcode == CLOSE;
        // The same key twice in a row by chance: once in four thousand million frames.
        let before = mem::replace(&mut self.key, frame.key);
        if frame.key != Key::None && frame.key == before {
            return Err(Breach::of("RFC 6455 §5.3: each frame needs a fresh masking key"));
        }
        Ok(())
    }

    /// Judges all but the payload.
    fn header(&self, frame: &RawFrame) -> Result<(), Breach> {
        let breach = |rule: &str| Err(Breach::of(rule));
        let is_masked = frame.key != Key::None;
        let is_control = frame.opcode >= CLOSE;
        match self.peer {
            Role::Client if !is_masked => {
                return breach("RFC 6455 §5.1: a client must mask each frame");
            }
            Role::Server if is_masked => {
                return breach("RFC 6455 §5.1: a server must not mask a frame");
            }
            _ => {}
        }
        let may_be_compressed =
            self.inflater.is_some() && matches!(frame.opcode, TEXT | BINARY) && frame.rsv == 4;
        if frame.rsv != 0 && !may_be_compressed {
            return breach("RFC 6455 §5.2: a reserved bit is set, and no extension allows it");
        }
        if !matches!(frame.opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG) {
            return Err(Breach::of(format!(
                "RFC 6455 §5.2: opcode {} is not defined",
                frame.opcode
            )));
        }
        if is_control && !frame.fin {
            return breach("RFC 6455 §5.5: a control frame must not be fragmented");
        }
        if is_control && frame.payload.len() > 125 {
            return breach("RFC 6455 §5.5: a control frame has at most 125 bytes");
        }
        if frame.len != Len::Minimal {
            return breach("RFC 6455 §5.2: the length is not in its shortest form");
        }
        match (frame.opcode, &self.begun) {
            (CONTINUATION, None) => {
                breach("RFC 6455 §5.4: a continuation needs a message to continue")
            }
            (TEXT | BINARY, Some(_)) => {
                breach("RFC 6455 §5.4: a message begins within another message")
            }
            _ => Ok(()),
        }
    }

    fn data(&mut self, frame: RawFrame, len: usize) -> Result<Meaning, Breach> {
        self.traffic.frames += 1;
        self.traffic.payload_bytes += frame.payload.len() as u64;
        self.traffic.wire_bytes += len as u64;
        let mut message = match self.begun.take() {
            Some(mut begun) => {
                if begun.payload.len() + frame.payload.len() > MOST {
                    return Err(Breach {
                        code: 1009,
                        ..Breach::of("a message of more than 64 MiB")
                    });
                }
                begun.payload.extend_from_slice(&frame.payload);
                begun
            }
            None => Begun {
                kind: if frame.opcode == TEXT { MessageKind::Text } else { MessageKind::Binary },
                is_compressed: frame.rsv == 4,
                payload: frame.payload,
            },
        };
        if !frame.fin {
            self.begun = Some(message);
            return Ok(Meaning::Part);
        }
        if let (true, Some(inflater)) = (message.is_compressed, &mut self.inflater) {
            let compressed = mem::take(&mut message.payload);
            inflater
                .decompress(&compressed, MOST, &mut message.payload)
                .map_err(|e| Breach::of(e.to_string()))?;
        }
        self.traffic.messages += 1;
        self.traffic.app_bytes += message.payload.len() as u64;
        if message.kind == MessageKind::Text && std::str::from_utf8(&message.payload).is_err() {
            let rule = "RFC 6455 §8.1: the text is not UTF-8";
            return Err(Breach { code: 1007, ..Breach::of(rule) });
        }
        Ok(Meaning::Message(message.kind, message.payload))
    }
}

impl Breach {
    fn of(rule: impl Into<String>) -> Self {
        Self { code: 1002, rule: rule.into(), closed_with: None }
    }
}

/// Judges the payload of a Close frame (RFC 6455 §5.5.1, §7.4).
fn close(payload: &[u8], is_strict: bool) -> Result<Meaning, Breach> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() {
            Ok(Meaning::Close(None))
        } else {
            Err(Breach::of("RFC 6455 §5.5.1: a close code has two bytes"))
        };
    };
    let code = u16::from_be_bytes(*code);
    let is_registered = is_strict && matches!(code, 1012..=1014);
    if !may_be_sent(code) && !is_registered {
        let rule = format!("RFC 6455 §7.4: close code {code} may not be sent");
        return Err(Breach { closed_with: Some(code), ..Breach::of(rule) });
    }
    if let Ok(reason) = std::str::from_utf8(reason) {
        return Ok(Meaning::Close(Some((code, reason.to_owned()))));
    }
    let rule = "RFC 6455 §8.1: the reason of the Close frame is not UTF-8";
    Err(Breach { code: 1007, closed_with: Some(code), ..Breach::of(rule) })
}

/// The codes that the original suite takes for legal. 1012 to 1014 are registered, and not among
/// them.
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999)
}
