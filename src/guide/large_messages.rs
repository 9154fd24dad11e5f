//! Large messages: streams for messages that do not fit into memory.
//!
//! By default a message may be 16 MiB long, and `recv` returns it when all of it has arrived. There are two
//! ways to send and receive longer messages.
//!
//! - Raise [`max_message_size`](crate::Server::max_message_size). The whole message is then in memory.
//! - Use streams. [`recv_stream`](crate::WebSocket::recv_stream) is an [`io::Read`](std::io::Read) over one
//!   message, and [`send_stream`](crate::Sender::send_stream) an [`io::Write`](std::io::Write) that sends
//!   one. A larger message does not need more memory.
//!
//! ```
//! use std::io::{self, Read};
//!
//! use blocking_ws::MessageKind;
//!
//! # fn main() -> blocking_ws::Result<()> {
//! let (mut ws, mut peer) = blocking_ws::testing::pair();
//! let sending = std::thread::spawn(move || -> blocking_ws::Result<()> {
//!     let mut stream = peer.send_stream(MessageKind::Binary);
//!     io::copy(&mut io::repeat(7).take(20 << 20), &mut stream)?; // 20 MiB; a file, for example
//!     stream.finish()?;
//!     peer.send("that was all")
//! });
//! ws.set_max_stream_size(None); // 16 MiB by default
//! let Some(mut stream) = ws.recv_stream()? else { return Ok(()) };
//! assert_eq!(io::copy(&mut stream, &mut io::sink())?, 20 << 20);
//! assert_eq!(ws.recv()?, Some("that was all".into()));
//! # sending.join().unwrap()
//! # }
//! ```
//!
//! The peer sees an ordinary message, in fragments of 64 KiB. It is compressed where both ends agreed on
//! compression. One end can use a stream while the other end uses `recv` or `send`.
//!
//! # Sending
//!
//! - Call [`finish`](crate::SendStream::finish). A stream that is dropped before that aborts the message:
//!   if a part was sent already, the connection is closed with 1011.
//! - [`WebSocket::send_stream`](crate::WebSocket::send_stream) borrows the connection, so nothing is
//!   received meanwhile and pings are not answered. If both ends do this at the same time, they wait for
//!   each other. For anything that takes long, use [`Sender::send_stream`](crate::Sender::send_stream) while
//!   another thread is in `recv`. Pings are then answered between the fragments.
//! - Other messages of the connection wait for the end of the streamed message. Pings and Close frames do
//!   not wait.
//! - `flush` sends what has been written so far.
//! - Do not pause for long. A peer may close a connection on which a message began and does not go on; this
//!   library does so after 30 seconds (`stall_timeout`).
//! - [`uncompressed`](crate::SendStream::uncompressed) leaves out compression for this message.
//!
//! # Receiving
//!
//! - [`max_stream_size`](crate::Server::max_stream_size) bounds a message that is read as a stream: 16 MiB
//!   by default, `None` for any size. It is independent of `max_message_size`.
//! - Reading returns 0 at the end of the message. A message that is cut off is an error, never an end.
//! - The stream borrows the `WebSocket` until its last use. After that you can send or receive, also in the
//!   body of `while let Some(mut stream) = ws.recv_stream()? { … }`.
//! - To send between two reads of a stream, make a [`sender`](crate::WebSocket::sender) before.
//! - If you do not read a stream to its end, the next receiving call throws the rest of the message away.
//! - `?` turns the [`io::Error`](std::io::Error) of a stream back into an [`Error`](crate::Error).
//!
//! ```
//! use blocking_ws::{Result, WebSocket};
//!
//! fn receive_files(ws: &mut WebSocket) -> Result<()> {
//!     ws.set_max_stream_size(10 << 30); // 10 GiB
//!     while let Some(name) = ws.recv()? {
//!         let Some(mut content) = ws.recv_stream()? else { break };
//!         // Never take a path from a peer as it is.
//!         let name = name.as_text().unwrap_or("").replace(|c: char| !c.is_alphanumeric(), "_");
//!         let mut file = std::fs::File::create_new(format!("upload-{name}"))?;
//!         let bytes = std::io::copy(&mut content, &mut file)?;
//!         ws.send(format!("{bytes} bytes stored"))?;
//!     }
//!     Ok(())
//! }
//! # let _: fn(&mut WebSocket) -> Result<()> = receive_files;
//! ```
//!
//! The examples `upload` and `upload_server` do this with a progress bar.
//!
//! # Bytes without messages
//!
//! Other protocols know nothing of messages: TLS, ssh, a database's own. [`ByteStream`](crate::ByteStream)
//! is the whole connection as one stream of bytes, with handles, timeouts and all that sockets have. Each
//! write is a binary message, and a Close frame is the end of the stream.
//!
//! ```
//! use std::io::{BufWriter, Read, Write};
//!
//! # fn main() -> blocking_ws::Result<()> {
//! let (client, server) = blocking_ws::testing::pair();
//! let mut lines = BufWriter::new(client.into_byte_stream()?);
//! for n in 1..=3 {
//!     writeln!(lines, "line {n}")?;
//! }
//! lines.flush()?; // one message for all three
//! # let reader = std::thread::spawn(move || -> std::io::Result<String> {
//! #     let mut text = String::new();
//! #     server.into_byte_stream()?.read_to_string(&mut text)?;
//! #     Ok(text)
//! # });
//! let mut stream = lines.into_inner().map_err(std::io::Error::from)?;
//! stream.close(1000, "")?;
//! std::io::copy(&mut stream, &mut std::io::sink())?; // until the peer has read all
//! # assert_eq!(reader.join().unwrap()?, "line 1\nline 2\nline 3\n");
//! # Ok(())
//! # }
//! ```
//!
//! A stream that is dropped instead may lose what was written last, as any dropped
//! [connection](super::closing) may.
//!
//! For both directions at once, `use blocking_ws::Duplex`: `try_clone` makes a handle, with which another thread
//! copies the other way. `shutdown(Shutdown::Write)` ends one direction with a Close frame. The other direction
//! then has only the `close_timeout`, 5 seconds; call `set_close_timeout(None)` before if the peer may need
//! longer.
//!
//! A handler borrows its connection: there it is [`byte_stream`](crate::WebSocket::byte_stream). The
//! examples `ws_tunnel_server` and `ws_connect` lead a TCP connection, such as that of `ssh`, through a
//! WebSocket.
//!
//! # Large messages that are not streams
//!
//! A message is sent in one frame by default, and an answer to a ping waits for the end of the frame. On a
//! slow line the answer may come so late that the peer takes this side for dead.
//! [`set_fragment_size`](crate::WebSocket::set_fragment_size) splits messages into frames of that size;
//! answers to pings go between the frames.
//!
//! # Memory of all connections
//!
//! Messages of 64 KiB or more count against [`set_max_buffered`](crate::set_max_buffered) while they arrive.
//! This limit is for the whole process. A peer whose message finds no room gets Close 1013.
