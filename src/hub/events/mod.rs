//! [`Events`]: what many connections have for one thread.
//!
//! ```text
//! a thread for each connection:   relay --> Lanes --> Events::recv: the program's one thread
//!                                   ^                       | room
//!                                   +--------- Gate <-------+
//! ```
//!
//! `events` is what a program has, `peer` its handle of one connection, `peer_event` an event, and
//! `iter` takes one after the other. `relay` is what a connection's thread does. `lanes` says
//! whose event is next and who may read on, `inbox` puts a lock around it, and a thread without
//! room waits at its `gate`.
//!
//! **Bounds.** A connection's thread reads a message only if there is room for it, so a full queue
//! stops the reading, and TCP the peer. One message of each connection may always wait: then no
//! peer keeps another from being heard, and no thread waits with a message in its hand. A thread
//! that waited goes on when half of its lane is empty, not for each message.
//!
//! **Turns.** A connection with something to take stands once in the line of those that have. After
//! its turn it goes to the end of the line. So one that floods gets as many turns as one that says
//! a word.
//!
//! **Newcomers wait for room too.** Otherwise connections that come, say nothing and go would leave
//! two events each, and a program that takes none would have no bound. A connection has its thread
//! and its place in `max_connections` meanwhile.
//!
//! **Nothing waits at the end.** Once this side has begun to close a connection, or cuts it, its
//! thread waits for room no more. What comes without room is dropped then: the program has said
//! that it wants no more, and the closing handshake must go on. `outbox` tells that, so it holds
//! for a program's `close` and for a server's shutdown alike.
//!
//! Locks: that of `inbox`, then that of a gate. A gate may be opened with locks of the outbox held.

mod events;
pub use events::Events;

mod gate;
mod inbox;

mod iter;
pub use iter::EventsIter;

mod lanes;

mod peer;
pub use peer::Peer;

mod peer_event;
pub use peer_event::PeerEvent;

mod relay;
