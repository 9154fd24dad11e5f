//! Frames made and written, by the thread that holds the sink.
//!
//! `writer` queues messages and control frames, `flush` writes them out, with as few calls as it
//! can where the caller may wait and as far as there is room where it may not. `prepared_message`
//! is a message for many connections, `queue` what waits of those for one, and `fill` moves them
//! from there into the writer. `mask_keys` are a client's, `write_timeout` is how fast a peer takes
//! what is written, `watch` shows a hub whether the peer is slow or this side is, and `counters`
//! show all threads how much has gone over the connection.
//!
//! **Few system calls.** What is fed goes out before a read that may wait, so a burst is one read
//! and one write.
//!
//! **A writer breaks once.** A write that fails, panics or runs out of time leaves
//! `Integrity::Broken`. So does a failing generator of mask keys, or a connection that is lost.
//! Nothing leads back: each later call says so, and what was owed is forgiven without asking the
//! stream.
//!
//! **The write timeout** is counted for each 64 KiB, from when there was no room, whichever thread
//! writes. The stream is told what is left where that has become much shorter. At the end there is
//! one look without waiting, because Linux wakes a writer only where there is room for much.
//!
//! **A queue that overflows.** `watch` tells a hub that a queue is full because of another message,
//! also of one that has just ended. For that no member is disconnected, and what came meanwhile is
//! not counted.

mod counters;
pub(crate) use counters::Counters;

mod flush;
pub(crate) use flush::Progress;

mod mask_keys;

mod fill;
pub(crate) use fill::Filled;

mod prepared_message;
pub(crate) use prepared_message::PreparedMessage;

mod queue;
pub(crate) use queue::{Bounds, MessageQueue};

mod watch;
pub(crate) use watch::Watch;

mod write_timeout;
pub(crate) use write_timeout::{Keeper, WriteTimeout};

mod writer;
pub(crate) use writer::{Writer, earlier_failure};

#[cfg(test)]
pub(crate) use mask_keys::MaskKeys;
