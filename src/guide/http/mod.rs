//! HTTP and proxies: what happens before a connection is open.
//!
//! A WebSocket connection begins as an HTTP request with `Upgrade: websocket`. The server answers 101, or
//! refuses with another status. This page is about servers, and [`connecting`] is about clients.
//!
//! # Routes and pages
//!
//! [`route`](crate::Server::route) gives a path a handler of its own, and [`page`](crate::Server::page) an
//! answer to plain HTTP requests.
//!
//! ```
//! use blocking_ws::http::Response;
//! use blocking_ws::{Result, Server, WebSocket};
//!
//! fn chat(ws: &mut WebSocket) -> Result<()> {
//!     let room = ws.param("room").unwrap_or_default().to_owned();
//!     ws.send(format!("this is the {room} room"))
//! }
//!
//! let server = Server::bind("127.0.0.1:0")?
//!     .route("/rooms/{room}", chat)
//!     .route("/time", |ws| ws.send("late"))
//!     .page("/health", |_| Response::new("ok\n"))
//!     .spawn_routes()?; // or `serve_routes`, which blocks
//!
//! let mut ws = blocking_ws::connect(&format!("{}rooms/blue", server.url()))?;
//! assert_eq!(ws.recv()?, Some("this is the blue room".into()));
//! # use std::io::{Read, Write};
//! # let mut socket = std::net::TcpStream::connect(server.local_addr()?)?;
//! # socket.write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")?;
//! # let mut answer = String::new();
//! # socket.read_to_string(&mut answer)?;
//! # assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - `{room}` takes one segment of the path, and `{path..}` takes the rest of the path.
//! - A path can have a handler and a page. A request with `Upgrade: websocket` is for the handler.
//! - [`serve_routes`](crate::Server::serve_routes) and [`spawn_routes`](crate::Server::spawn_routes) answer
//!   all other paths with 404. With [`serve`](crate::Server::serve) and [`spawn`](crate::Server::spawn), the
//!   handler that they get takes all other paths.
//! - A page answers GET and HEAD. [`page_for`](crate::Server::page_for) names another method. A method that a
//!   path does not have gets 405.
//! - The hook of `on_upgrade`, see below, runs for all handlers. It does not run for pages, nor for a path
//!   that gets 404.
//!
//! A connection ends after the answer of a page, which must be sent within the `handshake_timeout`. The body
//! of a request is not read. [`recipes`](super::recipes) has a page with a WebSocket, and rooms by path.
//!
//! [`Server::http`](crate::Server::http) answers plain HTTP at all paths without a page. Without it, such a
//! request gets 426 at a path that has a handler, with a sentence that says that this is a WebSocket.
//!
//! The library itself answers 400, 403, 404, 405, 408, 426, 429, 431, 500 and 503, each with a sentence that
//! says what is wrong. 500 means that a hook or a page panicked. 408 is for a request that began and did not end in time. A connection on which nothing came is
//! closed without an answer, because browsers open connections in advance.
//!
//! With curl you see how a server answers the request of a WebSocket client:
//!
//! ```sh
//! curl -i -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
//!     -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' http://127.0.0.1:9001/rooms/blue
//! ```
//!
//! # The request
//!
//! [`WebSocket::request`](crate::WebSocket::request) has the path, the query and the headers. The types are
//! those of the crate [`http`](https://docs.rs/http), which is also [`blocking_ws::http`](crate::http).
//!
//! ```
//! use blocking_ws::{Client, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
//!     let path = ws.request().uri().path().to_owned();
//!     let agent = ws.request().headers().get("user-agent");
//!     let agent = agent.and_then(|value| value.to_str().ok());
//!     let answer = format!("{path} for {}", agent.unwrap_or("a stranger"));
//!     ws.send(answer)
//! })?;
//!
//! let client = Client::new().header("User-Agent", "tea/1");
//! let mut ws = client.connect(&format!("{}rooms/7?lang=en", server.url()))?;
//! assert_eq!(ws.recv()?, Some("/rooms/7 for tea/1".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # The hook: refuse clients, and hand values on
//!
//! The hook of [`on_upgrade`](crate::Server::on_upgrade) gets an [`Opening`](crate::Opening) before each
//! request is answered. It can
//!
//! - refuse the request
//! - look at the [request](crate::Opening::request) and at the client's
//!   [address](crate::Opening::client_ip)
//! - ask for a [user name and password](crate::Opening::basic) or for a
//!   [token](crate::Opening::bearer)
//! - [choose a subprotocol](crate::Opening::choose_subprotocol)
//! - [add headers](crate::Opening::headers_mut) to the answer
//! - [hand values on](crate::Opening::insert) to the handler
//!
//! ```
//! use blocking_ws::http::StatusCode;
//! use blocking_ws::{Client, Error, Opening, Refusal, Server};
//!
//! #[derive(Clone)]
//! struct User(&'static str);
//!
//! fn by_cookie(opening: &mut Opening) -> Result<(), Refusal> {
//!     let cookies = opening.request().headers().get("cookie").and_then(|value| value.to_str().ok());
//!     if !cookies.unwrap_or("").split("; ").any(|cookie| cookie == "session=42") {
//!         return Err(Refusal::new(StatusCode::UNAUTHORIZED, "log in first\n"));
//!     }
//!     opening.insert(User("ali"));
//!     Ok(())
//! }
//!
//! let server = Server::bind("127.0.0.1:0")?.on_upgrade(by_cookie).spawn(|ws| {
//!     let User(name) = ws.request().extensions().get().cloned().expect("the hook inserted it");
//!     ws.send(format!("welcome, {name}"))
//! })?;
//!
//! match Client::new().connect(server.url()) {
//!     Err(Error::Refused(response)) => assert_eq!(response.status(), 401),
//!     outcome => panic!("{outcome:?}"),
//! }
//! let mut ws = Client::new().header("Cookie", "session=42").connect(server.url())?;
//! assert_eq!(ws.recv()?, Some("welcome, ali".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A value that was handed on is dropped when the connection ends, and also when the request is refused or
//! the client leaves before it is answered. So it may be a guard, such as one place of a user who may have
//! only two: see [`Opening::insert`](crate::Opening::insert).
//!
//! [`recipes`](super::recipes) has log-ins by password, by token and by a cookie that a page sets.
//!
//! Compare passwords and tokens with [`Credentials::is`](crate::Credentials::is) and
//! [`Bearer::is`](crate::Bearer::is). They take the same time for all wrong answers of the same length.
//!
//! On a client, [`Error::Refused`](crate::Error::Refused) has the status, the headers and the start of the
//! body. After a success, [`WebSocket::response`](crate::WebSocket::response) has the headers of the 101.
//!
//! # Pages of other sites
//!
//! Any web page can make a browser connect to your server, with the user's cookies. The browser sends the
//! page's address in the header `Origin`. By default only pages of the server's own host may connect: the
//! host in `Origin` must be that in `Host`. Others get 403 and a sentence that says why.
//!
//! | The page | What to do |
//! |---|---|
//! | has the server's host, on any port | nothing |
//! | has another host | [`origin("https://example.com")`](crate::Server::origin) |
//! | is at `http://127.0.0.1:9001/`, and connects to `ws://localhost:9001/` | these are two hosts: take `location.host` in the script, or `origin("http://127.0.0.1:9001")` |
//! | is on any subdomain of a host | `origin("https://*.example.com")` |
//! | is a file, or the service is for all pages | [`any_origin()`](crate::Server::any_origin) |
//! | is behind a proxy that changes `Host` | configure the proxy as below |
//!
//! Programs other than browsers send no origin and are not refused. `origin` adds to the server's own host
//! and does not replace it. So an attacker can let a name of a site of its own lead to your server, and its
//! pages are then the server's own (DNS rebinding). Where that matters, as with a server for the local
//! machine alone, let the hook compare the header `Host` with the names that you use.
//!
//! # Subprotocols
//!
//! [`Server::subprotocol`](crate::Server::subprotocol) and
//! [`Client::subprotocol`](crate::Client::subprotocol) name them, and
//! [`WebSocket::subprotocol`](crate::WebSocket::subprotocol) returns the agreed name. The server chooses the
//! first name in its own list that the client offers, unless the hook has chosen. If there is none, the
//! connection opens without a subprotocol, and the method returns `None`. With
//! [`require_subprotocol`](crate::Server::require_subprotocol) the client is refused with 400, and with that
//! of a [client](crate::Client::require_subprotocol) `connect` fails.
//!
//! # Inside another HTTP server
//!
//! A program whose requests another HTTP server reads makes a `Server` that listens nowhere, and hands
//! requests to its handle: [`ServerHandle::upgrade`](crate::ServerHandle::upgrade) says how to answer, and
//! [`Admission::serve`](crate::Admission::serve) takes the stream. Routes, hook, limits, compression,
//! subprotocols and the shutdown work as for clients that the server has accepted. Only a stream that has no
//! timeouts makes a difference, see below.
//!
//! ```
//! use blocking_ws::http::{Request, Response};
//! use blocking_ws::{Duplex, Result, Server, ServerHandle};
//!
//! /// What the other HTTP server offers: it sends a response, and gives away the stream.
//! trait Exchange {
//!     type Stream: Duplex + Send + 'static;
//!     fn upgrade(self, response: &Response<()>) -> Self::Stream;
//!     fn refuse(self, response: &Response<String>);
//! }
//!
//! fn websocket(ws: &ServerHandle, request: Request<()>, exchange: impl Exchange) -> Result<()> {
//!     match ws.upgrade(request, None) {
//!         Ok(admission) => {
//!             let stream = exchange.upgrade(admission.response());
//!             admission.serve(stream, Vec::new())
//!         }
//!         Err(refusal) => Ok(exchange.refuse(refusal.response())),
//!     }
//! }
//!
//! let ws = Server::unbound()?.subprotocol("chat.v1").spawn(|ws| ws.send("hello"))?;
//! # use blocking_ws::testing::Pipe;
//! # struct Other(Pipe);
//! # impl Exchange for Other {
//! #     type Stream = Pipe;
//! #     fn upgrade(self, response: &Response<()>) -> Pipe {
//! #         assert_eq!(response.status(), 101);
//! #         self.0
//! #     }
//! #     fn refuse(self, response: &Response<String>) {
//! #         panic!("{response:?}");
//! #     }
//! # }
//! # let request = Request::get("/").header("host", "h").header("connection", "upgrade");
//! # let request = request.header("upgrade", "websocket").header("sec-websocket-version", "13");
//! # let request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").body(())?;
//! # let (near, far) = Pipe::new(1024);
//! # websocket(&ws, request, Other(far))?;
//! # let role = blocking_ws::Role::Client;
//! # let mut client = blocking_ws::WebSocket::from_parts(near, role, Vec::new());
//! # assert_eq!(client.recv()?, Some("hello".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! `hyper` gives away its `TcpStream`. `tiny_http` gives a stream that can only be read and written, which
//! [`Stream::half`](crate::Stream::half) takes. The example `in_tiny_http` of the repository is a whole program
//! with this conversion:
//!
//! ```ignore
//! use blocking_ws::http::{Request, Response};
//! use blocking_ws::{Result, ServerHandle, Stream};
//!
//! fn websocket(ws: &ServerHandle, request: tiny_http::Request) -> Result<()> {
//!     let mut ours = Request::builder().method(request.method().as_str()).uri(request.url());
//!     for header in request.headers() {
//!         ours = ours.header(header.field.as_str().as_str(), header.value.as_str());
//!     }
//!     match ws.upgrade(ours.body(())?, request.remote_addr().copied()) {
//!         Ok(admission) => {
//!             let stream = request.upgrade("websocket", answer(admission.response(), ""));
//!             admission.serve(Stream::half(stream), Vec::new())
//!         }
//!         Err(refusal) => {
//!             let response = refusal.response();
//!             Ok(request.respond(answer(response, response.body()))?)
//!         }
//!     }
//! }
//!
//! fn answer<B>(ours: &Response<B>, body: &str) -> tiny_http::Response<impl std::io::Read> {
//!     let mut theirs = tiny_http::Response::from_string(body).with_status_code(ours.status().as_u16());
//!     for (name, value) in ours.headers() {
//!         let header = tiny_http::Header::from_bytes(name.as_str(), value.as_bytes());
//!         theirs.add_header(header.expect("it is a header in the crate http too"));
//!     }
//!     theirs
//! }
//! ```
//!
//! A connection over such a stream has no timeouts, no sender and no [`Hub`](crate::Hub). The handle counts
//! and lists it. A shutdown cannot wake its handler: the connection's own thread sends the Close frame, at its
//! next call or when the peer sends something. If the peer sends nothing until the deadline, the handler counts
//! as `running`. So let the clients of such a server send a message every few seconds.
//!
//! - The example `in_hyper` is a whole program too.
//! - A program with a loop of its own that accepts sockets passes each to
//!   [`ServerHandle::adopt`](crate::ServerHandle::adopt).
//! - Without a `Server`, [`Settings::upgrade`](crate::Settings::upgrade) and
//!   [`Settings::accept`](crate::Settings::accept) make connections for threads of the program.
//!
//! # A server behind a proxy
//!
//! [`deployment::proxies`](super::deployment::proxies) has configurations of nginx, `HAProxy` and Caddy. The server
//! itself sees the proxy in place of the client:
//!
//! - [`WebSocket::peer_addr`](crate::WebSocket::peer_addr) is the proxy's address, and an error on a Unix
//!   socket. [`trusted_proxy("127.0.0.1")`](crate::Server::trusted_proxy) names the proxy, or `unix:` for
//!   a Unix socket. Then [`Opening::client_ip`](crate::Opening::client_ip) is the address of the client, from
//!   `X-Forwarded-For` or `Forwarded`. If both are there and differ, the client gets 400, so the proxy must remove
//!   the header that it does not set.
//! - The proxy passes `Host` on unchanged. Otherwise all pages are pages of another host. If `Host` must change,
//!   have the proxy send `X-Forwarded-Host`, and name the proxy with `trusted_proxy`.
//!
//! # Unix sockets
//!
//! [`Server::bind_unix`](crate::Server::bind_unix) listens on the path of a Unix socket, and
//! [`Client::unix_socket`](crate::Client::unix_socket) connects to it. The client's URL still gives the `Host`
//! header and the path of the request, such as `ws://localhost/`. Everything else is as with TCP, `wss://` too.
//! The file of a server that was killed is replaced. A server removes its own file when it ends in order.
//!
//! # Several addresses, and sockets of your own
//!
//! A name such as `localhost` has an IPv4 and an IPv6 address, and each client chooses one of them.
//! [`Server::bind`](crate::Server::bind) listens on all addresses of a name, with one port. If another server
//! has the port at one of them, `bind` fails. An address that the machine does not have is left out.
//! [`local_addrs`](crate::Server::local_addrs) returns all addresses; `local_addr` and `url` are about the first.
//!
//! One server can listen on more than that: all its sockets share its settings, its limit of connections and
//! its shutdown.
//!
//! ```no_run
//! use blocking_ws::Server;
//!
//! // Clients of all networks, by IPv4 and IPv6, and a proxy on this machine.
//! let server = Server::bind("0.0.0.0:9001")?
//!     .and_bind("[::]:9001")?
//!     .and_bind_unix("/run/echo.sock")?;
//! server.serve(|ws| ws.send("hello"))?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! [`Server::from_listener`](crate::Server::from_listener) takes a listening socket of the program: a
//! socket with special options, or a socket that systemd has opened and keeps while the program restarts:
//! [`deployment::systemd`](super::deployment::systemd).

pub mod connecting;
