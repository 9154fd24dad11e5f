//! What becomes of a message that has no room in a queue.

use crate::proto::rules::CloseCode;

/// What a hub does if a member's queue is full.
///
/// A queue fills in these cases:
///
/// - The member reads more slowly than messages arrive, or not at all.
/// - Messages arrive faster than the hub's thread writes them.
/// - Another message is being sent on the same connection, by [`Sender::send`](crate::Sender::send)
///   or a [`SendStream`](crate::SendStream).
///
/// See [`Hub::max_queued_messages`](crate::Hub::max_queued_messages) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Drops the oldest messages in the queue. For members that need the latest messages.
    DropOldest,
    /// Drops the new message. For members that need the first messages.
    ///
    /// A member that does not read holds its own set of messages until its `write_timeout`. All of
    /// them count against [`set_max_buffered`](crate::set_max_buffered).
    DropNewest,
    /// Drops the queue and closes the connection with this code. For members that must miss
    /// nothing: they can connect again.
    ///
    /// While another message is being sent on the connection, the member is not disconnected,
    /// unless the peer takes less than 64 KiB of that message in a second. Meanwhile the queue may
    /// exceed its limits, up to [`set_max_buffered`](crate::set_max_buffered). Afterwards only
    /// newly queued messages count.
    ///
    /// If the peer does not answer the Close frame, the member's receiving call fails after its
    /// `close_timeout`. The usual codes are [`Policy`](CloseCode::Policy) (1008) and
    /// [`TryAgainLater`](CloseCode::TryAgainLater) (1013). In place of a code that may not be sent
    /// (§7.4), 1008 is sent.
    Disconnect(CloseCode),
}

/// What happened to a message that was sent to all members of a hub.
///
/// For each member, the message was queued (`reached`), the member was `disconnected`, or messages
/// were `dropped`. With [`Overflow::DropOldest`], older messages are dropped, and the member is
/// reached as well.
///
/// ```
/// let (here, _peer) = blocking_ws::testing::pair();
/// let hub = blocking_ws::Hub::new();
/// let _seat = hub.join(&here)?;
/// assert_eq!(hub.broadcast("hello")?.reached, 1);
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broadcast {
    /// The number of members in whose queue the message is.
    ///
    /// Such a member gets the message unless its connection ends before (this may have happened
    /// already without being noticed), or later messages push it out of the queue.
    pub reached: usize,
    /// The number of messages that were dropped because a queue was full.
    pub dropped: usize,
    /// The number of members that were disconnected because their queue was full.
    pub disconnected: usize,
}
