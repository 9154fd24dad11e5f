//! Broadcast: one message to many clients.
//!
//! A [`Hub`](crate::Hub) is a room of connections. [`join`](crate::Hub::join) makes a connection a member
//! until its [`Seat`](crate::Seat) is dropped, and [`broadcast`](crate::Hub::broadcast) sends a message to
//! all members. For several rooms, make several hubs. A connection may be
//! a member of more than one hub.
//!
//! ```
//! use blocking_ws::{Hub, Overflow, Server};
//!
//! let hub = Hub::new().max_queued_messages(100).overflow(Overflow::DropOldest);
//! let server = Server::bind("127.0.0.1:0")?.spawn(move |ws| {
//!     let _seat = hub.join(ws)?; // a member until this function returns
//!     while let Some(message) = ws.recv()? {
//!         let count = hub.broadcast(message)?;
//!         println!("{} reached, {} dropped", count.reached, count.dropped);
//!     }
//!     Ok(())
//! })?;
//!
//! let mut client = blocking_ws::connect(server.url())?;
//! client.send("hello, all of you")?;
//! assert_eq!(client.recv()?, Some("hello, all of you".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A client's `connect` may return before the handler has joined, and then it misses what others send at that
//! moment. Where that matters, in a test for example, let the handler send a welcome after `join`.
//!
//! Name the seat `_seat`. The pattern `let _ =` drops it at once, and the connection leaves the hub.
//!
//! # How it works
//!
//! - `broadcast` puts the message into a queue of each member and returns. It never waits for a member.
//! - A thread of the hub writes the queues. It writes several messages with one write where it can.
//!   It exits when it had nothing to do for 5 seconds.
//! - The message is framed once for all members. It is compressed once for all members that compress with
//!   the same settings and without takeover.
//! - All members get the messages in the same order.
//! - Any thread may also send to one member, by its `Sender`.
//! - The handler of each member must go on receiving.
//!
//! The example `ticker` pushes from one thread to all clients, and `chat_server` is a chat room.
//!
//! # To all but the sender
//!
//! ```
//! use blocking_ws::{Hub, testing};
//!
//! let ((ada, mut to_ada), (bob, mut to_bob)) = (testing::pair(), testing::pair());
//! let hub = Hub::new();
//! let (ada_seat, _bob_seat) = (hub.join(&ada)?, hub.join(&bob)?);
//!
//! let count = hub.broadcast_except(&ada_seat, "ada says hello")?;
//! assert_eq!((hub.len(), count.reached), (2, 1));
//! assert_eq!(to_bob.recv()?, Some("ada says hello".into()));
//! assert!(to_ada.try_recv().unwrap_err().is_timeout());
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # A slow member
//!
//! The queue of a member has two bounds: [`max_queued_messages`](crate::Hub::max_queued_messages)
//! (1,024) and [`max_queued_bytes`](crate::Hub::max_queued_bytes) (1 MiB). When a message does not fit,
//! [`overflow`](crate::Hub::overflow) decides:
//!
//! | [`Overflow`](crate::Overflow) | What happens | For |
//! |---|---|---|
//! | `Disconnect(code)` | the queue is thrown away and the member is closed; the default, with 1008 | members that must not miss a message: they can connect again |
//! | `DropOldest` | messages at the front of the queue are dropped | the latest news: prices, positions |
//! | `DropNewest` | the new message is dropped | members that need the oldest messages most |
//!
//! [`Broadcast`](crate::Broadcast) counts what happened: members `reached`, messages `dropped`, members
//! `disconnected`. A member counts as reached when the message is in its queue. Its connection may still
//! end before the message is written.
//!
//! `Disconnect` makes an exception. While this side sends the member another message, such as a large
//! `send` from its own thread, the hub does not disconnect it, even if its queue grows beyond its bounds.
//! If the peer takes less than 64 KiB of that message in a second, the hub disconnects it.
//!
//! The system has buffers too, often of some hundred KiB, and they fill before the queue does. So small
//! messages to a member that does not read may not overflow its queue for long. Pings find such a member:
//! by default it is disconnected within 40 seconds.
//!
//! [`set_max_buffered`](crate::set_max_buffered) bounds the memory of all messages in the process: messages
//! that wait in hubs, and messages that arrive. It is 1 GiB by default. When it is reached, `broadcast`
//! sends nothing and returns [`Error::Full`](crate::Error::Full): try again later.
//!
//! # Last words
//!
//! A seat that is dropped throws away what still waits for its member. So does a server that shuts down:
//! its Close frames overtake the queues. If the last messages matter, call
//! [`flush`](crate::Hub::flush) first. It waits until all queues are written, or until its time is over.
//! [`Seat::flush`](crate::Seat::flush) waits for one member. [`close_all`](crate::Hub::close_all) closes the
//! connections of all members behind their last messages, for example when a room ends.
//!
//! ```
//! use std::time::Duration;
//!
//! # let (ws, mut peer) = blocking_ws::testing::pair();
//! # let hub = blocking_ws::Hub::new();
//! let seat = hub.join(&ws)?;
//! hub.broadcast("we close at noon")?;
//! if !hub.flush(Duration::from_secs(1)) {
//!     println!("some members did not get it in time");
//! }
//! drop(seat);
//! # assert_eq!(peer.recv()?, Some("we close at noon".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # More than one process
//!
//! A hub knows the connections of its process. [`machines`] shows rooms that span several, by way of Redis.

pub mod machines;
