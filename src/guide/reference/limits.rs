//! Limits and defaults: every setting, its default, and what happens when it is exceeded.
//!
//! Timeouts take a `Duration`, or `None` for no bound. Servers, clients and `Settings` refuse a timeout of zero,
//! and 0 for `max_message_size`, `max_stream_size`, `max_head_size`, `max_headers` and `max_connections`: it does
//! not mean "no limit". A handler that takes no messages calls `ws.set_max_message_size(0)`.
//!
//! The letters say where the setter is:
//!
//! - S: a method of [`Server`](crate::Server), for all its connections, and of
//!   [`Settings`](crate::Settings), for streams of your own
//! - C: a method of [`Client`](crate::Client)
//! - W: a method of [`WebSocket`](crate::WebSocket) whose name begins with `set_`, for one connection
//!
//! # Messages
//!
//! | Setting | Default | When it is exceeded |
//! |---|---|---|
//! | `max_message_size` (S, C, W) | 16 MiB | Close 1009 |
//! | `max_stream_size` (S, C, W): a message read by `recv_stream` | 16 MiB | Close 1009 |
//! | fragments of one message (fixed) | 1,048,576; for a stream, 1,048,576 and one more for each KiB received | Close 1008 |
//! | [`set_fragment_size`](crate::WebSocket::set_fragment_size) | none: one frame for each message | the message is sent in several frames |
//! | payload of a ping (fixed by the RFC) | 125 bytes | [`Error::Invalid`](crate::Error::Invalid) |
//! | reason of a Close frame (fixed by the RFC) | 123 bytes | `Error::Invalid` |
//! | [`set_max_buffered`](crate::set_max_buffered): all messages that arrive, or wait in hubs and events, in the whole process | 1 GiB | Close 1013 for a peer, [`Error::Full`](crate::Error::Full) for a broadcast |
//!
//! # Timeouts
//!
//! | Setting | Default | When it is exceeded |
//! |---|---|---|
//! | `connect_timeout` (C; in `Settings` it is `handshake_timeout`): name, addresses, proxy, TLS, handshake and redirects together | 10 s | `Error::Deadline(Phase::Connect)` |
//! | `handshake_timeout` (S): TLS and the handshake together | 10 s | the connection is cut; a request that has begun gets 408 |
//! | `write_timeout` (S, C, W): for each 64 KiB that the peer takes | 30 s; it shows within 2 s after that | `Error::Deadline(Phase::Write)` |
//! | `stall_timeout` (S, C, W): a message that began and does not go on | 30 s | Close 1008 |
//! | `ping_interval` (S, C, W): how often the peer is pinged | S: 20 s, C: off | the peer is pinged |
//! | `pong_timeout` (S, C, W): silence after a ping | 20 s | `Error::Deadline(Phase::Pong)`, code 1006 |
//! | `idle_timeout` (S, C, W): no message from the peer; pings and pongs do not count | off | Close 1001 `idle` |
//! | `max_lifetime` (S, C, W): from when the connection is open | off | Close 1001 `open for max_lifetime` |
//! | `close_timeout` (S, C, W): the peer's Close frame, and the messages in front of it | 5 s | `Error::Deadline(Phase::Close)` |
//! | after both Close frames: the peer ends TCP (fixed) | 2 s | this side ends it |
//! | [`set_read_timeout`](crate::WebSocket::set_read_timeout): a receiving call | none | [`Error::Timeout`](crate::Error::Timeout): call again, nothing was lost |
//! | [`shutdown(deadline)`](crate::ServerHandle::shutdown) | given by the caller | connections are cut; a second later it returns, even if handlers are stuck |
//! | dropping the last handle of a spawned server | 1 s | as `shutdown` |
//!
//! The receiving calls check `idle_timeout` and `max_lifetime`, as they check for pings and pongs. So a handler
//! that only sends and never receives is not interrupted.
//!
//! [`closing`](super::super::closing) explains the phases. These defaults hold for streams of your own too, if
//! [`Settings::accept`](crate::Settings::accept) or [`Client::connect_over`](crate::Client::connect_over) opens
//! the connection. A connection of `WebSocket::accept`, `connect` or `from_parts` has no timeouts and no pings,
//! and one of [`testing::pair`](crate::testing::pair) has only a `close_timeout` of 5 s.
//!
//! # Servers
//!
//! | Setting | Default | When it is exceeded |
//! |---|---|---|
//! | [`max_connections`](crate::Server::max_connections), for all addresses together: each counts until its handler has returned | 10,000, or fewer: see below | 503 with `Retry-After: 5` |
//! | clients that get this answer at the same time (fixed) | 16 | further clients are disconnected without an answer |
//! | [`max_connections_per_client`](crate::Server::max_connections_per_client): of one address, or one IPv6 /64 network | no limit | 429 with `Retry-After: 5` |
//! | connections of an address beyond that in their handshake (fixed) | 8 | 429 |
//! | clients of an address that get this answer at the same time (fixed) | 4 of the 16 | further clients are disconnected without an answer |
//! | `max_head_size` (S, C): the head of a request or response | 16 KiB | 431; on a client `Error::Handshake` |
//! | `max_headers` (S, C): its lines | 100 | 431; on a client `Error::Handshake` |
//! | [`stack_size`](crate::Server::stack_size): stack of each connection's thread | 1 MiB; pages that were never used take no memory | **the whole process aborts** |
//! | an idle thread without a client (fixed) | 5 s | it exits; the next client waits for a new thread |
//! | clients that wait to be accepted, at each address (fixed; the system may allow fewer; a [`Listener`](crate::Listener) has its own) | 4,096 | the system lets them wait or refuses them |
//! | [`route`](crate::Server::route), [`page`](crate::Server::page) | none: [`serve`](crate::Server::serve) takes all paths | with [`serve_routes`](crate::Server::serve_routes) 404; 405 for a method that a page does not have |
//! | [`http`](crate::Server::http) | none | 426 for plain HTTP without a page |
//! | [`on_upgrade`](crate::Server::on_upgrade) | no hook | as the hook says; 500 if it panics |
//! | [`origin`](crate::Server::origin), [`any_origin`](crate::Server::any_origin) | pages of the server's own host | 403 |
//! | [`trusted_proxy`](crate::Server::trusted_proxy) | none | 400 if its headers contradict each other |
//! | [`subprotocol`](crate::Server::subprotocol) | none | with [`require_subprotocol`](crate::Server::require_subprotocol) 400, by default none is chosen |
//! | [`deflate`](crate::Server::deflate) | no compression | |
//!
//! On Linux the default of `max_connections` is the least of these numbers:
//!
//! - 10,000
//! - a fifth of `vm.max_map_count`
//! - the limit of open files (`ulimit -n`) less 64
//! - the limit of threads of the control group, such as `TasksMax` of systemd or `--pids-limit` of Docker, less 64
//! - half of the limit of address space (`ulimit -v`) in MiB
//!
//! Of a limit of files or threads below 128, half is left for the connections.
//!
//! # Hubs
//!
//! | Setting | Default | When it is exceeded |
//! |---|---|---|
//! | [`max_queued_messages`](crate::Hub::max_queued_messages) of a member | 1,024 | what `overflow` says |
//! | [`max_queued_bytes`](crate::Hub::max_queued_bytes) of a member | 1 MiB | what `overflow` says |
//! | [`overflow`](crate::Hub::overflow) | `Disconnect(CloseCode::Policy)` | Close 1008 |
//! | the thread of a hub without work (fixed) | 5 s | it exits |
//!
//! An empty queue takes one message of any size.
//!
//! # Events
//!
//! | Setting | Default | When it is exceeded |
//! |---|---|---|
//! | [`max_queued_events`](crate::Events::max_queued_events): events of all connections | 4,096 | a connection is not read, and a new one not opened, until there is room |
//! | [`max_queued_bytes`](crate::Events::max_queued_bytes): their messages | 64 MiB | the same |
//! | [`max_queued_messages_per_peer`](crate::Events::max_queued_messages_per_peer) | 64 | this connection is not read |
//! | [`max_queued_bytes_per_peer`](crate::Events::max_queued_bytes_per_peer) | 1 MiB | the same |
//! | what is sent: the [hub](crate::Events::with_hub)'s bounds | those above | what `overflow` says |
//!
//! One message of each connection may always wait.
//!
//! # Clients
//!
//! | Setting | Default |
//! |---|---|
//! | [`redirects`](crate::Client::redirects) | 0 |
//! | [`proxy`](crate::Client::proxy), [`proxy_from_env`](crate::Client::proxy_from_env) | no proxy; the environment is not read |
//! | [`connect_to`](crate::Client::connect_to), [`dial`](crate::Client::dial) | to an address of the URL's host |
//! | [`local_addr`](crate::Client::local_addr) | the system chooses address and port |
//! | the next address of the host is tried after (fixed) | 250 ms, or at once after a failure; 16 at a time |
//! | [`sni`](crate::Client::sni) | on |
//! | [`danger_accept_invalid_certs`](crate::Client::danger_accept_invalid_certs) | off |
//! | [`deflate`](crate::Client::deflate) | no compression |
//! | start of a refusal's body that is kept (fixed) | 4 KiB, or what came within a second |
//! | [`first_delay`](crate::Reconnecting::first_delay), [`max_delay`](crate::Reconnecting::max_delay) | 1 s, 30 s |
//! | [`max_attempts`](crate::Reconnecting::max_attempts) | no bound |
//! | a server's `Retry-After` that is honoured (fixed) | 1 hour at most |
//! | [`Outgoing::new`](crate::Outgoing::new): messages that are not acknowledged | none: it is an argument. A full queue waits ([`push`](crate::Outgoing::push)) or refuses ([`try_push`](crate::Outgoing::try_push)) |
//!
//! # Compression
//!
//! | Setting of [`Deflate`](crate::Deflate) | Default |
//! |---|---|
//! | `level` | 1 |
//! | `min_size` | 64 bytes |
//! | `send_takeover`, `recv_takeover` | off |
//! | `send_window_bits`, `recv_window_bits` | 15 |
//!
//! # Set some of them
//!
//! ```
//! use std::time::Duration;
//!
//! use blocking_ws::Server;
//!
//! blocking_ws::set_max_buffered(256 << 20); // of the process
//! let server = Server::bind("127.0.0.1:0")?
//!     .max_connections(500)
//!     .max_connections_per_client(10)
//!     .idle_timeout(Duration::from_secs(600))
//!     .max_message_size(64 << 10)
//!     .ping_interval(Duration::from_secs(5))
//!     .stall_timeout(None); // no bound
//! let server = server.spawn(|ws| {
//!     ws.set_max_message_size(16 << 20); // of this connection
//!     ws.recv().map(drop)
//! })?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
