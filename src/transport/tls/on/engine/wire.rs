//! Ciphertext between a TLS session and a socket, in memory.
//!
//! The session holds one end, which it reads and writes like a socket that never blocks. The code
//! that moves the bytes to and from the real socket holds the other end. Nothing here knows TLS.

use std::io::{self, Read, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::io::{counted, is_timeout};
use crate::process::lock;
use crate::proto::bytes;
use crate::proto::bytes::ReadBuffer;

/// The largest output buffer that is kept for the next output: a full write and what TLS adds to
/// it.
const KEPT: usize = 72 * 1024;

/// Both directions between one session and one socket. Clones are ends of the same wire.
///
/// The lock is held only to copy bytes; it comes after the lock of a `DuplexEngine`.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<Queues>>);

struct Queues {
    /// From the socket to the session.
    input: ReadBuffer,
    /// From the session to the socket.
    output: Vec<u8>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Queues {
            input: ReadBuffer::new(Vec::new()),
            output: Vec::new(),
        })))
    }

    /// Reads the socket once.
    pub(crate) fn fill_from(&self, socket: &mut impl Read) -> io::Result<usize> {
        self.fill_by(|space| socket.read(space))
    }

    /// Calls `read` to read the socket once. No lock is held meanwhile, and the input is empty for
    /// other threads.
    ///
    /// The session has taken all earlier input. So if the socket panics, only an empty buffer and
    /// what the socket itself had read are lost.
    pub(super) fn fill_by(
        &self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut input = mem::replace(&mut self.queues().input, ReadBuffer::new(Vec::new()));
        debug_assert!(input.unread().is_empty(), "the session takes all that has arrived");
        let space = input.space();
        let filled = counted(read(space), space.len());
        let rests = filled.as_ref().is_err_and(is_timeout);
        match &filled {
            Ok(n) => input.filled(*n),
            // After a signal the caller reads again.
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => input.rest(),
        }
        let mut queues = self.queues();
        queues.input = input;
        if rests && queues.output.is_empty() {
            queues.output = Vec::new();
        }
        filled
    }

    /// Returns the next byte of input. `None` if there is no input.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.queues().input.unread().first().copied()
    }

    /// Returns at most this many bytes of input, and leaves them there.
    pub(crate) fn look(&self, most: usize) -> Vec<u8> {
        let queues = self.queues();
        let unread = queues.input.unread();
        unread[..unread.len().min(most)].to_vec()
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
    pub(crate) fn take_output(&self) -> Vec<u8> {
        mem::take(&mut self.queues().output)
    }

    /// Puts output back in front of all other output.
    pub(super) fn put_back(&self, mut rest: Vec<u8>) {
        let mut queues = self.queues();
        rest.append(&mut queues.output);
        queues.output = rest;
    }

    /// Takes back a buffer whose bytes are written. It is used again until nothing comes for a
    /// while.
    pub(super) fn recycle_output(&self, mut buffer: Vec<u8>) {
        let mut queues = self.queues();
        if queues.output.capacity() == 0 && buffer.capacity() <= KEPT {
            buffer.clear();
            queues.output = buffer;
        }
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
        output.drain(..gone);
        if output.is_empty() {
            output.shrink_to(KEPT);
        }
        outcome
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
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
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = unread.len().min(buf.len());
        for (from, to) in unread[..n].chunks(bytes::PIECE).zip(buf.chunks_mut(bytes::PIECE)) {
            to[..from.len()].copy_from_slice(from);
        }
        queues.input.take(n);
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        bytes::append(&mut self.queues().output, buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
