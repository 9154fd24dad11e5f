//! [`Lane`]: the bytes of one direction, as heads and frames.

use super::breach::Breach;
use super::event::{Frame, Kept, Shows};
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
    shows: Shows,
    at: At,
    /// A head or header that is not whole.
    part: Vec<u8>,
    /// What was taken for the beginning of a head and is none. It comes before the next bytes.
    first: Vec<u8>,
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
    /// A head that is not whole, because the direction has ended, or because it is too large.
    PartOfHead(Head),
    Frame(Frame, Vec<Breach>),
    Bytes(Kept),
}

impl Lane {
    pub(super) fn new(by: Role, shows: Shows) -> Self {
        let messages = Messages::new(by, shows.bytes);
        let (part, first) = (Vec::new(), Vec::new());
        Self { by, shows, at: At::Start, part, first, messages }
    }

    /// Takes what it can from the front of `bytes`, until it has found something.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            let mut rest = &first[..];
            let found = self.take(&mut rest);
            self.first = rest.to_vec();
            if found.is_some() {
                return found;
            }
        }
        let found = self.take(bytes);
        // It has just been found to be no head.
        if found.is_none() && !self.first.is_empty() { self.next(bytes) } else { found }
    }

    fn take(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        loop {
            match &mut self.at {
                At::Start => match begins(self.by, &self.part, bytes) {
                    // Too little to tell.
                    None => {
                        self.part.extend_from_slice(bytes);
                        *bytes = &[];
                        return None;
                    }
                    Some(Begins::Head) => self.at = At::Head,
                    Some(other) => {
                        self.first = std::mem::take(&mut self.part);
                        self.at = match other {
                            Begins::Tls => At::Bytes(Kept::default()),
                            Begins::Head | Begins::Frame => At::Frame,
                        };
                        if !self.first.is_empty() {
                            return None;
                        }
                    }
                },
                At::Head => return self.head(bytes),
                At::Frame => {
                    let header = self.header(bytes)?;
                    self.at = At::Payload(self.messages.begin(header));
                }
                At::Payload(current) => {
                    let left = current.header().len - current.came();
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    let (part, rest) = bytes.split_at(here);
                    *bytes = rest;
                    if let Some(key) = current.header().key.filter(|_| here > 0) {
                        let mut part = part.to_vec();
                        mask(&mut part, key, current.came());
                        self.messages.push(current, &part);
                    } else if here > 0 {
                        self.messages.push(current, part);
                    }
                    if current.came() < current.header().len {
                        return None;
                    }
                    return self.end_frame();
                }
                At::Bytes(kept) => {
                    // It may hold secrets in places that only these two programs know.
                    kept.push(bytes, if self.shows.secrets { self.shows.bytes } else { 0 });
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

    /// Ends the direction. Returns what has come of something that is not whole, and what the end
    /// breaks. `None` if it has ended before.
    pub(super) fn end(&mut self) -> Option<(Option<Found>, Vec<Breach>)> {
        let is_part = !self.part.is_empty();
        let at = std::mem::replace(&mut self.at, At::Over);
        Some(match at {
            At::Over => return None,
            At::Bytes(kept) => ((kept.len > 0).then_some(Found::Bytes(kept)), Vec::new()),
            At::Payload(current) => {
                let breaches = self.messages.at_end(true);
                let (frame, broken) = self.messages.end(current);
                (Some(Found::Frame(frame, broken)), breaches)
            }
            At::Frame => (None, self.messages.at_end(is_part)),
            At::Start | At::Head => {
                let head = Head::parse(&std::mem::take(&mut self.part));
                (is_part.then_some(Found::PartOfHead(head)), Vec::new())
            }
        })
    }

    /// Ends a frame whose payload is whole.
    fn end_frame(&mut self) -> Option<Found> {
        match std::mem::replace(&mut self.at, At::Frame) {
            At::Payload(current) => {
                let (frame, breaches) = self.messages.end(current);
                Some(Found::Frame(frame, breaches))
            }
            At::Start | At::Head | At::Frame | At::Bytes(_) | At::Over => None,
        }
    }

    fn head(&mut self, bytes: &mut &[u8]) -> Option<Found> {
        // The empty line may begin in what came before.
        let from = self.part.len().saturating_sub(3);
        self.part.extend_from_slice(bytes);
        let Some(end) = self.part[from..].windows(4).position(|it| it == b"\r\n\r\n") else {
            *bytes = &[];
            if self.part.len() <= MOST {
                return None;
            }
            self.expect_bytes();
            return Some(Found::PartOfHead(Head::parse(&std::mem::take(&mut self.part))));
        };
        let end = from + end + 4;
        let behind = self.part.len() - end;
        *bytes = &bytes[bytes.len() - behind..];
        let head = Head::parse(&self.part[..end]);
        self.part.clear();
        self.at = At::Frame;
        Some(Found::Head(head))
    }

    fn header(&mut self, bytes: &mut &[u8]) -> Option<Header> {
        loop {
            if let Some((header, _)) = Header::parse(&self.part) {
                // It is whole with its last byte, and not before.
                self.part.clear();
                return Some(header);
            }
            let (byte, rest) = bytes.split_first()?;
            self.part.push(*byte);
            *bytes = rest;
        }
    }
}

/// With what a direction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    Head,
    Frame,
    Tls,
}

/// With what a direction begins. `None` if too little of it has come.
fn begins(by: Role, part: &[u8], bytes: &[u8]) -> Option<Begins> {
    let began: Vec<u8> = part.iter().chain(bytes).copied().take(8).collect();
    let starts: &[&str] = if by == Role::Client { &METHODS } else { &[VERSION] };
    if starts.iter().any(|start| began.starts_with(start.as_bytes())) {
        return Some(Begins::Head);
    }
    if began.starts_with(&TLS) {
        return Some(Begins::Tls);
    }
    let may_be_head = starts.iter().any(|start| start.as_bytes().starts_with(&began));
    if may_be_head || TLS.starts_with(&began) { None } else { Some(Begins::Frame) }
}
