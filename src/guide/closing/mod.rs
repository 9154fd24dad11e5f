//! Closing and timeouts: how a connection ends, and what bounds every wait.
//!
//! # The closing handshake
//!
//! Each side sends a Close frame with a code and a reason, and then TCP ends. Either side may begin.
//!
//! ```
//! use blocking_ws::{CloseCode, ClosedBy};
//!
//! let (mut client, mut server) = blocking_ws::testing::pair();
//! let serving = std::thread::spawn(move || {
//!     while server.recv()?.is_some() {} // `None`: the client has closed
//!     Ok::<_, blocking_ws::Error>(server.close_status().cloned())
//! });
//! client.close(CloseCode::Normal, "done")?; // waits for the server's Close frame
//!
//! let status = serving.join().unwrap()?.expect("it is closed");
//! assert_eq!((status.by(), status.code()), (ClosedBy::Remote, CloseCode::Normal));
//! assert_eq!((status.reason(), status.is_clean()), ("done", true));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - [`close`](crate::WebSocket::close) sends a Close frame and waits for the peer's. Messages that arrive
//!   meanwhile are thrown away. It ends TLS, then TCP, and waits a moment, so that a TCP reset does not
//!   destroy the last message.
//! - [`Sender::close`](crate::Sender::close) sends a Close frame and does not wait. The thread that
//!   receives gets the messages that were on their way, then `None`.
//! - `recv` returns `None` when the peer's Close frame has come, **whatever its code**. A peer that failed
//!   and closed with 1009 or 1011 ends in `None` too.
//!   [`close_status`](crate::WebSocket::close_status) has the code, the reason, and who began, and
//!   [`close_result`](crate::WebSocket::close_result) makes an error of it, see below.
//! - A connection that ends without a Close frame is an error. Its code in `close_status` is 1006.
//! - A `WebSocket` that is dropped sends Close 1001 and does not wait, except a tenth of a second for another
//!   thread that is writing. What was sent last may be lost: a socket that is dropped with unread input resets
//!   the connection. Call `close` where it matters.
//! - To answer a Close frame with a code of your own, receive with
//!   [`recv_event`](crate::WebSocket::recv_event) and call `close` after `Event::Close`.
//!
//! # Did it end normally?
//!
//! Call [`close_result`](crate::WebSocket::close_result) after the last message. It returns an error unless
//! the peer's Close frame came, with a code that tells of no failure: 1000, 1001 or none (1005). After
//! [`close`](crate::WebSocket::close) it also tells of a peer that had failed before it got your Close frame.
//!
//! ```
//! use blocking_ws::{CloseCode, Error, WebSocket};
//!
//! fn total(ws: &mut WebSocket) -> blocking_ws::Result<usize> {
//!     let mut bytes = 0;
//!     for message in ws.messages() {
//!         bytes += message?.as_bytes().len();
//!     }
//!     ws.close_result()?; // else half of the messages would be taken for all of them
//!     Ok(bytes)
//! }
//!
//! let (mut client, mut server) = blocking_ws::testing::pair();
//! server.send("a part")?;
//! std::thread::spawn(move || server.close(CloseCode::Internal, "disk full"));
//! let error = total(&mut client).unwrap_err();
//! let text = "the peer closed the connection: 1011 (internal error): disk full";
//! assert_eq!(error.to_string(), text);
//! assert!(matches!(error, Error::Ended(status) if status.code() == CloseCode::Internal));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # What a handler returns
//!
//! | The handler | The client gets | The log |
//! |---|---|---|
//! | returns `Ok(())` | Close 1000 | |
//! | returns an error of its connection, such as `Lost`, `Protocol` or `Ended` | nothing more: the connection is over | info |
//! | returns another error, such as [`Error::other`](crate::Error::other) or `Timeout` | Close 1011 | warn |
//! | panics | Close 1011 | error |
//!
//! A handler that returns another type of error is wrapped: `server.serve(any_error(handler))`; see
//! [`any_error`](crate::any_error). To send another code, call `close` in the handler. The codes 4000 to 4999
//! are for private use.
//!
//! # Codes this library sends
//!
//! | Code | When |
//! |---|---|
//! | 1000 | a handler returned `Ok` |
//! | 1001 | the server shuts down; a `WebSocket` was dropped; `idle_timeout` or `max_lifetime` is over |
//! | 1002 | the peer broke a rule of the protocol; the reason names it |
//! | 1007 | a text is not UTF-8, or compressed data is corrupt |
//! | 1008 | a message stalled or has too many fragments; a member of a hub was too slow |
//! | 1009 | a message is larger than the limit |
//! | 1011 | a handler failed; a streamed message was not finished |
//! | 1013 | the process has no room: `set_max_buffered` |
//!
//! # Deadlines
//!
//! Every wait for a peer has a deadline, except waiting for the next message. When a deadline passes, the
//! connection is cut, and the call returns [`Error::Deadline`](crate::Error::Deadline) with a
//! [`Phase`](crate::Phase):
//!
//! | [`Phase`](crate::Phase) | Who reports it | What happened | Setting, default |
//! |---|---|---|---|
//! | `Connect` | `Client::connect` | resolving, connecting, proxy, TLS, handshake and redirects took too long together | `connect_timeout`, 10 s |
//! | `Handshake` | the server's log (debug) | the client did not finish TLS and its request; no handler was called | `handshake_timeout`, 10 s |
//! | `Write` | calls that send; a receiving call if that thread was writing, otherwise it gets `Lost` with this text | the peer reads too slowly or not at all: less than 64 KiB in this time. After the peer's Close frame, the answer to it has only the `close_timeout` | `write_timeout`, 30 s |
//! | `Close` | `close`, or a receiving call after `Sender::close` | the peer did not answer the Close frame. A receiving call gives the peer this time from when that frame is written | `close_timeout`, 5 s |
//! | `Pong` | receiving calls | nothing came from the peer after a ping, not even a part of a frame. A peer that sends messages and no pongs is not cut | `pong_timeout`, 20 s |
//!
//! Other timeouts have no phase:
//!
//! - A message that began to arrive and does not go on for 30 seconds (`stall_timeout`) is
//!   [`ProtocolError::Stalled`](crate::ProtocolError::Stalled); the peer gets Close 1008.
//! - A connection without a message for `idle_timeout`, or open for `max_lifetime`, is closed in order, with
//!   1001. Both are off by default.
//! - [`set_read_timeout`](crate::WebSocket::set_read_timeout) and
//!   [`recv_timeout`](crate::WebSocket::recv_timeout) bound how long *you* wait. They return
//!   [`Error::Timeout`](crate::Error::Timeout). Call again after it: nothing is lost, even in the middle of a
//!   message. After every other error of a receiving call the connection is over.
//!
//! ```
//! use std::time::Duration;
//!
//! let (mut ws, _peer) = blocking_ws::testing::pair();
//! ws.set_read_timeout(Duration::from_millis(10));
//! let error = ws.recv().unwrap_err();
//! assert!(error.is_timeout());
//! ```
//!
//! [`Server`](crate::Server) and [`Client`](crate::Client) have a method for each timeout. They take a
//! `Duration`, or `None` for no bound. [`limits`](super::reference::limits) lists them all.
//!
//! # Is the peer still there?
//!
//! TCP does not notice a peer that vanishes. Pings do: a server sends one every 20 seconds
//! (`ping_interval`). If nothing comes within another 20 seconds (`pong_timeout`), the connection is lost
//! with code 1006, and threads that send are woken. So a server notices after 40 seconds at most. For a
//! thread that is stuck in `send`, the `write_timeout` does this.
//!
//! - A client sends no pings by default: set
//!   [`Client::ping_interval`](crate::Client::ping_interval).
//! - The receiving calls send the pings while they wait, so pings need no thread. A program that does not
//!   receive sends no pings, and does not notice that the peer is gone.
//! - [`latency`](crate::WebSocket::latency) returns the round trip of the last ping that the library sent by itself. It is
//!   `None` without a `ping_interval`.
//! - [`ping_wait`](crate::WebSocket::ping_wait) asks now, and waits for the pong. If another thread is in a
//!   receiving call, use [that of a `Sender`](crate::Sender::ping_wait).
//!
//! ```
//! use std::time::Duration;
//!
//! # let (mut ws, mut peer) = blocking_ws::testing::pair();
//! # std::thread::spawn(move || peer.recv());
//! match ws.ping_wait(Duration::from_secs(10)) {
//!     Ok(round_trip) => println!("the peer is {round_trip:?} away"),
//!     Err(e) if e.is_timeout() => println!("the peer does not answer"),
//!     Err(e) => return Err(e),
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! To test what a peer does about one that does not answer, call
//! [`set_auto_pong(false)`](crate::WebSocket::set_auto_pong).
//!
//! # Streams of your own
//!
//! A connection can use any [`Duplex`](crate::Duplex) stream: TCP, Unix sockets, TLS,
//! [`Pipe`](crate::testing::Pipe), or a type of your own. [`Settings::accept`](crate::Settings::accept) is the
//! server's end, and [`Client::connect_over`](crate::Client::connect_over) the client's. The timeouts are those
//! of a `Server` and a `Client`.
//!
//! A `WebSocket` also works over any `Read + Write`, without senders, timeouts and pings:
//! [`accept`](crate::WebSocket::accept), [`connect`](crate::WebSocket::connect) and
//! [`from_parts`](crate::WebSocket::from_parts). If the stream is a socket, call
//! [`set_close_timeout`](crate::WebSocket::set_close_timeout) at least: without it the end of the connection
//! does not wait for the peer, and the last message may be lost.

pub mod reconnecting;
