//! HTTP and proxies: what happens before a connection is open.
//!
//! A WebSocket connection begins as an HTTP request with `Upgrade: websocket`. The server answers 101, or
//! refuses with another status.
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
//! # Refusing clients: cookies, tokens, origins
//!
//! [`on_upgrade`](crate::Server::on_upgrade) sees each request before it is answered. It can add headers to
//! the answer, or refuse.
//!
//! ```
//! use blocking_ws::http::StatusCode;
//! use blocking_ws::{Client, Error, Refusal, Server};
//!
//! let server = Server::bind("127.0.0.1:0")?.on_upgrade(|request, headers| {
//!     let cookies = request.headers().get("cookie").and_then(|value| value.to_str().ok());
//!     if !cookies.unwrap_or("").split("; ").any(|cookie| cookie == "session=42") {
//!         return Err(Refusal::new(StatusCode::UNAUTHORIZED, "log in first\n"));
//!     }
//!     headers.insert("x-served-by", "room 1".parse().expect("a header's value"));
//!     Ok(())
//! });
//! let server = server.spawn(|ws| ws.send("welcome"))?;
//!
//! match Client::new().connect(server.url()) {
//!     Err(Error::Refused(response)) => assert_eq!(response.status(), 401),
//!     outcome => panic!("{outcome:?}"),
//! }
//! let mut ws = Client::new().header("Cookie", "session=42").connect(server.url())?;
//! assert_eq!(ws.recv()?, Some("welcome".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! - **Origins.** Any web page can make a browser connect to your server, with the user's cookies.
//!   [`Server::origin`](crate::Server::origin) names a site whose pages may connect, such as
//!   `https://example.com`; pages of other sites get 403. By default all pages may connect. Programs other
//!   than browsers send no origin and are not refused.
//! - **Subprotocols.** [`Server::subprotocol`](crate::Server::subprotocol) and
//!   [`Client::subprotocol`](crate::Client::subprotocol) name them, and
//!   [`WebSocket::subprotocol`](crate::WebSocket::subprotocol) returns the agreed name. The
//!   server chooses the first name in its own list that the client offers. If there is none, the connection
//!   opens without a subprotocol, and the method returns `None`.
//! - A client's [`Error::Refused`](crate::Error::Refused) has the status, the headers and the start of the
//!   body.
//!
//! # Plain HTTP on the same port
//!
//! A request without `Upgrade: websocket` gets 426 and a sentence that says so.
//! [`Server::http`](crate::Server::http) gives another answer, such as a page or a health check.
//!
//! ```
//! use blocking_ws::http::Response;
//!
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?.http(|request| {
//!     let (status, body) = match request.uri().path() {
//!         "/health" => (200, "ok\n"),
//!         _ => (404, "there is nothing here but WebSocket\n"),
//!     };
//!     Response::builder().status(status).body(body).expect("a status from 200 to 599")
//! });
//! let server = server.spawn(|ws| ws.send("hello"))?;
//! # use std::io::{Read, Write};
//! # let mut socket = std::net::TcpStream::connect(server.local_addr()?)?;
//! # socket.write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")?;
//! # let mut answer = String::new();
//! # socket.read_to_string(&mut answer)?;
//! # assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nok\n"), "{answer}");
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The connection ends after the answer, which must be sent within the `handshake_timeout`. The body of a
//! request is not read.
//!
//! The library itself answers 400, 403, 405, 426, 431 and 503, each with a sentence that says what is wrong.
//!
//! # A server behind a proxy
//!
//! nginx and `haproxy` pass WebSocket connections on, also to a Unix socket
//! ([`bind_unix`](crate::Server::bind_unix)).
//!
//! ```text
//! # nginx
//! location / {
//!     proxy_pass http://127.0.0.1:9001;
//!     proxy_http_version 1.1;
//!     proxy_set_header Upgrade $http_upgrade;
//!     proxy_set_header Connection upgrade;
//!     proxy_set_header Host $host;
//!     proxy_set_header X-Forwarded-For $remote_addr;
//! }
//! ```
//!
//! ```text
//! # haproxy, with `mode http`
//! backend websocket
//!     option forwardfor
//!     option httpchk GET /
//!     http-check expect status 426
//!     server one 127.0.0.1:9001 check
//! ```
//!
//! - nginx needs the three lines from `proxy_http_version` to `Connection`. Without them clients get a 400 or
//!   426 that says so.
//! - A proxy cuts connections that are silent: nginx after 60 s (`proxy_read_timeout`), `haproxy` after its
//!   `timeout tunnel`. Keep `ping_interval` below that. The default of 20 s is short enough for
//!   nginx's.
//! - [`peer_addr`](crate::WebSocket::peer_addr) is the proxy's address, and an error on a Unix socket. The
//!   client's address is in the header `X-Forwarded-For`. Trust the header only if the proxy alone can
//!   connect to the server.
//! - Health checks that send plain HTTP get status 426, unless `Server::http` answers them.
//!
//! # A client behind a proxy
//!
//! A client reaches `ws://` and `wss://` servers through an HTTP proxy (CONNECT) or SOCKS5:
//!
//! ```no_run
//! use blocking_ws::Client;
//!
//! let through = Client::new().proxy("socks5h://user:secret@127.0.0.1:1080");
//! let _ws = through.connect("wss://example.com/")?;
//!
//! let as_the_environment_says = Client::new().proxy_from_env(); // https_proxy, no_proxy, ...
//! let _ws = as_the_environment_says.connect("wss://example.com/")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! [`Client::proxy`](crate::Client::proxy) lists the kinds of URLs. The environment is read only if
//! [`proxy_from_env`](crate::Client::proxy_from_env) is called. A proxy that refuses is
//! [`Error::Proxy`](crate::Error::Proxy).
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
//! socket with special options, or a socket that systemd has opened and keeps while the program restarts. The
//! example `activated_server` serves the sockets that systemd passes on:
//!
//! ```sh
//! systemd-socket-activate -l 9001 target/debug/examples/activated_server
//! ```
//!
//! # More about clients
//!
//! - URLs may begin with `http://` and `https://` too. A user name and password in the URL are sent as
//!   Basic authentication.
//! - A redirect is a refusal by default; [`redirects`](crate::Client::redirects) follows redirects. If
//!   a redirect leads to another scheme, host or port, the client leaves out: the headers `Authorization`,
//!   `Cookie` and `Host`, the user name and password of the URL, and the client certificate.
//! - No user name, password, cookie or token appears in an error, the log or the output of `Debug`.
