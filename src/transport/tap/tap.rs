//! [`Tap`]: by what a program sees the bytes of its connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::proto::rules::Role;
use crate::proto::wire::Way;

/// Sees the bytes that pass on connections, with TLS removed.
///
/// [`Client::tap`](crate::Client::tap), [`Server::tap`](crate::Server::tap) and
/// [`Settings::tap`](crate::Settings::tap) attach a tap to each connection that they open, and
/// [`Stream::tap`](crate::Stream::tap) attaches a tap to any stream. A closure is a tap as well, and so is
/// an `Arc` of a tap.
///
/// A tap is called by the threads that send and receive, while they do. So it should be quick. It must
/// not wait for the connection that it sees: the thread that sends holds that connection's lock. What a
/// thread does within a tap, such as to send or drop other connections, is shown to no tap. A panic in a
/// tap is caught.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use blocking_ws::{Settings, TapEvent, Way, testing};
///
/// let sent = Arc::new(AtomicUsize::new(0));
/// let count = Arc::clone(&sent);
/// let settings = Settings::new().tap(move |_connection: u64, event: TapEvent<'_>| {
///     if let TapEvent::Bytes { way: Way::Sent, bytes, .. } = event {
///         count.fetch_add(bytes.len(), Ordering::Relaxed);
///     }
/// });
/// let (mut client, mut server) = testing::pair_with(&settings)?;
/// client.send("hello")?;
/// server.recv()?;
/// assert_eq!(sent.load(Ordering::Relaxed), 2 + 4 + 5); // a header, a key, and the payload
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub trait Tap: Send + Sync {
    /// Takes what happens on the connection with this [number](crate::WebSocket::id). A stream that the
    /// program has tapped itself has a number of its own.
    fn event(&self, connection: u64, event: TapEvent<'_>);
}

impl<F: Fn(u64, TapEvent<'_>) + Send + Sync> Tap for F {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        self(connection, event);
    }
}

impl<T: Tap + ?Sized> Tap for Arc<T> {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        (**self).event(connection, event);
    }
}

/// What a [`Tap`] sees.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TapEvent<'a> {
    /// The tap sees the connection from here on. A client or server attaches it before the opening
    /// handshake.
    #[non_exhaustive]
    Opened {
        /// The role of this end.
        role: Role,
        /// The address of the peer, if it has one.
        peer: Option<SocketAddr>,
        /// Whether the connection is encrypted.
        tls: bool,
    },
    /// Bytes were sent or received.
    #[non_exhaustive]
    Bytes {
        /// In which direction.
        way: Way,
        /// The bytes. They need not be whole frames.
        bytes: &'a [u8],
        /// When they were received, or when the call began that has sent them.
        at: Instant,
    },
    /// A direction has ended in order, as by FIN.
    End(Way),
    /// A read or a write has failed, and not because its time was over.
    Failed(Way, &'a io::Error),
    /// This end has dropped the connection.
    Closed,
}
