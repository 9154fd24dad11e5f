//! [`PeerEvent`]: what [`Events`](super::Events) have.

use super::peer::Peer;
use crate::proto::close::CloseStatus;
use crate::proto::message::Message;

/// What happened on one of many connections. See [`Events`](crate::Events) for an example.
///
/// Of each connection, [`Opened`](Self::Opened) comes first, then its messages in their order, and
/// [`Closed`](Self::Closed) last, each once.
#[derive(Clone, Debug)]
pub enum PeerEvent {
    /// A connection is open.
    Opened(Peer),
    /// A message has come.
    Message(Peer, Message),
    /// The connection has ended, in this way. The status says so too if the connection was lost, or
    /// the peer broke a rule; [`CloseStatus::into_result`] makes an error of it.
    Closed(Peer, CloseStatus),
}

impl PeerEvent {
    /// Returns the connection on which this happened.
    ///
    /// ```
    /// let (_client, server) = blocking_ws::testing::pair();
    /// let events = blocking_ws::Events::new();
    /// let peer = events.add(server)?;
    /// assert_eq!(events.recv().expect("it is open").peer(), &peer);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn peer(&self) -> &Peer {
        match self {
            Self::Opened(peer) | Self::Message(peer, _) | Self::Closed(peer, _) => peer,
        }
    }
}
