//! The codec's parts, for this repository's benchmarks and fuzz targets. They are no part of the
//! API and may change at any time. `proto` decides what each of them does.
//!
//! Frames are here. The opening handshake is in `handshake`; URLs, redirects and proxies are in
//! `way`.

use super::pair::negotiated;
use crate::connection::WebSocket;
use crate::handshake::Upgraded;
use crate::io::Duplex;
use crate::process::POOL;
use crate::proto::close::CloseFrame;
use crate::proto::compression::{Deflate, Deflation, Inflation};
use crate::proto::frame::ControlPayload;
use crate::proto::frame::{FrameHeader, Opcode, Outgoing, Parsed, encode_control};
use crate::proto::message::{
    Allocation, Assembled, Assembly, Event, Message, MessageKind, MessageRef,
};
use crate::proto::rules::{Limits, ProtocolError, Role};
use crate::proto::{bytes, inbound};

pub use handshake::{
    Agreement, Body, Head, Named, Whole, check_host, check_origin, check_request, check_response,
    choose, elements, extensions, parse_request, parse_response, retry_after, write_request,
    write_switching,
};
pub use way::{Hop, Proxy, Socks, Step, Url, judge_connect, proxy_of, write_connect};

mod handshake;
mod way;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header(FrameHeader);

impl Header {
    /// Reads the header at the front of `bytes` and returns it with its length. `None` if it is cut
    /// short.
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

    /// The length of the payload.
    #[must_use]
    pub fn payload(self) -> u64 {
        self.0.len
    }
}

/// Masks or unmasks a piece of a payload in place. The piece begins `offset` bytes into the
/// payload.
pub fn mask(piece: &mut [u8], key: [u8; 4], offset: usize) {
    bytes::mask(piece, key, offset);
}

/// Checks a text that is complete in memory.
pub fn check_utf8(text: &[u8]) -> Result<&str, ProtocolError> {
    bytes::check_utf8(text)
}

/// A text that arrives in pieces.
#[derive(Debug, Default)]
pub struct Utf8(bytes::Utf8);

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

/// A message or a control frame that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming(inbound::Incoming);

impl Incoming {
    /// Returns `true` for a message, which must be lent or taken next, and `false` for a control
    /// frame.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.0 == inbound::Incoming::Message
    }

    /// Returns the control frame. `None` if this is a message.
    #[must_use]
    pub fn control(self) -> Option<Event> {
        match self.0 {
            inbound::Incoming::Message | inbound::Incoming::Part => None,
            inbound::Incoming::Ping(payload) => Some(Event::Ping(payload.as_slice().to_vec())),
            inbound::Incoming::Pong(payload) => Some(Event::Pong(payload.as_slice().to_vec())),
            inbound::Incoming::Close(frame) => Some(Event::Close(frame)),
        }
    }
}

impl Inbound {
    /// Begins with the default limits.
    #[must_use]
    pub fn new(role: Role) -> Self {
        Self(inbound::Inbound::new(role, Limits::default(), Vec::new()))
    }

    /// Begins with limits of its own, for messages and for messages that are read as streams.
    #[must_use]
    pub fn bounded(role: Role, bytes: usize, fragments: usize) -> Self {
        let limits =
            Limits { message: bytes, stream: bytes as u64, fragments, ..Limits::default() };
        Self(inbound::Inbound::new(role, limits, Vec::new()))
    }

    /// Lets messages be compressed as was agreed.
    pub fn inflate(&mut self, agreement: &Agreement) {
        self.0.set_inflation(Inflation::new(agreement.agreed(), &POOL));
    }

    /// Reads the next message as a stream, whose parts come from now on.
    pub fn want_stream(&mut self) {
        self.0.want_stream();
    }

    /// Lends a part of a stream. The `bool` is `true` for the last part.
    #[must_use]
    pub fn part(&self) -> Option<(MessageKind, &[u8], bool)> {
        self.0.part().map(|part| (part.kind, part.bytes, part.is_last))
    }

    /// Discards the rest of a stream.
    pub fn leave_stream(&mut self) {
        self.0.leave_stream();
    }

    /// Lends a buffer for a read.
    pub fn space(&mut self) -> &mut [u8] {
        self.0.space()
    }

    /// Adds `n` bytes that were read into [`space`](Self::space).
    pub fn filled(&mut self, n: usize) {
        self.0.filled(n);
    }

    /// Advances to the next message or control frame. Returns `None` if more bytes are needed.
    pub fn advance(&mut self) -> Result<Option<Incoming>, ProtocolError> {
        Ok(self.0.advance()?.map(Incoming))
    }

    /// Lends the message that [`advance`](Self::advance) announced.
    pub fn lend(&mut self) -> Result<MessageRef<'_>, ProtocolError> {
        self.0.lend()
    }

    /// Returns the message that [`advance`](Self::advance) announced.
    pub fn take(&mut self) -> Result<Message, ProtocolError> {
        self.0.take()
    }
}

/// Appends a message to `out` in frames of `most` bytes of payload at most.
pub fn write_frames(message: MessageRef<'_>, most: usize, key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let outgoing = Outgoing::new(message.opcode(), message.as_bytes());
    write_outgoing(outgoing, most, key, out, |_| ());
}

/// Appends a message like [`write_frames`], compressed if that makes it smaller, and calls
/// `between` after each frame.
pub fn write_frames_with(
    message: MessageRef<'_>,
    most: usize,
    key: Option<[u8; 4]>,
    compression: Option<&mut Compression>,
    out: &mut Vec<u8>,
    between: impl FnMut(&mut Vec<u8>),
) {
    let (opcode, payload) = (message.opcode(), message.as_bytes());
    if let Some(deflation) = compression.and_then(|it| it.deflation.as_mut()) {
        if let Some(deflater) = deflation.deflate(payload) {
            let outgoing = Outgoing::deflated(opcode, deflater.output());
            write_outgoing(outgoing, most, key, out, between);
            return deflation.done(deflater);
        }
    }
    write_outgoing(Outgoing::new(opcode, payload), most, key, out, between);
}

fn write_outgoing(
    mut outgoing: Outgoing<'_>,
    most: usize,
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
    mut between: impl FnMut(&mut Vec<u8>),
) {
    while !outgoing.is_done() {
        let mut payload = outgoing.frame(most, key, out);
        payload.write(payload.len(), out);
        between(out);
    }
}

/// Appends a control frame to `out`. Returns `false` if its payload is too long.
pub fn write_control(event: &Event, key: Option<[u8; 4]>, out: &mut Vec<u8>) -> bool {
    let (opcode, payload) = match event {
        Event::Message(_) => return false,
        Event::Ping(payload) => (Opcode::Ping, ControlPayload::new(payload)),
        Event::Pong(payload) => (Opcode::Pong, ControlPayload::new(payload)),
        Event::Close(None) => (Opcode::Close, Some(ControlPayload::EMPTY)),
        Event::Close(Some(frame)) => (Opcode::Close, Some(frame.payload())),
    };
    let Some(payload) = payload else { return false };
    encode_control(opcode, &payload, key, out);
    true
}

/// Reads the payload of a Close frame.
pub fn parse_close(payload: &[u8]) -> Result<Option<CloseFrame>, ProtocolError> {
    CloseFrame::parse(payload)
}

/// Creates one end of a connection over a stream, whose peer has the same settings.
pub fn websocket<S: Duplex>(stream: S, role: Role, deflate: Option<&Deflate>) -> WebSocket<S> {
    let agreed = deflate.and_then(negotiated).map(|[client, server]| match role {
        Role::Client => client,
        Role::Server => server,
    });
    let upgraded = Upgraded { deflate: agreed, ..Upgraded::default() };
    WebSocket::upgraded(stream, role, Limits::default(), upgraded)
}

/// Both directions of a connection that compresses.
#[derive(Debug)]
pub struct Compression {
    inflation: Inflation,
    /// `None` if nothing is compressed.
    deflation: Option<Deflation>,
}

impl Compression {
    /// Agrees with a peer that has the same settings. `None` if nothing is compressed.
    #[must_use]
    pub fn new(settings: &Deflate) -> Option<Self> {
        let [client, server] = negotiated(settings)?;
        let deflation = Some(Deflation::new(&server, &POOL)?);
        Some(Self { inflation: Inflation::new(&client, &POOL), deflation })
    }

    /// Compresses as the `sender` agreed and inflates as the `receiver` agreed.
    #[must_use]
    pub fn between(sender: &Agreement, receiver: &Agreement) -> Self {
        let deflation = Deflation::new(sender.agreed(), &POOL);
        Self { inflation: Inflation::new(receiver.agreed(), &POOL), deflation }
    }

    /// Appends the message to `out` deflated. Returns `false` if it is better sent without
    /// compression.
    pub fn deflate(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(deflation) = &mut self.deflation else { return false };
        let Some(deflater) = deflation.deflate(message) else { return false };
        out.extend_from_slice(deflater.output());
        deflation.done(deflater);
        true
    }

    /// Inflates a binary message of up to `most` bytes.
    pub fn inflate(&mut self, data: &[u8], most: usize) -> Result<Message, ProtocolError> {
        let mut assembly = Assembly::new(false, Allocation::default(), most as u64);
        self.inflation.finish(data, &mut assembly)?;
        assembly.finish().map(Assembled::into_message)
    }
}
