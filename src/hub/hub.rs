//! [`Hub`] and [`Seat`]: the handles that a program has.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::member::Member;
use super::overflow::{Broadcast, Overflow};
use super::state::HubState;
use crate::connection::{Sender, WebSocket};
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};
use crate::outbox::{Bounds, PreparedMessage};
use crate::proto::close::CloseFrame;
use crate::proto::message::AsMessage;
use crate::proto::rules::CloseCode;

/// A group of connections, to all of which one call sends a message.
///
/// Each member has a queue. [`broadcast`](Self::broadcast) puts the message into the queues, and a
/// thread of the hub writes them to the connections. So `broadcast` never waits for a member that
/// reads slowly, and no member waits for another. A queue has two limits, on its messages and on
/// their bytes. [`Overflow`] sets what happens if a limit is exceeded.
///
/// A message is encoded once for all members. It is compressed once, in the hub's thread, for all
/// members that compress with the same settings and without takeover.
///
/// Clones are handles of the same hub. For several groups, make several hubs. The thread ends after
/// five seconds without work.
///
/// ```
/// use blocking_ws::{Hub, Server};
///
/// let hub = Hub::new();
/// let room = hub.clone();
/// let server = Server::bind("127.0.0.1:0")?.spawn(move |ws| {
///     let _seat = room.join(ws)?; // until this function returns
///     while let Some(message) = ws.recv()? {
///         room.broadcast(message)?;
///     }
///     Ok(())
/// })?;
/// let mut client = blocking_ws::connect(server.url())?;
/// client.send("to every member")?;
/// assert_eq!(client.recv()?, Some("to every member".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Hub {
    shared: Arc<HubState>,
}

/// The membership of a connection in a [`Hub`]; dropping it leaves the hub.
///
/// Made by [`Hub::join`]. See [`Hub`] for an example.
///
/// Leaving discards the messages that still wait for this member, including its own broadcasts on
/// their way back to it. The other members still get them. If those messages must arrive, call
/// [`flush`](Self::flush) before the seat is dropped. The connection stays open. A seat that
/// outlives its `WebSocket` keeps neither the stream nor its file descriptor open.
#[must_use = "bind it to a name: dropping the seat, as `let _ =` does at once, leaves the hub"]
pub struct Seat {
    hub: Arc<HubState>,
    member: Arc<Member>,
}

impl Default for Hub {
    fn default() -> Self {
        let bounds = Bounds { messages: 1024, bytes: 1 << 20 };
        Self { shared: Arc::new(HubState::new(bounds, Overflow::Disconnect(CloseCode::Policy))) }
    }
}

impl Hub {
    /// Makes a hub without members. See [`Hub`] for an example.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many messages may wait for one member; 1,024 by default.
    ///
    /// At least one message may always wait. If the limit is exceeded, [`overflow`](Self::overflow)
    /// applies.
    ///
    /// ```
    /// use blocking_ws::{Hub, Overflow};
    ///
    /// let hub = Hub::new()
    ///     .max_queued_messages(100)
    ///     .max_queued_bytes(64 << 10)
    ///     .overflow(Overflow::DropOldest);
    /// assert!(hub.is_empty());
    /// ```
    #[must_use]
    pub fn max_queued_messages(self, messages: usize) -> Self {
        self.shared.lock().bounds.messages = messages;
        self
    }

    /// Sets how many bytes of messages may wait for one member; 1 MiB by default.
    ///
    /// At least one message may always wait, whatever its size. If the limit is exceeded,
    /// [`overflow`](Self::overflow) applies. See [`max_queued_messages`](Self::max_queued_messages)
    /// for an example.
    ///
    /// The waiting bytes also count against [`set_max_buffered`](crate::set_max_buffered). If that
    /// limit is exceeded, a broadcast fails, whatever the [`Overflow`].
    #[must_use]
    pub fn max_queued_bytes(self, bytes: usize) -> Self {
        self.shared.lock().bounds.bytes = bytes;
        self
    }

    /// Sets what happens if a member's queue is full. By default the member is disconnected with
    /// code 1008.
    ///
    /// See [`max_queued_messages`](Self::max_queued_messages) for an example.
    #[must_use]
    pub fn overflow(self, overflow: Overflow) -> Self {
        self.shared.lock().overflow = overflow;
        self
    }

    /// Makes a connection a member until its [`Seat`] is dropped.
    ///
    /// The connection's thread must go on receiving, and may also send. A connection may be a
    /// member of several hubs. A connection that joins the same hub twice gets each message twice.
    ///
    /// Waits for another thread that is sending. See [`Hub`] for an example.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io): the stream cannot be cloned, because the system has no
    /// handle left. The connection stays usable.
    pub fn join<S: Duplex + Send + 'static>(&self, websocket: &WebSocket<S>) -> Result<Seat> {
        let seat = self.seat(websocket.id(), websocket.sender()?);
        seat.enter();
        Ok(seat)
    }

    /// Makes a seat for a connection, which is a member from [`enter`](Seat::enter) on.
    pub(crate) fn seat<S: Duplex + Send + 'static>(&self, id: u64, sender: Sender<S>) -> Seat {
        let member = Arc::new(Member::new(id, sender.into_outbox()));
        Seat { hub: Arc::clone(&self.shared), member }
    }

    /// Sends a message to every member and returns what happened to it.
    ///
    /// Never waits for a member: the message is queued when this returns, and written a moment
    /// later. All members receive messages in the same order. See [`Hub`] for an example.
    ///
    /// # Errors
    /// [`Error::Full`](crate::Error::Full): the messages of this process have reached
    /// [`set_max_buffered`](crate::set_max_buffered). The message was sent to no member; try again
    /// later.
    pub fn broadcast(&self, message: impl AsMessage) -> Result<Broadcast> {
        Ok(self.shared.broadcast(PreparedMessage::new(&message)?, None))
    }

    /// Sends a message to every member except the one with this seat, like
    /// [`broadcast`](Self::broadcast).
    ///
    /// If the seat belongs to another hub, every member gets the message.
    ///
    /// ```
    /// use blocking_ws::{Hub, testing};
    ///
    /// let (here, mut alice) = testing::pair();
    /// let (there, mut bob) = testing::pair();
    /// let hub = Hub::new();
    /// let (alices, _bobs) = (hub.join(&here)?, hub.join(&there)?);
    /// hub.broadcast_except(&alices, "from Alice")?;
    /// assert_eq!(bob.recv()?, Some("from Alice".into()));
    /// assert!(alice.try_recv().is_err_and(|e| e.is_timeout()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`broadcast`](Self::broadcast).
    pub fn broadcast_except(&self, seat: &Seat, message: impl AsMessage) -> Result<Broadcast> {
        Ok(self.shared.broadcast(PreparedMessage::new(&message)?, Some(&seat.member)))
    }

    /// Closes the connection of every member, after the messages that wait for it. Returns how many
    /// members that are. A member whose connection has ended, and whose seat is still there, counts.
    ///
    /// Never waits for a member: the Close frames are written like messages, and
    /// [`flush`](Self::flush) waits until that is done. A member that reads slowly delays only its
    /// own Close frame, until its `write_timeout`. The member's thread receives until the peer has
    /// answered, and then gets `None`. If the peer does not answer, a receiving call fails after
    /// the `close_timeout`.
    ///
    /// The members get no later broadcast. They count in [`len`](Self::len) until their seats are
    /// dropped. The hub stays usable: connections that join later are not closed.
    ///
    /// ```
    /// use blocking_ws::{CloseCode, Hub};
    ///
    /// let (server, mut client) = blocking_ws::testing::pair();
    /// let hub = Hub::new();
    /// let _seat = hub.join(&server)?;
    /// hub.broadcast("the last word")?;
    /// assert_eq!(hub.close_all(CloseCode::GoingAway, "closing time")?, 1);
    /// assert_eq!(client.recv()?, Some("the last word".into()));
    /// assert_eq!(client.recv()?, None);
    /// assert_eq!(client.close_status().unwrap().reason(), "closing time");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason is
    /// longer than 123 bytes. No connection was closed.
    pub fn close_all(&self, code: impl Into<CloseCode>, reason: &str) -> Result<usize> {
        let farewell = CloseFrame::checked(code.into(), reason).map_err(Error::Invalid)?;
        Ok(self.shared.close_all(&farewell))
    }

    /// Waits until all queued messages are written, `timeout` at most. Returns `true` if they are
    /// written. [`Seat::flush`] waits for one member only.
    ///
    /// Call this before the program ends or shuts its server down. If a member does not read, this
    /// waits for it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (here, mut peer) = blocking_ws::testing::pair();
    /// let hub = blocking_ws::Hub::new();
    /// let seat = hub.join(&here)?;
    /// hub.broadcast("goodbye")?;
    /// assert!(hub.flush(Duration::from_secs(5)));
    /// drop(seat);
    /// assert_eq!(peer.recv()?, Some("goodbye".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> bool {
        self.shared.flush(None, Deadline::after(Some(timeout)))
    }

    /// Returns the number of members.
    ///
    /// A member that was disconnected counts until its seat is dropped.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.lock().members.len()
    }

    /// Returns `true` if there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Seat {
    /// Sends a message to this member only, like [`Hub::broadcast`]: through the member's queue,
    /// behind what waits there.
    ///
    /// Never waits for the member. [`Overflow`] sets what happens if the queue is full.
    ///
    /// ```
    /// let (here, mut peer) = blocking_ws::testing::pair();
    /// let hub = blocking_ws::Hub::new();
    /// let seat = hub.join(&here)?;
    /// hub.broadcast("to all")?;
    /// assert_eq!(seat.send("to you")?.reached, 1);
    /// assert_eq!(peer.recv()?, Some("to all".into()));
    /// assert_eq!(peer.recv()?, Some("to you".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Hub::broadcast`].
    pub fn send(&self, message: impl AsMessage) -> Result<Broadcast> {
        Ok(self.hub.send_to(&self.member, PreparedMessage::new(&message)?))
    }

    /// Closes this member's connection after the messages that wait for it, as
    /// [`Hub::close_all`] does for all members.
    ///
    /// Never waits for the member. If its connection is closed already, this does nothing. If the
    /// seat is dropped before the messages are written, they are discarded, and the Close frame is
    /// sent.
    ///
    /// ```
    /// let (here, mut peer) = blocking_ws::testing::pair();
    /// let hub = blocking_ws::Hub::new();
    /// let seat = hub.join(&here)?;
    /// seat.send("the last word")?;
    /// seat.close(1000, "enough")?;
    /// assert_eq!(peer.recv()?, Some("the last word".into()));
    /// assert_eq!(peer.recv()?, None);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason is
    /// longer than 123 bytes. Nothing was sent.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        let farewell = CloseFrame::checked(code.into(), reason).map_err(Error::Invalid)?;
        self.hub.close_one(&self.member, &farewell);
        Ok(())
    }

    /// Waits until the messages that wait for this member are written, `timeout` at most. Returns
    /// `true` if none waits any more: they are written, or the connection is over.
    ///
    /// Call this before the seat is dropped if the member's messages must arrive. No other member
    /// is waited for.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (here, mut peer) = blocking_ws::testing::pair();
    /// let hub = blocking_ws::Hub::new();
    /// let seat = hub.join(&here)?;
    /// hub.broadcast("goodbye")?;
    /// assert!(seat.flush(Duration::from_secs(5)));
    /// drop(seat);
    /// assert_eq!(peer.recv()?, Some("goodbye".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> bool {
        self.hub.flush(Some(&self.member), Deadline::after(Some(timeout)))
    }
}

impl Seat {
    /// Lets broadcasts reach this member, once. Does nothing after [`leave`](Self::leave).
    pub(crate) fn enter(&self) {
        let mut state = self.hub.lock();
        if !self.member.has_left() {
            state.members.push(Arc::clone(&self.member));
        }
    }

    /// Leaves the hub. A second call does nothing.
    pub(crate) fn leave(&self) {
        let mut state = self.hub.lock();
        // With the hub locked: another thread may be about to enter.
        self.member.note_left();
        if let Some(at) = state.members.iter().position(|one| Arc::ptr_eq(one, &self.member)) {
            state.members.swap_remove(at);
        }
        drop(state);
        self.member.leave();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Hub")
            .field("members", &state.members.len())
            .field("bounds", &state.bounds)
            .field("overflow", &state.overflow)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}
