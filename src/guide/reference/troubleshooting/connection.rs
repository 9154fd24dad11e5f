//! Errors while a connection is open, and after its end.
//!
//! After [`Error::Timeout`](crate::Error::Timeout) call again. After [`Error::Json`](crate::Error::Json) and
//! [`Error::Full`](crate::Error::Full) the connection goes on. After any other error of this page, drop it.
//!
//! # Waiting and sending
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `nothing arrived within the timeout; nothing was lost, call again` | your own timeout has passed | call again: `error.is_timeout()` |
//! | `the connection is closed: nothing follows a Close frame (RFC 6455 5.5.1); …` | you send after one side sent a Close frame, or after the `WebSocket` was dropped | stop sending; `close_status()` tells who closed, and [`close_result`](crate::WebSocket::close_result) why |
//! | `nothing came from the peer within pong_timeout after a ping; …` | the peer vanished, or does not receive | the peer must keep receiving; see [below](super#no-message-but-it-does-not-work) for slow lines |
//! | `the peer did not read what was sent within write_timeout; …` | the peer is stuck, both ends only send, or the line is too slow. If the peer has sent a Close frame, this side's answer had no room within `close_timeout` | make the peer receive; raise `write_timeout`, or `close_timeout` for the answer |
//! | `the peer did not answer the Close frame within close_timeout; …` | the peer does not receive any more, or has not yet read what was sent before | often harmless; raise `close_timeout` where the last messages matter, or where the peer goes on sending on a [`ByteStream`](crate::ByteStream) |
//! | `the opening handshake was not done within handshake_timeout` | a server accepted a client that says nothing | often harmless, as health checks do that; raise [`handshake_timeout`](crate::Settings::handshake_timeout) for slow networks |
//! | `no room: the messages of all connections have reached the limit of set_max_buffered; …` | all hubs together hold 1 GiB | [`set_max_buffered`](crate::set_max_buffered), or smaller queues and messages |
//! | `the queue of outgoing messages is full: …` | the server has not acknowledged enough messages of an [`Outgoing`](crate::Outgoing) queue | push again later, or `push`, which waits; see that the server answers with the numbers that it has handled |
//! | `the queue of outgoing messages is finished and takes no more` | [`Outgoing::finish`](crate::Outgoing::finish) was called | stop pushing |
//! | `the message is not the JSON that was expected: …` | the peer sends another form; the text has line and column within the message | the connection goes on: answer with an error, or receive the next message |
//! | `text was expected, but a binary message of … bytes came` | the peer sends binary messages | [`Message::into_bytes`](crate::Message::into_bytes), or have the peer send text |
//! | `the streamed message has failed before; begin another one` | a [`SendStream`](crate::SendStream) is used after an error | see the first error |
//! | `a text message must be valid UTF-8 (RFC 6455 8.1); …` | other bytes were written to a stream of text | [`MessageKind::Binary`](crate::MessageKind::Binary) |
//!
//! # A connection that was lost
//!
//! [`Error::Lost`](crate::Error::Lost): networks fail, so expect it, and
//! [connect again](crate::guide::closing::reconnecting).
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `the connection was lost: the peer ended it without a Close frame (RFC 6455 7.1.5)` | the peer's process died, or its library does not close in order | expect it: networks fail |
//! | `` the connection was lost: the peer ended it without a Close frame (RFC 6455 7.1.5), perhaps because its ping was not answered: keep a thread in `recv` `` | this side did not receive for a while | keep a thread in `recv`: [`threads`](crate::guide::threads) |
//! | ``the connection was lost: the peer has ended it; a thread in `recv` learns why (…)`` | a send after the peer hung up | receive in another thread: [`threads`](crate::guide::threads) |
//! | `the connection was lost: the peer closed it with …` | a send failed because the peer had closed; the text has its code and reason. With `keepalive ping timeout`, this side only sends, so the peer's pings are not answered | see the reason; keep a thread in `recv`: [`threads`](crate::guide::threads#a-program-that-only-sends) |
//! | `the connection was lost: the WebSocket of this Sender was dropped` | a `Sender` outlived a connection that ended without a Close frame | stop the thread that sends |
//! | `the connection was lost: cut at the deadline of the server's shutdown` | this server shuts down, and the client did not close in time | give `shutdown` more time |
//! | `the connection was lost: an earlier write or read failed; the error of that call says why` | an error before this one | look at the first error |
//! | `the connection was lost: it ended while another thread was sending a message` | a sender waited for the end of a [`SendStream`](crate::SendStream), and the connection was lost | the thread that receives learns why |
//! | `the connection was lost: it ended before the pong came` | [`ping_wait`](crate::Sender::ping_wait) waited, and the connection ended | the thread that receives learns why |
//! | `the connection was lost: the message was cut off before its end, because …`, `the connection was lost: the peer closed the connection within a message` | the connection ended within a streamed message, or within a [`ByteStream`](crate::ByteStream) | throw the part away |
//! | `the connection was lost: the stream panicked while it was read`, `the connection was lost: the stream panicked while it was written`, `the connection was lost: the stream has counted more bytes than it was given` | a stream of the program has a bug | correct it; the panic's message says where |
//!
//! # A rule that the peer broke, or a limit
//!
//! [`Error::Protocol`](crate::Error::Protocol). The peer was told by a Close frame, see
//! [`close_codes`](super::close_codes#what-this-library-sends).
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `the connection was failed: the message is larger than max_message_size, … bytes …` | the peer sends larger messages than this side takes | raise [`max_message_size`](crate::Server::max_message_size), or use [streams](crate::guide::large_messages) |
//! | `the connection was failed: the streamed message is larger than max_stream_size, … bytes …` | the same for `recv_stream` | raise [`max_stream_size`](crate::Server::max_stream_size) |
//! | `the connection was failed: the message has more than … fragments (RFC 6455 10.4); …` | the peer sends a message in very small frames | have it send larger frames |
//! | `the connection was failed: the message began and did not go on within stall_timeout; …` | the peer stopped in the middle of a message | its line broke, or it streams and pauses: raise `stall_timeout` |
//! | `the connection was failed: no room: the messages of all connections have reached the limit of set_max_buffered; …` | the messages of all connections that arrive now are larger than 1 GiB together | [`set_max_buffered`](crate::set_max_buffered), or smaller limits for each connection |
//! | `the connection was failed: the text is not valid UTF-8 (RFC 6455 8.1); …` | the peer sends bytes as text | it has to send them as binary |
//! | `the connection was failed: a frame from a client is not masked (RFC 6455 5.1)`, `the connection was failed: a frame from a server is masked (RFC 6455 5.1)` | the peer has the wrong role, or its library has a bug | see that one end is a client and the other a server |
//! | `the connection was failed: a reserved bit is set without an extension that defines it (RFC 6455 5.2)` | the peer compresses without an agreement, or the stream has other bytes than frames | compare the settings of compression; see that nothing else writes to the stream |
//! | `the connection was failed: opcode … is reserved (RFC 6455 5.2)`, `the connection was failed: the length is not in its shortest form (RFC 6455 5.2)`, `the connection was failed: the top bit of a 64-bit length is set (RFC 6455 5.2)`, `the connection was failed: a control frame is fragmented (RFC 6455 5.5)`, `the connection was failed: a control frame is longer than 125 bytes (RFC 6455 5.5)`, `the connection was failed: a continuation frame continues no message (RFC 6455 5.4)`, `the connection was failed: a new message begins inside an unfinished one (RFC 6455 5.4)`, `the connection was failed: the payload of a Close frame is one byte long (RFC 6455 5.5.1)`, `the connection was failed: close code … may not be sent (RFC 6455 7.4)` | the peer's library has a bug, or something else writes to its stream | update or report that library; the [wire log](super#what-the-log-shows) shows the frames |
//!
//! | Message, with `deflate` | Cause | What to do |
//! |---|---|---|
//! | `the connection was failed: the compressed data of the message is corrupt (RFC 7692 7.2.2)` | a client that does not keep to the agreement | `recv_takeover(true)`: see [`compression`](crate::guide::compression) |
//!
//! # Streams that cannot do everything
//!
//! [`Error::Io`](crate::Error::Io). A [`Stream::half`](crate::Stream::half) only reads and writes.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `a stream of which only Read and Write are known cannot …; …`, `this stream has only one handle, so only its WebSocket can send; …`, `this stream has no timeouts, so no pong can be waited for; …` | the call needs a second handle, a timeout or a shutdown of the stream | implement [`Duplex`](crate::Duplex) for it |
//! | `this stream has no IP addresses` | `peer_addr` of a connection in memory or over a Unix socket | do not ask for it |
