//! The writing half of a `DuplexEngine`.
//!
//! The write timeout covers all that a write does: the wait for its turn, a renegotiation, and
//! writing up to 64 KiB. When the time is over, the bytes that fit are still written without
//! waiting, because Linux wakes a writer only when a third of the socket's buffer is free.

use std::io::{self, IoSlice};
use std::mem;
use std::time::Duration;

use super::duplex_engine::{DuplexEngine, Guard, writes};
use super::engine::Sending;
use super::timeout::Span;
use super::try_send::{no_writing, try_send, unless_unsupported, would_block};
use crate::io::{Deadline, Duplex, SHORTEST, counted, is_timeout};
use crate::process::debug;

/// How long the `close_notify` may wait for room in the socket.
const FAREWELL: Duration = Duration::from_millis(10);
/// How long to look for the peer's last alert after a write has failed. The alert has arrived
/// already, but a program's stream may take a moment to pass it on.
const LAST_WORD: Duration = Duration::from_millis(50);

/// The writer's turn. Dropping it without [`end`](Self::end) means that a write failed or the
/// socket panicked, and leaves `Sending::Broken`.
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
                    // The output is the alert that tells the peer why.
                    let _ = self.end_turn(socket, turn, engine, span, Sending::Broken);
                    return Err(e);
                }
            }
        }
    }

    /// Continues a TLS 1.2 renegotiation. Until it is done, the session takes no plaintext.
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

    /// Returns the error of a write, or rather the reason why the peer left.
    fn explain(&self, socket: &mut impl Duplex, error: io::Error) -> io::Error {
        // A peer that is slow has not left, and it has had all of the time.
        let within = if is_timeout(&error) { SHORTEST } else { LAST_WORD };
        self.last_word(socket, within, &error).unwrap_or(error)
    }

    /// Encrypts some of `buf` and sends as much ciphertext as the socket has room for.
    ///
    /// The lock is held meanwhile, since nothing here waits.
    pub(crate) fn try_write(&self, socket: &mut impl Duplex, buf: &[u8]) -> io::Result<usize> {
        // If the socket cannot write without waiting, no record may be made.
        unless_unsupported(socket.try_write(&[]))?;
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        try_send(socket, &mut engine)?;
        let taken = match engine.encrypt(&[IoSlice::new(buf)]) {
            // A renegotiation needs input, which only a reader brings.
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

    /// Sends the output that is left on the wire, as far as it fits into the socket.
    ///
    /// Nothing is left after an orderly end, so another thread may end the stream before this.
    pub(crate) fn try_flush(&self, socket: &mut impl Duplex) -> io::Result<()> {
        let mut engine = self.lock();
        if engine.sending != Sending::Closed {
            try_send(socket, &mut engine)?;
        }
        drop(engine);
        loop {
            match socket.try_flush() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    /// Sends the output that is left on the wire, if there is any, and waits for room.
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

    /// Sends as much of the output on the wire as is possible within `most`, for sockets that
    /// cannot write without waiting.
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
                    output.sent(gone);
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

    /// Sends `close_notify` after all writes under way. Later writes fail.
    pub(crate) fn close(&self, socket: &mut impl Duplex) -> io::Result<()> {
        let (turn, mut engine, mut span) = match self.take_turn() {
            // It is closed or broken already, so no orderly end can follow.
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            turn => turn?,
        };
        let said = engine.session.close();
        let sent = self.end_turn(socket, turn, engine, &mut span, Sending::Closed);
        if let Err(e) = said {
            debug!("{}no TLS close_notify: {e}", self.connection);
        }
        sent
    }

    /// Ends writing at once, with a `close_notify` if that needs no waiting. Sends none while a
    /// writer is active, whose record may be half sent.
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
            match counted(socket.try_write(rest), rest.len()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                    // Without a timeout this write could block without end.
                    socket.set_write_timeout(Some(FAREWELL))?;
                    let mut span = Span::until(deadline);
                    return self.send(socket, self.lock(), rest, &mut span).1;
                }
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Waits for the writer's turn. The time that the write has begins here.
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

    /// Writes the socket until the wire has no output. The caller has the writer's turn.
    fn flush<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<Guard<'a>> {
        let mut output = engine.wire.take_output();
        while !output.is_empty() || engine.unflushed {
            self.send(socket, engine, &output, span).1?;
            engine = self.lock();
            engine.unflushed = false;
            output = engine.wire.exchange_output(output);
        }
        Ok(engine)
    }

    /// Writes `bytes` by the deadline of `span`, and returns how many bytes were written.
    fn send(
        &self,
        socket: &mut impl Duplex,
        engine: Guard<'_>,
        bytes: &[u8],
        span: &mut Span,
    ) -> (usize, io::Result<()>) {
        let (mut gone, mut armed) = (0, None);
        let mut engine = Some(engine);
        while gone < bytes.len() {
            let engine = engine.take().unwrap_or_else(|| self.lock());
            match span.left() {
                Ok(wait) => {
                    armed = wait;
                    self.arm(engine, writes, wait, |wait| socket.set_write_timeout(wait));
                }
                Err(late) => {
                    drop(engine);
                    if let Err(e) = try_rest(socket, &bytes[gone..], &mut gone) {
                        return (gone, Err(if is_timeout(&e) { late } else { e }));
                    }
                    break;
                }
            }
            let rest = &bytes[gone..];
            match counted(socket.write_slices(&[IoSlice::new(rest)]), rest.len()) {
                Ok(0) => return (gone, Err(io::ErrorKind::WriteZero.into())),
                Ok(n) => gone += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // The timeout was too short, or some bytes may fit after all.
                Err(e) if is_timeout(&e) && span.deadline != Deadline::NEVER => {}
                Err(e) => return (gone, Err(e)),
            }
        }
        drop(engine);
        (gone, self.flush_below(socket, span, armed))
    }

    /// Flushes the socket, which may wait for as long as is left. It was told the timeout `armed`,
    /// which stays unless it is much longer: most sockets have nothing to flush.
    fn flush_below(
        &self,
        socket: &mut impl Duplex,
        span: &mut Span,
        mut armed: Option<Duration>,
    ) -> io::Result<()> {
        loop {
            if let Some(left) = span.left().unwrap_or(Some(SHORTEST)) {
                if armed.is_none_or(|armed| left + armed / 8 < armed) {
                    let set = |wait| socket.set_write_timeout(wait);
                    self.arm(self.lock(), writes, Some(left), set);
                    armed = Some(left);
                }
            }
            match socket.flush() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) && span.deadline != Deadline::NEVER => {}
                done => return done,
            }
            span.begun();
            span.left()?;
        }
    }
}

/// Writes the bytes that fit. `WouldBlock` if bytes are left.
fn try_rest(socket: &mut impl Duplex, mut rest: &[u8], gone: &mut usize) -> io::Result<()> {
    while !rest.is_empty() {
        match counted(socket.try_write(rest), rest.len()) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                *gone += n;
                rest = &rest[n..];
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // The socket cannot write without waiting, so nothing fits.
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
