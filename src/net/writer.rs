//! Frames queued, and written with as few calls as possible. `outbox` decides who may; `delivery` has
//! what writes without waiting.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::deadline::{Deadline, is_timeout};
use super::duplex::Controls;
use super::entropy::MaskKeys;
use super::parcel::Frame;
use crate::error::{Error, Phase, Result};
use crate::proto::close::ControlPayload;
use crate::proto::compression::Deflation;
use crate::proto::header::{MOST_HEADER, Opcode};
use crate::proto::message::MessageRef;
use crate::proto::outbound::{self, Outgoing, Payload, Series};
use crate::proto::role::Role;

/// Up to this size a payload is copied behind its header, so that both go out in one write.
pub(super) const COPIED: usize = 16 << 10;
/// What is queued is written when it reaches this size.
pub(super) const QUEUE: usize = 64 << 10;

/// How long a peer may take for each [`QUEUE`] of bytes, and how to tell the stream so.
pub(crate) type Bound<S> = (Duration, Controls<S>);

/// The sending half of a connection, without its stream.
pub(crate) struct Writer<S> {
    pub(super) keys: MaskKeys,
    /// Where the ends agreed on compression.
    pub(super) deflation: Option<Box<Deflation>>,
    /// The most payload of one frame.
    fragment: usize,
    /// A message is under way of which nobody knows the end; no other may go out before that.
    pub(super) is_streaming: bool,
    /// A large frame that many connections share, and how much of it is written.
    pub(super) shared: Option<(Frame, usize)>,
    /// What is written behind that: frames, of the first of which a part may be written.
    pub(super) queue: Vec<u8>,
    /// Since when a ping is queued or being written.
    pinging: Option<Instant>,
    /// There was no room for all of that, or of what the stream had taken.
    pub(super) left: Option<Left<S>>,
    /// A write failed, perhaps within a frame: no byte may follow it.
    pub(super) broken: bool,
    pub(super) timeout: Option<Bound<S>>,
    /// A write ran out of time, and nobody was told yet.
    to_cut: Option<Controls<S>>,
}

/// What a write that did not wait had to leave.
pub(super) struct Left<S> {
    pub(super) controls: Controls<S>,
    /// Who left it comes back for it, so nobody else need wait for room.
    pub(super) comes_back: bool,
    /// Since when the peer has taken so few bytes, less than [`QUEUE`].
    pub(super) since: Instant,
    pub(super) taken: usize,
}

impl<S: Write> Writer<S> {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            keys: MaskKeys::new(role),
            deflation: None,
            fragment: usize::MAX,
            is_streaming: false,
            shared: None,
            queue: Vec::new(),
            pinging: None,
            left: None,
            broken: false,
            timeout: None,
            to_cut: None,
        }
    }

    /// Sets the bound of every write. A stream that has one bounds each call; writing as a whole
    /// takes three times as long at most: a call that brings some of it may have waited in vain.
    pub(crate) fn set_bound(&mut self, bound: Option<Bound<S>>) {
        self.timeout = bound;
    }

    /// Compresses messages from now on.
    pub(crate) fn set_deflation(&mut self, deflation: Option<Deflation>) {
        self.deflation = deflation.map(Box::new);
    }

    /// Sends messages in frames of so many bytes at most from now on (§5.4).
    pub(crate) fn set_fragment(&mut self, most: usize) {
        self.fragment = most;
    }

    /// Queues a message if it needs nothing but a header, a mask perhaps, and room in the queue; tells
    /// whether it is queued. Most messages are like that, and [`message`](Self::message) takes 200
    /// instructions more.
    pub(crate) fn queue_plain(&mut self, message: MessageRef<'_>, may_be_compressed: bool) -> bool {
        let payload = message.as_bytes();
        let compresses = may_be_compressed && self.deflation.is_some();
        let fits = payload.len() <= COPIED.min(self.fragment)
            && self.queue.len() + MOST_HEADER + payload.len() <= QUEUE;
        let waits =
            self.broken || self.is_streaming || self.left.is_some() || self.shared.is_some();
        if compresses || !fits || waits {
            return false;
        }
        let Ok(key) = self.keys.next() else { return false };
        outbound::plain(message.opcode(), payload, key, &mut self.queue);
        true
    }

    /// Queues a message; writes only where it is large or much is queued. Calls `between` between
    /// its frames, for control frames.
    pub(crate) fn message(
        &mut self,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        stream: &mut S,
        between: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.check()?;
        // Before the message is compressed: later ones may refer to it then.
        let key = self.keys.next()?;
        let (opcode, payload) = (message.opcode(), message.as_bytes());
        self.compressed(opcode, payload, may_be_compressed, |writer, outgoing| {
            writer.frames(outgoing, key, stream, between)
        })
    }

    /// Hands a message on, compressed where the ends agreed on that and it pays.
    pub(super) fn compressed<T>(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        may_be_compressed: bool,
        then: impl FnOnce(&mut Self, Outgoing<'_>) -> T,
    ) -> T {
        let deflation = self.deflation.as_mut().filter(|_| may_be_compressed);
        let Some(deflated) = deflation.and_then(|deflation| deflation.deflate(payload)) else {
            return then(self, Outgoing::new(opcode, payload));
        };
        let done = then(self, Outgoing::deflated(opcode, deflated.output()));
        if let Some(deflation) = &mut self.deflation {
            deflation.done(deflated);
        }
        done
    }

    fn frames(
        &mut self,
        mut message: Outgoing<'_>,
        key: Option<[u8; 4]>,
        stream: &mut S,
        mut between: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.frame(&mut message, key, stream)?;
        while !message.is_done() {
            let key = between(self).and_then(|()| self.keys.next().map_err(Error::Io));
            let framed = key.and_then(|key| self.frame(&mut message, key, stream));
            if framed.is_err() {
                // Nothing may follow a message that stopped between two frames.
                self.broken = true;
                return framed;
            }
        }
        Ok(())
    }

    /// Writes the next part of a message of which nobody knows the end. Calls `between` between its
    /// frames, for control frames.
    pub(crate) fn part(
        &mut self,
        series: &mut Series,
        part: &[u8],
        is_last: bool,
        stream: &mut S,
        mut between: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.check()?;
        let mut rest = part;
        loop {
            let (payload, behind) = rest.split_at(rest.len().min(self.fragment));
            let key = self.keys.next()?;
            let is_end = is_last && behind.is_empty();
            let payload = series.frame(is_end, payload, key, &mut self.queue);
            self.payload(payload, stream)?;
            if behind.is_empty() {
                return self.flush(stream);
            }
            between(self)?;
            rest = behind;
        }
    }

    fn frame(
        &mut self,
        message: &mut Outgoing<'_>,
        key: Option<[u8; 4]>,
        stream: &mut S,
    ) -> Result<()> {
        let payload = message.frame(self.fragment, key, &mut self.queue);
        self.payload(payload, stream)
    }

    /// Queues what follows a header, or writes it from where it lies.
    fn payload(&mut self, mut payload: Payload<'_>, stream: &mut S) -> Result<()> {
        match payload.as_it_lies() {
            Some(bytes) if bytes.len() > COPIED => self.write_with(bytes, stream),
            _ => self.copy(&mut payload, stream),
        }
    }

    /// Queues a control frame.
    pub(crate) fn control(&mut self, opcode: Opcode, payload: &ControlPayload) -> Result<()> {
        self.check()?;
        outbound::control(opcode, payload, self.keys.next()?, &mut self.queue);
        Ok(())
    }

    /// Queues a ping.
    pub(crate) fn ping(&mut self, number: u64) -> Result<()> {
        self.pinging = Some(Instant::now());
        self.control(Opcode::Ping, &ControlPayload::of_number(number))
    }

    /// Tells since when a ping was on its way that is written now, once.
    pub(crate) fn take_pinged(&mut self) -> Option<Instant> {
        self.pinging?;
        if self.has_output() { None } else { self.pinging.take() }
    }

    /// Writes what is queued.
    pub(crate) fn flush(&mut self, stream: &mut S) -> Result<()> {
        if self.has_output() { self.write_with(&[], stream) } else { self.check() }
    }

    pub(super) fn has_output(&self) -> bool {
        !self.queue.is_empty() || self.shared.is_some() || self.left.is_some()
    }

    /// How to go on without waiting, where somebody who did so left something and comes back.
    pub(crate) fn behind(&self) -> Option<Controls<S>> {
        self.left.as_ref().filter(|left| left.comes_back).map(|left| left.controls)
    }

    /// Writes what is queued under another bound, if that is the shorter one.
    ///
    /// The stream's timeout is everybody's, so it is changed only here, where nobody else writes.
    pub(crate) fn flush_within(&mut self, most: Option<Bound<S>>, stream: &mut S) -> Result<()> {
        let usual = self.timeout;
        let shorter = most.filter(|(most, _)| usual.is_none_or(|(usual, _)| *most < usual));
        let Some((most, controls)) = shorter else { return self.flush(stream) };
        // A stream that takes no timeout any more does not block either.
        let _ = (controls.set_write_timeout)(stream, Some(most));
        self.timeout = shorter;
        let flushed = self.flush(stream);
        self.timeout = usual;
        let _ = (controls.set_write_timeout)(stream, usual.map(|(usual, _)| usual));
        flushed
    }

    /// Tells whether the queue is larger than small messages need.
    pub(crate) fn holds_much(&self) -> bool {
        self.queue.capacity() > COPIED
    }

    /// Gives memory back while nothing is queued.
    pub(crate) fn rest(&mut self) {
        if self.queue.is_empty() {
            self.queue = Vec::new();
        }
    }

    /// Takes what is left for anybody's to write.
    pub(crate) fn abandon(&mut self) {
        if let Some(left) = &mut self.left {
            left.comes_back = false;
        }
    }

    /// Queues a payload in pieces, so that a large one is never copied whole.
    fn copy(&mut self, payload: &mut Payload<'_>, stream: &mut S) -> Result<()> {
        loop {
            let room = QUEUE.saturating_sub(self.queue.len());
            payload.write(room, &mut self.queue);
            if self.queue.len() >= QUEUE {
                self.write_with(&[], stream)?;
            }
            if payload.len() == 0 {
                return Ok(());
            }
        }
    }

    /// Writes what is queued, and `payload` behind it from where it lies.
    fn write_with(&mut self, payload: &[u8], stream: &mut S) -> Result<()> {
        let queue = std::mem::take(&mut self.queue);
        let shared = self.shared.take();
        let shared = shared.as_ref().map_or(&[][..], |(frame, written)| &frame[*written..]);
        // So it stays if the stream panics.
        self.broken = true;
        let mut slices = [shared, &queue, payload].map(IoSlice::new);
        let used = if payload.is_empty() { 2 } else { 3 };
        let written = self.write_all(&mut slices[..used], stream);
        self.broken = written.is_err();
        self.left = None;
        self.queue = queue;
        self.queue.clear();
        written
    }

    fn write_all(&mut self, mut slices: &mut [IoSlice<'_>], stream: &mut S) -> Result<()> {
        let timeout = self.timeout.map(|(timeout, _)| timeout);
        let mut deadline = Deadline::of_write(timeout);
        let mut taken = 0;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            // A plain write costs the system less.
            let written = match &*slices {
                [only] => stream.write(only),
                several => stream.write_vectored(several),
            };
            match written {
                Ok(0) => return Err(Error::Lost(ErrorKind::WriteZero.into())),
                Ok(n) => {
                    taken += n;
                    IoSlice::advance_slices(&mut slices, n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) && timeout.is_some() && !deadline.has_passed() => {}
                Err(e) => return Err(self.failed(e)),
            }
            // A slow peer may take its time, but not one that reads a byte now and then.
            if taken >= QUEUE {
                (taken, deadline) = (0, Deadline::of_write(timeout));
            } else if !slices.is_empty() && deadline.has_passed() {
                return Err(self.failed(ErrorKind::TimedOut.into()));
            }
        }
        stream.flush().map_err(|e| self.failed(e))
    }

    /// Names a failure. After a timeout a frame may be torn, so the connection is to be cut; after
    /// any other failure the system tells the thread that reads.
    pub(super) fn failed(&mut self, error: io::Error) -> Error {
        if !is_timeout(&error) {
            return Error::Lost(error);
        }
        self.to_cut = self.timeout.map(|(_, controls)| controls);
        Error::Deadline(Phase::Write)
    }

    /// Cuts a connection that has run out of time, which wakes the thread that reads.
    pub(crate) fn cut(&mut self, stream: &S) {
        if let Some(controls) = self.to_cut.take() {
            // It may be down already.
            let _ = (controls.shutdown)(stream, Shutdown::Both);
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.broken {
            return Err(Error::Lost(io::Error::new(
                ErrorKind::BrokenPipe,
                "an earlier write failed",
            )));
        }
        Ok(())
    }
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("queued", &self.queue.len())
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
