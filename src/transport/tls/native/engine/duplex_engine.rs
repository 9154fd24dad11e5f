//! Moves bytes between an engine that is locked and a socket that never is: the lock, the turns at
//! the socket, and reading. Writing is in `sending`.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Engine, Receiving, Sending};
use super::timeout::{Change, Span, Timeout};
use super::try_send::{try_send, would_block};
use crate::io::{Deadline, Duplex, SHORTEST, is_timeout};
use crate::process::{debug, lock};

/// How soon a reader tries again to send an answer for which there was no room.
const AGAIN: Duration = Duration::from_millis(20);

/// What the handles of one stream share: the engine, its lock, and whose turn it is.
///
/// One lock, `engine`, and it is never held while a socket is read, written or told its timeout, but
/// for writes that do not wait, nor while a line is logged. Before it waits for the socket a thread
/// takes its *turn*: `Receiving::Busy` to read, `Sending::Busy` to write. The two turns are
/// independent, so a reader does not wait for a writer, however stuck that is. A turn ends by a
/// guard, for a program's stream may panic. `changed` is notified whenever a turn ends or ciphertext
/// has arrived.
///
/// Decrypting may produce an answer (an alert, a key update, a renegotiation). A writer at work
/// sends it before its turn ends. Where nobody writes, the reader does, as far as there is room. It
/// comes back for the rest: with every read, and every [`AGAIN`] while it waits. A writer who comes
/// first sends the rest before anything else.
///
/// Every wait of a call counts against one deadline, whatever interrupts it.
pub(crate) struct DuplexEngine {
    engine: Mutex<Engine>,
    changed: Condvar,
    /// How many handles there are: the last one says goodbye.
    handles: AtomicUsize,
}

pub(crate) type Guard<'a> = MutexGuard<'a, Engine>;

/// Which of the socket's timeouts.
pub(crate) type Direction = fn(&mut Engine) -> &mut Timeout;

pub(crate) fn reads(engine: &mut Engine) -> &mut Timeout {
    &mut engine.reads
}

pub(crate) fn writes(engine: &mut Engine) -> &mut Timeout {
    &mut engine.writes
}

/// The turn at reading the socket.
struct Reading<'a>(&'a DuplexEngine);

impl<'a> Reading<'a> {
    fn end(self, next: Receiving) -> Guard<'a> {
        let duplex = self.0;
        mem::forget(self);
        let mut engine = duplex.lock();
        engine.receiving = next;
        duplex.notify(&engine);
        engine
    }
}

/// The socket panicked. The next read finds out what is left of it.
impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut engine = self.0.lock();
        engine.receiving = Receiving::Idle;
        self.0.notify(&engine);
    }
}

impl DuplexEngine {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine: Mutex::new(engine), changed: Condvar::new(), handles: AtomicUsize::new(1) }
    }

    /// Reads plaintext; `Ok(0)` only after the peer's `close_notify`.
    pub(crate) fn read(&self, socket: &mut impl Duplex, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        let mut span = Span::new(engine.reads.wanted);
        let mut is_part = false;
        loop {
            let decrypted = engine.decrypt(buf);
            if engine.wire.has_output() {
                engine = self.answer(socket, engine);
            }
            match decrypted {
                Err(e) if would_block(&e) => {}
                done => return done,
            }
            if mem::take(&mut is_part) {
                engine.last_received = Some(Instant::now());
            }
            let owes = engine.owes_answer;
            let fetched = if owes {
                let again = Deadline::after(Some(AGAIN)).earlier(span.deadline);
                self.fetch(socket, engine, &mut Span::until(again))
            } else {
                self.fetch(socket, engine, &mut span)
            };
            engine = match fetched {
                Ok((engine, has_come)) => {
                    is_part = has_come;
                    engine
                }
                Err(e) if owes && is_timeout(&e) && !span.deadline.has_passed() => self.lock(),
                Err(e) => return Err(e),
            };
        }
    }

    /// Brings ciphertext: reads the socket, or waits for the thread that does. Returns `true` with
    /// the lock if it was read here.
    pub(super) fn fetch<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<(Guard<'a>, bool)> {
        match engine.receiving {
            // It came while the lock was let go.
            Receiving::Idle | Receiving::Ended if engine.wire.peek().is_some() => {
                return Ok((engine, false));
            }
            Receiving::Idle => {}
            Receiving::Busy => {
                span.begun();
                return self.wait(engine, span.deadline).map(|engine| (engine, false));
            }
            Receiving::Ended => return Err(truncated()),
        }
        let mut wait = span.left()?;
        engine.receiving = Receiving::Busy;
        let wire = engine.wire.clone();
        let turn = Reading(self);
        let arrived = loop {
            self.arm(engine, reads, wait, |wait| socket.set_read_timeout(wait));
            match wire.fill_from(socket) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => match span.left() {
                    Ok(left) => wait = left,
                    Err(late) => break Err(late),
                },
                done => break done,
            }
            engine = self.lock();
        };
        let engine = turn.end(match arrived {
            Ok(0) => Receiving::Ended,
            Ok(_) | Err(_) => Receiving::Idle,
        });
        match arrived {
            Ok(0) => Err(truncated()),
            Ok(_) => Ok((engine, true)),
            Err(e) => Err(e),
        }
    }

    /// Sends what decrypting made the session say, as far as there is room.
    fn answer<'a>(&'a self, socket: &mut impl Duplex, mut engine: Guard<'a>) -> Guard<'a> {
        match engine.sending {
            Sending::Idle => {}
            Sending::Left if engine.owes_answer => {}
            // Who left something behind comes back for it, and so for this.
            Sending::Left => return engine,
            Sending::Busy => {
                self.notify(&engine);
                return engine;
            }
            Sending::Closed | Sending::Broken => {
                engine.wire.take_output();
                return engine;
            }
        }
        let sent = if socket.try_write(&[]).is_ok() {
            try_send(socket, &mut engine)
        } else {
            drop(engine);
            let sent = self.send_within(socket, SHORTEST);
            engine = self.lock();
            sent
        };
        let Err(e) = sent else { return engine };
        if is_timeout(&e) {
            engine.owes_answer = engine.sending == Sending::Left;
            return engine;
        }
        drop(engine);
        // Later writes will say so; what the peer sent can still be read.
        debug!("a TLS answer was not sent: {e}");
        self.lock()
    }

    /// Looks for the peer's last word after a write has failed with `error`: an alert that says why
    /// it left is worth more. Plaintext that comes with it is kept for whoever reads.
    pub(super) fn last_word(
        &self,
        socket: &mut impl Duplex,
        within: Duration,
        error: &io::Error,
    ) -> Option<io::Error> {
        let mut span = Span::until(Deadline::after(Some(within)));
        let mut engine = self.lock();
        while engine.look_ahead() {
            let fetched = self.fetch(socket, engine, &mut span);
            let is_all = fetched.is_err();
            engine = fetched.map_or_else(|_| self.lock(), |(engine, _)| engine);
            if is_all {
                break;
            }
        }
        let word = engine.failure()?;
        Some(io::Error::new(word.kind(), format!("{word}; a write had failed: {error}")))
    }

    /// Bounds the next wait for the socket, unless what it has will do.
    pub(super) fn arm(
        &self,
        mut engine: Guard<'_>,
        direction: Direction,
        wait: Option<Duration>,
        set: impl FnOnce(Option<Duration>) -> io::Result<()>,
    ) {
        if direction(&mut engine).suits(wait) {
            return;
        }
        let change = direction(&mut engine).begin();
        drop(engine);
        // A socket that takes no timeout any more does not wait either.
        if set(wait).is_ok() {
            direction(&mut self.lock()).end(change, wait);
        }
    }

    /// Notes that the socket is being told a timeout of the program's.
    pub(crate) fn begin_change(&self, direction: Direction) -> Change {
        direction(&mut self.lock()).begin()
    }

    /// Notes that it took it.
    pub(crate) fn end_change(
        &self,
        direction: Direction,
        change: Change,
        timeout: Option<Duration>,
    ) {
        let mut engine = self.lock();
        direction(&mut engine).end(change, timeout);
        direction(&mut engine).wanted = timeout;
    }

    /// Counts one more handle.
    pub(crate) fn join(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one handle less; `true` for the last.
    pub(crate) fn leave(&self) -> bool {
        self.handles.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(crate) fn last_received(&self) -> Option<Instant> {
        self.lock().last_received
    }

    pub(crate) fn states(&self) -> (Receiving, Sending) {
        let engine = self.lock();
        (engine.receiving, engine.sending)
    }

    /// Waits for a change, or until the deadline.
    pub(super) fn wait<'a>(
        &'a self,
        mut engine: Guard<'a>,
        deadline: Deadline,
    ) -> io::Result<Guard<'a>> {
        deadline.remaining()?;
        engine.waiting += 1;
        let mut engine = deadline.wait(&self.changed, engine);
        engine.waiting -= 1;
        Ok(engine)
    }

    pub(super) fn notify(&self, engine: &Engine) {
        // A notification is a system call even where nobody listens.
        if engine.waiting > 0 {
            self.changed.notify_all();
        }
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        lock(&self.engine)
    }

    /// `None` where others have it all the time until the deadline.
    pub(super) fn lock_by(&self, deadline: Deadline) -> Option<Guard<'_>> {
        loop {
            match self.engine.try_lock() {
                Ok(engine) => return Some(engine),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if deadline.has_passed() => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(SHORTEST),
            }
        }
    }
}

fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the peer ended TCP without a TLS close_notify")
}

#[cfg(test)]
mod tests;
