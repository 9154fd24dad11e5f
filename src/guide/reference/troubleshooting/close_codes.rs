//! Close codes: what this library sends by itself, and what a program receives.
//!
//! # What this library sends
//!
//! A peer of another library shows code and reason in its own way. A program with this library gets them from
//! [`close_status`](crate::WebSocket::close_status).
//!
//! | Code and reason | When | What to do |
//! |---|---|---|
//! | `1000 (normal closure)` | a server's handler has returned `Ok`, or [`Outgoing::finish`](crate::Outgoing::finish) was called | nothing |
//! | `1001 (going away)` | the `WebSocket` was dropped without `close` | nothing; call `close` to tell more |
//! | `1001 (going away): the server shuts down` | [`ServerHandle::shutdown`](crate::ServerHandle::shutdown), or the handle was dropped | connect again later |
//! | `1001 (going away): idle` | no message came within `idle_timeout` | send messages more often, or connect again |
//! | `1001 (going away): open for max_lifetime` | the connection has been open for `max_lifetime` | connect again |
//! | `1001 (going away): the program takes no more messages` | the program has dropped its [`Events`](crate::Events) | connect again later |
//! | `1002 (protocol error): a frame from a client is not masked (RFC 6455 5.1)`, `1002 (protocol error): a frame from a server is masked (RFC 6455 5.1)`, `1002 (protocol error): a reserved bit is set without an extension that defines it (RFC 6455 5.2)`, `1002 (protocol error): opcode … is reserved (RFC 6455 5.2)`, `1002 (protocol error): the length is not in its shortest form (RFC 6455 5.2)`, `1002 (protocol error): the top bit of a 64-bit length is set (RFC 6455 5.2)`, `1002 (protocol error): a control frame is fragmented (RFC 6455 5.5)`, `1002 (protocol error): a control frame is longer than 125 bytes (RFC 6455 5.5)`, `1002 (protocol error): a continuation frame continues no message (RFC 6455 5.4)`, `1002 (protocol error): a new message begins inside an unfinished one (RFC 6455 5.4)`, `1002 (protocol error): the payload of a Close frame is one byte long (RFC 6455 5.5.1)`, `1002 (protocol error): close code … may not be sent (RFC 6455 7.4)` | the other side broke this rule | update or report its library |
//! | `1007 (invalid payload): the text is not valid UTF-8 (RFC 6455 8.1)` | bytes came as text | send them as binary |
//! | `1007 (invalid payload)` | a server's handler returned [`Error::Json`](crate::Error::Json) | send what the server expects |
//! | `1008 (policy violation): too slow: the queue of messages is full` | a member of a [`Hub`](crate::Hub) reads too slowly | read faster; the server may have larger bounds or another `Overflow`: [`broadcast`](crate::guide::broadcast) |
//! | `1008 (policy violation): the message began and did not go on within stall_timeout` | the other side stopped in the middle of a message | send it whole; the receiver may raise `stall_timeout` |
//! | `1008 (policy violation): the message has more than … fragments (RFC 6455 10.4)` | a message came in very small frames | larger frames |
//! | `1009 (message too big): the message is larger than max_message_size, … bytes (RFC 6455 10.4)`, `1009 (message too big): the streamed message is larger than max_stream_size, … bytes (RFC 6455 10.4)` | the message exceeds the receiver's limit | smaller messages, or raise the limit there |
//! | `1011 (internal error)` | a server's handler returned an error or panicked | look at the server's log |
//! | `1011 (internal error): a message was not sent to its end` | a [`SendStream`](crate::SendStream) was dropped before `finish` | throw the part away; call `finish` |
//! | `1011 (internal error): a message cannot be encoded`, `1011 (internal error): a message cannot be sent` | the program's function or message in an [`Outgoing`](crate::Outgoing) queue panicked | look at its log |
//! | `1013 (try again later): no room: the messages of all connections have reached the limit of set_max_buffered` | the receiver's process holds too much | send again later; the receiver may raise [`set_max_buffered`](crate::set_max_buffered) |
//!
//! | Code and reason, with `deflate` | When | What to do |
//! |---|---|---|
//! | `1007 (invalid payload): the compressed data of the message is corrupt (RFC 7692 7.2.2)` | a compressed message cannot be inflated | compare the settings of [`compression`](crate::guide::compression) |
//!
//! # What a program receives
//!
//! These are the texts of [`CloseStatus`](crate::CloseStatus), and so of
//! [`Error::Ended`](crate::Error::Ended), of [`close_result`](crate::WebSocket::close_result) and of the log.
//! Behind the code follows the peer's reason. It is 1000, 1001 or 1005 if the connection ended normally.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `the peer closed the connection: 1000 (normal closure)…` | the peer is done | nothing |
//! | `the peer closed the connection: 1001 (going away): …` | a server shuts down, or a browser left the page | connect again, if this is a client |
//! | `the peer closed the connection: 1002 (protocol error)…` | the peer says that this side broke a rule | report it with a [wire log](super#what-the-log-shows) |
//! | `the peer closed the connection: 1003 (unsupported data)…` | the peer does not take this kind of message, such as binary | send the other kind |
//! | `the peer closed the connection: 1005 (no code given)…` | the peer's Close frame has no code, as a browser's `close()` | nothing |
//! | `the peer closed the connection: 1007 (invalid payload)…` | a message is not what its kind should be | see the reason |
//! | `the peer closed the connection: 1008 (policy violation)…` | a rule of the peer's program, often about log-in or speed | see the reason |
//! | `the peer closed the connection: 1009 (message too big)…` | a message was larger than the peer takes | send smaller messages |
//! | `the peer closed the connection: 1010 (extension missing)…` | a client needs an extension, such as compression | [`Server::deflate`](crate::Server::deflate) |
//! | `the peer closed the connection: 1011 (internal error)…` | the peer's program failed | see the reason and the peer's log |
//! | `the peer closed the connection: 1012 (service restart)…`, `the peer closed the connection: 1013 (try again later)…`, `the peer closed the connection: 1014 (bad gateway)…` | the service is not there for the moment | connect again later |
//! | `the peer closed the connection: 3000: …`, `the peer closed the connection: 4000: …` | 3000 to 3999 are codes of libraries, 4000 to 4999 those of the two programs | the peer's documentation |
//! | `the peer closed the connection: …; no answer could be sent` | the peer hung up just after its Close frame | nothing, unless a message was sent just before: it may not have arrived |
//! | `this side closed the connection: …; no Close frame of the peer came` | the peer hung up, or did not answer within `close_timeout` | the last messages may not have arrived; raise `close_timeout` where they matter |
//! | `the connection was lost (code 1006): the peer ended it without a Close frame (RFC 6455 7.1.5)` | there was no Close frame: the peer's process died, or the network failed | connect again |
//! | `` the connection was lost (code 1006): the peer ended it without a Close frame (RFC 6455 7.1.5), perhaps because its ping was not answered: keep a thread in `recv` `` | this side did not receive for a while | keep a thread in `recv`: [`threads`](crate::guide::threads) |
//! | `the connection was lost (code 1006): its thread panicked` | a stream or a callback of the program panicked, under [`Events`](crate::Events) | correct it; the panic's message says where |
//!
//! 1005, 1006 and 1015 are never on the wire. 1005 means that the Close frame had no code, and 1006 that there
//! was none. 1015 means in browsers that TLS failed: with this library that is
//! [`Error::Tls`](crate::Error::Tls), before a connection is open.
