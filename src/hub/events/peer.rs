//! [`Peer`]: a program's handle of one of many connections.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Request;

use super::super::hub::{Hub, Seat};
use crate::connection::{Connection, WebSocket};
use crate::error::Result;
use crate::proto::http::PathParams;
use crate::proto::message::AsMessage;
use crate::proto::rules::CloseCode;

/// One of the connections of [`Events`](crate::Events): who it is, and a way to send to it that
/// never waits.
///
/// Clones are handles of the same connection. Two handles are equal if their [`id`](Self::id) is,
/// so a `Peer` can be the key of a map. It keeps the connection's request in memory, but neither
/// the stream nor its file descriptor.
///
/// ```
/// use std::collections::HashMap;
///
/// use blocking_ws::{Events, PeerEvent};
///
/// let events = Events::new();
/// let (mut client, server) = blocking_ws::testing::pair();
/// events.add(server)?;
/// client.send("Ada")?;
/// drop(client);
///
/// let mut names = HashMap::new();
/// for event in &events {
///     match event {
///         PeerEvent::Opened(peer) => drop(peer.send("what is your name?")),
///         PeerEvent::Message(peer, name) => drop(names.insert(peer, name.to_string())),
///         PeerEvent::Closed(peer, _) => println!("{peer} was {:?}", names.remove(&peer)),
///     }
/// }
/// assert!(names.is_empty());
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Peer(Arc<dyn Handles>);

/// The handles of a connection.
///
/// A trait, because clippy warns of a map whose keys have locks anywhere in them. The keys are equal
/// by their number, which never changes.
trait Handles: Send + Sync {
    fn connection(&self) -> &Connection;
    fn seat(&self) -> &Seat;
}

impl Handles for (Connection, Seat) {
    fn connection(&self) -> &Connection {
        &self.0
    }

    fn seat(&self) -> &Seat {
        &self.1
    }
}

impl Peer {
    /// Makes a handle of a connection that is not a member of the hub yet.
    pub(super) fn new(hub: &Hub, websocket: &WebSocket) -> Result<Self> {
        let (id, sender) = (websocket.id(), websocket.sender()?);
        let seat = hub.seat(id, sender.clone());
        let (addr, opened) = (websocket.peer_addr().ok(), Arc::clone(websocket.opened()));
        let connection = Connection::new(id, addr, opened, Instant::now(), sender);
        Ok(Self(Arc::new((connection, seat))))
    }

    /// Makes the connection a member of the hub.
    pub(super) fn enter(&self) {
        self.0.seat().enter();
    }

    /// Leaves the hub, because the connection has ended.
    pub(super) fn leave(&self) {
        self.0.seat().leave();
    }

    /// Waits until what the program has sent is written, for `most` at most.
    pub(super) fn flush(&self, most: Duration) {
        // What is late is discarded with the seat.
        let _ = self.0.seat().flush(most);
    }

    /// Returns the number of the connection, as [`WebSocket::id`](crate::WebSocket::id) does and as
    /// the log has it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.connection().id()
    }

    /// Returns the address of the peer, or `None` if it has none: on a Unix socket, and in memory.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.connection().peer_addr()
    }

    /// Returns the request that opened the connection: path, query and headers.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        self.0.connection().request()
    }

    /// Returns a parameter of the request's path, percent-decoded, if the handler is that of a
    /// [`Server::route`](crate::Server::route). `None` if the route has no such parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.request().extensions().get::<PathParams>()?.get(name)
    }

    /// Returns what else is known of the connection: its subprotocol, TLS, latency and counts, and
    /// a [`Sender`](crate::Sender), which waits for the peer.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        self.0.connection()
    }

    /// Queues a message for this peer. Never waits for it.
    ///
    /// The message goes through the peer's queue in the [`hub`](crate::Events::hub) of the events,
    /// behind what waits there. The hub's [`overflow`](crate::Hub::overflow) sets what happens if
    /// the queue is full: by default, the peer is disconnected. Messages that are queued one after
    /// the other arrive in this order, broadcasts included.
    ///
    /// Returns `true` if the message is in the queue. There is no error that a loop would have to
    /// end for: if the connection has ended, [`Closed`](crate::PeerEvent::Closed) comes or has come.
    /// To know why a message cannot be sent, use the sender of [`connection`](Self::connection).
    ///
    /// ```
    /// let (mut client, server) = blocking_ws::testing::pair();
    /// let events = blocking_ws::Events::new();
    /// let peer = events.add(server)?;
    /// assert!(peer.send("welcome"));
    /// assert_eq!(client.recv()?, Some("welcome".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn send(&self, message: impl AsMessage) -> bool {
        self.0.seat().send(message).is_ok_and(|sent| sent.reached > 0)
    }

    /// Begins the closing handshake after the messages that wait for this peer (§7.1.2). Never
    /// waits.
    ///
    /// Messages of the peer that were on their way still come, if there is room for them, and then
    /// [`Closed`](crate::PeerEvent::Closed).
    ///
    /// ```
    /// use blocking_ws::CloseCode;
    ///
    /// let (mut client, server) = blocking_ws::testing::pair();
    /// let events = blocking_ws::Events::new();
    /// let peer = events.add(server)?;
    /// peer.send("the last word");
    /// peer.close(CloseCode::Policy, "no more today")?;
    /// assert_eq!(client.recv()?, Some("the last word".into()));
    /// assert_eq!(client.recv()?, None);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason is
    /// longer than 123 bytes. Nothing was sent.
    pub fn close(&self, code: impl Into<CloseCode>, reason: &str) -> Result<()> {
        self.0.seat().close(code, reason)
    }

    /// Makes the connection a member of another hub, such as that of a room, until the [`Seat`] is
    /// dropped.
    ///
    /// ```
    /// use blocking_ws::{Events, Hub};
    ///
    /// let (mut client, server) = blocking_ws::testing::pair();
    /// let (events, room) = (Events::new(), Hub::new());
    /// let peer = events.add(server)?;
    /// let _seat = peer.join(&room);
    /// room.broadcast("hello, room")?;
    /// assert_eq!(client.recv()?, Some("hello, room".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn join(&self, hub: &Hub) -> Seat {
        let seat = hub.seat(self.id(), self.0.connection().sender().clone());
        seat.enter();
        seat
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Peer {}

impl Hash for Peer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

/// The number and the address, as in the log: `#7 127.0.0.1:5123`.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.connection().fmt(f)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Peer").field(self.0.connection()).finish()
    }
}
