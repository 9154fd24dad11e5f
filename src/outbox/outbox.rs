//! Who may write when: the only place that writes frames.
//!
//! Any thread may send; whole messages never interleave, because a sender holds `sink` while it
//! writes. The thread that receives must never wait for that lock, or a peer that does not read
//! could keep it from reading. So it leaves what it owes (the answer to a ping or a Close, or a
//! flush) in `owed` and *tries* the lock: if it is free, the reader pays its debt itself; if not,
//! whoever holds it looks into the owed after unlocking.
//!
//! Sending is here; how debts are paid is in `settle`, and how hubs deliver in `dispatch`. The reader
//! and a hub must not wait for room in the stream either. They write what there is room for, and come
//! back for the rest.
//!
//! Locks: `sink`, then one of `owed`, `queues`, a queue, `watch` and `gate`. None but `sink` is held
//! across a write, and `sink` is never held across a read.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::owed::{Asked, Failure, PeerClose, Pinged};
use super::owed_lock::OwedLock;
use super::stream_gate::StreamGate;
use super::writer::{MessageQueue, Watch, Writer};
use crate::error::{Error, Result};
use crate::io::Controls;
use crate::process::Lock;
use crate::proto::close::{CloseFrame, Closing};
use crate::proto::frame::ControlPayload;
use crate::proto::rules::Role;

/// The sending half of a connection, for all threads that use it.
///
/// As long as there is only a `WebSocket`, `Out` lends its stream to each call. Once there is a `Sender`,
/// the sink has a handle of its own.
#[derive(Debug)]
pub(crate) struct Outbox<S> {
    pub(super) sink: Lock<Sink<S>>,
    pub(super) owed: OwedLock,
    /// For the end of a message that is sent as a stream.
    pub(super) gate: StreamGate,
    /// What hubs have for this connection.
    pub(super) queues: Lock<Vec<Arc<Lock<MessageQueue>>>>,
    /// What they see of it.
    watch: OnceLock<Arc<Watch>>,
    /// What the stream can do beyond `Read` and `Write`, once that is known.
    pub(crate) controls: OnceLock<Controls<S>>,
}

/// The writer, and a stream of its own once there are senders.
#[derive(Debug)]
pub(crate) struct Sink<S> {
    pub(super) stream: Option<S>,
    pub(super) writer: Writer<S>,
}

impl<S: Write> Outbox<S> {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            sink: Lock::new(Sink::new(role)),
            owed: OwedLock::new(),
            gate: StreamGate::default(),
            queues: Lock::default(),
            watch: OnceLock::new(),
            controls: OnceLock::new(),
        }
    }

    /// One that can be shared.
    // On its way to where it stays it lies on the stack, but not for longer.
    #[inline(never)]
    pub(crate) fn shared(role: Role) -> Arc<Self> {
        Arc::new(Self::new(role))
    }

    /// Gives the sink a handle of its own, unless it has one.
    pub(crate) fn attach(&self, stream: S) {
        let mut sink = self.sink.lock();
        let unused = if sink.stream.is_none() { sink.stream.replace(stream) } else { Some(stream) };
        drop(sink);
        self.out().settle_later();
        drop(unused);
    }

    /// Has whoever writes write the queue of a hub as well, until it is [`taken`](Self::remove_queue) away.
    pub(crate) fn add_queue(&self, queue: Arc<Lock<MessageQueue>>) -> Arc<Watch> {
        self.queues.lock().push(queue);
        let watch = self.watch.get_or_init(Arc::default);
        self.out().configure(|writer| writer.be_watched(Arc::clone(watch)));
        Arc::clone(watch)
    }

    /// Takes the queue of a hub away.
    pub(crate) fn remove_queue(&self, queue: &Arc<Lock<MessageQueue>>) {
        self.queues.lock().retain(|one| !Arc::ptr_eq(one, queue));
    }

    /// What is said to those who send when the stream is gone.
    pub(super) fn over(&self) -> Error {
        match self.closing() {
            Closing::Open => Error::Lost(io::Error::new(
                ErrorKind::NotConnected,
                "the WebSocket of this Sender was dropped",
            )),
            Closing::WeAsked | Closing::TheyAsked | Closing::Done => Error::Closed,
        }
    }

    /// Owes the answer to a ping. Waits for nobody; [`settle`](Self::settle) must follow.
    pub(crate) fn owe_pong(&self, payload: ControlPayload) {
        self.owed.open().owe_pong(payload);
    }

    /// Owes a ping with a number for its payload. Waits for nobody; [`settle`](Self::settle) must
    /// follow.
    pub(crate) fn owe_ping(&self, number: u64) {
        self.owed.open().owe_ping(number);
    }

    /// When the ping that was owed last was written; another thread may have done it.
    pub(crate) fn pinged(&self) -> Option<Pinged> {
        self.owed.look().pinged()
    }

    /// Owes a Close frame unless one went out before. Waits for nobody; [`settle`](Self::settle)
    /// must follow.
    pub(crate) fn owe_close(&self, frame: Option<CloseFrame>) {
        self.owed.open().owe_close(frame, Instant::now());
        self.gate.close();
    }

    /// Notes for the reader how a write went: that its ping is out, or what went wrong. Only then
    /// is a connection cut that has run out of time, which wakes the reader.
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
    }

    /// Owes the queue of a hub. Waits for nobody; [`settle`](Self::settle) must follow.
    pub(crate) fn owe_queues(&self) {
        self.owed.open().owe_queues();
    }

    /// Leaves what there was no room for to whoever writes next. Waits for nobody;
    /// [`settle`](Self::settle) must follow.
    pub(crate) fn abandon(&self) {
        self.owed.open().abandon();
    }

    pub(super) fn fail(&self, failure: Failure) {
        self.owed.open().fail(failure);
        self.gate.close();
    }

    /// How a write went wrong, if one did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.owed.look().failure()
    }

    /// Waits until nobody writes, for `most` at most.
    pub(crate) fn wait_for_writers(&self, most: Duration) {
        drop(self.sink.lock_within(most));
        self.lose();
    }

    /// Has nothing written any more, but for what somebody is at: the connection is over.
    pub(crate) fn lose(&self) {
        self.owed.open().lose();
        self.out().settle_later();
    }

    /// Lets go of the handle of its own, now or when whoever writes has ended: the connection is over.
    pub(crate) fn end(&self) {
        self.owed.open().end();
        self.gate.close();
        self.out().settle_later();
    }

    /// Lets no thread wait for the end of a message any more.
    pub(crate) fn close_gate(&self) {
        self.gate.close();
    }

    /// Notes that the peer's Close frame has come. Unless it is the answer to ours, the reader still has
    /// to [answer](Self::take_unanswered) it.
    pub(crate) fn close_received(&self, frame: Option<CloseFrame>) -> Closing {
        self.owed.open().close_received(frame)
    }

    /// Returns `true` if the reader has not begun to answer the peer's Close frame.
    pub(crate) fn is_unanswered(&self) -> bool {
        !self.owed.seems_settled() && self.owed.look().is_unanswered()
    }

    /// Takes the peer's Close frame, for the reader to answer it.
    pub(crate) fn take_unanswered(&self) -> Option<PeerClose> {
        if self.is_unanswered() { self.owed.open().take_unanswered() } else { None }
    }

    /// Returns `true` if there is a Close frame that is not written, nor has failed.
    pub(crate) fn owes_close(&self) -> bool {
        self.owed.look().owes_close()
    }

    /// How far the closing handshake is; a Close frame counts as sent once it is written.
    pub(crate) fn closing(&self) -> Closing {
        self.owed.look().closing()
    }

    /// How this side began the closing handshake, if it did.
    pub(crate) fn asked(&self) -> Option<Asked> {
        if self.owed.seems_settled() {
            return None;
        }
        self.owed.look().asked().cloned()
    }
}

impl<S: Write> Sink<S> {
    pub(super) fn new(role: Role) -> Self {
        Self { stream: None, writer: Writer::new(role) }
    }

    /// The writer, and the stream to use: its own, or the one that is lent. `None` once the connection
    /// is over and its stream is gone.
    pub(super) fn parts<'a>(
        &'a mut self,
        own: Option<&'a mut S>,
    ) -> Option<(&'a mut Writer<S>, &'a mut S)> {
        let stream = self.stream.as_mut().or(own)?;
        Some((&mut self.writer, stream))
    }
}
