//! First steps: install, write a server and a client, see the log.
//!
//! # Install
//!
//! ```toml
//! [dependencies]
//! blocking-ws = "0.1"
//! ```
//!
//! The library needs Rust 1.85. Its own tests need Rust 1.95.
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `tls` | yes | `wss://` through the system's TLS library: OpenSSL, Secure Transport or Schannel |
//! | `rustls` | no | `wss://` by the crate `rustls`, with TLS 1.3 for servers; it needs a C compiler and no OpenSSL: [`tls`](super::tls#which-library) |
//! | `tls-vendored` | no | `tls` with an OpenSSL that cargo builds itself; it needs perl, make and a C compiler |
//! | `deflate` | yes | compression, in Rust alone |
//! | `idn` | no | hosts that are [not ASCII](super::http::connecting#names-that-are-not-ascii), such as `ws://bücher.example/` |
//! | `json` | no | [messages as JSON](super::recipes#json), for types of serde |
//! | `kit` | no | for tests: [peers that break rules, servers that follow a script, streams and proxies with faults](super::testing) |
//!
//! On Linux, `tls` needs the OpenSSL headers. macOS and Windows need nothing.
//!
//! ```sh
//! apt-get install libssl-dev pkg-config    # Debian, Ubuntu
//! dnf install openssl-devel                # Fedora
//! ```
//!
//! There are three ways without the headers:
//!
//! ```toml
//! # no OpenSSL; `deflate` has to be named, because it is a default feature too
//! blocking-ws = { version = "0.1", default-features = false, features = ["rustls", "deflate"] }
//! # cargo builds OpenSSL
//! blocking-ws = { version = "0.1", features = ["tls-vendored"] }
//! # no TLS at all
//! blocking-ws = { version = "0.1", default-features = false, features = ["deflate"] }
//! ```
//!
//! # A server and a client
//!
//! [`Server::bind`](crate::Server::bind) listens at once. [`serve`](crate::Server::serve) then blocks;
//! [`spawn`](crate::Server::spawn) serves in the background and returns a
//! [`ServerHandle`](crate::ServerHandle). With port 0 the system chooses a free port. With a name such as
//! `localhost:9001` the server listens on all addresses of the name.
//!
//! ```
//! use blocking_ws::{CloseCode, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
//!     while let Some(message) = ws.recv()? {
//!         ws.send(message)?;
//!     }
//!     Ok(())
//! })?;
//!
//! let mut ws = blocking_ws::connect(server.url())?;
//! ws.send("hello")?;
//! assert_eq!(ws.recv()?, Some("hello".into()));
//! ws.close(CloseCode::Normal, "done")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `main` may return [`blocking_ws::Result<()>`](crate::Result). It then prints an error as a sentence with
//! the name of the variant: `Error: cannot connect: 127.0.0.1:9001: Connection refused (os error 111)
//! [Error::Connect]`.
//!
//! The handler runs once for each client, in a thread of that client. When the handler returns, its
//! connection is closed; [`closing`](super::closing) says with which code.
//!
//! Paths can have handlers of their own: [`http`](super::http). [`recipes`](super::recipes) has whole programs
//! for common tasks.
//!
//! # Sending and receiving
//!
//! A [`Message`](crate::Message) is text or binary. Strings are sent as text, bytes as binary, also behind
//! `Arc`, `Box` or `Cow`. You can send any type that implements [`AsMessage`](crate::AsMessage).
//! `println!("{message}")` prints the text, and [`into_text`](crate::Message::into_text) takes it out.
//!
//! | To receive | What it does |
//! |---|---|
//! | [`recv`](crate::WebSocket::recv) | waits for a message; `None` after the peer's Close frame |
//! | [`messages`](crate::WebSocket::messages) | the same as an iterator |
//! | [`recv_timeout`](crate::WebSocket::recv_timeout) | waits for a bounded time |
//! | [`try_recv`](crate::WebSocket::try_recv) | returns a message that has arrived already; does not wait |
//! | [`recv_ref`](crate::WebSocket::recv_ref) | lends the message from the connection's buffer, without a copy |
//! | [`recv_stream`](crate::WebSocket::recv_stream) | reads one message piece by piece: [`large_messages`](super::large_messages) |
//! | [`recv_event`](crate::WebSocket::recv_event) | also shows pings, pongs and Close frames |
//! | [`close_result`](crate::WebSocket::close_result) | after the last message: an error if the end was not normal, such as the peer's 1011 |
//!
//! | To send | What it does |
//! |---|---|
//! | [`send`](crate::WebSocket::send) | writes a message; returns when the operating system has all of it |
//! | [`feed`](crate::WebSocket::feed) | queues a message; many queued messages go out with one write |
//! | [`flush`](crate::WebSocket::flush) | writes what is queued |
//! | [`ping`](crate::WebSocket::ping) | sends a ping with data of your own |
//! | [`send_stream`](crate::WebSocket::send_stream) | writes one message piece by piece |
//!
//! Queued messages also go out before a receiving call waits, so this loop answers a burst of messages
//! with one write:
//!
//! ```
//! # let (mut client, mut ws) = blocking_ws::testing::pair();
//! # client.send("x")?; drop(client);
//! let sender = ws.sender()?; // `ws` itself is borrowed by the message
//! while let Ok(Some(message)) = ws.recv_ref() {
//!     sender.feed(message)?;
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Keep receiving
//!
//! The receiving calls answer pings and Close frames. A program must therefore keep receiving, even if it
//! only wants to send: [`threads`](super::threads) shows how.
//!
//! # The log
//!
//! The library writes its log through the crate [`log`](https://docs.rs/log). Install a logger to see
//! it, such as `env_logger`: call `env_logger::init()` in `main` and run with `RUST_LOG=blocking_ws=info`.
//!
//! | Level | What it holds |
//! |---|---|
//! | error | a panic in a handler or a hook |
//! | warn | an error that a handler returned; a server that has no room, threads or files left; a failed attempt to connect again |
//! | info | a server's refusals, failures of TLS, lost connections; a client that reconnects: each connection that ended, and each that is open again |
//! | debug | each connection that opens or ends, and clients that leave without a request |
//! | trace | each frame, under the target `blocking_ws::wire` |
//!
//! [`troubleshooting`](super::reference::troubleshooting) shows the lines, and what the number in them means.
//!
//! # Coming from tungstenite
//!
//! [tungstenite](https://docs.rs/tungstenite) is mature, widely used and the core of tokio-tungstenite.
//! Choose it if you drive the frames yourself, or share code with tokio.
//!
//! | | blocking-ws | tungstenite 0.30 |
//! |---|---|---|
//! | Read and write at once | any thread, `ws://` and `wss://` | one thread, or non-blocking sockets and `WouldBlock` |
//! | Server | accept loop, threads, limits, keepalive, broadcast, shutdown | `accept(stream)` |
//! | Deadlines | on every phase | those of the stream |
//! | A request that is not a handshake | an HTTP answer that says what is wrong | the blocking `accept` drops the connection |
//! | Orderly close | `Ok(None)` | `Err(ConnectionClosed)` |
//! | Bad UTF-8 in a frame that is still arriving | fails at the first bad byte | fails at the end of the frame (Autobahn 6.4.3, 6.4.4: non-strict) |
//! | Close code 1014 | accepted, as registered | refused |
//! | Compression | permessage-deflate | no |
//! | TLS | native-tls or rustls | native-tls or rustls |
//! | Async | no | through tokio-tungstenite |
//! | Processor time of an echo server, for bursts of small messages | 1/50 of tungstenite's (16 B), 1/13 (1 KiB): one write answers many | one write for each message |
//! | The same for messages of 1 or 16 MiB | 1/2 of tungstenite's | |
//! | Memory of an idle connection on a server, without the kernel's | 14 KiB | 156 KiB |
//! | Crates, without TLS and compression | 39 | 27 |
//! | Program: a client; an echo server (`release`, stripped) | 1.18 MB; 1.28 MB | 0.63 MB; 0.67 MB |
//! | The same with `opt-level = "z"`, `lto` and `panic = "abort"` | 0.69 MB; 0.71 MB | 0.44 MB; 0.44 MB |
//! | Build of the client from nothing, processor time: `dev`; `release` | 31 s; 55 s | 14 s; 20 s |
//!
//! This library is larger, and takes longer to build, because it does more. A third of the client's code is its
//! own. More than a third of that is for URLs and redirects, proxies, HTTP, and the log of frames. The linker
//! cannot leave them out, because settings decide at run time whether they are used. The command
//! `bash benches/size` measures the last four rows, here with Rust 1.95 on Linux (x86-64) and two cores.
