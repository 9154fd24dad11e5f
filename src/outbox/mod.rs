//! The sending half of a connection, shared by all threads that use it.
//!
//! ```text
//! WebSocket, Sender --Out--> send, message_stream --+
//! reader            --Out--> settle ----------------+--> sink: Writer --> stream
//! hub ----------------------> nonblocking ----------+
//!                              owed: what one thread leaves to another
//! ```
//!
//! `outbox` has the locks, `out` a call and the stream that is lent to it. `send` is for threads
//! that may wait, `message_stream` for messages of unknown length, `nonblocking` for hubs. `owed`
//! is what the reader owes and how far the closing handshake is; `owed_lock` puts a lock around it,
//! and in front a flag, which is all that a sender looks at with most messages. `settle` pays what
//! is owed. `terms` says whether a thread may wait, and `waiting` has the places where threads do.
//! `writer` makes frames and writes them.
//!
//! **Locks.** `sink` is held while writing, that of `owed` for a few instructions, in that order.
//! Neither is held while reading. They are fair after half a millisecond, so a thread that sends
//! without pause keeps no other waiting. `outbox` explains why a reply is never lost, and
//! `nonblocking/model.rs` has the model checker loom try the orders in which threads can meet.
//!
//! **Writing without waiting.** A hub's thread must not wait for a member, nor a reader or a
//! server's goodbye for a peer that does not read. They write what there is room for
//! (`Duplex::try_write`). The rest stays with the writer (`Unsent`), and the thread that left it
//! comes back for it (`Keeper`): a hub's thread after a pause, a reader by short waits. What a
//! reader owes stays in `owed` until the rest is out, the latest pong only. A sender may wait, so
//! it writes the rest before its own message. When a member leaves its hub, any thread may write
//! the rest.
//!
//! **A hub's messages are a debt.** A hub that finds another thread writing notes in `owed` that
//! messages wait. That thread writes the messages when it lets go of the lock, as much as one write
//! should carry. So neither a busy sender nor the end of a long message keeps a hub waiting for
//! longer.
//!
//! **Messages as streams.** A streamed message holds the sink for a part at a time and leaves a
//! flag in the writer between parts: a guard would keep the reader's pongs waiting as long as the
//! source takes.

mod message_stream;
pub(crate) use message_stream::MessageStream;

mod nonblocking;

mod out;
pub(crate) use out::Out;

mod outbox;
pub(crate) use outbox::Outbox;

mod owed;
pub(crate) use owed::{Failure, PeerClose};

mod owed_lock;
pub(crate) use owed_lock::Settled;

mod send;
mod settle;

mod terms;
pub(crate) use terms::Terms;

mod waiting;
pub(crate) use waiting::{Answer, RoundTrip};

mod writer;
pub(crate) use writer::{
    Bounds, Counters, Filled, Keeper, MessageQueue, PreparedMessage, Progress, Watch,
    earlier_failure,
};

#[cfg(test)]
pub(crate) use settle::tests::script;
