//! [`Hub`]: one message to many connections.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::member::Member;
use super::overflow::{Broadcast, Overflow};
use super::state::HubState;
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::io::{Deadline, Duplex};
use crate::outbox::{Bounds, PreparedMessage};
use crate::proto::message::AsMessage;
use crate::proto::rules::CloseCode;

/// A room of connections, to all of which a message is sent with one call.
///
/// A message is framed once, and compressed once for all members that compress alike and without
/// takeover. It is put into a queue of each member, and a thread of the hub's writes the queues out;
/// so [`broadcast`](Self::broadcast) never waits for a member that reads slowly, and no member waits
/// for another. A queue has two bounds, and an [`Overflow`] says what happens beyond them.
///
/// Clones are handles of the same hub. Several rooms are several hubs; one that had nothing to do
/// for five seconds has no thread. Compressing happens in that thread.
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
/// client.send("to everybody here")?;
/// assert_eq!(client.recv()?, Some("to everybody here".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Hub {
    shared: Arc<HubState>,
}

/// A member's place in a [`Hub`], from [`Hub::join`]. Dropping it leaves the hub.
///
/// What still waits for the member is thrown away then, even what it has just broadcast itself: call
/// [`Hub::flush`] before, where its own last words matter. The connection stays as it is. A seat
/// that is kept longer than its `WebSocket` keeps neither the stream nor its descriptor.
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
    /// Makes a hub without members.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bounds the messages that wait for one member; 1,024 by default. One may always wait.
    #[must_use]
    pub fn max_queued_messages(self, messages: usize) -> Self {
        self.shared.lock().bounds.messages = messages;
        self
    }

    /// Bounds the bytes of the messages that wait for one member; 1 MiB by default. One message may
    /// always wait, however large.
    ///
    /// What waits counts against [`set_max_buffered`](crate::set_max_buffered) as well, beyond which
    /// a broadcast fails whatever the [`Overflow`].
    #[must_use]
    pub fn max_queued_bytes(self, bytes: usize) -> Self {
        self.shared.lock().bounds.bytes = bytes;
        self
    }

    /// Sets what happens where a queue is full; by default the member is disconnected with 1008.
    #[must_use]
    pub fn overflow(self, overflow: Overflow) -> Self {
        self.shared.lock().overflow = overflow;
        self
    }

    /// Makes a connection a member, until its seat is dropped.
    ///
    /// Its thread must go on receiving, as ever. It may send to this connection besides, and a
    /// connection may be a member of several hubs; one that joins a hub twice gets everything twice.
    /// Waits for another thread that is sending, the first time.
    ///
    /// # Errors
    /// The stream cannot be cloned: the system has no handle left to give.
    pub fn join<S: Duplex + Send + 'static>(&self, websocket: &WebSocket<S>) -> Result<Seat> {
        let outbox = websocket.driver.share().map_err(Error::Io)?;
        let member = Arc::new(Member::new(outbox));
        self.shared.lock().members.push(Arc::clone(&member));
        Ok(Seat { hub: Arc::clone(&self.shared), member })
    }

    /// Sends a message to every member; tells what became of it.
    ///
    /// Never waits for a member: the message is queued when this returns, and written a moment
    /// later. Two messages reach all members in the same order.
    ///
    /// # Errors
    /// [`Error::Full`]: what this process buffers has reached
    /// [`set_max_buffered`](crate::set_max_buffered). Nobody was sent anything.
    pub fn broadcast(&self, message: impl AsMessage) -> Result<Broadcast> {
        Ok(self.shared.broadcast(PreparedMessage::new(&message)?, None))
    }

    /// Sends a message to every member but one; otherwise like [`broadcast`](Self::broadcast). A seat
    /// of another hub leaves out nobody.
    ///
    /// # Errors
    /// As [`broadcast`](Self::broadcast).
    pub fn broadcast_except(&self, seat: &Seat, message: impl AsMessage) -> Result<Broadcast> {
        Ok(self.shared.broadcast(PreparedMessage::new(&message)?, Some(&seat.member)))
    }

    /// Waits until all that was queued is written, for `timeout` at most. Returns `true` if it is
    /// written.
    ///
    /// Of use before a program ends or shuts its server down. A member that does not read makes it
    /// wait.
    #[must_use]
    pub fn flush(&self, timeout: Duration) -> bool {
        self.shared.flush(Deadline::after(Some(timeout)))
    }

    /// Returns the number of members, those that were disconnected among them until their seats are
    /// dropped.
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

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.hub.lock();
        if let Some(at) = state.members.iter().position(|one| Arc::ptr_eq(one, &self.member)) {
            state.members.swap_remove(at);
        }
        drop(state);
        self.member.leave();
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
