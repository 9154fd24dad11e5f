//! Moves bytes between an engine that is locked and a socket that never is.

use std::io::{self, IoSlice, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::engine::{Engine, Receiving, Sending};
use crate::logging;
use crate::net::deadline::{Deadline, is_timeout};
use crate::net::duplex::Duplex;

/// What the handles of one stream share: the engine, its lock, and whose turn it is.
///
/// One lock, `engine`, and it is never held while a socket is read or written. Before that a
/// thread takes its *turn* at the socket: `Receiving::Busy` to read, `Sending::Busy` to write.
/// The two turns are independent, so a reader does not wait for a writer, however stuck that is.
/// `changed` is notified whenever a turn ends or ciphertext has arrived.
///
/// Decrypting may produce an answer (an alert, a key update, a renegotiation). A writer at work
/// sends it before its turn ends. Where nobody writes, the reader takes the writer's turn for it:
/// the one case in which a reader may wait for room in the socket, bounded by the write timeout.
pub(super) struct Link {
    engine: Mutex<Engine>,
    changed: Condvar,
}

type Guard<'a> = MutexGuard<'a, Engine>;

impl Link {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine: Mutex::new(engine), changed: Condvar::new() }
    }

    /// Reads plaintext; `Ok(0)` only after the peer's `close_notify`.
    pub(super) fn read(
        &self,
        socket: &mut (impl Read + Write),
        buf: &mut [u8],
    ) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        let deadline = Deadline::after(engine.read_timeout);
        let mut has_looked = false;
        loop {
            let decrypted = engine.decrypt(buf);
            let answer = engine.wire.has_output() && engine.sending == Sending::Idle;
            engine = self.answer(socket, engine);
            match decrypted {
                // Who answers lets go of the lock: more may have come meanwhile.
                Err(e) if would_block(&e) && answer => {}
                Err(e) if would_block(&e) => {
                    // Each byte that arrives would renew the socket's own timeout. But who says that
                    // nothing came has looked.
                    if has_looked {
                        engine.last_received = Some(Instant::now());
                        deadline.remaining()?;
                    }
                    has_looked = true;
                    engine = self.fetch(socket, engine, deadline)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// Encrypts some of `slices` and writes all of the ciphertext.
    pub(super) fn write(
        &self,
        socket: &mut (impl Read + Write),
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Ok(0);
        }
        let mut engine = self.take_turn()?;
        let deadline = Deadline::after(engine.write_timeout);
        loop {
            match engine.encrypt(slices) {
                Ok(n) => return self.end_turn(socket, engine, Sending::Idle).map(|()| n),
                Err(e) if would_block(&e) => {
                    engine = self.renegotiate(socket, engine, deadline)?;
                }
                Err(e) => {
                    // What is queued is the alert that tells the peer why.
                    let _ = self.end_turn(socket, engine, Sending::Broken);
                    return Err(e);
                }
            }
        }
    }

    /// Encrypts some of `buf` and sends as much ciphertext as the socket has room for.
    ///
    /// The lock is held meanwhile, since nothing here waits.
    pub(super) fn try_write(&self, socket: &mut impl Duplex, buf: &[u8]) -> io::Result<usize> {
        // Whether the socket can do that must be known before a record is made.
        socket.try_write(&[])?;
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        self.try_send(socket, &mut engine)?;
        let taken = match engine.encrypt(&[IoSlice::new(buf)]) {
            // Only a reader can bring what a renegotiation needs.
            Err(e) if !would_block(&e) => {
                engine.sending = Sending::Broken;
                self.notify(&engine);
                return Err(e);
            }
            encrypted => encrypted,
        };
        match self.try_send(socket, &mut engine) {
            Err(e) if !would_block(&e) => Err(e),
            _ => taken,
        }
    }

    /// Sends what is left on the wire, as far as the socket has room.
    pub(super) fn try_flush(&self, socket: &mut impl Duplex) -> io::Result<()> {
        self.try_send(socket, &mut self.lock())
    }

    /// Sends what is left on the wire, if that is so, and waits for room.
    pub(super) fn flush_left(&self, socket: &mut impl Write) -> io::Result<()> {
        let mut engine = self.lock();
        if engine.sending != Sending::Left {
            return Ok(());
        }
        engine.sending = Sending::Busy;
        self.end_turn(socket, engine, Sending::Idle)
    }

    fn try_send(&self, socket: &mut impl Duplex, engine: &mut Engine) -> io::Result<()> {
        match engine.sending {
            Sending::Idle | Sending::Left => {}
            Sending::Busy => return Err(io::ErrorKind::WouldBlock.into()),
            Sending::Closed | Sending::Broken => return Err(no_writing(engine.sending)),
        }
        let sent = engine.wire.send_output(|output| socket.try_write(output));
        engine.sending = match &sent {
            Ok(()) => Sending::Idle,
            Err(e) if would_block(e) => Sending::Left,
            Err(_) => Sending::Broken,
        };
        self.notify(engine);
        sent
    }

    /// Sends `close_notify` behind everything that is being written; later writes fail.
    pub(super) fn close(&self, socket: &mut impl Write) -> io::Result<()> {
        let mut engine = match self.take_turn() {
            Ok(engine) => engine,
            // Closed already, or broken: then nothing orderly can follow.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(e) => return Err(e),
        };
        engine.close();
        self.end_turn(socket, engine, Sending::Closed)
    }

    /// Ends writing at once. What is returned is to be written if that needs no waiting: nothing
    /// where a writer is at work, for its record may be half out.
    pub(super) fn farewell(&self) -> Vec<u8> {
        let mut engine = self.lock();
        if engine.sending != Sending::Idle {
            return Vec::new();
        }
        engine.close();
        engine.sending = Sending::Closed;
        engine.wire.take_output()
    }

    /// Counts one more handle.
    pub(super) fn join(&self) {
        self.lock().handles += 1;
    }

    /// Counts one handle less; true for the last.
    pub(super) fn leave(&self) -> bool {
        let mut engine = self.lock();
        engine.handles -= 1;
        engine.handles == 0
    }

    pub(super) fn set_read_timeout(&self, timeout: Option<Duration>) {
        self.lock().read_timeout = timeout;
    }

    pub(super) fn set_write_timeout(&self, timeout: Option<Duration>) {
        self.lock().write_timeout = timeout;
    }

    pub(super) fn last_received(&self) -> Option<Instant> {
        self.lock().last_received
    }

    pub(super) fn states(&self) -> (Receiving, Sending) {
        let engine = self.lock();
        (engine.receiving, engine.sending)
    }

    /// Brings ciphertext: reads the socket, or waits for the thread that does.
    fn fetch<'a>(
        &'a self,
        socket: &mut impl Read,
        mut engine: Guard<'a>,
        deadline: Deadline,
    ) -> io::Result<Guard<'a>> {
        match engine.receiving {
            // It came while the lock was let go.
            Receiving::Idle | Receiving::Ended if engine.wire.peek().is_some() => {
                return Ok(engine);
            }
            Receiving::Idle => {}
            Receiving::Busy => return self.wait(engine, deadline),
            Receiving::Ended => return Err(truncated()),
        }
        engine.receiving = Receiving::Busy;
        let wire = engine.wire.clone();
        drop(engine);

        let arrived = wire.fill_from(socket);

        let mut engine = self.lock();
        engine.receiving = match arrived {
            Ok(0) => Receiving::Ended,
            Ok(_) | Err(_) => Receiving::Idle,
        };
        self.notify(&engine);
        match arrived {
            Ok(0) => Err(truncated()),
            Ok(_) => Ok(engine),
            Err(e) => Err(e),
        }
    }

    /// Sends what decrypting made the session say, if anything.
    fn answer<'a>(&'a self, socket: &mut impl Write, mut engine: Guard<'a>) -> Guard<'a> {
        if !engine.wire.has_output() {
            return engine;
        }
        match engine.sending {
            Sending::Idle => {
                engine.sending = Sending::Busy;
                if let Err(e) = self.end_turn(socket, engine, Sending::Idle) {
                    // Later writes will say so; what the peer sent can still be read.
                    logging::debug!("a TLS answer was not sent: {e}");
                }
                self.lock()
            }
            // Who left something behind comes back for it, and so for this.
            Sending::Left => engine,
            Sending::Busy => {
                self.notify(&engine);
                engine
            }
            Sending::Closed | Sending::Broken => {
                engine.wire.take_output();
                engine
            }
        }
    }

    /// Lets a TLS 1.2 renegotiation go on, without which the engine takes no plaintext.
    fn renegotiate<'a>(
        &'a self,
        socket: &mut (impl Read + Write),
        engine: Guard<'a>,
        deadline: Deadline,
    ) -> io::Result<Guard<'a>> {
        let engine = self.flush(socket, engine)?;
        match deadline.remaining().and_then(|_| self.fetch(socket, engine, deadline)) {
            Err(e) if is_timeout(&e) && !deadline.has_passed() => Ok(self.lock()),
            Err(e) => {
                let mut engine = self.lock();
                engine.sending = Sending::Broken;
                self.notify(&engine);
                Err(e)
            }
            Ok(engine) => Ok(engine),
        }
    }

    /// Waits for the writer's turn and takes it.
    fn take_turn(&self) -> io::Result<Guard<'_>> {
        let mut engine = self.lock();
        let deadline = Deadline::after(engine.write_timeout);
        loop {
            match engine.sending {
                Sending::Idle | Sending::Left => {
                    engine.sending = Sending::Busy;
                    return Ok(engine);
                }
                Sending::Busy => engine = self.wait(engine, deadline)?,
                Sending::Closed | Sending::Broken => return Err(no_writing(engine.sending)),
            }
        }
    }

    /// Writes the output and ends the writer's turn in the state `next`, or broken.
    fn end_turn<'a>(
        &'a self,
        socket: &mut impl Write,
        engine: Guard<'a>,
        next: Sending,
    ) -> io::Result<()> {
        let mut engine = self.flush(socket, engine)?;
        engine.sending = next;
        self.notify(&engine);
        Ok(())
    }

    /// Writes the socket until the wire has no output. The writer's turn is ours.
    fn flush<'a>(
        &'a self,
        socket: &mut impl Write,
        mut engine: Guard<'a>,
    ) -> io::Result<Guard<'a>> {
        let deadline = Deadline::of_write(engine.write_timeout);
        while engine.wire.has_output() {
            let output = engine.wire.take_output();
            drop(engine);
            let written = write_all(socket, &output, deadline);
            engine = self.lock();
            if let Err(e) = written {
                engine.sending = Sending::Broken;
                self.notify(&engine);
                return Err(e);
            }
            engine.wire.recycle_output(output);
        }
        Ok(engine)
    }

    /// Waits for a change, or until the deadline.
    fn wait<'a>(&'a self, mut engine: Guard<'a>, deadline: Deadline) -> io::Result<Guard<'a>> {
        deadline.remaining()?;
        engine.waiting += 1;
        let mut engine = deadline.wait(&self.changed, engine);
        engine.waiting -= 1;
        Ok(engine)
    }

    fn notify(&self, engine: &Engine) {
        // A notification is a system call even where nobody listens.
        if engine.waiting > 0 {
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> Guard<'_> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes all of it. The socket's timeout bounds each call, and `deadline` all of them, so that a
/// peer that reads a little now and then cannot hold the writer for ever.
fn write_all(socket: &mut impl Write, mut bytes: &[u8], deadline: Deadline) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if is_timeout(&e) && deadline != Deadline::NEVER && !deadline.has_passed() => {}
            Err(e) => return Err(e),
        }
        if !bytes.is_empty() {
            deadline.remaining()?;
        }
    }
    socket.flush()
}

fn would_block(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::WouldBlock
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the peer ended TCP without a TLS close_notify")
}

fn no_writing(sending: Sending) -> io::Error {
    let reason = match sending {
        Sending::Closed => "the TLS stream is shut down for writing",
        _ => "an earlier write to the TLS stream failed",
    };
    io::Error::new(io::ErrorKind::BrokenPipe, reason)
}

#[cfg(test)]
mod tests;
