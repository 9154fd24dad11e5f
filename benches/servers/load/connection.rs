//! A connection of a client: small messages in both directions without waiting.

use std::io::{ErrorKind, Read, Write};
use std::mem;

use super::frames::{Frames, Received, first, pong};
use crate::Outcome;

/// An open connection, which never waits.
pub(super) struct Connection {
    pub(super) stream: mio::net::TcpStream,
    /// The number of the message that comes next; `None` if any message may come.
    pub(super) next: Option<usize>,
    /// The beginning of a frame.
    partial: Vec<u8>,
    /// Bytes for which the system had no room.
    unsent: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: mio::net::TcpStream) -> Self {
        Self { stream, next: None, partial: Vec::new(), unsent: Vec::new() }
    }

    /// Sends a frame, and keeps the bytes for which the system has no room.
    pub(super) fn send(&mut self, frame: &[u8]) -> Outcome<()> {
        if self.unsent.is_empty() {
            let taken = write(&mut self.stream, frame)?;
            self.unsent.extend(&frame[taken..]);
        } else {
            self.unsent.extend(frame);
        }
        Ok(())
    }

    /// Sends the bytes that were kept, if there is room now.
    pub(super) fn flush(&mut self) -> Outcome<()> {
        if !self.unsent.is_empty() {
            let taken = write(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..taken);
        }
        Ok(())
    }

    /// Reads all bytes that have come. Checks the messages in them, and returns their number.
    pub(super) fn receive(&mut self, room: &mut [u8], frames: &Frames) -> Outcome<usize> {
        let mut messages = 0;
        loop {
            match self.stream.read(room) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(n) => {
                    messages += self.take(&room[..n], frames)?;
                    // If a read does not fill the room, the stream is empty. Windows reports the next bytes
                    // only after a read that found none.
                    if n < room.len() && cfg!(unix) {
                        return Ok(messages);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(messages),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a connection broke: {error}").into()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], frames: &Frames) -> Outcome<usize> {
        if self.partial.is_empty() {
            let (messages, used) = self.check(bytes, frames)?;
            self.partial.extend(&bytes[used..]);
            return Ok(messages);
        }
        self.partial.extend(bytes);
        let mut partial = mem::take(&mut self.partial);
        let (messages, used) = self.check(&partial, frames)?;
        partial.drain(..used);
        self.partial = partial;
        Ok(messages)
    }

    /// Returns how many messages these bytes hold, and how many bytes those are.
    fn check(&mut self, bytes: &[u8], frames: &Frames) -> Outcome<(usize, usize)> {
        let (mut messages, mut used) = (0, 0);
        loop {
            match first(&bytes[used..])? {
                Received::Short => return Ok((messages, used)),
                Received::Message(frame) => {
                    self.expect(frame, frames)?;
                    messages += 1;
                    used += frame.len();
                }
                Received::Ping(payload) => {
                    self.send(&pong(payload))?;
                    used += 2 + payload.len();
                }
            }
        }
    }

    fn expect(&mut self, frame: &[u8], frames: &Frames) -> Outcome<()> {
        let number = match self.next {
            Some(number) if frames.is_echo(number, frame) => number,
            None => frames.number(frame).ok_or("the server sent other bytes than a client sent")?,
            Some(_) => {
                return Err(match frames.number(frame) {
                    Some(_) => "a message was lost, or it came twice, or messages changed places",
                    None => "the server sent other bytes than a client sent",
                }
                .into());
            }
        };
        self.next = Some(number + 1);
        Ok(())
    }
}

/// Returns how many bytes the system took.
pub(super) fn write(stream: &mut mio::net::TcpStream, bytes: &[u8]) -> Outcome<usize> {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(n) => written += n,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("a connection broke: {error}").into()),
        }
    }
    Ok(written)
}
