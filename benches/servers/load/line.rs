//! A connection of a client for throughput.

use std::io::{ErrorKind, Read as _};
use std::ops::Range;

use super::answers::Answers;
use super::connection::write;
use super::script::Script;
use crate::Outcome;

/// An open connection, which never waits.
pub(super) struct Line {
    pub(super) stream: mio::net::TcpStream,
    answers: Answers,
    /// How many messages were sent or are pending, and how many were answered.
    pub(super) sent: usize,
    pub(super) answered: usize,
    /// The bytes of the script for which the system had no room.
    pending: Range<usize>,
}

impl Line {
    pub(super) fn new(stream: mio::net::TcpStream) -> Self {
        Self { stream, answers: Answers::default(), sent: 0, answered: 0, pending: 0..0 }
    }

    /// Sends the rest of what had no room, or else all messages that are due, with one write. `more` says
    /// that messages are due at all.
    pub(super) fn send(&mut self, script: &Script, more: bool) -> Outcome<()> {
        if self.pending.is_empty() {
            // A pong must not stand inside a frame, nor a frame inside a pong.
            if !self.answers.pongs.is_empty() {
                let taken = write(&mut self.stream, &self.answers.pongs)?;
                self.answers.pongs.drain(..taken);
            }
            if self.answers.pongs.is_empty() && more {
                let free = script.exchange.in_flight - (self.sent - self.answered);
                let due = free / script.burst() * script.burst();
                self.pending = script.range(self.sent, due);
                self.sent += due;
            }
        }
        if !self.pending.is_empty() {
            let bytes = script.bytes(self.pending.clone());
            self.pending.start += write(&mut self.stream, bytes)?;
        }
        Ok(())
    }

    /// Reads all bytes that have come, and checks the answers in them. Returns the number of the answers.
    pub(super) fn receive(&mut self, room: &mut [u8], script: &Script) -> Outcome<usize> {
        let mut answers = 0;
        loop {
            match self.stream.read(room) {
                Ok(0) => return Err("the server closed a connection".into()),
                Ok(n) => {
                    answers += self.answers.take(&room[..n], script)?;
                    // If a read does not fill the room, the stream is empty. Windows reports the next bytes
                    // only after a read that found none.
                    if n < room.len() && cfg!(unix) {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(format!("a connection broke: {error}").into()),
            }
        }
        self.answered += answers;
        if self.answered > self.sent {
            return Err("an answer came that no message was sent for".into());
        }
        Ok(answers)
    }
}
