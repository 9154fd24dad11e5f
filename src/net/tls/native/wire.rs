//! Ciphertext on its way between a TLS session and a socket, in memory.
//!
//! The session holds one end and reads and writes it like a socket that never blocks. Whoever
//! moves the bytes to and from the real socket holds the other. Nothing here knows TLS.

use std::io::{self, Read, Write};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an idle connection keeps for the next read, and at most for the next write.
const SMALL: usize = 4 * 1024;

/// What a busy connection reads at once: four full records.
const LARGE: usize = 64 * 1024;

/// Both directions between one session and one socket. Clones are ends of the same wire.
///
/// The lock is held only to copy bytes; it comes after the lock of a `Link`.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<Queues>>);

struct Queues {
    /// From the socket to the session; what it has not taken yet is `input[taken..filled]`.
    input: Vec<u8>,
    taken: usize,
    filled: usize,
    /// How much the next read of the socket may bring.
    appetite: usize,
    /// From the session to the socket.
    output: Vec<u8>,
}

impl Wire {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Queues {
            input: Vec::new(),
            taken: 0,
            filled: 0,
            appetite: SMALL,
            output: Vec::new(),
        })))
    }

    /// Reads the socket once. All former input has been taken; no lock is held meanwhile.
    pub(super) fn fill_from(&self, socket: &mut impl Read) -> io::Result<usize> {
        let mut buffer = self.lend_input();
        let filled = loop {
            match socket.read(&mut buffer) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                done => break done,
            }
        };
        self.return_input(buffer, *filled.as_ref().unwrap_or(&0));
        filled
    }

    /// The next byte of input, if any is left.
    pub(super) fn peek(&self) -> Option<u8> {
        let queues = self.queues();
        queues.input[queues.taken..queues.filled].first().copied()
    }

    /// Makes room for the ciphertext of so much plaintext, so that it need not grow in steps.
    pub(super) fn expect_output(&self, plaintext: usize) {
        // A record holds up to 16 KiB and adds less than 64 bytes.
        let records = plaintext / (16 * 1024) + 1;
        self.queues().output.reserve(plaintext + records * 64);
    }

    pub(super) fn has_output(&self) -> bool {
        !self.queues().output.is_empty()
    }

    /// Hands over everything that is to be written to the socket next.
    pub(super) fn take_output(&self) -> Vec<u8> {
        mem::take(&mut self.queues().output)
    }

    /// Takes a buffer back whose bytes are written, to use it again if it is small.
    pub(super) fn recycle_output(&self, mut buffer: Vec<u8>) {
        let mut queues = self.queues();
        if queues.output.capacity() == 0 && buffer.capacity() <= SMALL {
            buffer.clear();
            queues.output = buffer;
        }
    }

    /// Hands output over as far as `send` takes it; the rest stays.
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
            match send(&output[gone..]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => gone += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => break Err(e),
            }
        };
        output.drain(..gone);
        if output.is_empty() {
            output.shrink_to(SMALL);
        }
        outcome
    }

    fn lend_input(&self) -> Vec<u8> {
        let mut queues = self.queues();
        debug_assert_eq!(queues.taken, queues.filled, "input would overtake input");
        // Until the buffer is back, another thread may look and must find nothing.
        (queues.taken, queues.filled) = (0, 0);
        let buffer = mem::take(&mut queues.input);
        if buffer.len() == queues.appetite {
            return buffer;
        }
        drop(buffer);
        vec![0; queues.appetite]
    }

    /// Takes the buffer back with the bytes that arrived at its front.
    ///
    /// A read that fills the buffer whets the appetite. Any other has emptied the socket, so the
    /// next may wait for long, and a buffer that waits is small.
    fn return_input(&self, buffer: Vec<u8>, filled: usize) {
        let mut queues = self.queues();
        queues.appetite = if filled == buffer.len() { LARGE.min(filled * 4) } else { SMALL };
        queues.input = buffer;
        queues.taken = 0;
        queues.filled = filled;
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session's end: `WouldBlock` where the input is used up. The end of the socket's input is
/// not told here, so that a session's own end (`Ok(0)`) is always an orderly one.
impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut queues = self.queues();
        let mut rest = &queues.input[queues.taken..queues.filled];
        if rest.is_empty() && !buf.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let n = rest.read(buf)?;
        queues.taken += n;
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.queues().output.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
