//! What becomes of a message that has no room in a queue.

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
    /// Guarded in whose queue it is. They get it unless their connection ends before that (it may
    /// have ended already, and nobody know), or later messages push it out.
    pub reached: usize,
    /// Messages that had no room in a queue.
    pub dropped: usize,
    /// Guarded that it was one too many for.
    pub disconnected: usize,
}
