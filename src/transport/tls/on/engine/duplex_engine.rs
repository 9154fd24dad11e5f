//! Moves bytes between a locked engine and a socket that is never locked: the lock, the turns at
//! the socket, and reading. Writing is in `sending`.

use std::io;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{Engine, Receiving, Sending};
use super::timeout::{Change, Span, Timeout};
use super::try_send::{try_send, unless_unsupported, would_block};
use super::wire::Wire;
use crate::io::{Deadline, Duplex, SHORTEST, is_timeout};
use crate::process::{Numbered, debug, lock};

/// How soon a reader tries again to send an answer that did not fit into the socket.
const AGAIN: Duration = Duration::from_millis(20);

/// What the handles of one stream share: the engine, its lock, and the turns at the socket.
///
/// The lock is `engine`. It is not held while a socket is read, written or given a timeout, except
/// for writes that do not wait, nor while a line is logged. Before a thread waits for the socket it
/// takes its *turn*: `Receiving::Busy` to read, `Sending::Busy` to write. The two turns are
/// independent, so a reader never waits for a writer that is blocked. A guard ends each turn,
/// because a program's stream may panic. `changed` is notified when a turn ends or ciphertext has
/// arrived.
///
/// Decrypting may produce an answer (an alert, a key update, a renegotiation). A writer that has
/// its turn sends the answer before the turn ends. If no thread writes, the reader sends what fits
/// into the socket. It sends the rest later: at every read, and every [`AGAIN`] while it waits. A
/// writer that comes before that sends the rest before anything else.
///
/// All waits of a call count against one deadline, whatever interrupts them.
pub(crate) struct DuplexEngine {
    engine: Mutex<Engine>,
    /// The wire of the engine.
    pub(super) wire: Wire,
    changed: Condvar,
    /// How many handles there are. The last one sends the `close_notify`.
    handles: AtomicUsize,
    /// The beginning of a line for the log.
    pub(crate) connection: Numbered,
}

pub(crate) type Guard<'a> = MutexGuard<'a, Engine>;

/// Selects one of the socket's two timeouts.
pub(crate) type Direction = fn(&mut Engine) -> &mut Timeout;

pub(crate) fn reads(engine: &mut Engine) -> &mut Timeout {
    &mut engine.reads
}

pub(crate) fn writes(engine: &mut Engine) -> &mut Timeout {
    &mut engine.writes
}

/// The reader's turn at the socket.
pub(super) struct Reading<'a>(&'a DuplexEngine);

impl<'a> Reading<'a> {
    pub(super) fn begin(duplex: &'a DuplexEngine, engine: &mut Guard<'_>) -> Self {
        engine.receiving = Receiving::Busy;
        Self(duplex)
    }

    /// Ends the turn after a read, and returns the lock if bytes have arrived.
    pub(super) fn end(self, arrived: io::Result<usize>) -> io::Result<Guard<'a>> {
        let duplex = self.0;
        mem::forget(self);
        let mut engine = duplex.lock();
        engine.is_drained &= !matches!(arrived, Ok(1..));
        engine.receiving = match arrived {
            Ok(0) => Receiving::Ended,
            Ok(_) | Err(_) => Receiving::Idle,
        };
        duplex.notify(&engine);
        match arrived {
            Ok(0) => Err(truncated()),
            Ok(_) => Ok(engine),
            Err(e) => Err(e),
        }
    }
}

/// The socket panicked. The next read shows whether it still works.
impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut engine = self.0.lock();
        engine.receiving = Receiving::Idle;
        self.0.notify(&engine);
    }
}

impl DuplexEngine {
    pub(crate) fn new(engine: Engine, connection: Numbered) -> Self {
        let wire = engine.wire.clone();
        Self {
            engine: Mutex::new(engine),
            wire,
            changed: Condvar::new(),
            handles: AtomicUsize::new(1),
            connection,
        }
    }

    /// Reads plaintext. Returns `Ok(0)` only after the peer's `close_notify`.
    pub(crate) fn read(&self, socket: &mut impl Duplex, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let mut engine = self.lock();
        let mut span = Span::new(engine.reads.wanted);
        let mut is_part = false;
        loop {
            let done;
            (engine, done) = self.decrypt(socket, engine, buf);
            if let Some(done) = done {
                return done;
            }
            if mem::take(&mut is_part) {
                engine.last_received = Some(Instant::now());
            }
            let owes = engine.owes_answer;
            let fetched = if owes {
                self.fetch(socket, engine, &mut span.part(AGAIN))
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

    /// Decrypts what has come, and sends what the engine owes for it. Returns the lock, and `None`
    /// if more ciphertext must come.
    pub(super) fn decrypt<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
        buf: &mut [u8],
    ) -> (Guard<'a>, Option<io::Result<usize>>) {
        // A session that looks at nothing has nothing to say.
        let may_answer = !engine.is_drained || engine.owes_answer;
        let decrypted = engine.decrypt(buf);
        if may_answer && self.wire.has_output() {
            engine = self.answer(socket, engine);
        }
        let done = match decrypted {
            Err(e) if would_block(&e) => None,
            done => Some(done),
        };
        (engine, done)
    }

    /// Gets ciphertext: reads the socket, or waits for the thread that reads it. Returns the lock,
    /// and `true` if this call read the socket.
    pub(super) fn fetch<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
        span: &mut Span,
    ) -> io::Result<(Guard<'a>, bool)> {
        match engine.receiving {
            // Ciphertext arrived while the lock was released.
            Receiving::Idle | Receiving::Ended if engine.may_decrypt() => {
                span.begun();
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
        let turn = Reading::begin(self, &mut engine);
        let arrived = loop {
            self.arm(engine, reads, wait, |wait| socket.set_read_timeout(wait));
            match self.wire.fill_from(socket) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => match span.left() {
                    Ok(left) => wait = left,
                    Err(late) => break Err(late),
                },
                done => break done,
            }
            engine = self.lock();
        };
        turn.end(arrived).map(|engine| (engine, true))
    }

    /// Sends the answer that decrypting produced, as far as it fits into the socket.
    pub(super) fn answer<'a>(
        &'a self,
        socket: &mut impl Duplex,
        mut engine: Guard<'a>,
    ) -> Guard<'a> {
        match engine.sending {
            Sending::Idle => {}
            Sending::Left if engine.owes_answer => {}
            // The writer that left output behind comes back for it and sends this too.
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
        let sent = if unless_unsupported(socket.try_write(&[])).is_ok() {
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
        // Later writes will fail. What the peer sent can still be read.
        debug!("{}a TLS answer was not sent: {e}", self.connection);
        self.lock()
    }

    /// Looks for the peer's last alert after a write has failed with `error`, because the alert may
    /// say why the peer left. Plaintext that arrives with it is kept for the next read.
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

    /// Sets the socket's timeout for the next wait, unless the timeout that it has is close enough.
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
        // A socket that refuses a timeout does not wait either.
        if set(wait).is_ok() {
            direction(&mut self.lock()).end(change, wait);
        }
    }

    /// Notes that the program's own timeout is being given to the socket.
    pub(crate) fn begin_change(&self, direction: Direction) -> Change {
        direction(&mut self.lock()).begin()
    }

    /// Notes that the socket has that timeout.
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

    /// Removes a handle. Returns `true` for the last one.
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
        // A notification is a system call even if no thread waits.
        if engine.waiting > 0 {
            self.changed.notify_all();
        }
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        lock(&self.engine)
    }

    /// Returns `None` if other threads hold the lock until the deadline.
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

pub(super) fn truncated() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the peer ended TCP without a TLS close_notify")
}

#[cfg(test)]
mod tests;
