//! Troubleshooting: message, cause, remedy.
//!
//! `…` stands for the part of a message that varies. `main`, `unwrap` and `{:?}` print the message with the
//! name of the variant behind it, such as `[Error::Refused]`. Set `RUST_LOG=blocking_ws=info` to see why a server
//! refused or lost a client ([`first_steps`](super::super::first_steps) shows how to install a logger).
//!
//! # Connecting
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `cannot connect: …: Connection refused …` | no program listens at that address | start the server; check the port |
//! | `cannot connect: …; …` | the host has several addresses, and none answered; the text says why for each | check each; `localhost` is often both `::1` and `127.0.0.1` |
//! | `cannot connect: …: failed to lookup address information: …` (the system's words), or `… has no address` | the name is not known | check the spelling, and the network |
//! | `cannot connect: the proxy …` | the proxy itself does not answer | check `Client::proxy`, or the environment if you call `proxy_from_env` |
//! | `cannot connect: …: the local address …: …` | the machine does not have the address of [`Client::local_addr`](crate::Client::local_addr), or its port is in use | choose an address of this machine, and port 0 |
//! | `…: not tried, it is IPv6, and the local address is IPv4: …` | the server cannot be reached from that address | a local address of the other family |
//! | `cannot connect: Client::dial to …: …` | the program's own function failed or panicked | see [`Client::dial`](crate::Client::dial) |
//! | `the connection was not open within connect_timeout` | a firewall drops packets, or the server accepts and does not answer | check address and firewall; raise [`connect_timeout`](crate::Client::connect_timeout) for slow networks |
//! | `the server refused the connection: 404 Not Found: there is no WebSocket at the path …; …` | the server has [routes](super::super::http#routes-and-pages), and none for that path; a slash at the end makes another path | check the path |
//! | `the server refused the connection: 401 Unauthorized: …` | the server's hook wants a log-in | user name and password in the URL, or [`Client::header`](crate::Client::header) with a token or a cookie |
//! | `the server refused the connection: 403 Forbidden: a page of … may not connect to …` | the page is of another host than the server | [`Server::origin`](crate::Server::origin); behind a proxy, see [`http`](super::super::http) |
//! | `the server refused the connection: 400 Bad Request: no common subprotocol: …` | the server requires a subprotocol, and the client offers none of its own | [`Client::subprotocol`](crate::Client::subprotocol) with one of the names |
//! | `the opening handshake failed: no common subprotocol: …` | the client requires a subprotocol, and the server chose none | [`Server::subprotocol`](crate::Server::subprotocol), or check the URL |
//! | `the server refused the connection: 408 Request Timeout: …` | the request did not arrive within `handshake_timeout` | [`Server::handshake_timeout`](crate::Server::handshake_timeout) for slow networks |
//! | `the server refused the connection: 426 Upgrade Required: …` | a proxy did not pass the upgrade on | set the proxy's headers as in [`proxies`](super::super::deployment::proxies) |
//! | `the server refused the connection: 503 Service Unavailable: the server has no room …` | `max_connections` is reached | raise [`max_connections`](crate::Server::max_connections); look for handlers that do not return |
//! | `the server refused the connection: 429 Too Many Requests: there are too many connections from this address …` | `max_connections_per_client` is reached | close connections that are not needed; raise [`max_connections_per_client`](crate::Server::max_connections_per_client) if many users share an address |
//! | `no WebSocket there: the server answered 301 Moved Permanently to …; the redirect was not followed: …` | the server is elsewhere | use that URL, or [`Client::redirects`](crate::Client::redirects) |
//! | `no WebSocket there: the server answered 200 OK …, where 101 was expected` | a page is at that URL | check path and port |
//! | `the opening handshake failed: Sec-WebSocket-Accept does not fit the key: …` | the answer came from something that is no WebSocket server, perhaps a cache | check the port, and the proxies on the way |
//! | `cannot connect: this server does not speak HTTP/1: it sent "…"; check host and port` | another kind of server is there; the text quotes its first line | another host or port |
//! | `the opening handshake failed: the head of the HTTP message is malformed: …` | the peer speaks TLS, or HTTP with a mistake; the text says which | `wss://` in place of `ws://`, or mend the server |
//! | `the opening handshake failed: …; raise max_head_size` or `…; raise max_headers` | the server's answer exceeds the client's limit | [`Client::max_head_size`](crate::Client::max_head_size), [`max_headers`](crate::Client::max_headers) |
//! | `the server refused the connection: 431 Request Header Fields Too Large: …` | the request exceeds the server's limit | fewer or shorter headers; or the server raises [`max_head_size`](crate::Server::max_head_size) or [`max_headers`](crate::Server::max_headers) |
//! | `the connection was lost: the peer hung up before the head of its HTTP message; …` | the peer does not speak HTTP; often a `ws://` URL for a `wss://` server | `wss://` in place of `ws://`, or another port |
//! | `the URL cannot be used: "…" has no scheme: …`, or `its scheme is …` | the URL has no scheme, or another | write what the text says |
//! | `the URL cannot be used: it ends in a line break: trim it` | the URL was read from a file or from standard input | `url.trim()` |
//! | `the URL cannot be used: …` | the text says which part, and what is wrong with it | correct that part |
//! | `cannot connect: …; if … is the port, write …` | the port stands in the brackets of an IPv6 address | put it behind them |
//! | ``the value of the header `…` has a line break …`` | [`Client::header`](crate::Client::header) was given a value that cannot be sent | correct it; a file's last line break is the usual cause |
//! | `the proxy does not lead to the server: …` | the proxy answered, and refused | the text says why; 407 is about user name and password |
//! | `the URL cannot be used: socks://, …` | the URL means a SOCKS4 proxy | `socks5h://` |
//! | `the URL cannot be used: its host is not ASCII; …` | the host has a letter such as `ü` | the feature [`idn`](super::super::http::connecting#names-that-are-not-ascii), or the name as DNS has it |
//! | `TLS failed: the proxy …: …` | the certificate of an `https://` proxy is not trusted, or it speaks no TLS | the same table, for the proxy's certificate; or `http://` |
//! | `TLS failed: …` | certificate, key, or what the other side speaks | [`tls`](super::super::tls) has a table |
//!
//! # Starting a server
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `… is in use: another server listens there …` | another program uses the port, perhaps an older run of this one | stop it, or use another port; 0 lets the system choose |
//! | `cannot listen on …: ports below 1024 need a permission …` | the system reserves these ports | use a higher port, behind a proxy, or let [systemd](super::super::deployment::systemd) pass on the socket |
//! | `cannot listen on …: this machine does not have that address …` | the address belongs to another machine, or to a router in front of this one | listen on `127.0.0.1`, or on `0.0.0.0` for all networks |
//! | `cannot listen on "…": …` | there is no host or no port, it is a URL, or the name cannot be resolved | write what the text says; `host:port` in general |
//! | `….sock: a server listens there already …` | another server uses that Unix socket | stop it, or use another path |
//! | `… cannot be zero; None turns it off` | a timeout or an interval of zero | `None` |
//! | `max_message_size is 0, …`, or `max_stream_size`, `max_head_size`, `max_headers` | 0 does not mean "no limit" | the text names the default, or what means no limit |
//! | `the system has no thread with a stack_size of … bytes; …` | the stack does not fit into the address space or the memory | a smaller [`Server::stack_size`](crate::Server::stack_size) |
//! | `"…" is no origin of a page: …` | [`Server::origin`](crate::Server::origin) was given a URL or a name | write what the text says |
//! | ``a server without a `route` has no WebSocket; …`` | `serve_routes` of a server that has only pages | add a [`route`](crate::Server::route), or call `serve` |
//! | `the route … is no pattern of paths: …` | a pattern such as `chat` or `/{a..}/b` | the text says what is wrong; [`route`](crate::Server::route) has a table |
//! | `the routes … and … take the same paths` | two patterns differ only in the names of their parameters | use one pattern |
//! | the server ends at once, without a message | `spawn` returned a handle, and the program dropped it: `let _ = server.spawn(…)` does that at once | `let _server = server.spawn(…)?`, or `serve` |
//! | other machines cannot connect | it listens on `127.0.0.1` | listen on `0.0.0.0` or `[::]` |
//! | the process ends with `has overflowed its stack` | a handler needs more than 1 MiB | [`Server::stack_size`](crate::Server::stack_size) |
//!
//! # While a connection is open
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `nothing arrived within the timeout; nothing was lost, call again` | your own timeout has passed | call again: `error.is_timeout()` |
//! | `the connection is closed: nothing follows a Close frame (RFC 6455 5.5.1); …` | you send after one side sent a Close frame, or after the `WebSocket` was dropped | stop sending; `close_status()` tells who closed, and [`close_result`](crate::WebSocket::close_result) why |
//! | `the connection was lost: the peer ended it without a Close frame (RFC 6455 7.1.5)` | the peer's process died, or its library does not close in order | expect it: networks fail |
//! | the same with `…, perhaps because its ping was not answered` | this side did not receive for a while | keep a thread in `recv`: [`threads`](super::super::threads) |
//! | `the connection was lost: the peer has ended it; a thread in recv learns why (…)` | a send after the peer hung up | receive in another thread: [`threads`](super::super::threads) |
//! | `the peer closed the connection: …` | the peer's Close frame tells of a failure | see code and reason: [`closing`](super::super::closing) |
//! | `the connection was lost: the peer closed it with …` | a send failed because the peer had closed; the text has its code and reason | see the reason |
//! | the same with a reason such as `keepalive ping timeout` | this side only sends, so the peer's pings are not answered | keep a thread in `recv`: [`threads`](super::super::threads#a-program-that-only-sends) |
//! | `the connection was lost: the WebSocket of this Sender was dropped` | a `Sender` outlived a connection that ended without a Close frame | stop the thread that sends |
//! | `the connection was lost: cut at the deadline of the server's shutdown` | this server shuts down, and the client did not close in time | give `shutdown` more time |
//! | `the connection was lost: an earlier write or read failed` | an error before this one | look at the first error |
//! | `nothing came from the peer within pong_timeout after a ping; …` | the peer vanished, or does not receive | the peer must keep receiving; see below for slow lines |
//! | `the peer did not read what was sent within write_timeout; …` | the peer is stuck, both ends only send, or the line is too slow | make the peer receive; raise `write_timeout` |
//! | `the peer did not answer the Close frame within close_timeout; …` | the peer does not receive any more | often harmless; raise `close_timeout` where the last messages matter, or where the peer goes on sending on a [`ByteStream`](crate::ByteStream) |
//! | `the connection was failed: the message is larger than max_message_size, … bytes …` | the peer sends larger messages than this side takes | raise [`max_message_size`](crate::Server::max_message_size), or use [streams](super::super::large_messages) |
//! | `the connection was failed: the streamed message is larger than max_stream_size, … bytes …` | the same for `recv_stream` | raise [`max_stream_size`](crate::Server::max_stream_size) |
//! | `the message is not the JSON that was expected: …` | the peer sends another form; the text has line and column within the message | the connection goes on: answer with an error, or receive the next message |
//! | `close code … may not be sent; …` | 1005, 1006 and 1015 are only reported | 1000, 1011, or 4000 to 4999 for a meaning of your own |
//! | `the connection was failed: the message began and did not go on within stall_timeout` | the peer stopped in the middle of a message | its line broke, or it streams and pauses: raise `stall_timeout` |
//! | `the connection was failed: the compressed data of the message is corrupt (RFC 7692 7.2.2)` | a client that does not keep to the agreement | `recv_takeover(true)`: see [`compression`](super::super::compression) |
//! | `the connection was failed: the text is not valid UTF-8 (RFC 6455 8.1)` | the peer sends bytes as text | it has to send them as binary |
//! | `no room: the messages of all connections have reached the limit of set_max_buffered` | all connections together hold 1 GiB | [`set_max_buffered`](crate::set_max_buffered), or smaller queues and messages |
//! | `the queue of outgoing messages is full: …` | the server has not acknowledged enough messages of an [`Outgoing`](crate::Outgoing) queue | push again later, or `push`, which waits; see that the server answers with the numbers that it has handled |
//! | `the peer acknowledged message …, but the last message sent is …` | the server counts the messages of another sender, or of an earlier process | give [each process a name of its own](super::super::closing::reconnecting#so-that-no-message-is-lost) |
//! | `the message was cut off before its end, because …` | the connection ended within a streamed message | throw the part away |
//!
//! # No message, but it does not work
//!
//! | Symptom | Cause | What to do |
//! |---|---|---|
//! | a browser or a proxy disconnects after 30 to 60 s | the program only sends, so pings are not answered | keep receiving: [`threads`](super::super::threads) |
//! | code 1006 on a slow line, with large messages | pongs wait behind a large frame | [`set_fragment_size`](crate::WebSocket::set_fragment_size), a longer `pong_timeout` |
//! | a client waits without end in `recv` after the server's machine died | a client sends no pings by default | [`Client::ping_interval`](crate::Client::ping_interval) |
//! | messages of `feed` come late | the receiving thread waits already | `flush` after the last one |
//! | two programs wait for each other | both send and neither receives | receive in a second thread: [`threads`](super::super::threads) |
//! | a test does not end | `close` waits for the other end, or more than 64 KiB wait in a pair | [`memory`](super::super::testing::memory) |
//! | a member of a hub gets nothing | its seat was dropped, by `let _ = hub.join(…)` | `let _seat = …` |
//! | members of a hub get 1008 | they read too slowly | larger bounds or another `Overflow`: [`broadcast`](super::super::broadcast) |
//! | a connection closes with 1001 and the reason `idle` or `open for max_lifetime` | the other side has `idle_timeout` or `max_lifetime` | send messages more often, or connect again |
//! | `subprotocol()` is `None` although the client offered some | the server supports none of them; such a connection opens by default | [`require_subprotocol`](crate::Client::require_subprotocol) on the client or the server |
//! | every path gets 404, with a route such as `/chat/:room` | that is a path with a colon | write `/chat/{room}`: [`route`](crate::Server::route) |
//! | `recv` returns `None` and data is missing | the peer closed with an error code | call [`close_result`](crate::WebSocket::close_result) after the last message |
//!
//! # What the log shows
//!
//! A line about a connection begins with the connection's number, such as `#7`, on servers and on clients.
//! [`WebSocket::id`](crate::WebSocket::id) returns the same number, and
//! [`ServerHandle::connection`](crate::ServerHandle::connection) finds a server's connection by it. With
//! `RUST_LOG=blocking_ws=debug` a server writes:
//!
//! ```text
//! DEBUG #7 192.0.2.1:5123: open, /chat
//! INFO  #8 192.0.2.9:40112: refused with 403 by origin: a page of https://b.example may not connect to …
//! INFO  #9 192.0.2.9:40113: refused with 429, max_connections_per_client is 5
//! DEBUG #10 192.0.2.3:41000: no connection: the connection was lost: the peer hung up before the head …
//! INFO  #7 192.0.2.1:5123: the connection was lost: the peer ended it without a Close frame …
//! WARN  127.0.0.1:9001: shut down, but handlers of 1 clients have not returned; … #11 192.0.2.4:41200 /chat
//! ```
//!
//! And a client:
//!
//! ```text
//! DEBUG #3 chat.example: open, /chat
//! DEBUG #3 chat.example: the peer closed the connection: 1001 (going away): the server shuts down
//! ```
//!
//! With `RUST_LOG=blocking_ws::wire=trace` the log has a line for each frame, with the same number. The
//! level counts that is set when the connection opens.
//!
//! | Level | What a server's log has |
//! |---|---|
//! | error | a panic of a handler or a hook; the listening socket has become unusable |
//! | warn | a handler returned an error of the program; `max_connections` is reached; threads, memory or files have run out; a handler that stays at a shutdown |
//! | info | a refusal, with the setting that decided if there is one; a client with which TLS failed; a connection that was lost, or failed because the client broke a rule |
//! | debug | each connection that opens or ends; plain HTTP, and clients that send no request, as health checks and browsers do |
//!
//! Clients can cause any number of lines at `info` and `warn`. Of each kind, the first five lines in a
//! second are written in full. The others are counted, and written at `debug` only. The count follows with
//! the next line or the next client, at the latest when the server shuts down:
//!
//! ```text
//! INFO 127.0.0.1:9001: 523 more clients were refused within a second
//! ```
//!
//! # Building
//!
//! | Message | What to do |
//! |---|---|
//! | `Could not find directory of OpenSSL installation` or `Package openssl was not found` | install the OpenSSL headers, or choose another feature: [`first_steps`](super::super::first_steps) |
//! | `TLS failed: blocking-ws was built without TLS: …` at run time | enable the feature `tls` or `rustls` |
//! | ``expected `…` to return `Result<(), Error>`, but it returns …`` for a handler with an error of its own | `server.serve(any_error(handler))`: [`any_error`](crate::any_error) |
//! | `` `?` couldn't convert the error to `blocking_ws::Error` `` | `.map_err(Error::other)?` in a closure; or make a function of it, and use `any_error` |
//! | ``a handler for `any_error` cannot return the error …`` | the function must return `Result<(), Box<dyn Error + Send + Sync>>` |
//! | `… cannot be put into a request` at [`Opening::insert`](crate::Opening::insert) | put the value into an `Arc`; do not derive `Clone` for a guard |
//! | `… cannot be sent as a message` | `.to_string()` for numbers; `send_json` for types of serde; [`AsMessage`](crate::AsMessage) lists what can be sent |
//! | `no method named send_json`, `recv_json`, `from_json` or `json` | enable the feature `json` |
//! | `no method named try_clone` or `shutdown` on a stream | `use blocking_ws::Duplex` |
//! | `cannot borrow *ws as mutable …` after `ws.param(…)` or `ws.request()` | keep a copy: `ws.param("room").unwrap_or_default().to_owned()` |
//! | `cannot borrow *ws as mutable more than once` or `use of moved value: ws` with two threads | one thread has the `WebSocket`, the others have `ws.sender()?`: [`threads`](super::super::threads) |
//! | `` expected `Response<_>`, found … `` at a page | `Response::new("ok\n")` |
//! | `rustc … is not supported by the following package` | update to Rust 1.85 or newer |
