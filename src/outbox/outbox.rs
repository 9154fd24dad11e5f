//! [`Outbox`]: the sending half of a connection, shared by all its threads. It decides which thread
//! may write when.
//!
//! Any thread may send. Whole messages never interleave, because a sender holds `sink` while it
//! writes. The reader must never wait for that lock. If the peer stops reading, the sender blocks
//! with the lock held, and a reader that waited for it would stop reading, too. So the reader
//! leaves what it owes (the answer to a ping or a Close, or a flush) in `owed` and *tries* the
//! lock. If the lock is free, the reader pays. If not, the thread that holds it looks into `owed`
//! after unlocking.
//!
//! The reader and a hub must not wait for room in the stream either. They write as much as there is
//! room for, and come back for the rest.
//!
//! Locks: `sink`, then one of `queues`, a queue, `watch`, `gate` and `round_trips`, then `owed`. Only
//! `sink` is held across a write, and `sink` is never held across a read.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::owed::{Asked, Failure, PeerClose, Pinged};
use super::owed_lock::OwedLock;
use super::waiting::{OnClose, RoundTrip, RoundTrips, StreamGate};
use super::writer::{Counters, MessageQueue, Watch, Writer, earlier_failure};
use crate::error::{Error, Result};
use crate::io::Controls;
use crate::process::Lock;
use crate::proto::close::{CloseFrame, Closing};
use crate::proto::frame::ControlPayload;
use crate::proto::rules::Role;

/// The sending half of a connection, shared by all its threads.
///
/// While there is only a `WebSocket`, it lends its stream to each call (`Out`). Once there is a
/// `Sender` or a seat in a hub, the sink has its own handle of the stream.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    pub(super) sink: Lock<Sink<S>>,
    pub(super) owed: OwedLock,
    /// Where senders wait for the end of a streamed message.
    pub(super) gate: StreamGate,
    /// Where threads wait for the answers to their pings.
    pub(crate) round_trips: RoundTrips,
    /// Who is told when this side begins to close, or cuts the connection.
    on_close: OnClose,
    /// What hubs have for this connection: one queue for each membership.
    pub(super) queues: Lock<Vec<Arc<Lock<MessageQueue>>>>,
    /// What hubs see of this connection; empty until it joins a hub.
    watch: OnceLock<Arc<Watch>>,
    /// What the stream can do beyond `Read` and `Write`; empty until that is known.
    pub(crate) controls: OnceLock<Controls<S>>,
    pub(crate) counters: Arc<Counters>,
}

/// The writer, and its own handle of the stream once there are senders or hubs.
#[derive(Debug)]
pub(crate) struct Sink<S> {
    pub(super) stream: Option<S>,
    pub(super) writer: Writer<S>,
}

impl<S: Write> Outbox<S> {
    pub(crate) fn new(role: Role) -> Self {
        let sink = Sink::new(role);
        let counters = Arc::clone(&sink.writer.counters);
        Self {
            sink: Lock::new(sink),
            owed: OwedLock::new(),
            gate: StreamGate::default(),
            round_trips: RoundTrips::default(),
            on_close: OnClose::default(),
            queues: Lock::default(),
            watch: OnceLock::new(),
            controls: OnceLock::new(),
            counters,
        }
    }

    /// Makes an outbox that can be shared.
    // Not inlined: the outbox is built on the stack, and an inlining caller would keep that space.
    #[inline(never)]
    pub(crate) fn shared(role: Role) -> Arc<Self> {
        Arc::new(Self::new(role))
    }

    /// Gives the sink its own handle of the stream, unless it has one.
    pub(crate) fn attach(&self, stream: S) {
        let mut sink = self.sink.lock();
        let unused = if sink.stream.is_none() { sink.stream.replace(stream) } else { Some(stream) };
        drop(sink);
        self.out().settle_for_others();
        drop(unused);
    }

    /// Adds the queue of a hub. From now on, threads that write also write its messages, until
    /// [`remove_queue`](Self::remove_queue).
    pub(crate) fn add_queue(&self, queue: Arc<Lock<MessageQueue>>) -> Arc<Watch> {
        self.queues.lock().push(queue);
        let watch = self.watch.get_or_init(Arc::default);
        self.out().configure(|writer| writer.be_watched(Arc::clone(watch)));
        Arc::clone(watch)
    }

    /// Removes the queue of a hub.
    pub(crate) fn remove_queue(&self, queue: &Arc<Lock<MessageQueue>>) {
        self.queues.lock().retain(|one| !Arc::ptr_eq(one, queue));
    }

    /// The error for senders when the stream is gone.
    pub(super) fn over(&self) -> Error {
        match self.closing() {
            Closing::Open => Error::Lost(io::Error::new(
                ErrorKind::NotConnected,
                "the WebSocket of this Sender was dropped",
            )),
            Closing::WeAsked | Closing::TheyAsked | Closing::Done => Error::Closed,
        }
    }

    /// Owes the answer to a ping. Does not wait; `settle` must follow.
    pub(crate) fn owe_pong(&self, payload: Box<ControlPayload>) {
        self.owed.open().owe_pong(payload);
    }

    /// Owes a ping with `number` as its payload. Does not wait; `settle` must follow.
    pub(crate) fn owe_ping(&self, number: u64) {
        self.owed.open().owe_ping(number);
    }

    /// Owes a ping, and begins to wait for its answer. Does not wait; `settle` must follow.
    ///
    /// # Errors
    /// As those of a sender: no ping may follow.
    pub(crate) fn begin_round_trip(&self) -> Result<RoundTrip<'_>> {
        if let Some(error) = self.cannot_ping() {
            return Err(error);
        }
        let owe = |number| self.owed.open().owe_round_trip(number);
        self.round_trips.begin(owe).map_err(Error::Io)
    }

    /// The error for a thread whose ping is never answered.
    pub(crate) fn unanswered_ping(&self) -> Error {
        self.cannot_ping().unwrap_or_else(|| {
            let why = "it ended before the pong came";
            Error::Lost(io::Error::new(ErrorKind::NotConnected, why))
        })
    }

    fn cannot_ping(&self) -> Option<Error> {
        let owed = self.owed.look();
        match owed.failure() {
            Some(_) => Some(earlier_failure()),
            None => (!owed.may_send()).then_some(Error::Closed),
        }
    }

    /// When the latest owed ping was written, by this or another thread; `None` until then.
    pub(crate) fn pinged(&self) -> Option<Pinged> {
        self.owed.look().pinged()
    }

    /// Owes a Close frame, unless one is owed or sent already. Does not wait; `settle` must follow.
    pub(crate) fn owe_close(&self, frame: Option<CloseFrame>) {
        let written = self.counters.sent.wire_bytes();
        self.owed.open().owe_close(frame, Instant::now(), written);
        self.gate.close();
        self.on_close.tell();
    }

    /// Has `tell` called when this side owes a Close frame, and when it cuts the connection: at
    /// once, if that has happened already. Only the first `tell` of a connection counts. It must
    /// take no lock but its own.
    ///
    /// A failed write does not count: what the peer sent before is still to be received.
    pub(crate) fn tell_on_close(&self, tell: impl Fn() + Send + Sync + 'static) {
        self.on_close.set(tell);
        if self.asked().is_some() || self.failure() == Some(Failure::Cut) {
            self.on_close.tell();
        }
    }

    /// Notes for the reader how a write went: that its ping is out, or what went wrong. Then cuts
    /// the connection if the write has timed out. The cut wakes the reader, so it must come last.
    pub(super) fn noted<T>(
        &self,
        writer: &mut Writer<S>,
        stream: &S,
        written: Result<T>,
    ) -> Result<T> {
        match &written {
            Err(Error::Deadline(_)) => self.fail(Failure::TimedOut),
            Err(Error::Lost(_) | Error::Io(_)) => self.fail(Failure::Broken),
            _ => {
                if let Some(from) = writer.take_pinged() {
                    self.owed.open().ping_is_written(Pinged { from, to: Instant::now() });
                }
            }
        }
        writer.cut(stream);
        written
    }

    /// Notes that this side is about to cut the connection.
    pub(crate) fn note_cut(&self) {
        self.fail(Failure::Cut);
        self.on_close.tell();
    }

    /// Owes what waits in the queues of hubs. Does not wait; `settle` must follow.
    pub(crate) fn owe_queues(&self) {
        self.owed.open().owe_queues();
    }

    /// Leaves unsent data to the thread that writes next. Does not wait; `settle` must follow.
    pub(crate) fn abandon_unsent(&self) {
        self.owed.open().abandon_unsent();
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.owed.open().fail(failure);
        self.close_gate();
    }

    /// Why nothing more can be sent, if a write failed or this side cut the connection.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.owed.look().failure()
    }

    /// Waits until no thread writes, for `most` at most. `settle` must follow.
    pub(crate) fn wait_for_turn(&self, most: Duration) {
        drop(self.sink.lock_within(most));
    }

    /// Stops all writing, because the connection is over. A call that is writing comes to its end.
    pub(crate) fn lose(&self) {
        self.owed.open().lose();
        self.out().settle_for_others();
    }

    /// Drops the sink's handle of the stream, because the connection is over. If another thread is
    /// writing, that thread drops the handle when it is done.
    pub(crate) fn end(&self) {
        self.owed.open().end();
        self.close_gate();
        self.out().settle_for_others();
    }

    /// Wakes the threads that wait for the end of a streamed message or for a pong, and lets none
    /// wait again.
    pub(crate) fn close_gate(&self) {
        self.gate.close();
        self.round_trips.end();
    }

    /// Notes that the peer's Close frame has come. Unless that is the answer to ours, the reader
    /// still has to [answer](Self::take_unanswered) it.
    pub(crate) fn close_received(&self, frame: Option<CloseFrame>) -> Closing {
        self.owed.open().close_received(frame)
    }

    /// Returns `true` if the peer's Close frame has come and the reader has not begun to answer it.
    pub(crate) fn is_unanswered(&self) -> bool {
        !self.owed.seems_settled() && self.owed.look().is_unanswered()
    }

    /// Takes the peer's Close frame, for the reader to answer it.
    pub(crate) fn take_unanswered(&self) -> Option<PeerClose> {
        if self.is_unanswered() { self.owed.open().take_unanswered() } else { None }
    }

    /// Returns `true` from when a Close frame is owed until it is written or has failed.
    pub(crate) fn owes_close(&self) -> bool {
        self.owed.look().owes_close()
    }

    /// Returns `true` if this side's Close frame is written.
    pub(crate) fn is_close_out(&self) -> bool {
        self.owed.look().is_close_out()
    }

    /// How far the closing handshake has come. A Close frame counts as sent once it is written.
    pub(crate) fn closing(&self) -> Closing {
        self.owed.look().closing()
    }

    /// Gives the peer its time for the answer anew if this side's Close frame waits behind bytes that
    /// the peer reads. Returns `false` if it does not.
    pub(crate) fn renew_answer(&self) -> bool {
        let written = self.counters.sent.wire_bytes();
        self.owed.open().renew_answer(Instant::now(), written)
    }

    /// How this side began the closing handshake, if it did.
    pub(crate) fn asked(&self) -> Option<Asked> {
        if self.owed.seems_settled() {
            return None;
        }
        self.owed.look().asked().cloned()
    }

    /// Returns `true` if others may have handles. If not, what they have left here can be seen, and
    /// no thread can leave more.
    pub(crate) fn is_shared(self: &Arc<Self>) -> bool {
        let is_shared = Arc::strong_count(self) > 1;
        // Its counterpart is the release by the last of the other handles.
        fence(Ordering::Acquire);
        is_shared
    }
}

impl<S: Write> Sink<S> {
    pub(super) fn new(role: Role) -> Self {
        Self { stream: None, writer: Writer::new(role) }
    }

    /// The writer, and the stream to use: the sink's handle if there is one, otherwise the stream
    /// that the caller lends. `None` if there is neither, because the connection is over.
    pub(super) fn parts<'a>(
        &'a mut self,
        lent: Option<&'a mut S>,
    ) -> Option<(&'a mut Writer<S>, &'a mut S)> {
        let stream = self.stream.as_mut().or(lent)?;
        Some((&mut self.writer, stream))
    }
}
