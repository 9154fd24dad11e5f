//! Compression: smaller messages, by permessage-deflate (RFC 7692).
//!
//! Compression is off unless both ends ask for it. It saves bandwidth, and costs processor time and memory.
//!
//! ```
//! use blocking_ws::{Client, Deflate, Server, Uncompressed};
//!
//! let server = Server::bind("127.0.0.1:0")?.deflate(Deflate::new()).spawn(|ws| {
//!     while let Some(message) = ws.recv()? {
//!         ws.send(message)?;
//!     }
//!     Ok(())
//! })?;
//!
//! let mut ws = Client::new().deflate(Deflate::new()).connect(server.url())?;
//! println!("{:?}", ws.extensions()); // what the server agreed to; `None`: no compression
//! # assert_eq!(ws.extensions().is_some(), cfg!(feature = "deflate"));
//! ws.send("compressed where that makes it smaller ".repeat(10))?;
//! # ws.recv()?;
//! ws.send(Uncompressed("a secret beside text that a stranger chose ".repeat(10)))?;
//! # ws.recv()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! Programs send and receive as before. The examples `echo_server` and
//! `line_client` compress with `--deflate`, and with takeover with `--deflate-takeover`.
//!
//! # Settings
//!
//! | [`Deflate`](crate::Deflate) | Default | |
//! |---|---|---|
//! | `level` | 1, the fastest | 0 (none) to 9 (smallest) |
//! | `min_size` | 64 bytes | shorter messages are sent as they are |
//! | `send_takeover`, `recv_takeover` | off | messages may refer to earlier messages (_context takeover_) |
//! | `send_window_bits`, `recv_window_bits` | 15 | 9 to 15: how far back messages refer, 512 bytes to 32 KiB |
//!
//! A direction has takeover only if the end that sends has set `send_takeover`, and the end that receives has
//! set `recv_takeover`.
//!
//! # Takeover
//!
//! Without takeover each message is compressed by itself. The codecs come from a pool, and an idle connection
//! holds none.
//!
//! With takeover, small messages that resemble each other get much smaller. For example,
//! `{"id":118,"symbol":"ABC-9","side":"buy","price":13.75,"amount":150,"open":true}` after a similar message
//! is a frame of 24 bytes instead of 81. But each connection holds memory:
//!
//! | | For each connection |
//! |---|---|
//! | sending with takeover, 15 window bits | about 320 KiB |
//! | sending with takeover, 9 window bits | about 200 KiB |
//! | receiving with takeover | about 50 KiB |
//!
//! With takeover both ways, 10,000 connections need 3.8 GB. Lower
//! [`max_connections`](crate::Server::max_connections) where that is too much.
//!
//! ```
//! use blocking_ws::{Deflate, Settings, testing};
//!
//! let both_ways = Deflate::new().send_takeover(true).recv_takeover(true);
//! let settings = Settings::new().deflate(both_ways);
//! let (mut client, mut server) = testing::pair_with(&settings)?;
//! for price in 1..=3 {
//!     client.send(format!(r#"{{"symbol":"ABC-9","side":"buy","open":true,"price":{price}}}"#))?;
//!     println!("{:?}", server.recv()?);
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Peers that do not keep to the agreement
//!
//! - A client asks the server to do without takeover. Some servers, such as Tornado's, do not answer that.
//!   The client then keeps the 50 KiB for receiving, in case the server's messages refer to earlier ones.
//! - Tornado's client (6.6) always refers to earlier messages, whatever the server answers. A
//!   server for such clients needs `recv_takeover(true)`; otherwise they are closed with 1007.
//!
//! # Dangers
//!
//! - **Secrets.** The size of a compressed message tells something about its content. If a message holds a
//!   secret and text that an attacker chooses, the attacker can guess the secret from the sizes (the attacks
//!   CRIME and BREACH). Send such messages as [`Uncompressed`](crate::Uncompressed).
//! - **Bombs.** A small message may inflate to gigabytes. What comes out counts against `max_message_size`
//!   while it is inflated, so the peer gets Close 1009 when the limit is reached.
//!
//! # When nothing is compressed
//!
//! [`extensions`](crate::WebSocket::extensions) is `None` then. These are the reasons:
//!
//! - one end has not called `deflate`
//! - the crate was built without the feature `deflate`
//! - the connection was made by `WebSocket::accept`, `connect` or `from_parts`, which do not compress;
//!   [`Settings::accept`](crate::Settings::accept) and
//!   [`Client::connect_over`](crate::Client::connect_over) do
