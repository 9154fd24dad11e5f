//! [`Lane`]: the bytes of one direction, as heads and frames.

use super::breach::Breach;
use super::event::{Frame, Kept};
use super::header::{Header, mask};
use super::http::{Head, MOST};
use super::messages::{Current, Messages};
use crate::proto::rules::Role;

/// The methods with which a request can begin (RFC 9110 §9.1). A client's first frame can begin with
/// a letter as well.
const METHODS: [&str; 8] =
    ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE "];
const VERSION: &str = "HTTP/";
/// A handshake of TLS, which no frame begins like (RFC 8446 §5.1).
const TLS: [u8; 2] = [0x16, 0x03];

/// The bytes of one direction.
#[derive(Debug)]
pub(super) struct Lane {
    by: Role,
    keep: usize,
    at: At,
    /// A head or header that is not whole.
    part: Vec<u8>,
    pub(super) messages: Messages,
}

/// What comes next.
#[derive(Debug)]
enum At {
    /// A head, or a frame if there was no handshake.
    Start,
    Head,
    Frame,
    Payload(Current),
    /// What is no frame, until the end.
    Bytes(Kept),
    Over,
}

/// What a lane has found.
#[derive(Debug)]
pub(super) enum Found {
    Head(Head),
    Frame(Frame, Vec<Breach>),
}

impl Lane {
    pub(super) fn new(by: Role, keep: usize) -> Self {
        Self { by, keep, at: At::Start, part: Vec::new(), messages: Messages::new(by, keep) }
    }

    /// Takes what it can from the front of `bytes`, until it has found something.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        loop {
            match &mut self.at {
                At::Start => {
                    let Some(at) = begins(self.by, &self.part, bytes) else {
                        // Too little to tell.
                        self.part.extend_from_slice(bytes);
                        *bytes = &[];
                        return None;
                    };
                    self.at = at;
                }
                At::Head => return self.head(bytes).map(Found::Head),
                At::Frame => {
                    let header = self.header(bytes)?;
                    self.at = At::Payload(self.messages.begin(header));
                }
                At::Payload(current) => {
                    let left = current.header().len - current.came();
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let (part, rest) = bytes.split_at(here);
                    *bytes = rest;
                    if here > 0 {
                        let mut part = part.to_vec();
                        if let Some(key) = current.header().key {
                            mask(&mut part, key, current.came());
                        }
                        self.messages.push(current, &part);
                    }
                    if current.came() < current.header().len {
                        return None;
                    }
                    let At::Payload(current) = std::mem::replace(&mut self.at, At::Frame) else {
                        return None;
                    };
                    let (frame, breaches) = self.messages.end(current);
                    return Some(Found::Frame(frame, breaches));
                }
                At::Bytes(kept) => {
                    kept.push(&std::mem::take(&mut self.part), self.keep);
                    kept.push(bytes, self.keep);
                    *bytes = &[];
                    return None;
                }
                At::Over => {
                    *bytes = &[];
                    return None;
                }
            }
        }
    }

    /// What follows a head is another one: this was an interim response.
    pub(super) fn expect_head(&mut self) {
        self.at = At::Head;
    }

    /// What follows is no WebSocket.
    pub(super) fn expect_bytes(&mut self) {
        self.at = At::Bytes(Kept::default());
    }

    /// Ends the direction. Returns the bytes that were no frame, and what the end breaks. `None` if it
    /// has ended before.
    pub(super) fn end(&mut self) -> Option<(Kept, Vec<Breach>)> {
        let is_part = !self.part.is_empty();
        match std::mem::replace(&mut self.at, At::Over) {
            At::Over => None,
            At::Bytes(kept) => Some((kept, Vec::new())),
            At::Payload(_) => Some((Kept::default(), self.messages.at_end(true))),
            At::Frame => Some((Kept::default(), self.messages.at_end(is_part))),
            At::Start | At::Head => {
                let mut kept = Kept::default();
                kept.push(&std::mem::take(&mut self.part), self.keep);
                Some((kept, Vec::new()))
            }
        }
    }

    fn head(&mut self, bytes: &mut &[u8]) -> Option<Head> {
        // The empty line may begin in what came before.
        let from = self.part.len().saturating_sub(3);
        self.part.extend_from_slice(bytes);
        let Some(end) = self.part[from..].windows(4).position(|it| it == b"\r\n\r\n") else {
            *bytes = &[];
            if self.part.len() > MOST {
                let mut kept = Kept::default();
                kept.push(&std::mem::take(&mut self.part), self.keep);
                self.at = At::Bytes(kept);
            }
            return None;
        };
        let end = from + end + 4;
        let behind = self.part.len() - end;
        *bytes = &bytes[bytes.len() - behind..];
        let head = Head::parse(&self.part[..end]);
        self.part.clear();
        self.at = At::Frame;
        Some(head)
    }

    fn header(&mut self, bytes: &mut &[u8]) -> Option<Header> {
        let before = self.part.len();
        // A header has at most 14 bytes.
        self.part.extend(bytes.iter().take(14));
        let Some((header, len)) = Header::parse(&self.part) else {
            *bytes = &[];
            return None;
        };
        *bytes = &bytes[len - before..];
        self.part.clear();
        Some(header)
    }
}

/// With what a direction begins. `None` if too little of it has come.
fn begins(by: Role, part: &[u8], bytes: &[u8]) -> Option<At> {
    let began: Vec<u8> = part.iter().chain(bytes).copied().take(8).collect();
    let starts: &[&str] = if by == Role::Client { &METHODS } else { &[VERSION] };
    if starts.iter().any(|start| began.starts_with(start.as_bytes())) {
        return Some(At::Head);
    }
    if began.starts_with(&TLS) {
        return Some(At::Bytes(Kept::default()));
    }
    let may_be_head = starts.iter().any(|start| start.as_bytes().starts_with(&began));
    if may_be_head || TLS.starts_with(&began) { None } else { Some(At::Frame) }
}
