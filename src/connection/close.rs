//! The part of [`Driver`] for the end of a connection (RFC 6455 §7).
//!
//! ```text
//! what was read          what the driver does
//! a Close frame          owes a Close frame, leaves          `finish`
//! a broken rule          owes a Close that names it, leaves  `fail`
//! the end, an error      cuts the stream                     `lose`
//! nothing for too long   cuts the stream                     `late`
//! ```
//!
//! Leaving takes time: the last frame must get out, and the peer must hang up. If a receiving call
//! has less time than that, the next receiving call or `close` goes on with it.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::time::Duration;

use super::driver::{Driver, Leaving, Why};
use super::handles::close_frame;
use super::websocket::WebSocket;
use crate::error::{Error, Phase, Result};
use crate::io::{Deadline, LAST_WORDS, LINGER, Linger};
use crate::outbox::{Failure, Out, PeerClose, Progress, Settled, Terms};
use crate::process::caught;
use crate::proto::close::{CloseFrame, CloseStatus, ClosedBy, Closing};
use crate::proto::rules::{CloseCode, ProtocolError};

/// How long the end of a connection waits for a writer that was cut off. The stream wakes the
/// writer at once, but a busy machine may let it run only later.
const CUT_OFF: Duration = Duration::from_secs(1);

impl<S: Read + Write> WebSocket<S> {
    /// Closes the connection (§7.1.2): sends a Close frame and waits for the peer's Close frame.
    ///
    /// Discards messages that arrive meanwhile. Then a server ends TLS and TCP and waits for the
    /// client to do the same; a client waits for the server.
    /// [`set_close_timeout`](Self::set_close_timeout) limits both waits. If the peer's Close frame
    /// has arrived already, this answers it with the given code. If the connection is already over,
    /// this does nothing. After `Ok`, and after each error but [`Error::Invalid`], the
    /// connection is over.
    ///
    /// ```
    /// use blocking_ws::{CloseCode, ClosedBy};
    ///
    /// let (mut client, mut server) = blocking_ws::testing::pair();
    /// let peer = std::thread::spawn(move || server.recv()); // answers the Close frame
    /// client.close(CloseCode::Normal, "done")?;
    /// assert_eq!(peer.join().unwrap()?, None);
    /// let status = client.close_status().unwrap();
    /// assert_eq!((status.by(), status.code()), (ClosedBy::Local, CloseCode::Normal));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`Error::Invalid`]: the code may not be sent (§7.4), or the reason is longer than 123
    ///   bytes. Nothing was sent.
    /// - Any other error: the peer did not answer. It may not have received the messages that were
    ///   sent last.
    pub fn close(&mut self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        let frame = close_frame(code.into(), reason)?;
        if self.driver.status().is_some() {
            return self.driver.go_on_leaving(Deadline::NEVER);
        }
        let deadline = Deadline::after(self.driver.close_timeout);
        let received = self.driver.outbox.take_unanswered();
        let closed = self.driver.send_close_patiently(Some(frame)).and_then(|()| match received {
            // The end itself has a time of its own.
            Some(PeerClose(received)) => self.driver.finish(received, Deadline::NEVER),
            None => self.drain(deadline),
        });
        let closed = closed.map_err(|e| match e {
            Error::Timeout | Error::Deadline(_) => self.driver.late(Phase::Close),
            e => e,
        });
        self.inbound.end();
        closed
    }

    /// Returns `Ok` if the connection ended normally, or has not ended.
    ///
    /// Call this after the last message: [`recv`](Self::recv) and [`messages`](Self::messages) end
    /// in the same way whatever the code of the peer's Close frame is. [`CloseStatus::is_normal`]
    /// says which ends are normal.
    ///
    /// ```
    /// use blocking_ws::CloseCode;
    ///
    /// let (mut client, server) = blocking_ws::testing::pair();
    /// server.sender()?.close(CloseCode::Internal, "disk full")?;
    /// for message in client.messages() {
    ///     println!("{}", message?);
    /// }
    /// let error = client.close_result().unwrap_err();
    /// let text = "the peer closed the connection: 1011 (internal error): disk full";
    /// assert_eq!(error.to_string(), text);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Ended`] has the [`close_status`](Self::close_status).
    pub fn close_result(&self) -> Result<()> {
        self.close_status().map_or(Ok(()), |status| status.clone().into_result())
    }

    /// Throws messages away until the connection is closed in order.
    fn drain(&mut self, deadline: Deadline) -> Result<()> {
        while self.next_message(deadline)? {
            self.inbound.discard();
        }
        Ok(())
    }
}

impl<S: Read + Write> Driver<S> {
    /// How the connection ended, once it has.
    pub(crate) fn status(&self) -> Option<&CloseStatus> {
        self.status.as_ref()
    }

    /// How the connection ended or will end, as far as that is known.
    pub(crate) fn end(&self) -> Option<&CloseStatus> {
        self.status.as_ref().or(self.foreseen.as_deref())
    }

    /// Notes that the peer's Close frame has arrived and can be received, but nothing can be sent.
    pub(crate) fn foresee(&mut self, frame: Option<CloseFrame>) {
        self.foreseen = Some(Box::new(CloseStatus::closed(ClosedBy::Remote, frame, false)));
    }

    /// Notes how the connection ended. A status that the program may have seen before is kept.
    pub(super) fn end_with(&mut self, status: CloseStatus) {
        let foreseen = self.foreseen.take().map(|foreseen| *foreseen);
        let status = self.status.get_or_insert_with(|| foreseen.unwrap_or(status));
        for tell in mem::take(&mut self.on_end) {
            tell(Some(status));
        }
    }

    /// Tells how the connection has ended, or that this drop ends it.
    fn tell_before_drop(&mut self, received: Option<&PeerClose>) {
        let on_end = mem::take(&mut self.on_end);
        if on_end.is_empty() {
            return;
        }
        let lost = || Some(CloseStatus::lost(failed(self.outbox.failure()?).to_string()));
        let status = match received {
            Some(PeerClose(frame)) => {
                Some(CloseStatus::closed(ClosedBy::Remote, frame.clone(), false))
            }
            None => self.end().cloned().or_else(lost),
        };
        for tell in on_end {
            tell(status.as_ref());
        }
    }

    /// Ends the connection, because `phase` took too long.
    pub(crate) fn late(&mut self, phase: Phase) -> Error {
        self.lose(io::Error::other(phase.to_string()));
        Error::Deadline(phase)
    }

    /// Tells the peer which rule it broke, and ends the connection (§7.1.7). If `deadline` comes
    /// first, `close` gives the peer the rest of its time.
    pub(crate) fn fail(&mut self, broken: ProtocolError, deadline: Deadline) -> Error {
        if self.send_close(Some(CloseFrame::for_error(broken))).is_err() {
            return broken.into();
        }
        // The status has the Close frame that was sent, which may be an earlier one.
        let frame = self.outbox.asked().and_then(|asked| asked.frame);
        self.end_with(CloseStatus::closed(ClosedBy::Local, frame, false));
        self.begin_leaving(Why::RuleBroken, true);
        let _ = self.go_on_leaving(deadline);
        broken.into()
    }

    /// Ends a connection on which both Close frames are sent, or will be in a moment.
    ///
    /// # Errors
    /// [`Error::Timeout`] if `deadline` comes first; then call
    /// [`go_on_leaving`](Self::go_on_leaving).
    pub(crate) fn finish(
        &mut self,
        received: Option<CloseFrame>,
        deadline: Deadline,
    ) -> Result<()> {
        self.begin_leaving(Why::Closed(received), self.role.closes_first());
        self.go_on_leaving(deadline)
    }

    /// Answers the peer's Close frame with the same code and reason, and ends the connection.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub(crate) fn answer(
        &mut self,
        received: Option<CloseFrame>,
        deadline: Deadline,
    ) -> Result<()> {
        self.begin_leaving(Why::Closed(received.clone()), self.role.closes_first());
        self.send_close(received)?;
        self.go_on_leaving(deadline)
    }

    /// Owes a Close frame, unless one is owed or sent already. Pays it if no other thread is
    /// writing and there is room.
    pub(super) fn send_close(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.outbox.owe_close(frame);
        self.settle()
    }

    /// Owes a Close frame, and waits for room.
    fn send_close_patiently(&mut self, frame: Option<CloseFrame>) -> Result<()> {
        self.outbox.owe_close(frame);
        let terms = Terms::within(self.terms().within);
        let paid = self.out().settle(terms);
        self.note_paid(&paid.map(|paid| Settled { paid, holds_much: false })).map(|_| ())
    }

    /// Pays a Close frame that is owed, before the stream is cut. If another thread writes, gives it
    /// the time to pay: [`LAST_WORDS`] at most.
    fn pay_close(&mut self) {
        let until = Deadline::after(Some(LAST_WORDS));
        self.outbox.abandon_unsent();
        while self.outbox.owes_close() {
            let Ok(left) = until.remaining() else { return };
            let terms = Terms::within(left.zip(self.controls()));
            if !matches!(self.out().settle(terms), Ok(Progress::ByAnother)) {
                return;
            }
            self.outbox.wait_for_turn(left.unwrap_or(LAST_WORDS));
        }
    }

    fn begin_leaving(&mut self, why: Why, shuts_first: bool) {
        let until = Deadline::after(Some(self.close_timeout.unwrap_or(LINGER)));
        let linger = Linger::new(until, shuts_first);
        self.leaving = Some(Box::new(Leaving { why, linger }));
    }

    /// Goes on with the end of a connection that is [leaving](Leaving). Otherwise does nothing.
    ///
    /// # Errors
    /// [`Error::Timeout`] if `deadline` comes first; another error if no Close frame could be sent.
    pub(crate) fn go_on_leaving(&mut self, deadline: Deadline) -> Result<()> {
        let (controls, terms) = (self.controls(), self.terms());
        // Borrowed, not taken: if the stream panics, `leaving` stays as it is.
        let Self { leaving, stream, outbox, .. } = self;
        let Some(going) = leaving else { return Ok(()) };
        if let Some(controls) = controls {
            let is_sent = |stream: &mut S| {
                // If the Close frame cannot be sent, there is nothing to wait for.
                Out::new(outbox, stream).settle_all(terms).is_err() || !outbox.closing().may_send()
            };
            if !going.linger.go_on(stream, controls, deadline, is_sent) {
                return Err(Error::Timeout);
            }
        }
        self.cut();
        let Some(leaving) = self.leaving.take() else { return Ok(()) };
        match leaving.why {
            Why::RuleBroken => Ok(()),
            Why::Closed(received) => {
                let is_late = self.controls().is_some() && self.outbox.owes_close();
                let status = self.closed(received);
                self.end_with(status);
                match self.outbox.failure() {
                    Some(Failure::Panicked) => Err(Error::Lost(panicked())),
                    _ if is_late && !self.outbox.is_close_out() => {
                        Err(Error::Deadline(Phase::Write))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn closed(&mut self, received: Option<CloseFrame>) -> CloseStatus {
        if self.outbox.closing() != Closing::Done && self.controls().is_some() {
            // The peer may have answered our Close frame before the thread that wrote it noted
            // that. No writer waits for room any more, because the stream is cut.
            self.out().wait_for_writers(CUT_OFF);
        }
        let clean = self.outbox.closing() == Closing::Done && self.outbox.failure().is_none();
        match self.outbox.asked().filter(|_| self.outbox.is_close_out()) {
            Some(asked) => CloseStatus::both(asked.frame, received, clean),
            None => CloseStatus::closed(ClosedBy::Remote, received, clean),
        }
    }

    /// Ends a connection that broke, or that the peer ended without a Close frame (§7.1.5).
    pub(crate) fn lose(&mut self, error: io::Error) -> Error {
        // If this side cut the connection, that is the cause, whatever a read reports.
        let error = match self.outbox.failure() {
            Some(Failure::Broken) | None => error,
            Some(failure) => failed(failure),
        };
        self.end_with(match self.outbox.asked() {
            Some(asked) => CloseStatus::closed(ClosedBy::Local, asked.frame, false),
            None => CloseStatus::lost(error.to_string()),
        });
        self.leaving = None;
        self.cut();
        // A stream without `controls` cannot be cut: only this stops writing to it.
        self.outbox.lose();
        Error::Lost(error)
    }

    /// Ends a connection whose stream has ended without a Close frame.
    pub(super) fn lose_at_end(&mut self) -> Error {
        const JUST: Duration = Duration::from_secs(1);
        let after_ping = self.peer_pings.last.is_some_and(|at| at.elapsed() < JUST);
        self.lose(no_close_frame(after_ping))
    }

    /// Shuts the stream down, which wakes any thread that is blocked on it.
    fn cut(&self) {
        self.outbox.close_gate();
        if let Some(controls) = self.controls() {
            // The stream may be shut down already.
            let _ = controls.shutdown(&self.stream, Shutdown::Both);
        }
    }
}

impl<S: Read + Write> Drop for Driver<S> {
    fn drop(&mut self) {
        if self.leaving.take().is_some() && self.status.is_some() {
            let _ = caught(|| self.pay_close());
            // A thread that sends may be blocked until the stream is shut down.
            let _ = caught(|| self.cut());
        }
        if self.status.is_none() {
            let received = self.outbox.take_unanswered();
            self.tell_before_drop(received.as_ref());
            let frame = match received {
                Some(PeerClose(frame)) => frame,
                None => CloseFrame::new(CloseCode::GoingAway, ""),
            };
            // The program's stream may panic, and this may be dropped while a panic unwinds: a
            // second panic would abort the program.
            self.outbox.owe_close(frame);
            let _ = caught(|| self.pay_close());
            let _ = caught(|| self.cut());
        }
        let _ = caught(|| self.outbox.end());
    }
}

/// The error for a connection on which nothing can be written any more.
fn failed(failure: Failure) -> io::Error {
    match failure {
        Failure::TimedOut => io::Error::other(Phase::Write.to_string()),
        Failure::Cut => io::Error::other("cut at the deadline of the server's shutdown"),
        Failure::Panicked => panicked(),
        Failure::Broken => io::Error::other("an earlier write failed"),
    }
}

/// The error for a program that goes on after its stream panicked in a write.
fn panicked() -> io::Error {
    io::Error::other("the stream panicked while it was written")
}

/// The error for a stream that ended without a Close frame, just `after_ping` of the peer or not.
pub(crate) fn no_close_frame(after_ping: bool) -> io::Error {
    let hint = if after_ping {
        ", perhaps because its ping was not answered: keep a thread in `recv`"
    } else {
        ""
    };
    let text = format!("the peer ended it without a Close frame (RFC 6455 7.1.5){hint}");
    io::Error::new(ErrorKind::UnexpectedEof, text)
}
