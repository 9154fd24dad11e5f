//! How a [`Bench`] closes, and is closed (RFC 6455 §7.1).

use std::time::Instant;

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;

use super::bench::{Bench, CLOSE_TIME, State};
use crate::case::{Manners, Test, Writes};
use crate::connection;
use crate::connection::opcode::CLOSE;

/// The most bytes of the reason of a Close frame (RFC 6455 §5.5).
const MOST_REASON: usize = 123;

impl Bench<'_> {
    /// Begins the closing handshake, unless it has begun.
    pub(super) fn close(&mut self, code: Option<u16>) {
        if self.state == State::Open {
            self.begin_close(code.map(|code| (code, "")));
        }
    }

    pub(super) fn begin_close(&mut self, close: Option<(u16, &str)>) {
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
        self.timers.answer = Some(Instant::now() + self.patience.of(CLOSE_TIME));
        self.send_close(payload);
    }

    pub(super) fn send_close(&mut self, payload: &[u8]) {
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
    pub(super) fn judge_the_rest(&mut self) {
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
    pub(super) fn lingers(&self) -> bool {
        matches!(&self.case.test, Test::Acts { want, .. } if want.manners == Manners::Lingers)
    }

    /// TCP has ended, by the peer.
    pub(super) fn over(&mut self, end: &connection::Ended) {
        if self.state == State::Closed {
            return;
        }
        if !self.closing.was_clean() {
            let how = match end {
                connection::Ended::Fin => "the peer ended TCP without a Close frame".to_owned(),
                connection::Ended::Failed(e) => format!("TCP has failed: {e}"),
            };
            self.unclean(&how);
        }
        self.closing.drop_after = self.both_closed.map(|since| since.elapsed());
        self.state = State::Closed;
        self.link.drop_now();
    }

    pub(super) fn unclean(&mut self, why: &str) {
        self.closing.unclean = Some(why.to_owned());
    }

    /// Ends TCP.
    pub(super) fn drop_tcp(&mut self) {
        self.closing.dropped_by_me = true;
        self.state = State::Closed;
        self.link.drop_now();
    }
}
