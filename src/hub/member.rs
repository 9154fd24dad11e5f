//! One member of a hub: the queue that waits for it, and the connection it goes out on.
//!
//! Locks: a message is offered with the queue locked, then the watch, then the outbox's owed for a
//! Close frame. A visit locks the outbox's sink, then the queue for as long as it takes to take a
//! message out.

use std::fmt;
use std::mem;
use std::sync::Arc;

use crate::error::Result;
use crate::io::Duplex;
use crate::outbox::{Bounds, Filled, MessageQueue, Outbox, Paid, PreparedMessage, Watch};
use crate::process::{Lock, caught, error};
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;

/// What a hub does for a member whose queue is full.
///
/// A queue fills where a member reads more slowly than messages come, or not at all; where messages
/// come faster than the hub's thread writes them; and while another message to the same connection is
/// under way, from [`Sender::send`](crate::Sender::send) or a [`SendStream`](crate::SendStream).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Drops messages from the front of the queue, for members that want the latest news.
    DropOldest,
    /// Drops the message that has no room, for members that need the beginning most. Those that do
    /// not read keep theirs until their `write_timeout`, each other ones; mind
    /// [`set_max_buffered`](crate::set_max_buffered).
    DropNewest,
    /// Drops the queue and closes the connection, for members that must miss nothing: they can
    /// connect again. Nobody is disconnected while another message of this side's is in the way, unless
    /// the peer takes less than 64 KiB of that in a second. The queue grows beyond its bounds
    /// meanwhile, as far as [`set_max_buffered`](crate::set_max_buffered) allows, and what it holds
    /// beyond them counts against nobody afterwards.
    ///
    /// Where the peer does not answer, the receiving call of the member fails after its
    /// `close_timeout`. The usual codes are [`Policy`](CloseCode::Policy) (1008) and
    /// [`TryAgainLater`](CloseCode::TryAgainLater) (1013); 1008 is sent for one that may not be
    /// sent (§7.4).
    Disconnect(CloseCode),
}

/// What became of one message.
///
/// Each member is `reached` or `disconnected`, or the message is among the `dropped`, which with
/// [`Overflow::DropOldest`] are older ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broadcast {
    /// Members in whose queue it is. They get it unless their connection ends before that (it may
    /// have ended already, and nobody know), or later messages push it out.
    pub reached: usize,
    /// Messages that had no room in a queue.
    pub dropped: usize,
    /// Members that it was one too many for.
    pub disconnected: usize,
}

/// A connection of a hub.
pub(crate) struct Member {
    queue: Arc<Lock<MessageQueue>>,
    watch: Arc<Watch>,
    connection: Arc<dyn Connection>,
}

/// How a visit to a member went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing waits any more, or the connection is over.
    Done,
    /// More has come meanwhile.
    Again,
    /// There was no room. Some may have been written.
    Later { some: bool },
    /// The stream cannot write without waiting.
    Unable,
}

/// What a member needs of its connection, whatever the stream.
trait Connection: Send + Sync {
    fn try_deliver(&self, queue: &Lock<MessageQueue>) -> Result<Paid>;
    fn deliver(&self, queue: &Lock<MessageQueue>) -> Result<Filled>;
    fn owe_close(&self, frame: Option<CloseFrame>);
    fn entrust(&self);
    fn leave(&self, queue: &Arc<Lock<MessageQueue>>);
}

impl<S: Duplex + Send> Connection for Outbox<S> {
    fn try_deliver(&self, queue: &Lock<MessageQueue>) -> Result<Paid> {
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
        self.abandon();
        let _ = self.try_settle();
    }

    fn leave(&self, queue: &Arc<Lock<MessageQueue>>) {
        self.remove_queue(queue);
        self.abandon();
        // What is left now is written when somebody sends, or before the reader waits again.
        let _ = self.try_settle();
    }
}

impl Member {
    pub(crate) fn new<S: Duplex + Send + 'static>(outbox: Arc<Outbox<S>>) -> Self {
        let queue = Arc::default();
        let watch = outbox.add_queue(Arc::clone(&queue));
        Self { queue, watch, connection: outbox }
    }

    /// Puts a message into the queue, or does what is to be done where it has no room. Returns
    /// `true` if a visit has become due.
    pub(crate) fn offer(
        &self,
        message: &Arc<PreparedMessage>,
        bounds: &Bounds,
        overflow: Overflow,
        count: &mut Broadcast,
    ) -> bool {
        let mut queue = self.queue.lock();
        if queue.is_closed() {
            return false;
        }
        if !queue.has_room(message, bounds) {
            match overflow {
                Overflow::DropOldest => count.dropped += queue.make_room(message, bounds),
                Overflow::DropNewest => {
                    count.dropped += 1;
                    return false;
                }
                // The peer reads, but another message of this side's is in the way.
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

    /// Writes what waits as far as there is room.
    pub(crate) fn visit(&self) -> Visit {
        match unwinding(|| self.connection.try_deliver(&self.queue)) {
            Some(Ok(Paid::All)) => self.done(),
            // What there was no room for is the connection's own, once the seat is left.
            Some(Ok(Paid::Later { .. } | Paid::ByAnother)) if self.queue.lock().is_left => {
                self.over()
            }
            Some(Ok(Paid::Later { some })) => Visit::Later { some },
            Some(Ok(Paid::ByAnother)) => Visit::Later { some: false },
            Some(Ok(Paid::Unable)) => Visit::Unable,
            Some(Err(_)) | None => self.over(),
        }
    }

    /// Writes some of what waits, and waits for room.
    pub(crate) fn visit_and_wait(&self) -> Visit {
        match unwinding(|| self.connection.deliver(&self.queue)) {
            Some(Ok(Filled::Some | Filled::Nothing)) => self.done(),
            Some(Ok(Filled::NotNow)) => Visit::Later { some: false },
            Some(Err(_)) | None => self.over(),
        }
    }

    /// Leaves what waits to whoever writes next, or reads: the hub has no thread.
    pub(crate) fn entrust(&self) {
        let _ = unwinding(|| self.connection.entrust());
    }

    fn done(&self) -> Visit {
        let mut queue = self.queue.lock();
        if !queue.is_empty() {
            return Visit::Again;
        }
        queue.is_due = false;
        Visit::Done
    }

    /// The connection's own thread learns of its end by itself.
    fn over(&self) -> Visit {
        let mut queue = self.queue.lock();
        queue.close();
        queue.is_due = false;
        Visit::Done
    }

    /// Throws away what waits, and leaves what is half written to the connection.
    pub(crate) fn leave(&self) {
        {
            let mut queue = self.queue.lock();
            queue.close();
            queue.is_left = true;
        }
        // A stream of the user's may panic, and a seat may be dropped by a panic.
        let _ = unwinding(|| self.connection.leave(&self.queue));
    }
}

/// `None` where a stream of the user's panics: that ends one connection, and no other.
fn unwinding<T>(visit: impl FnOnce() -> T) -> Option<T> {
    // Its writer is broken, and its locks are used on.
    let visited = caught(visit);
    if visited.is_none() {
        error!("the stream of a hub's member panicked");
    }
    visited
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
