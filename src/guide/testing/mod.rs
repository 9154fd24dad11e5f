//! Testing: your handler, your client, both on a bad network, and programs in other languages.
//!
//! | To test | Use |
//! |---|---|
//! | a handler | [`testing::spawn`](crate::testing::spawn): [below](#a-handler) |
//! | a whole server, with its paths, log-in and limits | [`testing::connect`](crate::testing::connect), or [a port](#a-whole-server) |
//! | a client, against a server that does what you want | [`MockServer`]: [below](#a-client) |
//! | either of them on a network that cuts, resets, stalls | [`FaultyProxy`], [`Faulty`]: [below](#a-network-on-which-things-go-wrong) |
//! | a program in another language | [the same](#programs-in-other-languages), or the examples `mock_server`, `faulty_proxy` |
//! | what a program does with a peer that breaks the rules | [`Peer`]: [below](#a-peer-that-breaks-a-rule) |
//! | whether a server or client, in any language, keeps all rules | `ws-conformance`: [`other_code`] |
//! | what passes on a connection | [`WireLog`], or the crate `log`: [below](#what-passes) |
//! | a server or client by hand, on a terminal or in a script | `wsc`: [below](#by-hand) |
//!
//! [`memory`] has more on connections in memory: timeouts, two ends in one thread. [`conformance`] says
//! how strict this library is. `examples/testing/feed` in the repository is a small program with
//! tests of its handler, of its client, and of both on a network on which things go wrong.
//!
//! These five are in the feature `kit`. A program needs it in its tests only:
//!
//! ```toml
//! [dev-dependencies]
//! blocking-ws = { version = "0.1", features = ["kit"] }
//! ```
//!
//! # A handler
//!
//! [`testing::spawn`](crate::testing::spawn) runs a handler on one end of a connection in memory, in a
//! thread, and returns the other end. There is no network and no port, and the test needs no sleep:
//!
//! ```
//! use blocking_ws::{Result, WebSocket, testing};
//!
//! fn greet(ws: &mut WebSocket) -> Result<()> {
//!     while let Some(name) = ws.recv()? {
//!         ws.send(format!("hello, {name}"))?;
//!     }
//!     Ok(())
//! }
//!
//! # fn a_client_is_greeted() -> Result<()> {
//! // In a #[test]:
//! let (mut client, handler) = testing::spawn(greet);
//! client.send("Ali")?;
//! assert_eq!(client.recv()?, Some("hello, Ali".into()));
//! client.close(1000, "")?;
//! handler.join()
//! # }
//! # a_client_is_greeted()?;
//! # let _ = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(greet)?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `join` returns the handler's result. It panics if the handler did, or if it has not returned in 10
//! seconds. In the program, write `Server::bind(address)?.serve(greet)`.
//!
//! A handler that fails closes with 1011:
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
//! # A whole server
//!
//! Port 0 lets the system choose a free port, so tests can run at the same time. The server listens
//! when `bind` returns. It ends when its handle is dropped, at the end of the test:
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
//! [`testing::connect`](crate::testing::connect) does the same without a port.
//!
//! # A client
//!
//! A `testing::MockServer` does what its scripts say, one for each connection that comes. Here a client
//! must come back after its server has cut the connection, and again after a 503:
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
//!             ws.send("join lobby")?;
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
//!         peer.expect_text("join lobby");
//!         peer.cut(); // no Close frame
//!     })
//!     .refuse(503, "busy\n")
//!     .on_connection(|peer| {
//!         peer.expect_text("join lobby");
//!         peer.send("welcome");
//!     });
//! assert_eq!(first_words(&mock.url())?, "welcome");
//! mock.verify(); // fails if a script failed, did not run, or did not end
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The client may be in any language: it needs `mock.url()`. If it sends something else, `verify` says
//! what came, where, and after what:
//!
//! ```text
//! MockServer ws://127.0.0.1:39199: connection 1 failed at tests/chat.rs:19
//!   expected  text "join lobby"
//!   received  text "join loby"
//!                           ^ byte 8
//!   before it
//!     +0.000 <- GET / HTTP/1.1
//!     +0.000 -> HTTP/1.1 101 Switching Protocols
//!     +0.001 <- text len=9 mask=6c6ca8c6 "join loby"
//! connection 2 did not come; its script is at tests/chat.rs:22
//!   came
//!     connection 1: GET /
//! ```
//!
//! The client gets the first line of it in a Close frame with code 1008. A dropped `WebSocket` sends a
//! Close frame with 1001, so a script can expect that: `peer.expect_close(1001)`.
//!
//! - `refuse(status, body)` and `answer(bytes)` answer with something else than a WebSocket.
//! - `peer.fragments(..)`, `ping`, `close(code, reason)`, `reset()`, `half_close()`, `stop_reading()` and
//!   `frame(..)` send what a good server seldom sends.
//! - `peer.rules()` replies in whatever order messages come: `.when("ping").reply("pong").run()`.
//! - `requests()` has the heads of the requests that came.
//! - `tls(&acceptor)` makes it `wss://`, and `pipe()` opens a connection without a port.
//! - `replay(&log)` does again what a real server did once.
//!
//! # A silent server
//!
//! A client should give up on a server that accepts and never answers, and on one that opens the
//! connection and then says nothing. `silent()` is the first, and `stay_silent()` the second. Both fail if
//! the client has not hung up in the time of `within`, and hang up themselves then:
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::testing::{self, MockServer};
//! use blocking_ws::{Client, Result};
//!
//! /// The code under test.
//! fn first_word(url: &str) -> Result<String> {
//!     let client = Client::new().connect_timeout(Duration::from_millis(100));
//!     let mut ws = client.connect(url)?;
//!     let word = ws.recv_timeout(Duration::from_millis(100))?;
//!     Ok(word.map(|word| word.to_string()).unwrap_or_default())
//! }
//!
//! testing::within(Duration::from_secs(20), || -> Result<()> {
//!     let mock = MockServer::new()?.silent().on_connection(|peer| peer.stay_silent());
//!     assert!(first_word(&mock.url()).is_err());
//!     assert!(first_word(&mock.url()).is_err());
//!     mock.verify();
//!     Ok(())
//! })?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! ```text
//! MockServer ws://127.0.0.1:46463: connection 1 failed: the client has not given up within 5s; its script is at tests/chat.rs:21
//! ```
//!
//! [`testing::within`](crate::testing::within) is for everything else that may hang: it fails a test that
//! has not ended in time.
//!
//! # A network on which things go wrong
//!
//! A `testing::FaultyProxy` stands between a client and a server, and follows a plan. Here the first
//! connection is reset within the third line, and the client must get all lines:
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::testing::{At, Fault, Faults, FaultyProxy};
//! use blocking_ws::{Client, Server};
//!
//! /// The code under test.
//! fn three_lines(url: &str) -> Vec<String> {
//!     let mut lines = Vec::new();
//!     let connections = Client::new().reconnecting(url).first_delay(Duration::from_millis(5));
//!     for ws in connections {
//!         let Ok(mut ws) = ws else { break };
//!         let _ = ws.send(format!("from {}", lines.len()));
//!         while let Ok(Some(line)) = ws.recv() {
//!             lines.push(line.to_string());
//!         }
//!         if lines.len() == 3 {
//!             break;
//!         }
//!     }
//!     lines
//! }
//!
//! let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
//!     let Some(asked) = ws.recv()? else { return Ok(()) };
//!     let from = asked.as_text().and_then(|text| text["from ".len()..].parse().ok()).unwrap_or(0);
//!     ["one", "two", "three"].iter().skip(from).try_for_each(|line| ws.send(line))
//! })?;
//! let faults = Faults::new()
//!     .after(At::head().frame(3).byte(1), Fault::Reset)
//!     .on_connections(1..=1)
//!     .seed(7);
//! let proxy = FaultyProxy::to(server.url())?.downstream(faults);
//! assert_eq!(three_lines(&proxy.url("/")), ["one", "two", "three"]);
//! assert!(proxy.happened()[0].contains("reset"), "{:?}", proxy.happened());
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A place is a number of bytes, the end of the HTTP head, or a frame. A fault is a cut (an end in order,
//! without a Close frame), a reset, a stall, an error, or bytes that are changed, inserted or dropped. A
//! plan can have latency, jitter, a rate and small pieces too. `partition()` and `repair()` take the
//! network apart and together again. `happened()` lists the faults: a test in which none has happened has
//! tested nothing. What is random follows from the seed. If a test fails, its output
//! ends with what went wrong on which connection:
//!
//! ```text
//! FaultyProxy 127.0.0.1:38855: connection 1: downstream with seed 7: reset at byte 132
//! ```
//!
//! In memory, a `testing::Faulty` stream follows the same plans, and `testing::at_every_byte` runs a test
//! once for each place:
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
//! ```text
//! at byte 0: called `Result::unwrap()` on an `Err` value: the connection was lost: the peer ended …
//! (also at byte 1, 2, 3, 4 of 0 to 10, and then tried no more)
//! ```
//!
//! # Programs in other languages
//!
//! `MockServer::url`, `FaultyProxy::to(address)` and `Peer::connect(url)` work with any program. As
//! programs, the mock and the proxy need no Rust code. In a checkout of the repository:
//!
//! ```sh
//! cargo run --example mock_server -- \
//!     --connection expect 'join lobby' send welcome reset --connection refuse 503
//! cargo run --example faulty_proxy -- --help
//! cargo run --example faulty_proxy -- --listen 127.0.0.1:9002 --to 127.0.0.1:8765 \
//!     --downstream latency=50ms,chunk=1-20,cut@head+frame3+1 --log frames.txt
//! ```
//!
//! The mock prints its URL. It ends with 0 if everything came as expected, and with 1 and a report if
//! not. Behind the proxy, a client that is given `ws://127.0.0.1:9002/` reaches the server at port 8765,
//! and loses the connection within the server's third frame. The proxy prints each connection and each
//! fault, and the file has each frame as both sides saw it. With `--log frames.jsonl` each line is an
//! object of JSON.
//!
//! # A peer that breaks a rule
//!
//! A `testing::Peer` sends any frame, legal or not, and sees each frame as it came. It is what a script
//! of a `MockServer` gets. `Peer::connect` makes it the client of a server, and `Peer::pair` an end of a
//! connection in memory. Here it is the client of a handler:
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
//! - `RawFrame::text("x").rsv(4)`, `.fin(false)`, `.key(Key::None)`, `.len(Len::In64(1 << 62))`,
//!   `RawFrame::of(opcode, payload)`: any header.
//! - `bytes(..)` sends bytes as they are, and `chopped(frame, 1)` a frame byte by byte.
//! - `Peer::connect_with(url, headers)` logs in.
//! - `Peer::handshake(url, headers)` returns what a server answers, such as a 401 with its headers.
//! - `Peer::connect_tls` and `Peer::over(stream, role)` use TLS, or any stream.
//! - `Peer::pair_with(role, &settings)` and `peer.deflated(message)` use compression.
//!
//! An expectation that fails is a panic at its line, with a report like that of a mock.
//!
//! # By hand
//!
//! The folder `tools/wsc` of the repository has `wsc`, a client and a server for the terminal, in which you
//! type messages or pipe them. `wsc --trace URL` explains each frame that passes, and `wsc --listen 9001
//! --echo` is a server; `cargo install --path tools/wsc` installs the command, and its `README.md` has ten uses.
//!
//! # What passes
//!
//! A `testing::WireLog` shows each frame, with the rule beside a frame that breaks it. It is a
//! [`Tap`](crate::Tap): give it to [`Client::tap`](crate::Client::tap),
//! [`Server::tap`](crate::Server::tap), [`Settings::tap`](crate::Settings::tap) for
//! [`pair_with`](crate::testing::pair_with), `MockServer::log` or `FaultyProxy::log`.
//!
//! ```
//! use blocking_ws::Server;
//! use blocking_ws::testing::{Peer, RawFrame, WireLog};
//!
//! let log = WireLog::new();
//! let server = Server::bind("127.0.0.1:0")?.tap(log.clone()).spawn(|ws| ws.recv().map(drop))?;
//! let mut peer = Peer::connect(server.url())?;
//! peer.frame(RawFrame::text("Hello").rsv(2));
//! peer.expect_close(1002);
//! assert!(log.to_text().contains("RFC 6455 §5.2"), "{log}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! ```text
//! 04:57:56.200 +0.0066 #3 -> HTTP/1.1 101 Switching Protocols | Upgrade: websocket | …
//! 04:57:56.200 +0.0068 #3 <- TEXT   fin rsv2 len=5 mask=37fa213d "Hello"  (RFC 6455 §5.2: a reserved bit that no extension uses)
//! 04:57:56.200 +0.0068 #3 -> CLOSE  fin len=75 1002 "a reserved bit is set without an extension …"
//! ```
//!
//! `entries()` has the frames, and who closed with which code: `entry.way()`, `entry.close()`.
//! `to_jsonl()` is for programs, and `std::fs::write("x.har", log.to_har())` makes a file that the
//! network panel of a browser's developer tools imports; it has whole messages and no control frames. In a test that runs for hours,
//! `WireLog::new().most(1000)` keeps the last entries.
//!
//! Without the feature `kit` and without a change to the program, the crate `log` has the same lines:
//! run with `RUST_LOG=blocking_ws::wire=trace`.
//!
//! [`MockServer`]: ../../testing/struct.MockServer.html
//! [`FaultyProxy`]: ../../testing/struct.FaultyProxy.html
//! [`Faulty`]: ../../testing/struct.Faulty.html
//! [`Peer`]: ../../testing/struct.Peer.html
//! [`WireLog`]: ../../testing/struct.WireLog.html

pub mod conformance;
pub mod memory;
pub mod other_code;
