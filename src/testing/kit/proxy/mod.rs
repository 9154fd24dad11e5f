//! [`FaultyProxy`]: a proxy between two programs, on which things go wrong.
//!
//! `proxy` is what a test has, `door` takes clients in, and `shared` is what all its threads know.
//! `link` is one connection and `direction` the thread of one of its directions, with a `queue` of
//! what is under way and a lane of [`faults`](super::faults). `frames` asks a test about frames,
//! and `verdict` is the answer.
//!
//! **Locks.** One for the proxy, and one for each connection, which is taken after it. Neither is
//! held during a call that waits or that is a test's. The threads of a connection own their queues
//! and lanes.
//!
//! **Ends.** The thread that ends a connection shuts its sockets down, which ends the reads and
//! writes of its threads. After a cut these read on and discard, so that no reset destroys what was
//! sent last. A stalled direction reads on while there is room, and is over when both ends send
//! nothing more.

mod direction;

mod door;

mod frames;

mod link;

mod proxy;
pub use proxy::FaultyProxy;

mod queue;

mod shared;

mod verdict;
pub use verdict::{Flow, Verdict};
