//! How a connection of a [`Bench`] ends: timers, both Close frames, and the end of TCP.

use std::time::{Duration, Instant};

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;

use super::bench::Bench;
use crate::case::{Manners, Test, Timer, Writes};
use crate::connection::opcode::CLOSE;
use crate::connection::{Breach, Ended};
use crate::report::{Late, WireEvent};

/// How long the peer may take to answer a Close frame, and then to end TCP.
pub(super) const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The most bytes of the reason of a Close frame (RFC 6455 §5.5).
const MOST_REASON: usize = 123;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// A Close frame was sent.
    Closing,
    /// TCP has ended.
    Closed,
}

/// What happens if nothing else does.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// What the case says.
    pub(super) case: Option<(Instant, Timer)>,
    /// The peer must have answered a Close frame.
    pub(super) answer: Option<Instant>,
    /// The server must have ended TCP.
    pub(super) fin: Option<Instant>,
}

impl Bench<'_> {
    /// Sets the timer of the case, from now on.
    pub(super) fn set_timer(&mut self, timer: Timer) {
        let (Timer::Fail(time) | Timer::Close(time)) = timer;
        let time = self.patience.of(time);
        let note = match timer {
            Timer::Fail(_) => WireEvent::FailIn { time },
            Timer::Close(_) => WireEvent::CloseIn { time },
        };
        self.link.log.note(note);
        self.timers.case = Some((Instant::now() + time, timer));
    }

    /// Does what the timers say whose time has come.
    pub(super) fn ring(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if let Some((_, timer)) = self.timers.case.take_if(|(at, _)| *at <= now) {
            match timer {
                Timer::Fail(_) => {
                    self.link.log.note(WireEvent::Fail);
                    self.fail(1001, "Going Away");
                }
                Timer::Close(_) => {
                    self.link.log.note(WireEvent::Close);
                    self.close(None);
                    if self.timers.answer.is_none() && self.timers.fin.is_none() {
                        // The peer has closed, and does not end TCP.
                        self.timers.fin = Some(now + self.patience.of(CLOSE_TIME));
                    }
                }
            }
        } else if is_due(self.timers.answer) {
            self.closing.late = Some(Late::Close);
            self.unclean("the Close frame was not answered in time");
            self.drop_tcp();
        } else if is_due(self.timers.fin) {
            self.closing.late = Some(Late::Drop);
            self.unclean("the server did not end TCP in time after both Close frames");
            self.drop_tcp();
        }
    }

    pub(super) fn broken(&mut self, breach: Breach) {
        self.link.log.note(WireEvent::Breach { rule: breach.rule.clone() });
        if breach.closed_with.is_some() {
            self.closing.remote_code = breach.closed_with;
        }
        self.fail(breach.code, &breach.rule);
        self.breaches.push(breach);
    }

    /// Fails the connection (RFC 6455 §7.1.7).
    fn fail(&mut self, code: u16, reason: &str) {
        match self.state {
            State::Open => {
                self.begin_close(Some((code, reason)));
                self.closing.failed_by_me = true;
            }
            State::Closing => {
                self.closing.failed_by_me = true;
                if self.lingers() {
                    self.unclean("the peer did not end TCP");
                }
                self.drop_tcp();
            }
            State::Closed => {}
        }
    }

    /// Begins the closing handshake, unless it has begun.
    pub(super) fn close(&mut self, code: Option<u16>) {
        if self.state == State::Open {
            self.begin_close(code.map(|code| (code, "")));
        }
    }

    fn begin_close(&mut self, close: Option<(u16, &str)>) {
        let payload = close.map_or(Vec::new(), |(code, reason)| {
            let ends = reason.char_indices().map(|(at, c)| at + c.len_utf8());
            let most = ends.take_while(|end| *end <= MOST_REASON).last().unwrap_or(0);
            [&code.to_be_bytes()[..], &reason.as_bytes()[..most]].concat()
        });
        self.begin_close_with(&payload);
    }

    /// Begins the closing handshake by a Close frame with this payload, legal or not.
    pub(super) fn begin_close_with(&mut self, payload: &[u8]) {
        self.closing.closed_by_me = true;
        self.closed = Some(Instant::now());
        self.timers.answer = Some(Instant::now() + self.patience.of(CLOSE_TIME));
        self.send_close(payload);
    }

    fn send_close(&mut self, payload: &[u8]) {
        self.state = State::Closing;
        if let Some((code, reason)) = payload.split_first_chunk() {
            self.closing.local_code = Some(u16::from_be_bytes(*code));
            self.closing.local_reason = Some(String::from_utf8_lossy(reason).into_owned());
        }
        self.send(RawFrame::of(CLOSE, payload), Writes::Together);
    }

    /// Takes the peer's Close frame.
    pub(super) fn peer_closes(&mut self, close: Option<(u16, String)>) {
        if let Some((code, reason)) = close {
            self.closing.remote_code = Some(code);
            self.closing.remote_reason = Some(reason);
        }
        self.closing.unclean = None;
        self.closing.answered_after = self.closed.map(|since| since.elapsed());
        self.both_closed = Some(Instant::now());
        let was_open = self.state == State::Open;
        if self.lingers() {
            self.timers.answer = None;
            return;
        }
        if was_open {
            self.send_close(&1000_u16.to_be_bytes());
        } else {
            self.timers.answer = None;
        }
        match self.role {
            // The server ends TCP (RFC 6455 §7.1.1).
            Role::Server => {
                self.drop_tcp();
                self.judge_the_rest();
            }
            // The timer of the case is long enough for a peer that has closed by itself.
            Role::Client if was_open => {}
            Role::Client => {
                self.timers.fin = Some(Instant::now() + self.patience.of(CLOSE_TIME));
            }
        }
    }

    /// Judges what the peer has sent behind its Close frame.
    fn judge_the_rest(&mut self) {
        if !self.case.id.is_beyond() {
            return;
        }
        while let Some((frame, len)) = RawFrame::parse(self.link.rest()) {
            self.link.take(len);
            if let Err(breach) = self.inspector.take(frame, len) {
                self.breaches.push(breach);
                return;
            }
        }
    }

    /// This suite answers no Close frame, and does not end TCP.
    fn lingers(&self) -> bool {
        matches!(&self.case.test, Test::Acts { want, .. } if want.manners == Manners::Lingers)
    }

    /// TCP has ended, by the peer.
    pub(super) fn over(&mut self, end: &Ended) {
        if self.state == State::Closed {
            return;
        }
        if !self.closing.was_clean() {
            let how = match end {
                Ended::Fin => "the peer ended TCP without a Close frame".to_owned(),
                Ended::Failed(e) => format!("TCP has failed: {e}"),
            };
            self.unclean(&how);
        }
        self.closing.drop_after = self.both_closed.map(|since| since.elapsed());
        self.state = State::Closed;
        self.link.drop_now();
    }

    fn unclean(&mut self, why: &str) {
        self.closing.unclean = Some(why.to_owned());
    }

    /// Ends TCP.
    fn drop_tcp(&mut self) {
        self.closing.dropped_by_me = true;
        self.state = State::Closed;
        self.link.drop_now();
    }
}
