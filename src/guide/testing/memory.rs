//! Connections in memory: what they can do, and where they differ from sockets.
//!
//! [`testing::pair`](crate::testing::pair) opens a connection in memory and returns both ends, the client's
//! first. [`testing::spawn`](crate::testing::spawn) runs a handler on one end of such a connection.
//!
//! # A silent peer
//!
//! A handler without timeouts of its own is easy to test: the program sets them on the
//! [`Server`](crate::Server), and the test sets short ones, at the handler's end alone.
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::{Error, Phase, Result, WebSocket, testing};
//!
//! fn print(ws: &mut WebSocket) -> Result<()> {
//!     while let Some(message) = ws.recv()? {
//!         println!("{message}");
//!     }
//!     Ok(())
//! }
//!
//! // A client that sends nothing, but answers the Close frame.
//! let (mut client, mut server) = testing::pair();
//! server.set_idle_timeout(Duration::from_millis(5));
//! let handler = testing::spawn_on(server, print);
//! assert_eq!(client.recv()?, None);
//! assert_eq!(client.close_status().unwrap().reason(), "idle");
//! handler.join()?;
//!
//! // A client that does not even answer. The handler gets an error when `close_timeout` is over.
//! let (_client, mut server) = testing::pair();
//! server.set_idle_timeout(Duration::from_millis(5));
//! server.set_close_timeout(Duration::from_millis(5)); // by default 5 s
//! let error = testing::spawn_on(server, print).join().unwrap_err();
//! assert!(matches!(error, Error::Deadline(Phase::Close)), "{error}");
//! # let _ = blocking_ws::Server::bind("127.0.0.1:0")?.idle_timeout(Duration::from_secs(30)).spawn(print)?;
//! # Ok::<(), Error>(())
//! ```
//!
//! `pair_with` gives its settings to both ends. With an `idle_timeout` the client may then close first, and
//! the test fails from time to time.
//!
//! # One thread or two
//!
//! One thread can use both ends, as long as what was sent and not yet received fits into 64 KiB. After
//! that, `send` waits until the other end receives. In one thread it waits without end.
//!
//! [`close`](crate::WebSocket::close) waits for the other end's Close frame too, until `close_timeout`. In
//! one thread, use [`Sender::close`](crate::Sender::close), which does not wait, and then receive at both
//! ends:
//!
//! ```
//! let (mut client, mut server) = blocking_ws::testing::pair();
//! client.send("one")?;
//! client.sender()?.close(4000, "that is all")?;
//! assert_eq!(server.recv()?, Some("one".into()));
//! assert_eq!(server.recv()?, None); // answers the Close frame
//! assert_eq!(client.recv()?, None); // receives the answer
//! let status = server.close_status().expect("it is closed");
//! assert_eq!((status.reason(), status.is_clean()), ("that is all", true));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! In memory, none of this takes time. Over sockets, an end of a connection also waits up to two seconds
//! for the other end to hang up, because closing a socket too early can destroy what was sent last. A
//! stream of your own that cannot do that says so by [`Duplex::keeps_sent`](crate::Duplex::keeps_sent).
//!
//! # What else there is
//!
//! - [`pair_with`](crate::testing::pair_with) opens a pair whose ends both have the same
//!   [`Settings`](crate::Settings), such as compression, a subprotocol and limits.
//! - [`pair_over`](crate::testing::pair_over) opens a connection over any two streams, such as a small
//!   [`Pipe`](crate::testing::Pipe) that makes writes wait early.
