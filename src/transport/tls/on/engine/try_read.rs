//! Reading without waiting.

use std::io;
use std::mem;
use std::time::Instant;

use super::duplex_engine::{DuplexEngine, Guard, Reading, truncated};
use super::engine::Receiving;
use super::try_send::unless_unsupported;
use crate::io::{Deadline, Duplex, SHORTEST};

impl DuplexEngine {
    /// Reads plaintext whose record has arrived. Waits neither for the socket nor for the thread
    /// that reads it. A part of a record stays for the next read.
    pub(crate) fn try_read(&self, socket: &mut impl Duplex, buf: &mut [u8]) -> io::Result<usize> {
        // If the socket cannot read without waiting, neither can this.
        unless_unsupported(socket.try_read(&mut []))?;
        if buf.is_empty() {
            return Ok(0);
        }
        // A peer may send records without plaintext faster than they are read.
        let until = Deadline::after(Some(SHORTEST));
        let mut engine = self.lock();
        let mut is_part = false;
        loop {
            let done;
            (engine, done) = self.decrypt(socket, engine, buf);
            if let Some(done) = done {
                return done;
            }
            if mem::take(&mut is_part) {
                engine.last_received = Some(Instant::now());
                if until.has_passed() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
            }
            (engine, is_part) = self.fetch_at_once(socket, engine)?;
        }
    }

    /// Gets ciphertext that has arrived. Returns the lock, and `true` if this call read the socket.
    fn fetch_at_once<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
    ) -> io::Result<(Guard<'a>, bool)> {
        match engine.receiving {
            // Another thread fetched it while an answer was sent.
            Receiving::Idle | Receiving::Ended if engine.may_decrypt() => {
                return Ok((engine, false));
            }
            Receiving::Idle => {}
            Receiving::Busy => return Err(io::ErrorKind::WouldBlock.into()),
            Receiving::Ended => return Err(truncated()),
        }
        let turn = Reading::begin(self, &mut engine);
        // The lock is released all the same: the read runs a program's code.
        drop(engine);
        let arrived = loop {
            match self.wire.fill_by(|space| socket.try_read(space)) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                arrived => break arrived,
            }
        };
        turn.end(arrived).map(|engine| (engine, true))
    }
}
