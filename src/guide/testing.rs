//! Testing: handlers and clients without a network.
//!
//! [`testing::pair`](crate::testing::pair) opens a connection in memory and returns both ends, the client's
//! first.
//!
//! # Test a handler
//!
//! [`testing::spawn`](crate::testing::spawn) runs a handler on one end of such a connection, in a thread,
//! and returns the other end. `join` returns the handler's result, or panics if the handler did.
//!
//! ```
//! use blocking_ws::{CloseCode, Result, WebSocket, testing};
//!
//! fn count(ws: &mut WebSocket) -> Result<()> {
//!     let mut bytes = 0;
//!     while let Some(message) = ws.recv()? {
//!         bytes += message.as_bytes().len();
//!         ws.send(format!("{bytes} bytes"))?;
//!     }
//!     Ok(())
//! }
//!
//! let (mut client, handler) = testing::spawn(count);
//! client.send("abc")?;
//! client.send(vec![1, 2])?;
//! assert_eq!(client.recv()?, Some("3 bytes".into()));
//! assert_eq!(client.recv()?, Some("5 bytes".into()));
//! client.close(CloseCode::Normal, "")?;
//! handler.join()?;
//! # let _ = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(count)?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! In the program, write `Server::bind(address)?.serve(count)`. A handler that fails closes with 1011:
//!
//! ```
//! use blocking_ws::{CloseCode, Error, testing};
//!
//! let (mut client, handler) = testing::spawn(|_| Err(Error::other("the disk is full")));
//! assert_eq!(client.recv()?, None);
//! assert_eq!(client.close_status().map(|status| status.code()), Some(CloseCode::Internal));
//! assert_eq!(handler.join().unwrap_err().to_string(), "the disk is full");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A silent peer is a test that does nothing: give the handler's end a short timeout.
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::{Error, testing};
//!
//! let (_client, handler) = testing::spawn(|ws| ws.recv_timeout(Duration::from_millis(5)).map(drop));
//! assert!(matches!(handler.join(), Err(Error::Timeout)));
//! # Ok::<(), Error>(())
//! ```
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
//! # Test with a real server
//!
//! Port 0 lets the system choose a free port, so tests can run at the same time. The server listens when
//! `bind` returns: a test needs no sleep.
//!
//! ```
//! use blocking_ws::{Client, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.subprotocol("chat.v1").spawn(|ws| {
//!     let name = ws.subprotocol().unwrap_or("none").to_owned();
//!     ws.send(name)
//! })?;
//! let mut ws = Client::new().subprotocol("chat.v1").connect(server.url())?;
//! assert_eq!(ws.recv()?, Some("chat.v1".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The server ends when its handle is dropped, at the end of the test.
//!
//! # What else there is
//!
//! - [`pair_with`](crate::testing::pair_with) compresses.
//! - [`pair_over`](crate::testing::pair_over) opens a connection over any two streams, such as a small
//!   [`Pipe`](crate::testing::Pipe) that makes writes wait early.
//!
//! To test a lost connection, or a peer that breaks a rule, play the peer by hand. `Pipe::new` returns two
//! ends. Give one end to [`WebSocket::from_parts`](crate::WebSocket::from_parts). Write bytes to the other end,
//! or drop it.
//!
//! ```
//! use std::io::Write;
//!
//! use blocking_ws::testing::Pipe;
//! use blocking_ws::{Error, ProtocolError, Role, WebSocket};
//!
//! let (stream, mut peer) = Pipe::new(1024);
//! let mut client = WebSocket::from_parts(stream, Role::Client, Vec::new());
//! peer.write_all(&[0x81, 2, b'h', b'i'])?; // a text of two bytes
//! peer.write_all(&[0x83, 0])?; // an opcode that does not exist
//! drop(peer);
//! assert_eq!(client.recv()?, Some("hi".into()));
//! let error = client.recv().unwrap_err();
//! assert!(matches!(error, Error::Protocol(ProtocolError::ReservedOpcode(3))), "{error}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
