//! How much has gone over a connection: [`Traffic`] in one direction, and [`Stats`] in both.

use std::ops::AddAssign;

/// How much has gone over a connection in one direction.
///
/// See [`Stats`], which has both directions and an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Traffic {
    /// Whole messages that the program has received, or that were queued to be sent.
    pub messages: u64,
    /// Frames: those of messages, and pings, pongs and Close frames (§5.2).
    pub frames: u64,
    /// The bytes of messages as the program sees them: without headers, and not compressed.
    pub bytes: u64,
    /// The bytes of all frames as they are on the wire: with headers, and compressed if the
    /// connection compresses. The opening handshake, TLS and TCP are not included.
    pub wire_bytes: u64,
}

/// How much a connection has received and sent, or how much all connections of a server have.
///
/// Returned by [`WebSocket::stats`](crate::WebSocket::stats).
///
/// ```
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// client.send("hello")?;
/// server.recv()?;
/// let received = server.stats().received;
/// assert_eq!((received.messages, received.frames, received.bytes), (1, 1, 5));
/// assert_eq!(received.wire_bytes, 11); // with a header of two bytes, and a mask of four
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// What came from the peer.
    pub received: Traffic,
    /// What was sent to the peer.
    pub sent: Traffic,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.frames += other.frames;
        self.bytes += other.bytes;
        self.wire_bytes += other.wire_bytes;
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.sent += other.sent;
    }
}
