//! [`Member`]: a connection in a hub, and the queue of messages for it.
//!
//! Locks: `offer` locks the queue, then the watch, or `owed` of the outbox for a Close frame.
//! `visit` locks the sink of the outbox, then the queue while it takes a message out.

use std::fmt;
use std::mem;
use std::sync::Arc;

use super::overflow::{Broadcast, Overflow};
use crate::error::Result;
use crate::io::Duplex;
use crate::outbox::{Bounds, Filled, MessageQueue, Outbox, PreparedMessage, Progress, Watch};
use crate::process::{Lock, caught, error};
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;

/// A connection in a hub.
pub(crate) struct Member {
    /// Its number, for the log.
    id: u64,
    queue: Arc<Lock<MessageQueue>>,
    watch: Arc<Watch>,
    connection: Arc<dyn Connection>,
}

/// How a visit to a member went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing waits any more, or the connection is over.
    Done,
    /// More messages have come meanwhile.
    Again,
    /// There was no room for all of it. `some` is `true` if a part is written.
    Later { some: bool },
    /// The stream cannot write without waiting.
    Unable,
}

/// What a member needs of its connection, for any type of stream.
trait Connection: Send + Sync {
    fn try_deliver(&self, queue: &Lock<MessageQueue>) -> Result<Progress>;
    fn deliver(&self, queue: &Lock<MessageQueue>) -> Result<Filled>;
    fn owe_close(&self, frame: Option<CloseFrame>);
    fn entrust(&self);
    fn leave(&self, queue: &Arc<Lock<MessageQueue>>);
}

impl<S: Duplex + Send> Connection for Outbox<S> {
    fn try_deliver(&self, queue: &Lock<MessageQueue>) -> Result<Progress> {
        self.try_deliver(queue)
    }

    fn deliver(&self, queue: &Lock<MessageQueue>) -> Result<Filled> {
        self.deliver(queue)
    }

    fn owe_close(&self, frame: Option<CloseFrame>) {
        self.owe_close(frame);
    }

    fn entrust(&self) {
        self.owe_queues();
        self.abandon_unsent();
        let _ = self.try_settle();
    }

    fn leave(&self, queue: &Arc<Lock<MessageQueue>>) {
        self.remove_queue(queue);
        self.abandon_unsent();
        // What is left now is written by the next sender, or by the reader before it waits.
        let _ = self.try_settle();
    }
}

impl Member {
    pub(crate) fn new<S: Duplex + Send + 'static>(id: u64, outbox: Arc<Outbox<S>>) -> Self {
        let queue = Arc::default();
        let watch = outbox.add_queue(Arc::clone(&queue));
        Self { id, queue, watch, connection: outbox }
    }

    /// The number of the connection.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Puts a message into the queue. If it has no room, does what `overflow` says. Returns `true`
    /// if a visit has become due.
    pub(crate) fn offer(
        &self,
        message: &Arc<PreparedMessage>,
        bounds: &Bounds,
        overflow: Overflow,
        count: &mut Broadcast,
    ) -> bool {
        let mut queue = self.queue.lock();
        if !queue.takes_more() {
            return false;
        }
        if !queue.has_room(message, bounds) {
            match overflow {
                Overflow::DropOldest => count.dropped += queue.make_room(message, bounds),
                Overflow::DropNewest => {
                    count.dropped += 1;
                    return false;
                }
                // The peer reads, but another message to the same peer is in the way.
                Overflow::Disconnect(_) if self.watch.holds_back(queue.delivered_after) => {
                    count.reached += 1;
                    queue.excuse(Arc::clone(message));
                    return !mem::replace(&mut queue.is_due, true);
                }
                Overflow::Disconnect(code) => {
                    count.disconnected += 1;
                    queue.close();
                    self.connection.owe_close(Some(farewell(code)));
                    return !mem::replace(&mut queue.is_due, true);
                }
            }
        }
        count.reached += 1;
        queue.push(Arc::clone(message));
        !mem::replace(&mut queue.is_due, true)
    }

    /// Sends a Close frame after what waits, and takes no more messages. Returns `true` if a visit
    /// has become due, or `None` if this member is closed already.
    pub(crate) fn close_after(&self, farewell: &CloseFrame) -> Option<bool> {
        let mut queue = self.queue.lock();
        if !queue.takes_more() {
            return None;
        }
        queue.close_after(farewell.clone());
        Some(!mem::replace(&mut queue.is_due, true))
    }

    /// Returns `true` if something waits for this member, or a part of it is not written.
    pub(crate) fn is_due(&self) -> bool {
        self.queue.lock().is_due
    }

    /// Writes what waits as far as there is room.
    pub(crate) fn visit(&self) -> Visit {
        match self.unwinding(|| self.connection.try_deliver(&self.queue)) {
            Some(Ok(Progress::All)) => self.done(),
            // Once the seat is dropped, the connection itself takes care of unsent data.
            Some(Ok(Progress::Later { .. } | Progress::ByAnother)) if self.queue.lock().is_left => {
                self.over()
            }
            Some(Ok(Progress::Later { some })) => Visit::Later { some },
            Some(Ok(Progress::ByAnother)) => Visit::Later { some: false },
            Some(Ok(Progress::Unable)) => Visit::Unable,
            Some(Err(_)) | None => self.over(),
        }
    }

    /// Writes some of what waits, and waits for room.
    pub(crate) fn visit_and_wait(&self) -> Visit {
        match self.unwinding(|| self.connection.deliver(&self.queue)) {
            Some(Ok(Filled::Part | Filled::Nothing)) => self.done(),
            Some(Ok(Filled::NotNow)) => Visit::Later { some: false },
            Some(Err(_)) | None => self.over(),
        }
    }

    /// Leaves what waits to the threads that send or receive on the connection: the hub has no
    /// thread.
    pub(crate) fn entrust(&self) {
        let _ = self.unwinding(|| self.connection.entrust());
    }

    fn done(&self) -> Visit {
        let mut queue = self.queue.lock();
        if let Some(farewell) = queue.take_farewell() {
            self.connection.owe_close(Some(farewell));
            return Visit::Again;
        }
        if !queue.is_empty() {
            return Visit::Again;
        }
        queue.is_due = false;
        Visit::Done
    }

    /// Closes the queue, because the connection is over. Its own thread learns that by itself.
    fn over(&self) -> Visit {
        let mut queue = self.queue.lock();
        queue.close();
        queue.is_due = false;
        Visit::Done
    }

    /// Notes that the seat is dropped.
    pub(crate) fn note_left(&self) {
        self.queue.lock().is_left = true;
    }

    /// Returns `true` if the seat is dropped.
    pub(crate) fn has_left(&self) -> bool {
        self.queue.lock().is_left
    }

    /// Drops the messages that wait, and leaves unsent data and a Close frame to the connection.
    pub(crate) fn leave(&self) {
        let farewell = self.queue.lock().close();
        if farewell.is_some() {
            self.connection.owe_close(farewell);
        }
        // The program's stream may panic, and the seat may be dropped while a panic unwinds.
        let _ = self.unwinding(|| self.connection.leave(&self.queue));
    }

    /// Returns `None` if the program's stream panics. That ends this connection, and no other.
    fn unwinding<T>(&self, visit: impl FnOnce() -> T) -> Option<T> {
        // The writer is broken then. The locks are not poisoned and stay in use.
        let visited = caught(visit);
        if visited.is_none() {
            error!("#{} the stream of a hub's member panicked", self.id);
        }
        visited
    }
}

fn farewell(code: CloseCode) -> CloseFrame {
    const WHY: &str = "too slow: the queue of messages is full";
    let frame = CloseFrame::new(code, WHY).or_else(|| CloseFrame::new(CloseCode::Policy, WHY));
    frame.expect("1008 may be sent, and the reason is short")
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("queue", &self.queue).finish_non_exhaustive()
    }
}
