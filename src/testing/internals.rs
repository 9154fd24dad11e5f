//! The codec's parts, for this repository's benchmarks and fuzz targets: no part of the API, and
//! without any promise. What each of them does is decided in `proto`.

use super::pair::negotiated;
use crate::net::pool::POOL;
use crate::proto::assembly::Assembly;
use crate::proto::compression::{Deflation, Inflation};
use crate::proto::deflate::Deflate;
use crate::proto::error::ProtocolError;
use crate::proto::header::{FrameHeader, Parsed};
use crate::proto::limits::Limits;
use crate::proto::message::{Message, MessageRef};
use crate::proto::outbound::Outgoing;
use crate::proto::role::Role;
use crate::proto::room::Room;
use crate::proto::{inbound, mask as masking, utf8};

/// What the front of a frame says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header(FrameHeader);

impl Header {
    /// Reads the header at the front of `bytes` and how long it is; `None` where it is cut short.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        Ok(match FrameHeader::parse(bytes)? {
            Parsed::Short => None,
            Parsed::Done(header, len) => Some((Self(header), len)),
        })
    }

    /// Appends the header to `out`.
    pub fn write(self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

/// Masks or unmasks in place a piece of a payload that begins `offset` bytes into it.
pub fn mask(piece: &mut [u8], key: [u8; 4], offset: usize) {
    masking::mask(piece, key, offset);
}

/// Checks a text that lies whole in memory.
pub fn check_utf8(text: &[u8]) -> Result<&str, ProtocolError> {
    utf8::check(text)
}

/// A text that arrives in pieces.
#[derive(Debug, Default)]
pub struct Utf8(utf8::Utf8);

impl Utf8 {
    /// Appends the next piece to `text`.
    pub fn push(&mut self, piece: &[u8], text: &mut String) -> Result<(), ProtocolError> {
        self.0.push(piece, text)
    }

    /// Ends the text.
    pub fn finish(&self) -> Result<(), ProtocolError> {
        self.0.finish()
    }
}

/// The receiving half of a connection.
#[derive(Debug)]
pub struct Inbound(inbound::Inbound);

/// What has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming(inbound::Incoming);

impl Incoming {
    /// Tells a message, which must be lent or taken, from a control frame.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.0 == inbound::Incoming::Message
    }
}

impl Inbound {
    /// Begins with defaults for all limits.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self(inbound::Inbound::new(role, Limits::default(), Vec::new()))
    }

    /// Lends room for a read.
    pub fn space(&mut self) -> &mut [u8] {
        self.0.space()
    }

    /// Counts in `n` bytes that were read into [`space`](Self::space).
    pub fn filled(&mut self, n: usize) {
        self.0.filled(n);
    }

    /// Goes on to the next message or control frame, or returns `None` where more bytes are needed.
    pub fn advance(&mut self) -> Result<Option<Incoming>, ProtocolError> {
        Ok(self.0.advance()?.map(Incoming))
    }

    /// Lends the message that [`advance`](Self::advance) announced.
    pub fn lend(&mut self) -> Result<MessageRef<'_>, ProtocolError> {
        self.0.lend()
    }

    /// Gives away the message that [`advance`](Self::advance) announced.
    pub fn take(&mut self) -> Result<Message, ProtocolError> {
        self.0.take()
    }
}

/// Appends a message to `out` in frames of `most` bytes of payload at most.
pub fn write_frames(message: MessageRef<'_>, most: usize, key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let mut outgoing = Outgoing::new(message.opcode(), message.as_bytes());
    while !outgoing.is_done() {
        let mut payload = outgoing.frame(most, key, out);
        payload.write(payload.len(), out);
    }
}

/// Both directions of a connection that compresses.
#[derive(Debug)]
pub struct Compression {
    inflation: Inflation,
    deflation: Deflation,
}

impl Compression {
    /// Agrees with a peer that has the same settings; `None` where nothing is to be compressed.
    #[must_use]
    pub fn new(settings: &Deflate) -> Option<Self> {
        let [client, server] = negotiated(settings)?;
        let deflation = Deflation::new(&server, &POOL)?;
        Some(Self { inflation: Inflation::new(&client, &POOL), deflation })
    }

    /// Appends the message to `out` deflated, or returns `false` where it is better sent as it is.
    pub fn deflate(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(deflater) = self.deflation.deflate(message) else { return false };
        out.extend_from_slice(deflater.output());
        self.deflation.done(deflater);
        true
    }

    /// Inflates a binary message of `most` bytes at most.
    pub fn inflate(&mut self, data: &[u8], most: usize) -> Result<Message, ProtocolError> {
        let mut assembly = Assembly::new(false, Room::default(), most as u64);
        self.inflation.finish(data, &mut assembly)?;
        assembly.finish().map(|(message, _)| message)
    }
}
