//! Testing: handlers and clients without a network, and how strict the library is.
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
//! use blocking_ws::{CloseCode, Error, Result, WebSocket, testing};
//!
//! fn save(_: &mut WebSocket) -> Result<()> {
//!     Err(Error::other("the disk is full"))
//! }
//!
//! let (mut client, handler) = testing::spawn(save);
//! assert_eq!(client.recv()?, None);
//! assert_eq!(client.close_status().map(|status| status.code()), Some(CloseCode::Internal));
//! assert_eq!(handler.join().unwrap_err().to_string(), "the disk is full");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A function that a handler calls may return a value, and `join` returns it: see
//! [`testing::spawn`](crate::testing::spawn).
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
//! - [`pair_with`](crate::testing::pair_with) opens a pair whose ends both have the same
//!   [`Settings`](crate::Settings), such as compression, a subprotocol and limits.
//! - [`pair_over`](crate::testing::pair_over) opens a connection over any two streams, such as a small
//!   [`Pipe`](crate::testing::Pipe) that makes writes wait early.
//!
//! # The kit
//!
//! The feature `kit` has more: peers that do what no good peer does. A program needs it in its tests only:
//!
//! ```toml
//! [dev-dependencies]
//! blocking-ws = { version = "0.1", features = ["kit"] }
//! ```
//!
//! # A peer that breaks a rule
//!
//! A `testing::Peer` sends any frame, legal or not, and sees each frame as it came. `Peer::pair` makes one end
//! of a connection in memory a `WebSocket` and the other a `Peer`:
//!
//! ```
//! use blocking_ws::testing::{Peer, RawFrame};
//! use blocking_ws::{Error, ProtocolError, Role};
//!
//! let (mut client, mut peer) = Peer::pair(Role::Client);
//! peer.send("hi");
//! peer.frame(RawFrame::of(3, "")); // an opcode that does not exist
//! assert_eq!(client.recv()?, Some("hi".into()));
//! let error = client.recv().unwrap_err();
//! assert!(matches!(error, Error::Protocol(ProtocolError::ReservedOpcode(3))), "{error}");
//! peer.expect_close(1002);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! And here it is the client of a handler:
//!
//! ```
//! use blocking_ws::testing::{self, Peer, RawFrame};
//! use blocking_ws::{Error, ProtocolError, Role};
//!
//! let (server, mut peer) = Peer::pair(Role::Server);
//! let handler = testing::spawn_on(server, |ws| ws.recv().map(drop));
//! peer.frame(RawFrame::text([0xff])); // a text that is not UTF-8
//! let error = handler.join().unwrap_err();
//! assert!(matches!(error, Error::Protocol(ProtocolError::BadUtf8)), "{error}");
//! peer.expect_close(1007);
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `Peer::connect(url)` opens a connection to a server in any language, and `Peer::handshake(url, headers)`
//! returns its answer, such as a 401 with headers and body. `Peer::over` takes any stream, also a `TlsStream`.
//! With compression, use `Peer::pair_with` and `peer.deflated(message)`. An expectation that fails is a panic
//! at its line, and says what came:
//!
//! ```text
//! the peer failed at tests/chat.rs:31
//!   expected  text "join lobby"
//!   received  text "join loby"
//!                           ^ byte 8
//!   before it
//!     +0.001 <- text len=5 mask=37fa213d "hello"
//!     +0.001 -> text len=6 "lobby?"
//!     +0.002 <- text len=9 mask=37fa213d "join loby"
//! ```
//!
//! # Client code against a server that fails
//!
//! A `testing::MockServer` does what its scripts say, one for each connection. Here a client must come back after
//! its server has cut the connection, and again after a 503:
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::testing::MockServer;
//! use blocking_ws::{Client, Result};
//!
//! /// The code under test.
//! fn first_words(url: &str) -> Result<String> {
//!     loop {
//!         let received = Client::new().connect(url).and_then(|mut ws| {
//!             ws.send("hello")?;
//!             ws.recv()
//!         });
//!         match received {
//!             Ok(Some(message)) => return Ok(message.to_string()),
//!             Ok(None) | Err(_) => std::thread::sleep(Duration::from_millis(5)),
//!         }
//!     }
//! }
//!
//! let mock = MockServer::new()?
//!     .on_connection(|peer| {
//!         peer.expect_text("hello");
//!         peer.cut();
//!     })
//!     .refuse(503, "busy\n")
//!     .on_connection(|peer| {
//!         peer.expect_text("hello");
//!         peer.send("welcome");
//!     });
//! assert_eq!(first_words(&mock.url())?, "welcome");
//! mock.verify(); // fails if a script failed, did not run, or did not end
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `silent()` is a server that accepts and never answers, and `answer(bytes)` one that answers with anything.
//! `tls(&acceptor)` makes it `wss://`, and `pipe()` opens a connection without a port. For a client that sends
//! in any order, a script has `peer.rules()`.
//!
//! # A network on which things go wrong
//!
//! A `testing::Faulty` stream stands between a `WebSocket` and another stream, and does what a plan says:
//! here it cuts the connection within the answer. `testing::at_every_byte` runs a test once for each place:
//!
//! ```
//! use blocking_ws::testing::{Fault, Faults, Faulty, Pipe, at_every_byte, pair_over, spawn_on};
//! use blocking_ws::{Error, Settings, Stream, WebSocket};
//!
//! /// The code under test: what it has not received whole, it does not have.
//! fn answer(ws: &mut WebSocket) -> Option<String> {
//!     ws.send("question").ok()?;
//!     Some(ws.recv().ok()??.to_string())
//! }
//!
//! at_every_byte(10, |n| {
//!     let (near, far) = Pipe::new(1024);
//!     let faults = Faults::new().chunk(1..=3).after(n, Fault::Cut);
//!     let near = Faulty::new(near).unwrap().reading(faults);
//!     let ends = (Stream::new(near).unwrap(), Stream::new(far).unwrap());
//!     let (mut client, server) = pair_over(ends, &Settings::new()).unwrap();
//!     let handler = spawn_on(server, |ws| {
//!         ws.recv()?;
//!         ws.send("an answer") // 11 bytes with its header
//!     });
//!     assert_eq!(answer(&mut client), None);
//!     drop(client);
//!     let _ = handler.join(); // it may have sent its answer
//! });
//! # Ok::<(), Error>(())
//! ```
//!
//! Places are bytes, the end of the HTTP head, or frames. Faults are cuts, resets, stalls, errors, and bytes
//! that are changed, inserted or dropped. A plan can also have latency, a rate and small pieces. A
//! `FaultHandle` stalls, resumes, cuts or resets such a stream from another thread.
//!
//! Between two programs, in any language, a `testing::FaultyProxy` follows the same plans. It can also take
//! the network apart and repair it:
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::testing::{Faults, FaultyProxy};
//! use blocking_ws::{Client, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
//!     while let Some(message) = ws.recv()? {
//!         ws.send(message)?;
//!     }
//!     Ok(())
//! })?;
//! let slow = Faults::new().latency(Duration::from_millis(5)).chunk(1..=100);
//! let proxy = FaultyProxy::to(server.url())?.upstream(slow.clone()).downstream(slow);
//! let mut ws = Client::new().connect(&proxy.url("/"))?;
//! proxy.partition();
//! ws.send("anybody?")?;
//! assert!(ws.recv_timeout(Duration::from_millis(20)).unwrap_err().is_timeout());
//! proxy.repair();
//! assert_eq!(ws.recv()?, Some("anybody?".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! What is random follows from a seed. The seed stands in the errors that a plan causes, and is printed if the
//! test panics. In a checkout of the repository, `cargo run --example faulty_proxy -- --help` shows the same
//! proxy as a program.
//!
//! # Conformance
//!
//! The [Autobahn test suite](https://github.com/crossbario/autobahn-testsuite) (25.10.1) is the usual test of
//! WebSocket libraries. It has 517 cases for RFC 6455 and RFC 7692. All of them pass, in four modes: as
//! server and as client, with `ws://` and with `wss://` by the default TLS library. By `rustls`, groups 1 to
//! 10 are run as well, and pass.
//!
//! ## What "strict" means
//!
//! Autobahn rates a case:
//!
//! | Rating | Meaning | Counts here as |
//! |---|---|---|
//! | `OK` | what the RFC says | passed |
//! | `NON-STRICT` | correct, but late: for example, bad UTF-8 is noticed only at the end of the frame | **failed** |
//! | `INFORMATIONAL` | no answer is right or wrong | passed for 7.1.6, 7.13.1 and 7.13.2, where the RFC leaves the answer open; **failed** for others |
//! | `FAILED` | against the RFC | **failed** |
//! | `UNIMPLEMENTED` | an extension is missing | **failed** |
//!
//! For a program this means:
//!
//! - A peer that breaks a rule is told which rule, in a Close frame, and the connection ends. No broken
//!   message reaches the program.
//! - Text is checked while it arrives. The connection ends at the first bad byte, not at the end of the
//!   message.
//! - Every frame header, length, mask, opcode, close code and reason is checked.
//! - This library keeps the rules when it sends. For example, it refuses close codes that may not be sent.
//!
//! ```
//! use blocking_ws::{CloseCode, ProtocolError};
//!
//! assert_eq!(ProtocolError::BadUtf8.close_code(), CloseCode::InvalidPayload); // 1007
//! assert_eq!(ProtocolError::Masked.close_code(), CloseCode::Protocol); // 1002
//! assert!(ProtocolError::ReservedBits.to_string().ends_with("(RFC 6455 5.2)"));
//! assert!(!CloseCode::Abnormal.may_be_sent()); // 1006 is only reported
//! ```
//!
//! ## How to run it
//!
//! Run these commands in a checkout of the repository. The first shows all options.
//!
//! ```sh
//! cargo test --test autobahn -- --help
//! cargo test --test autobahn                     # groups 1–10, and a sample of 12 and 13 compressed
//! cargo test --test autobahn -- full             # all 517 cases, compressed: an hour
//! cargo test --test autobahn -- server-wss --cases '6.4.*'
//! ```
//!
//! It runs the suite against the example programs `echo_server` and `autobahn_client`. Autobahn needs
//! Python 2.7: install it by `pyenv install 2.7`, or name it in `AUTOBAHN_PYTHON`. The first run makes
//! a virtual environment under `target/autobahn` and loads packages. Each run writes Autobahn's own report
//! there, as `index.html`.
//!
//! ## Where the RFC leaves a choice
//!
//! | Question | What this library does |
//! |---|---|
//! | close code 1014 | accepts it, as it is registered since RFC 6455 |
//! | pings | answers each ping; if more come while an answer waits, it answers the latest (RFC 6455 5.5.3) |
//! | the end of TCP | the server closes first (RFC 6455 7.1.1) |
//! | folded header lines | a client accepts them (RFC 9112 5.2) |
//! | a server that ignores `server_no_context_takeover` | a client accepts it and remembers messages |
