//! Frames of one client, which become answers in the buffer in which they are (RFC 6455 §5).

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::ops::Range;

use super::super::LARGEST;
use super::frame::{Frame, header_len, unmask, write_header};

const FIN: u8 = 0x80;
const MASK: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The size of the buffer of a new client.
const SMALL: usize = 4 << 10;
/// The size to which the buffer grows for a client that fills it.
const FULL: usize = 256 << 10;
/// How much of a large message is read at a time. It is unmasked while the processor's cache has it.
const PIECE: usize = 64 << 10;
/// The longest header of an answer.
const HEADER: usize = 10;

/// A client after the upgrade.
pub(super) struct Client<'a> {
    stream: &'a TcpStream,
    buffer: Vec<u8>,
    /// The bytes of the buffer that came and were not yet used.
    unused: Range<usize>,
    /// How much of the payload of the first frame is already without its mask.
    unmasked: usize,
    /// The first byte of the answer to a message in fragments, and the payload so far behind room for a
    /// header.
    fragments: Option<u8>,
    message: Vec<u8>,
}

impl<'a> Client<'a> {
    pub(super) fn new(stream: &'a TcpStream) -> Self {
        Self {
            stream,
            buffer: vec![0; SMALL],
            unused: 0..0,
            unmasked: 0,
            fragments: None,
            message: Vec::new(),
        }
    }

    /// Answers until the client closes. `send` gets answers to messages.
    pub(super) fn run(mut self, send: impl Fn(&[u8]) -> io::Result<()>) -> io::Result<()> {
        loop {
            let answers = self.answers(&send)?;
            if !answers.is_empty() {
                send(&self.buffer[answers])?;
            }
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Makes each complete frame into its answer. Returns where the answers are that were not yet sent.
    fn answers(&mut self, send: &impl Fn(&[u8]) -> io::Result<()>) -> io::Result<Range<usize>> {
        let mut answers = 0..0;
        while let Some(frame) = Frame::read(&self.buffer[self.unused.clone()]) {
            if frame.payload > LARGEST {
                return Err(ErrorKind::InvalidData.into());
            }
            if frame.len() > self.unused.len() {
                break;
            }
            let from = self.unused.start + frame.header;
            self.unused.start += frame.len();
            let done = std::mem::take(&mut self.unmasked);
            let is_message = matches!(frame.first ^ FIN, TEXT | BINARY);
            if !is_message && !answers.is_empty() {
                send(&self.buffer[std::mem::take(&mut answers)])?;
            }
            // The first answer leaves its payload where it is. The others follow it without a gap.
            let header = header_len(frame.payload);
            let to = if answers.is_empty() { from } else { answers.end + header };
            unmask(&mut self.buffer, from + done, to + done, frame.payload - done, frame.key, done);
            let payload = to..to + frame.payload;
            if is_message {
                check(frame.first, &self.buffer[payload.clone()])?;
                let start = write_header(&mut self.buffer, to, frame.first, frame.payload);
                answers.start = if answers.is_empty() { start } else { answers.start };
                answers.end = payload.end;
            } else {
                self.other(frame.first, payload, send)?;
            }
        }
        Ok(answers)
    }

    /// Handles a control frame or a fragment.
    fn other(
        &mut self,
        first: u8,
        payload: Range<usize>,
        send: &impl Fn(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let opcode = first & !FIN;
        match opcode {
            CLOSE | PING => {
                let answer = FIN | if opcode == PING { PONG } else { CLOSE };
                let start = write_header(&mut self.buffer, payload.start, answer, payload.len());
                self.stream.write_all(&self.buffer[start..payload.end])?;
                return if opcode == PING {
                    Ok(())
                } else {
                    Err(ErrorKind::ConnectionAborted.into())
                };
            }
            PONG => return Ok(()),
            TEXT | BINARY if self.fragments.is_none() => {
                self.fragments = Some(FIN | opcode);
                self.message.resize(HEADER, 0);
            }
            0 if self.fragments.is_some() => {}
            _ => return Err(ErrorKind::InvalidData.into()),
        }
        self.message.extend_from_slice(&self.buffer[payload]);
        if self.message.len() > HEADER + LARGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        if let Some(answer) = self.fragments.take_if(|_| first & FIN != 0) {
            check(answer, &self.message[HEADER..])?;
            let len = self.message.len() - HEADER;
            let start = write_header(&mut self.message, HEADER, answer, len);
            send(&self.message[start..])?;
            self.message.clear();
        }
        Ok(())
    }

    /// Reads what has come, or waits for it. Returns `false` if the client has gone.
    fn fill(&mut self) -> io::Result<bool> {
        let unused = &self.buffer[self.unused.clone()];
        let frame = Frame::read(unused);
        // A client must mask its frames (§5.1).
        if unused.get(1).is_some_and(|second| second & MASK == 0) {
            return Err(ErrorKind::InvalidData.into());
        }
        let large = frame.filter(|frame| frame.len() > PIECE);
        // Without a header, the rest of the header needs room.
        let needed = frame.map_or(2 * HEADER, |frame| frame.len());
        if self.unused.is_empty() || self.unused.start + needed > self.buffer.len() {
            self.buffer.copy_within(self.unused.clone(), 0);
            self.unused = 0..self.unused.len();
            if needed > self.buffer.len() {
                self.buffer.resize(needed, 0);
            }
        }
        let end = self.buffer.len();
        let end = if large.is_some() { end.min(self.unused.end + PIECE) } else { end };
        let n = self.stream.read(&mut self.buffer[self.unused.end..end])?;
        self.unused.end += n;
        if let Some(frame) = large {
            let done = self.unmasked;
            let have = frame.payload.min(self.unused.len() - frame.header);
            let at = self.unused.start + frame.header + done;
            unmask(&mut self.buffer, at, at, have - done, frame.key, done);
            self.unmasked = have;
        } else if self.unused.end == self.buffer.len() && self.buffer.len() < FULL {
            self.buffer.resize(FULL, 0);
        }
        Ok(n > 0)
    }
}

/// Text must be UTF-8 (§8.1).
fn check(first: u8, payload: &[u8]) -> io::Result<()> {
    if first & !FIN == TEXT {
        simdutf8::basic::from_utf8(payload).map_err(|_| ErrorKind::InvalidData)?;
    }
    Ok(())
}
