//! Troubleshooting: message, cause, remedy.
//!
//! | Page | What it has |
//! |---|---|
//! | [`connecting`] | a client that cannot connect: addresses, proxies, the server's answer |
//! | [`refusals`] | what a server refuses by itself: each status with its text |
//! | [`urls`] | a URL, a setting or an argument that can never work |
//! | [`tls`] | certificates, keys, and what the other side speaks |
//! | [`starting`] | a server that does not start, or does not run |
//! | [`connection`] | errors while a connection is open, and after its end |
//! | [`close_codes`] | what this library sends by itself, and what a program receives |
//!
//! # How to read the tables
//!
//! Search these pages for the beginning of your message. `…` stands for the part of a message that varies.
//! `main`, `unwrap` and `{:?}` print the message with the name of the variant behind it, such as
//! `[Error::Refused]`. A test produces all but a few of these messages and compares them with the tables, so they
//! show the messages as this version has them. If several rows fit, the row with the most words is meant. A table
//! that says `with` or `without` a feature is for builds with or without it.
//!
//! The message names the cause as far as this side knows it. Set `RUST_LOG=blocking_ws=info` to see why a
//! server refused or lost a client ([`first_steps`](crate::guide::first_steps) shows how to install a logger).
//! A message that none of these pages has is the system's, the TLS library's or your program's own.
//!
//! # No message, but it does not work
//!
//! | Symptom | Cause | What to do |
//! |---|---|---|
//! | a server ends at once | `spawn` returned a handle, and the program dropped it: `let _ = server.spawn(…)` does that at once | `let _server = server.spawn(…)?`, or `serve` |
//! | other machines cannot connect | the server listens on `127.0.0.1` | listen on `0.0.0.0` or `[::]` |
//! | the process ends with `has overflowed its stack` | a handler needs more than 1 MiB | [`Server::stack_size`](crate::Server::stack_size) |
//! | a browser or a proxy disconnects after 30 to 60 s | the program only sends, so pings are not answered | keep receiving: [`threads`](crate::guide::threads) |
//! | code 1006 on a slow line, with large messages | pongs wait behind a large frame | [`set_fragment_size`](crate::WebSocket::set_fragment_size), a longer `pong_timeout` |
//! | a client waits without end in `recv` after the server's machine died | a client sends no pings by default | [`Client::ping_interval`](crate::Client::ping_interval) |
//! | messages of `feed` come late | the receiving thread waits already | `flush` after the last one |
//! | two programs wait for each other | both send and neither receives | receive in a second thread: [`threads`](crate::guide::threads) |
//! | a test does not end | `close` waits for the other end, or more than 64 KiB wait in a pair | [`memory`](crate::guide::testing::memory) |
//! | a member of a hub gets nothing | its seat was dropped, by `let _ = hub.join(…)` | `let _seat = …` |
//! | members of a hub get 1008 | they read too slowly | larger bounds or another `Overflow`: [`broadcast`](crate::guide::broadcast) |
//! | a connection closes with 1001 and the reason `idle` or `open for max_lifetime` | the other side has `idle_timeout` or `max_lifetime` | send messages more often, or connect again |
//! | `subprotocol()` is `None` although the client offered some | the server supports none of them; such a connection opens by default | [`require_subprotocol`](crate::Client::require_subprotocol) on the client or the server |
//! | a browser shows `ERR_CERT_AUTHORITY_INVALID` as its page, or in the console for a WebSocket | the browser does not trust the server's certificate | [in a browser](crate::guide::tls#in-a-browser) |
//! | a browser shows `ERR_SSL_PROTOCOL_ERROR`, for a WebSocket in the console | the URL begins with `wss://` or `https://`, and the server has no TLS | `ws://` or `http://`, or [`Server::tls`](crate::Server::tls) |
//! | a browser shows `ERR_CONNECTION_RESET`, or `Connection closed before receiving a handshake response`; curl says `(52) Empty reply from server` or `(1) Received HTTP/0.9 when not allowed` | the URL begins with `http://` or `ws://`, and the server speaks TLS; its log has `no TLS from the client` | `https://` or `wss://` |
//! | a browser shows `Error during WebSocket handshake: Unexpected response code: 403` | the page is of another host than the server: `127.0.0.1` and `localhost` are two hosts | open the page with the host that its script connects to, or see [pages of other sites](crate::guide::http#pages-of-other-sites) |
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
//! DEBUG #12 GET /health: answered with 200 OK
//! DEBUG #12 192.0.2.5:40007: plain HTTP: this is a WebSocket endpoint: the request has no …
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
//! | Message of the compiler | What to do |
//! |---|---|
//! | `Could not find directory of OpenSSL installation` or `Package openssl was not found` | install the OpenSSL headers, or choose another feature: [`first_steps`](crate::guide::first_steps) |
//! | ``expected `…` to return `Result<(), Error>`, but it returns …`` for a handler with an error of its own | `server.serve(any_error(handler))`: [`any_error`](crate::any_error). The handler's error is a type of its own, or `Box<dyn Error + Send + Sync>`; a `Box<dyn Error>` does not suffice |
//! | `` `?` couldn't convert the error to `blocking_ws::Error` `` | `.map_err(Error::other)?` in a closure; or make a function of it, and use `any_error` |
//! | ``a handler for `any_error` cannot return the error …`` | the function must return `Result<(), Box<dyn Error + Send + Sync>>` |
//! | `… cannot be put into a request` at [`Opening::insert`](crate::Opening::insert) | put the value into an `Arc`; do not derive `Clone` for a guard |
//! | `… cannot be sent as a message` | `.to_string()` for numbers; `send_json` for types of serde; [`AsMessage`](crate::AsMessage) lists what can be sent |
//! | `no method named send_json`, `recv_json`, `from_json` or `json` | enable the feature `json` |
//! | `no method named try_clone` or `shutdown` on a stream | `use blocking_ws::Duplex` |
//! | `cannot borrow *ws as mutable …` after `ws.param(…)` or `ws.request()` | keep a copy: `ws.param("room").unwrap_or_default().to_owned()` |
//! | `cannot borrow *ws as mutable more than once` or `use of moved value: ws` with two threads | one thread has the `WebSocket`, the others have `ws.sender()?`: [`threads`](crate::guide::threads) |
//! | `` expected `Response<_>`, found … `` at a page | `Response::new("ok\n")` |
//! | `rustc … is not supported by the following package` | update to Rust 1.85 or newer |

pub mod close_codes;
pub mod connecting;
pub mod connection;
pub mod refusals;
pub mod starting;
pub mod tls;
pub mod urls;
