//! The part of [`Driver`] for pings of this side: it does what [`Keepalive`](super::keepalive)
//! decides. The answer to the peer's pings begins in `receive` and is written by `outbox/settle.rs`.

use std::io::{Read, Write};
use std::time::Instant;

use super::driver::Driver;
use crate::error::{Phase, Result};
use crate::io::Deadline;
use crate::proto::frame::ControlPayload;

impl<S: Read + Write> Driver<S> {
    /// Returns `true` unless a message stands still: a pong would renew the stall timeout.
    pub(super) fn may_ping(&self) -> bool {
        self.stalled == Deadline::NEVER
    }

    /// Does what is due after a read that has just brought nothing. So nothing lies unread, except
    /// bytes of something that is not whole, such as a part of a TLS record.
    pub(super) fn silence(&mut self) -> Result<()> {
        if let Some(at) = self.controls().and_then(|controls| controls.last_received(&self.stream))
        {
            self.keepalive.heard_at(at);
            if !self.may_ping() {
                self.stalled = self.stalled.later(Deadline::at(at, self.stall_timeout));
            }
        }
        if !self.may_ping() {
            return Ok(());
        }
        let now = Instant::now();
        self.note_ping();
        if self.keepalive.is_dead(now) && self.outbox.asked().is_none() {
            return Err(self.late(Phase::Pong));
        }
        self.ping(now)
    }

    /// Owes a ping if it is time to ping, and pays it if no other thread is writing. Once this side
    /// has begun the closing handshake, the close timeout takes the place of pings.
    pub(super) fn ping(&mut self, now: Instant) -> Result<()> {
        if self.outbox.asked().is_some() {
            self.keepalive.stop();
        } else if let Some(number) = self.keepalive.ping(now) {
            self.outbox.owe_ping(number);
            self.settle()?;
            self.note_ping();
        }
        Ok(())
    }

    /// Notes when the owed ping was written, if it is written by now.
    pub(super) fn note_ping(&mut self) {
        if self.keepalive.is_owed() {
            if let Some(pinged) = self.outbox.pinged() {
                self.keepalive.written(pinged.from, pinged.to);
            }
        }
    }

    /// Notes a pong, which may answer a ping of the keepalive.
    pub(crate) fn pong(&mut self, payload: &ControlPayload) {
        self.keepalive.pong(payload, Instant::now());
        if let Some(latency) = self.keepalive.latency() {
            self.counters.set_latency(latency);
        }
    }
}
