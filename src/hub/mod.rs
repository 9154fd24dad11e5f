//! Many connections at once. [`Hub`]: one message to all of them. [`Events`]: what all of them have
//! for one thread, in `events`.
//!
//! ```text
//! Hub::broadcast --> PreparedMessage --> a queue for each member --> Delivery: the hub's thread --> Outbox
//! ```
//!
//! `hub` is the handle, `member` a connection and its queue, `overflow` what happens to a full
//! queue. `state` is what handles, seats and the thread share, `delivery` the thread.
//!
//! **A member with unsent data is tried again.** TLS and pipes cannot tell when they have room. So
//! the thread comes back after a millisecond, then two, up to 32 while nothing moves. A thousand
//! stuck members cost one or two per cent of a processor. A stream that cannot write without
//! waiting, such as std's sockets on Windows, gets a thread of its own while messages wait for it.

mod delivery;

mod events;
pub use events::{Events, EventsIter, Peer, PeerEvent};

mod hub;
pub use hub::{Hub, Seat};

mod member;

mod overflow;
pub use overflow::{Broadcast, Overflow};

mod state;
