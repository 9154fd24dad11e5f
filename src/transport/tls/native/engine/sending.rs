//! The writing half of a `DuplexEngine`.
//!
//! A write has the write timeout for all that it does: for the writer's turn, for a renegotiation,
//! and for the 64 KiB that it carries at most. Where that time is over, what there is room for is
//! still written, without waiting: Linux wakes a writer only when a third of the room is free.

use std::io::{self, IoSlice};
use std::mem;
use std::time::Duration;

use super::duplex_engine::{DuplexEngine, Guard, writes};
use super::engine::Sending;
use super::timeout::Span;
use super::try_send::{no_writing, try_send, would_block};
use crate::io::{Deadline, Duplex, SHORTEST, is_timeout};
use crate::process::debug;

/// How long a last word may wait for room in the socket.
const FAREWELL: Duration = Duration::from_millis(10);
/// How long the peer's last word is looked for once a write has failed. It came before that, but a
/// program's stream may take a moment to hand it on.
const LAST_WORD: Duration = Duration::from_millis(50);

/// The writer's turn. It ends broken unless it is ended in order: a write failed, or the socket
/// panicked.
struct WriteTurn<'a>(&'a DuplexEngine);

impl WriteTurn<'_> {
    fn end(self, engine: &mut Guard<'_>, next: Sending) {
        engine.sending = next;
        engine.owes_answer &= next == Sending::Left;
        self.0.notify(engine);
        mem::forget(self);
    }
}

impl Drop for WriteTurn<'_> {
    fn drop(&mut self) {
        let mut engine = self.0.lock();
        engine.sending = Sending::Broken;
        engine.owes_answer = false;
        self.0.notify(&engine);
    }
}

impl DuplexEngine {
    /// Encrypts some of `slices` and writes all of the ciphertext.
    pub(crate) fn write(
        &self,
        socket: &mut impl Duplex,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Ok(0);
        }
        let (turn, engine, mut span) = self.take_turn()?;
        self.write_in_turn(socket, slices, turn, engine, &mut span)
            .map_err(|e| self.explain(socket, e))
    }

    fn write_in_turn<'a>(
        &'a self,
        socket: &mut impl Duplex,
        slices: &[IoSlice<'_>],
        turn: WriteTurn<'a>,
        engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<usize> {
        let mut engine = engine;
        loop {
            match engine.encrypt(slices) {
                Ok(n) => {
                    self.end_turn(socket, turn, engine, span, Sending::Idle)?;
                    return Ok(n);
                }
                Err(e) if would_block(&e) => engine = self.renegotiate(socket, engine, span)?,
                Err(e) => {
                    // What is queued is the alert that tells the peer why.
                    let _ = self.end_turn(socket, turn, engine, span, Sending::Broken);
                    return Err(e);
                }
            }
        }
    }

    /// Lets a TLS 1.2 renegotiation go on, without which the engine takes no plaintext.
    fn renegotiate<'a>(
        &'a self,
        socket: &mut impl Duplex,
        engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<Guard<'a>> {
        let engine = self.flush(socket, engine, span)?;
        match self.fetch(socket, engine, span) {
            Ok((engine, _)) => Ok(engine),
            // The socket has a timeout of its own.
            Err(e) if is_timeout(&e) && !span.deadline.has_passed() => Ok(self.lock()),
            Err(e) => Err(e),
        }
    }

    /// What a write failed with, or rather why the peer left.
    fn explain(&self, socket: &mut impl Duplex, error: io::Error) -> io::Error {
        // A peer that is slow is there; all the time that it had is over.
        let within = if is_timeout(&error) { SHORTEST } else { LAST_WORD };
        self.last_word(socket, within, &error).unwrap_or(error)
    }

    /// Encrypts some of `buf` and sends as much ciphertext as the socket has room for.
    ///
    /// The lock is held meanwhile, since nothing here waits.
    pub(crate) fn try_write(&self, socket: &mut impl Duplex, buf: &[u8]) -> io::Result<usize> {
        // Whether the socket can do that must be known before a record is made.
        socket.try_write(&[])?;
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        try_send(socket, &mut engine)?;
        let taken = match engine.encrypt(&[IoSlice::new(buf)]) {
            // Only a reader can bring what a renegotiation needs.
            Err(e) if !would_block(&e) => {
                engine.sending = Sending::Broken;
                return Err(e);
            }
            encrypted => encrypted,
        };
        match try_send(socket, &mut engine) {
            Err(e) if !would_block(&e) => Err(e),
            _ => taken,
        }
    }

    /// Sends what is left on the wire, as far as the socket has room.
    pub(crate) fn try_flush(&self, socket: &mut impl Duplex) -> io::Result<()> {
        try_send(socket, &mut self.lock())?;
        loop {
            match socket.try_flush() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// Sends what is left on the wire, if that is so, and waits for room.
    pub(crate) fn flush_left(&self, socket: &mut impl Duplex) -> io::Result<()> {
        let mut engine = self.lock();
        match engine.sending {
            Sending::Left => {}
            Sending::Idle if engine.unflushed => {}
            Sending::Idle | Sending::Busy | Sending::Closed | Sending::Broken => return Ok(()),
        }
        engine.sending = Sending::Busy;
        let mut span = Span::new(engine.writes.wanted);
        self.end_turn(socket, WriteTurn(self), engine, &mut span, Sending::Idle)
            .map_err(|e| self.explain(socket, e))
    }

    /// Sends what is left on the wire as far as that goes in so short a time, for sockets that
    /// cannot do it in none.
    pub(super) fn send_within(&self, socket: &mut impl Duplex, most: Duration) -> io::Result<()> {
        let mut engine = self.lock();
        if !matches!(engine.sending, Sending::Idle | Sending::Left) {
            return Ok(());
        }
        engine.sending = Sending::Busy;
        let turn = WriteTurn(self);
        let mut span = Span::until(Deadline::after(Some(most)));
        while engine.wire.has_output() {
            let mut output = engine.wire.take_output();
            let (gone, sent) = self.send(socket, engine, &output, &mut span);
            engine = self.lock();
            if let Err(e) = sent {
                if is_timeout(&e) {
                    output.drain(..gone);
                    engine.wire.put_back(output);
                    turn.end(&mut engine, Sending::Left);
                } else {
                    drop(engine);
                }
                return Err(e);
            }
        }
        turn.end(&mut engine, Sending::Idle);
        Ok(())
    }

    /// Sends `close_notify` behind everything that is being written; later writes fail.
    pub(crate) fn close(&self, socket: &mut impl Duplex) -> io::Result<()> {
        let (turn, mut engine, mut span) = match self.take_turn() {
            // Closed already, or broken: then nothing orderly can follow.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            turn => turn?,
        };
        let said = engine.session.close();
        let sent = self.end_turn(socket, turn, engine, &mut span, Sending::Closed);
        if let Err(e) = said {
            debug!("no TLS close_notify: {e}");
        }
        sent
    }

    /// Ends writing at once, with `close_notify` if that needs no waiting: not where a writer is at
    /// work, for its record may be half out.
    pub(crate) fn farewell(&self, socket: &mut impl Duplex) -> io::Result<()> {
        let deadline = Deadline::after(Some(FAREWELL));
        let Some(mut engine) = self.lock_by(deadline) else { return Ok(()) };
        if engine.sending != Sending::Idle {
            return Ok(());
        }
        engine.sending = Sending::Closed;
        engine.session.close()?;
        let output = engine.wire.take_output();
        drop(engine);
        let mut rest = &output[..];
        while !rest.is_empty() {
            match socket.try_write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                    // Where that fails, nothing bounds a write.
                    socket.set_write_timeout(Some(FAREWELL))?;
                    let mut span = Span::until(deadline);
                    return self.send(socket, self.lock(), rest, &mut span).1;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Waits for the writer's turn and takes it, and begins to count its time.
    fn take_turn(&self) -> io::Result<(WriteTurn<'_>, Guard<'_>, Span)> {
        let mut engine = self.lock();
        let mut span = Span::new(engine.writes.wanted);
        loop {
            match engine.sending {
                Sending::Idle | Sending::Left => {
                    engine.sending = Sending::Busy;
                    return Ok((WriteTurn(self), engine, span));
                }
                Sending::Busy => {
                    span.begun();
                    engine = self.wait(engine, span.deadline)?;
                }
                Sending::Closed | Sending::Broken => return Err(no_writing(engine.sending)),
            }
        }
    }

    /// Writes the output and ends the writer's turn in the state `next`, or broken.
    fn end_turn<'a>(
        &'a self,
        socket: &mut impl Duplex,
        turn: WriteTurn<'a>,
        engine: Guard<'a>,
        span: &mut Span,
        next: Sending,
    ) -> io::Result<()> {
        let mut engine = self.flush(socket, engine, span)?;
        turn.end(&mut engine, next);
        Ok(())
    }

    /// Writes the socket until the wire has no output. The writer's turn is ours.
    fn flush<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<Guard<'a>> {
        while engine.wire.has_output() || engine.unflushed {
            let output = engine.wire.take_output();
            self.send(socket, engine, &output, span).1?;
            engine = self.lock();
            engine.unflushed = false;
            engine.wire.recycle_output(output);
        }
        Ok(engine)
    }

    /// Writes `bytes` by the deadline of `span`, and returns how many went.
    fn send(
        &self,
        socket: &mut impl Duplex,
        engine: Guard<'_>,
        bytes: &[u8],
        span: &mut Span,
    ) -> (usize, io::Result<()>) {
        let mut gone = 0;
        let mut engine = Some(engine);
        while gone < bytes.len() {
            let engine = engine.take().unwrap_or_else(|| self.lock());
            match span.left() {
                Ok(wait) => self.arm(engine, writes, wait, |wait| socket.set_write_timeout(wait)),
                Err(late) => {
                    drop(engine);
                    if let Err(e) = try_rest(socket, &bytes[gone..], &mut gone) {
                        return (gone, Err(if is_timeout(&e) { late } else { e }));
                    }
                    break;
                }
            }
            match socket.write_slices(&[IoSlice::new(&bytes[gone..])]) {
                Ok(0) => return (gone, Err(io::ErrorKind::WriteZero.into())),
                Ok(n) => gone += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // Too early, or there may be room after all.
                Err(e) if is_timeout(&e) && span.deadline != Deadline::NEVER => {}
                Err(e) => return (gone, Err(e)),
            }
        }
        drop(engine);
        (gone, flush_below(socket, span))
    }
}

/// Writes what there is room for; `WouldBlock` where that is not all.
fn try_rest(socket: &mut impl Duplex, mut rest: &[u8], gone: &mut usize) -> io::Result<()> {
    while !rest.is_empty() {
        match socket.try_write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                *gone += n;
                rest = &rest[n..];
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // It cannot do that, so there is none.
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn flush_below(socket: &mut impl Duplex, span: &mut Span) -> io::Result<()> {
    loop {
        match socket.flush() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if is_timeout(&e) && span.deadline != Deadline::NEVER => {}
            done => return done,
        }
        span.begun();
        span.left()?;
    }
}
