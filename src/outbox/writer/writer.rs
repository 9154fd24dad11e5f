//! [`Writer`]: queues messages, parts of messages and control frames. `outbox` decides which thread
//! may write, `flush` writes.

use std::cmp::Ordering;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::time::Instant;

use super::counters::Counters;
use super::mask_keys::MaskKeys;
use super::prepared_message::SharedFrame;
use super::watch::Watch;
use super::write_timeout::{Unsent, WriteTimeout};
use crate::error::{Error, Result};
use crate::io::Controls;
use crate::proto::bytes::{Budget, Extent, USUAL};
use crate::proto::compression::Deflation;
use crate::proto::frame;
use crate::proto::frame::ControlPayload;
use crate::proto::frame::{MOST_HEADER, Opcode, Outgoing, Payload, Series};
use crate::proto::message::MessageRef;
use crate::proto::rules::Role;

/// Up to this size a payload is copied behind its header, so that both go out in one write.
pub(crate) const COPIED: usize = 16 << 10;
/// One write carries this much of a masked payload or of a hub's queue.
pub(crate) const PORTION: usize = USUAL;

/// The sending half of a connection, without its stream.
pub(crate) struct Writer<S> {
    // How frames are made.
    pub(crate) keys: MaskKeys,
    /// `None` if the ends did not agree on compression.
    pub(crate) deflation: Option<Box<Deflation>>,
    /// The largest payload of one frame.
    fragment: usize,

    // What is queued, in this order.
    /// A large frame that many connections share, and how much of it is written.
    pub(super) shared: Option<(SharedFrame, usize)>,
    /// The frames that follow `shared`. A part of the first may be written already.
    pub(super) output: Vec<u8>,
    /// Messages are queued up to this size.
    most: usize,
    /// There was no room for a message since the last write.
    lacks_room: bool,
    extent: Extent,
    /// Set if there was no room for all of that, or for what the stream had taken.
    pub(super) unsent: Option<Unsent>,
    /// Since when a ping is queued or being written.
    pinging: Option<Instant>,

    // What may follow.
    /// A message of unknown length is under way. No other message may go out before its end.
    pub(crate) is_streaming: bool,
    pub(super) state: Integrity,

    // The stream, and the time it has.
    /// What the stream can do beyond `Write`, if that is known.
    pub(crate) controls: Option<Controls<S>>,
    pub(crate) timeout: Option<WriteTimeout<S>>,
    /// Set if a write has timed out and the connection is not cut yet.
    pub(super) to_cut: Option<Controls<S>>,
    /// What hubs see of this connection, if it is in one.
    pub(crate) watch: Option<Arc<Watch>>,
    pub(crate) counters: Arc<Counters>,
}

/// Whether the peer can still make sense of what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integrity {
    Whole,
    /// A write failed or panicked, a message cannot go on, or the connection is lost. A frame may
    /// be torn, so no byte may follow. The writer never becomes whole again.
    Broken,
}

impl<S: Write> Writer<S> {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            keys: MaskKeys::new(role),
            deflation: None,
            fragment: usize::MAX,
            is_streaming: false,
            shared: None,
            output: Vec::new(),
            most: USUAL,
            lacks_room: false,
            extent: Extent::default(),
            pinging: None,
            unsent: None,
            state: Integrity::Whole,
            controls: None,
            timeout: None,
            to_cut: None,
            watch: None,
            counters: Arc::default(),
        }
    }

    /// Sets how long a peer may take for each
    /// [`WINDOW`](super::write_timeout::WINDOW) of bytes. The stream has this timeout already.
    pub(crate) fn set_bound(&mut self, bound: Option<WriteTimeout<S>>) {
        self.timeout = bound;
    }

    /// Compresses messages from now on.
    pub(crate) fn set_deflation(&mut self, deflation: Option<Deflation>) {
        self.deflation = deflation.map(Box::new);
    }

    /// Sends messages in frames of at most `most` bytes from now on (§5.4).
    pub(crate) fn set_fragment(&mut self, most: usize) {
        self.fragment = most;
    }

    /// Queues more from now on while much is sent, as far as `spare` allows. The caller must call
    /// [`rest`](Self::rest) if nothing is sent for a while.
    pub(crate) fn take_spare(&mut self, spare: &'static dyn Budget) {
        self.extent.take_spare(spare);
    }

    /// Notes whether a message of unknown length is under way.
    pub(crate) fn set_streaming(&mut self, is_streaming: bool) {
        self.is_streaming = is_streaming;
        self.tell_watch();
    }

    /// Lets hubs see the state of the connection.
    pub(crate) fn be_watched(&mut self, watch: Arc<Watch>) {
        self.watch = Some(watch);
        self.tell_watch();
    }

    fn tell_watch(&self) {
        if let Some(watch) = &self.watch {
            watch.streams(self.is_streaming);
        }
    }

    /// Queues a message that needs only a header, perhaps a mask, and room in the queue. Returns
    /// `true` if it is queued. Most messages are like that, and [`message`](Self::message) takes
    /// 200 instructions more.
    pub(crate) fn queue_plain(&mut self, message: MessageRef<'_>, may_be_compressed: bool) -> bool {
        let payload = message.as_bytes();
        let compresses = may_be_compressed && self.deflation.is_some();
        let is_small = payload.len() <= COPIED.min(self.fragment);
        let fits = is_small && self.output.len() + MOST_HEADER + payload.len() <= self.most;
        let waits = self.state == Integrity::Broken
            || self.is_streaming
            || self.unsent.is_some()
            || self.shared.is_some();
        if compresses || !fits || waits {
            self.lacks_room |= is_small && !fits;
            return false;
        }
        let Ok(key) = self.key() else { return false };
        let (opcode, out) = (message.opcode(), &mut self.output);
        match key {
            // Compiled for itself: an `Option` of a key that goes through memory costs more than all
            // else here.
            None => frame::encode_plain(opcode, payload, None, out),
            key => frame::encode_plain(opcode, payload, key, out),
        }
        self.counters.sent.message(payload.len());
        true
    }

    /// Queues a part of `bytes` as a binary message that needs only a header and perhaps a mask.
    /// Returns how many bytes that is, or `None` if something else has to be done first.
    pub(crate) fn queue_some(&mut self, bytes: &[u8]) -> Option<usize> {
        let n = bytes.len().min(COPIED).min(self.fragment);
        self.queue_plain(MessageRef::Binary(&bytes[..n]), false).then_some(n)
    }

    /// Queues a message. Writes only if it is large or much is queued. Calls `between` between its
    /// frames, for control frames.
    pub(crate) fn message(
        &mut self,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        stream: &mut S,
        between: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        // Taken before compressing: a message that is compressed must go out, because later ones
        // may refer to it.
        let key = self.key()?;
        let (opcode, payload) = (message.opcode(), message.as_bytes());
        self.compressed(opcode, payload, may_be_compressed, |writer, outgoing| {
            writer.frames(outgoing, key, stream, between)
        })?;
        self.counters.sent.message(payload.len());
        Ok(())
    }

    /// Passes a message to `then`, compressed if the ends agreed on that and it is worth it.
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
            let key = between(self).and_then(|()| self.key());
            let framed = key.and_then(|key| self.frame(&mut message, key, stream));
            if framed.is_err() {
                // Nothing may follow a message that stopped between two frames.
                self.state = Integrity::Broken;
                return framed;
            }
            self.counters.sent.further_frame();
        }
        Ok(())
    }

    /// Writes the next part of a message of unknown length. Calls `between` between its frames, for
    /// control frames.
    pub(crate) fn part(
        &mut self,
        series: &mut Series,
        part: &[u8],
        is_last: bool,
        stream: &mut S,
        mut between: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let mut rest = part;
        loop {
            let (payload, behind) = rest.split_at(rest.len().min(self.fragment));
            let key = self.key()?;
            let is_end = is_last && behind.is_empty();
            let payload = series.frame(is_end, payload, key, &mut self.output);
            self.payload(payload, stream)?;
            if !is_end {
                self.counters.sent.further_frame();
            }
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
        let payload = message.frame(self.fragment, key, &mut self.output);
        self.payload(payload, stream)
    }

    /// Queues what follows a header, or writes it without copying.
    fn payload(&mut self, mut payload: Payload<'_>, stream: &mut S) -> Result<()> {
        match payload.as_it_lies() {
            Some(bytes) if bytes.len() > COPIED => self.write_with(bytes, stream),
            _ => self.copy(&mut payload, stream),
        }
    }

    /// Queues a control frame.
    pub(crate) fn control(&mut self, opcode: Opcode, payload: &ControlPayload) -> Result<()> {
        let key = self.key()?;
        frame::encode_control(opcode, payload, key, &mut self.output);
        self.counters.sent.further_frame();
        Ok(())
    }

    /// Queues a ping.
    pub(crate) fn ping(&mut self, number: u64) -> Result<()> {
        self.pinging = Some(Instant::now());
        self.control(Opcode::Ping, &ControlPayload::of_number(number))
    }

    /// Returns, once, when a ping was queued that is written now.
    pub(crate) fn take_pinged(&mut self) -> Option<Instant> {
        self.pinging?;
        if self.has_output() { None } else { self.pinging.take() }
    }

    /// Returns `true` if the buffer is larger than small messages need.
    pub(crate) fn holds_much(&self) -> bool {
        self.output.capacity() > COPIED
    }

    /// Gives memory back while nothing is queued.
    pub(crate) fn rest(&mut self) {
        if self.output.is_empty() {
            self.output = Vec::new();
            self.most = USUAL;
            self.extent.rest();
        }
    }

    /// Notes that `used` bytes were queued and then written at once. Decides how much is queued
    /// from now on.
    pub(super) fn fit(&mut self, used: usize) {
        self.extent.note(used, self.most, std::mem::take(&mut self.lacks_room));
        let most = self.extent.next(self.most, USUAL);
        match most.cmp(&self.most) {
            Ordering::Less => self.output.shrink_to(most),
            Ordering::Equal => {}
            // Exactly, because this is what counts against the spare memory.
            Ordering::Greater => self.output.reserve_exact(most),
        }
        self.most = most;
    }

    /// Queues a payload in pieces, so that a large one is never copied whole.
    fn copy(&mut self, payload: &mut Payload<'_>, stream: &mut S) -> Result<()> {
        loop {
            let room = PORTION.saturating_sub(self.output.len());
            payload.write(room, &mut self.output);
            if self.output.len() >= PORTION {
                self.write_with(&[], stream)?;
            }
            if payload.len() == 0 {
                return Ok(());
            }
        }
    }

    /// The mask key of the next frame, if frames are masked. A failure breaks the writer.
    #[inline]
    pub(super) fn key(&mut self) -> Result<Option<[u8; 4]>> {
        self.check()?;
        self.keys.next().map_err(|e| {
            self.state = Integrity::Broken;
            Error::Io(e)
        })
    }

    /// Calls `work`, which leaves the writer broken unless it comes to its end, such as a write.
    /// The writer stays broken after an error and after a panic of the stream.
    pub(super) fn whole<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.check()?;
        self.state = Integrity::Broken;
        let done = work(self)?;
        self.state = Integrity::Whole;
        Ok(done)
    }

    /// Drops what is queued, and writes nothing any more.
    pub(crate) fn lose(&mut self) {
        self.state = Integrity::Broken;
        (self.shared, self.output, self.unsent) = (None, Vec::new(), None);
        self.extent.rest();
    }

    pub(crate) fn check(&self) -> Result<()> {
        match self.state {
            Integrity::Whole => Ok(()),
            Integrity::Broken => Err(earlier_failure()),
        }
    }
}

/// The error for senders when nothing can be sent any more.
pub(crate) fn earlier_failure() -> Error {
    Error::Lost(io::Error::new(
        ErrorKind::BrokenPipe,
        "an earlier write or read failed; the error of that call says why",
    ))
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("queued", &self.output.len())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
