//! Ciphertext between a TLS session and a socket, in memory.
//!
//! The session holds one end. It reads and writes that end like a socket that never blocks, or it
//! decrypts the input where it lies and encrypts into the output. The code that moves the bytes to
//! and from the real socket holds the other end. Nothing here knows TLS.

use std::io::{self, Read, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use super::super::buffers::Output;
use crate::io::{counted, is_timeout};
use crate::process::lock;
use crate::proto::bytes;
use crate::proto::bytes::ReadBuffer;

/// The largest output buffer that is kept for the next output: a full write and what TLS adds to
/// it.
const KEPT: usize = 72 * 1024;

/// Both directions between one session and one socket. Clones are ends of the same wire.
///
/// The lock is held only to copy bytes and while the session computes; it comes after the lock of a
/// `DuplexEngine`.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<Queues>>);

pub(crate) struct Queues {
    /// From the socket to the session.
    pub(crate) input: ReadBuffer,
    /// How many bytes at the end of `input` the session has not looked at. What it has looked at
    /// and left is a part of a record.
    unseen: usize,
    /// From the session to the socket.
    pub(crate) output: Output,
}

impl Queues {
    /// Notes that the session can do no more with the input that there is.
    pub(crate) fn all_seen(&mut self) {
        self.unseen = 0;
    }

    /// Notes that the session has left input that it can use.
    pub(crate) fn left(&mut self) {
        self.unseen = self.input.unread().len();
    }
}

/// A read of the socket, for which the wire's input is lent. It is given back at the end, also if
/// the socket panics: a part of a record may lie there.
struct Filling<'a> {
    wire: &'a Wire,
    input: ReadBuffer,
    came: usize,
    /// Nothing came for a while.
    rests: bool,
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        let input = mem::replace(&mut self.input, ReadBuffer::new(Vec::new()));
        let mut queues = self.wire.queues();
        queues.input = input;
        queues.unseen += self.came;
        if self.rests && queues.output.is_empty() {
            queues.output = Output::new();
        }
    }
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Queues {
            input: ReadBuffer::new(Vec::new()),
            unseen: 0,
            output: Output::new(),
        })))
    }

    /// Reads the socket once.
    pub(crate) fn fill_from(&self, socket: &mut impl Read) -> io::Result<usize> {
        self.fill_by(|space| socket.read(space))
    }

    /// Calls `read` to read the socket once. No lock is held meanwhile, and the input is empty for
    /// other threads.
    pub(super) fn fill_by(
        &self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let input = mem::replace(&mut self.queues().input, ReadBuffer::new(Vec::new()));
        let mut filling = Filling { wire: self, input, came: 0, rests: false };
        let space = filling.input.space();
        let filled = counted(read(space), space.len());
        match &filled {
            Ok(n) => {
                filling.input.filled(*n);
                filling.came = *n;
            }
            // After a signal the caller reads again.
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                filling.input.rest();
                filling.rests = is_timeout(e);
            }
        }
        filled
    }

    /// Returns `true` if there is input that the session has not looked at.
    pub(crate) fn has_unseen(&self) -> bool {
        self.queues().unseen > 0
    }

    /// Returns at most this many bytes of the input that the session has not looked at, and leaves
    /// them there.
    pub(crate) fn look(&self, most: usize) -> Vec<u8> {
        let queues = self.queues();
        let unread = queues.input.unread();
        let unseen = &unread[unread.len() - queues.unseen..];
        unseen[..unseen.len().min(most)].to_vec()
    }

    /// Reserves memory for the ciphertext of `plaintext` bytes, so that the output grows in one
    /// step.
    pub(super) fn expect_output(&self, plaintext: usize) {
        // A record holds up to 16 KiB and adds less than 64 bytes.
        let records = plaintext / (16 * 1024) + 1;
        self.queues().output.reserve(plaintext + records * 64);
    }

    pub(super) fn has_output(&self) -> bool {
        !self.queues().output.is_empty()
    }

    /// Takes all output. The caller writes it to the socket next.
    pub(crate) fn take_output(&self) -> Output {
        mem::replace(&mut self.queues().output, Output::new())
    }

    /// Puts output back in front of all other output.
    pub(super) fn put_back(&self, mut rest: Output) {
        let mut queues = self.queues();
        rest.append(&queues.output);
        queues.output = rest;
    }

    /// Takes back a buffer whose bytes are written, and returns the output that there is by now.
    /// The buffer is used again until nothing comes for a while.
    pub(super) fn exchange_output(&self, mut written: Output) -> Output {
        if written.capacity() > KEPT {
            written = Output::new();
        }
        written.clear();
        mem::replace(&mut self.queues().output, written)
    }

    /// Passes output to `send` until `send` takes no more. The rest stays.
    pub(super) fn send_output(
        &self,
        mut send: impl FnMut(&[u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let output = &mut self.queues().output;
        let mut gone = 0;
        let outcome = loop {
            if gone == output.len() {
                break Ok(());
            }
            let rest = &output[gone..];
            match counted(send(rest), rest.len()) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => gone += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => break Err(e),
            }
        };
        output.sent(gone);
        if output.is_empty() && output.capacity() > KEPT {
            *output = Output::new();
        }
        outcome
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        lock(&self.0)
    }
}

/// The session's end. `WouldBlock` if there is no input. The end of the socket's input does not
/// show here, so that an `Ok(0)` of the session always means an orderly end.
impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut queues = self.queues();
        let unread = queues.input.unread();
        if unread.is_empty() && !buf.is_empty() {
            queues.all_seen();
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = bytes::copy(unread, buf);
        queues.input.take(n);
        queues.left();
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.queues().output.append(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
