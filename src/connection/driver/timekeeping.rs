//! The part of [`Driver`] for pings of this side, and for ends that come by time: it does what
//! [`Keepalive`](super::super::keepalive::Keepalive) decides. The answer to the peer's pings begins in
//! `receive` and is written by `outbox/settle.rs`.

use std::io::{Read, Write};
use std::time::Instant;

use super::driver::Driver;
use crate::error::{Phase, Result};
use crate::io::Deadline;
use crate::proto::close::CloseFrame;
use crate::proto::frame::ControlPayload;
use crate::proto::inbound::Awaits;
use crate::proto::rules::CloseCode;

impl<S: Read + Write> Driver<S> {
    /// Returns `true` unless a message stands still: a pong would renew the stall timeout.
    pub(super) fn may_ping(&self) -> bool {
        self.stalled == Deadline::NEVER
    }

    /// Does what is due after a read that has just brought nothing. So nothing lies unread, except
    /// bytes of something that is not whole, such as a part of a TLS record.
    pub(super) fn silence(&mut self, awaited: Awaits) -> Result<()> {
        if let Some(at) = self.controls().and_then(|controls| controls.last_received(&self.stream))
        {
            self.keepalive.heard_at(at);
            if !self.may_ping() {
                self.stalled = self.stalled.later(Deadline::at(at, self.stall_timeout));
            }
        }
        let now = Instant::now();
        self.note_ping();
        if self.may_ping() && self.keepalive.is_dead(now) && self.outbox.asked().is_none() {
            return Err(self.late(Phase::Pong));
        }
        self.act(now, awaited, true)
    }

    /// Does what is due while much is read.
    pub(super) fn look_at_clock(&mut self, awaited: Awaits) -> Result<()> {
        self.act(Instant::now(), awaited, false)
    }

    /// Owes a ping if it is time to ping, or a Close frame if the connection has lasted too long.
    /// Pays it if no other thread is writing. Once this side has begun the closing handshake, the
    /// close timeout takes the place of both.
    fn act(&mut self, now: Instant, awaited: Awaits, is_silent: bool) -> Result<()> {
        // A message that has begun is arriving, even while it stands still.
        let is_arriving = awaited == Awaits::Rest;
        let since = self.reader.quiet_since().filter(|_| !is_arriving);
        let progress = self.counters.received.progress();
        self.keepalive.note_messages(progress, is_arriving, since.unwrap_or(now));
        if self.outbox.asked().is_some() {
            self.keepalive.stop();
        } else if let Some(expired) = self.keepalive.expired(is_silent, now) {
            self.keepalive.stop();
            self.send_close(CloseFrame::new(CloseCode::GoingAway, expired.reason()))?;
        } else if let Some(number) = self.keepalive.ping(self.may_ping(), now) {
            self.outbox.owe_ping(number);
            self.settle()?;
            self.note_ping();
        }
        Ok(())
    }

    /// When the peer must have answered our Close frame, whichever thread sent it.
    pub(super) fn answer_due(&self) -> Deadline {
        match self.outbox.asked() {
            Some(asked) => Deadline::at(asked.at, self.close_timeout),
            None => Deadline::NEVER,
        }
    }

    /// Returns `true` if the answer was due before a read and is due still. Another thread may have
    /// written our Close frame during the read.
    pub(super) fn answer_is_late(&self) -> bool {
        !self.outbox.renew_answer() && self.answer_due().has_passed()
    }

    /// Notes when the owed ping was written, if it is written by now.
    pub(super) fn note_ping(&mut self) {
        if self.keepalive.is_owed() {
            if let Some(pinged) = self.outbox.pinged() {
                self.keepalive.written(pinged.from, pinged.to);
            }
        }
    }

    /// Notes a pong, which may answer a ping of the keepalive or of a thread that waits.
    pub(crate) fn pong(&mut self, payload: &ControlPayload) {
        let now = Instant::now();
        self.outbox.round_trips.pong(payload, now);
        self.keepalive.pong(payload, now);
        if let Some(latency) = self.keepalive.latency() {
            self.counters.set_latency(latency);
        }
    }
}
