//! [`Events`]: where a program takes what happens on many connections.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::super::hub::Hub;
use super::inbox::{Inbox, Source};
use super::iter::EventsIter;
use super::lanes::Limits;
use super::peer::Peer;
use super::peer_event::PeerEvent;
use super::relay::{NOT_TAKEN, relay};
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::io::Deadline;
use crate::outbox::Bounds;
use crate::process::{caught, debug, error};
use crate::proto::rules::CloseCode;

/// What happens on many connections, for a program with one thread: which were opened, what they
/// say, and which have ended.
///
/// The connections are those of a server whose handler is [`handler`](Self::handler), and those
/// that [`add`](Self::add) is given. Each still has a thread, which receives, answers pings and
/// puts what comes here. The program needs no lock. [`guide::threads::events`](crate::guide::threads::events) says
/// when this is better than a handler.
///
/// ```
/// use blocking_ws::{Events, PeerEvent, Server};
///
/// let events = Events::new();
/// let server = Server::bind("127.0.0.1:0")?.spawn(events.handler())?;
/// # let url = server.url().to_owned();
/// # let client = std::thread::spawn(move || -> blocking_ws::Result<()> {
/// #     let mut ws = blocking_ws::connect(&url)?;
/// #     assert_eq!(ws.recv()?, Some("welcome".into()));
/// #     ws.send("hello")?;
/// #     assert_eq!(ws.recv()?, Some("hello".into()));
/// #     Ok(())
/// # });
/// for event in &events {
///     match event {
///         PeerEvent::Opened(peer) => drop(peer.send("welcome")),
///         // With a `?`, clients that fill the memory could end the loop for all.
///         PeerEvent::Message(_, message) => drop(events.hub().broadcast(message)),
///         PeerEvent::Closed(peer, status) => {
///             println!("{peer}: {status}");
///             # break;
///         }
///     }
/// }
/// # client.join().unwrap()?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// **Order.** Of each connection, [`Opened`](PeerEvent::Opened) comes first, its messages in their
/// order, and [`Closed`](PeerEvent::Closed) last, each once. The connections take turns: however
/// much a peer sends, it delays another by one event at most.
///
/// **Bounds.** If too much waits, of one connection or of all, the connection is not read until
/// there is room, and the peer has to wait. One message of each connection may always wait. A new
/// connection is opened when there is room for its event. Meanwhile its peer's pings are not
/// answered, as with a handler that does something else.
///
/// **Sending** never waits: [`Peer::send`] and [`hub`](Self::hub) put a message into the peer's
/// queue.
///
/// **The end.** The iteration ends when no more can come: all handlers and connections have ended,
/// and all events were taken. So it ends after a server's shutdown. Once the server, or the
/// program by [`Peer::close`], has sent a Close frame, a connection waits for room no more, and
/// messages that come without room are dropped; a shutdown ends in time even if no thread takes
/// events. Dropping `Events` closes all connections with 1001 and does not wait; later clients of
/// the server are closed too.
#[must_use]
pub struct Events {
    inbox: Arc<Inbox>,
    hub: Hub,
}

/// How much may wait by default.
const LIMITS: Limits = Limits {
    all: Bounds { messages: 4096, bytes: 64 << 20 },
    each: Bounds { messages: 64, bytes: 1 << 20 },
};

/// Enough for the deepest call, a TLS library's.
const STACK: usize = 256 << 10;

impl Default for Events {
    fn default() -> Self {
        Self::with_hub(Hub::new())
    }
}

impl Events {
    /// Makes events without connections. See [`Events`] for an example.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes events that send through this hub, which sets how much may wait for a peer, and what
    /// happens if more does.
    ///
    /// ```
    /// use blocking_ws::{Events, Hub, Overflow};
    ///
    /// // A slow player gets the latest states.
    /// let hub = Hub::new().overflow(Overflow::DropOldest).max_queued_messages(2);
    /// let events = Events::with_hub(hub);
    /// # assert!(events.is_empty());
    /// ```
    pub fn with_hub(hub: Hub) -> Self {
        Self { inbox: Arc::new(Inbox::new(LIMITS)), hub }
    }

    /// Sets how many events of all connections may wait; 4,096 by default.
    ///
    /// One message of each connection, and its end, may wait in addition.
    ///
    /// ```
    /// let events = blocking_ws::Events::new()
    ///     .max_queued_events(1000)
    ///     .max_queued_bytes(8 << 20)
    ///     .max_queued_messages_per_peer(20)
    ///     .max_queued_bytes_per_peer(256 << 10);
    /// assert_eq!(events.len(), 0);
    /// ```
    pub fn max_queued_events(self, events: usize) -> Self {
        self.inbox.set_limits(|limits| limits.all.messages = events);
        self
    }

    /// Sets how many bytes of messages of all connections may wait; 64 MiB by default.
    ///
    /// A connection is read until the limit is reached, so the last message may exceed it, and one
    /// message of each connection may wait in addition. The bytes also count against
    /// [`set_max_buffered`](crate::set_max_buffered). If that limit is reached, one message of each
    /// connection may still wait. See [`max_queued_events`](Self::max_queued_events) for an
    /// example.
    pub fn max_queued_bytes(self, bytes: usize) -> Self {
        self.inbox.set_limits(|limits| limits.all.bytes = bytes);
        self
    }

    /// Sets how many messages of one connection may wait; 64 by default, and 1 at least.
    ///
    /// A peer that sends more than the program takes fills its own part and no other. See
    /// [`max_queued_events`](Self::max_queued_events) for an example.
    pub fn max_queued_messages_per_peer(self, messages: usize) -> Self {
        self.inbox.set_limits(|limits| limits.each.messages = messages);
        self
    }

    /// Sets how many bytes of messages of one connection may wait; 1 MiB by default.
    ///
    /// A connection is read until the limit is reached, so the last message may exceed it. See
    /// [`max_queued_events`](Self::max_queued_events) for an example.
    pub fn max_queued_bytes_per_peer(self, bytes: usize) -> Self {
        self.inbox.set_limits(|limits| limits.each.bytes = bytes);
        self
    }

    /// Returns the hub in which each connection is a member, from when its
    /// [`Opened`](PeerEvent::Opened) was taken until it has ended.
    ///
    /// [`Hub::broadcast`] sends to all of them and waits for none. See [`Events`] for an example.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Makes a handler that puts what its clients do here: for
    /// [`Server::spawn`](crate::Server::spawn), [`Server::serve`](crate::Server::serve), and
    /// [`Server::route`](crate::Server::route). Any number of servers and routes may have one.
    ///
    /// ```
    /// use blocking_ws::{Events, PeerEvent, Server, connect};
    ///
    /// let events = Events::new();
    /// let server = Server::bind("127.0.0.1:0")?
    ///     .route("/rooms/{room}", events.handler())
    ///     .route("/time", |ws| ws.send("late")) // in its own thread
    ///     .spawn_routes()?;
    /// let client = connect(&format!("{}rooms/blue", server.url()))?;
    /// let opened = events.recv().expect("the server runs");
    /// assert_eq!(opened.peer().param("room"), Some("blue"));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn handler(&self) -> impl Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static + use<> {
        let (source, hub) = (Source::new(&self.inbox), self.hub.clone());
        move |websocket| {
            // The program may call this itself, and call it again.
            if websocket.close_status().is_some() {
                return Ok(());
            }
            relay(source.inbox(), &Peer::new(&hub, websocket)?, websocket)
        }
    }

    /// Takes over a connection, such as one that a [`Client`](crate::Client) has opened, and
    /// returns its handle. A thread of its own receives from it.
    ///
    /// Does not wait. The handle can be used at once; [`Opened`](PeerEvent::Opened) follows. A
    /// `read_timeout` of the connection has no effect.
    ///
    /// ```
    /// use blocking_ws::{Events, PeerEvent, Server, connect};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("news"))?;
    /// let events = Events::new();
    /// for _ in 0..3 {
    ///     events.add(connect(server.url())?)?;
    /// }
    /// let is_message = |event: &PeerEvent| matches!(event, PeerEvent::Message(..));
    /// assert_eq!(events.filter(is_message).count(), 3); // ends when all have closed
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`]: the system has no thread or no file descriptor left, or the stream has one
    /// handle only ([`Stream::half`](crate::Stream::half)). The connection is dropped.
    pub fn add(&self, websocket: WebSocket) -> Result<Peer> {
        let peer = Peer::new(&self.hub, &websocket)?;
        let (known, source) = (peer.clone(), Source::new(&self.inbox));
        let mut websocket = websocket;
        let work = move || {
            match caught(|| relay(source.inbox(), &peer, &mut websocket)) {
                Some(Ok(())) => {}
                Some(Err(e)) => debug!("{peer}: {e}"),
                None => error!("{peer}: the stream panicked"),
            }
            // The stream and the request may be the program's, and panic.
            let _ = caught(|| drop((websocket, peer)));
        };
        let thread = thread::Builder::new().name("ws events".to_owned()).stack_size(STACK);
        thread.spawn(work).map_err(Error::Io)?;
        Ok(known)
    }

    /// Takes the next event. Blocks until there is one.
    ///
    /// Returns `None` if there is none and none will come: see [the end](Events).
    ///
    /// Several threads may take events at the same time; each event goes to one of them.
    #[must_use = "an event is taken only once"]
    pub fn recv(&self) -> Option<PeerEvent> {
        self.inbox.take(Deadline::NEVER).ok().flatten()
    }

    /// Takes the next event like [`recv`](Self::recv), but waits no longer than `timeout`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let events = blocking_ws::Events::new();
    /// assert!(events.recv_timeout(Duration::from_secs(1))?.is_none()); // none will come
    /// let (_client, server) = blocking_ws::testing::pair();
    /// events.add(server)?;
    /// assert!(events.recv_timeout(Duration::from_secs(1))?.is_some());
    /// let timeout = events.recv_timeout(Duration::from_millis(5));
    /// assert!(timeout.is_err_and(|e| e.is_timeout()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Timeout`]: the time is over. Call again.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Option<PeerEvent>> {
        self.inbox.take(Deadline::after(Some(timeout)))
    }

    /// Takes the next event if there is one. Does not wait.
    ///
    /// # Errors
    /// [`Error::Timeout`]: none waits. Call again.
    pub fn try_recv(&self) -> Result<Option<PeerEvent>> {
        self.recv_timeout(Duration::ZERO)
    }

    /// Returns an iterator over the events, which takes them like [`recv`](Self::recv).
    ///
    /// `for event in &events` does the same. See [`Events`] for an example.
    pub fn iter(&self) -> EventsIter<'_> {
        EventsIter::endless(&self.inbox)
    }

    /// Returns an iterator that takes as many events as wait now. Does not wait, and ends even if
    /// peers send without pause.
    ///
    /// The connections take turns here too. So an event that comes meanwhile may be among them, in
    /// place of a later message of a peer that has sent more.
    ///
    /// A loop with a fixed rate takes what is there, and then does its next step:
    ///
    /// ```
    /// use std::thread;
    /// use std::time::{Duration, Instant};
    ///
    /// use blocking_ws::{Events, PeerEvent};
    ///
    /// # let (mut client, server) = blocking_ws::testing::pair();
    /// let events = Events::new();
    /// # events.add(server)?;
    /// # client.send("up")?;
    /// let (mut score, mut tick) = (0, Instant::now());
    /// loop {
    ///     for event in events.try_iter() {
    ///         if let PeerEvent::Message(_, message) = event {
    ///             score += i32::from(message.as_text() == Some("up"));
    ///         }
    ///     }
    ///     let _ = events.hub().broadcast(score.to_string()); // no memory: the next tick comes
    ///     # if score > 0 { break }
    ///     tick += Duration::from_secs(1) / 30;
    ///     thread::sleep(tick.saturating_duration_since(Instant::now()));
    /// }
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn try_iter(&self) -> EventsIter<'_> {
        EventsIter::now(&self.inbox)
    }

    /// Returns `true` if no event waits and none will come: see [the end](Events).
    ///
    /// A loop with a fixed rate ends then. See [`guide::recipes`](crate::guide::recipes#a-game-loop)
    /// for an example.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.inbox.has_ended()
    }

    /// Returns how many events wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.inbox.len()
    }

    /// Returns `true` if no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes events like [`recv`](Events::recv).
impl Iterator for Events {
    type Item = PeerEvent;

    fn next(&mut self) -> Option<PeerEvent> {
        self.recv()
    }
}

impl<'a> IntoIterator for &'a Events {
    type Item = PeerEvent;
    type IntoIter = EventsIter<'a>;

    fn into_iter(self) -> EventsIter<'a> {
        self.iter()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        for peer in self.inbox.end() {
            // The last handle of a peer drops what the program has put into its request.
            let _ = caught(|| peer.close(CloseCode::GoingAway, NOT_TAKEN).map(|()| drop(peer)));
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("len", &self.len())
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}
