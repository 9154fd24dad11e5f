//! How a client gets to its server: addresses, proxies, tunnels, redirects and names.
//!
//! [`Client::connect`](crate::Client::connect) resolves the host of the URL, connects, begins TLS with `wss://`,
//! and sends the request. One deadline holds over all of it,
//! [`connect_timeout`](crate::Client::connect_timeout). Each step can be changed without the others:
//!
//! | To | Use |
//! |---|---|
//! | connect to another place than the URL names | [`connect_to`](#another-place) |
//! | choose the network, or the port of this side | [`local_addr`](#another-place) |
//! | go through a proxy | [`proxy`](#a-proxy) |
//! | go through a tunnel, or resolve names yourself | [`dial`](#a-way-of-your-own) |
//! | connect to a Unix socket | [`unix_socket`](crate::Client::unix_socket): [`http`](super#unix-sockets) |
//! | use a stream that is there already | [`connect_over`](crate::Client::connect_over) |
//! | set keepalive, buffers or other options of the socket | [`Stream::socket`](#options-of-the-socket) |
//! | connect to `ws://bücher.example/` | [the feature `idn`](#names-that-are-not-ascii) |
//!
//! # Several addresses
//!
//! A name often has addresses of IPv6 and of IPv4, and one of them may be dead. The client does not wait for
//! it: the next attempt begins 250 ms after the last one, or at once when that has failed, and the families
//! take turns (RFC 8305, "happy eyeballs"). The first address that answers is used, and the other attempts are
//! dropped. The resolver of the system decides which address is the first. If none answers, the error names
//! each address and its failure:
//!
//! ```text
//! cannot connect: [2001:db8::1]:443: connection timed out; 192.0.2.7:443: Connection refused (os error 111)
//! ```
//!
//! # Another place
//!
//! [`connect_to`](crate::Client::connect_to) changes the address alone. The `Host` header, the name in TLS and
//! the certificate stay those of the URL. So a server can be tried before its name leads to it, as with
//! `curl --connect-to`. [`local_addr`](crate::Client::local_addr) is the address of this side, as with
//! `curl --interface` and `--local-port`.
//!
//! ```no_run
//! use blocking_ws::Client;
//! use std::net::Ipv4Addr;
//!
//! let client = Client::new()
//!     .connect_to("192.0.2.7:8443")
//!     .local_addr((Ipv4Addr::new(198, 51, 100, 3), 0)); // 0: any port
//! let ws = client.connect("wss://chat.example/rooms")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! The example `line_client` has both as options:
//!
//! ```sh
//! line_client --connect-to 127.0.0.1:9001 --local-addr 127.0.0.1 ws://chat.example/
//! ```
//!
//! # A proxy
//!
//! A client reaches `ws://` and `wss://` servers through an HTTP proxy (CONNECT), with or without TLS, or
//! through a SOCKS5 proxy:
//!
//! ```no_run
//! use blocking_ws::Client;
//!
//! let through = Client::new().proxy("socks5h://user:secret@127.0.0.1:1080");
//! let _ws = through.connect("wss://example.com/")?;
//!
//! // The way to the proxy is encrypted too. Its certificate is checked as the server's is.
//! let encrypted = Client::new().proxy("https://user:secret@proxy.example");
//! let _ws = encrypted.connect("wss://example.com/")?;
//!
//! let as_the_environment_says = Client::new().proxy_from_env(); // https_proxy, no_proxy, ...
//! let _ws = as_the_environment_says.connect("wss://example.com/")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! [`Client::proxy`](crate::Client::proxy) lists the kinds of URLs. The environment is read only if
//! [`proxy_from_env`](crate::Client::proxy_from_env) is called. A proxy that refuses is
//! [`Error::Proxy`](crate::Error::Proxy). `socks://` means SOCKS4, as for curl, and is not supported.
//!
//! # A way of your own
//!
//! [`dial`](crate::Client::dial) takes a function that connects. It gets the host and port of the URL, and
//! returns any [`Duplex`](crate::Duplex) stream. TLS, the handshake and the deadline are as usual, and each
//! redirect and each attempt of [`reconnecting`](super::super::closing::reconnecting) calls the function again. After
//! `ssh -L 8443:chat.example:443 gate.example`, this client talks to `chat.example` by its real name, and
//! checks its real certificate:
//!
//! ```no_run
//! use blocking_ws::Client;
//! use std::net::TcpStream;
//!
//! let client = Client::new().dial(|_| TcpStream::connect("127.0.0.1:8443"));
//! for ws in client.reconnecting("wss://chat.example/") {
//!     let mut ws = ws?;
//!     while let Ok(Some(message)) = ws.recv() {
//!         println!("{message:?}");
//!     }
//! }
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! Here `connect_to("127.0.0.1:8443")` would do as well. A function is needed where the place differs from time
//! to time, where the stream is no socket, or where names are resolved in another way. Of a child's pipes, such as those of
//! `ssh -W`, [`Stream::half`](crate::Stream::half) makes a stream.
//!
//! ```no_run
//! use blocking_ws::Client;
//! use std::io::{Error, ErrorKind};
//! use std::net::{IpAddr, Ipv4Addr, TcpStream};
//!
//! fn look_up(name: &str) -> Option<IpAddr> {
//!     (name == "chat.internal").then_some(Ipv4Addr::LOCALHOST.into())
//! }
//!
//! let client = Client::new().dial(|to| {
//!     let address = look_up(to.host()).ok_or_else(|| {
//!         Error::new(ErrorKind::NotFound, format!("no address for {}", to.host()))
//!     })?;
//!     // What is left of `connect_timeout`.
//!     match to.remaining()? {
//!         Some(left) => TcpStream::connect_timeout(&(address, to.port()).into(), left),
//!         None => TcpStream::connect((address, to.port())),
//!     }
//! });
//! let ws = client.connect("ws://chat.internal:9001/")?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Options of the socket
//!
//! `ws.get_ref().socket()` ([`Stream::socket`](crate::Stream::socket)) lends the socket under a connection, also with TLS and through a
//! proxy. [`SocketRef`](crate::SocketRef) shows how the crate `socket2` sets keepalive and the sizes of
//! buffers. Before you set keepalive, see whether a [`ping_interval`](crate::Client::ping_interval) is not what
//! you need: it shows that the program at the other end is alive, and not its system alone. An option that must be set
//! before the socket connects is a case for `dial`, with a socket that `socket2` made.
//!
//! # Redirects
//!
//! A redirect is a refusal by default; [`redirects`](crate::Client::redirects) follows redirects. If a redirect
//! leads to another scheme, host or port, the client leaves out: the headers `Authorization`, `Cookie` and
//! `Host`, the user name and password of the URL, and the client certificate. The other server is then not at
//! the place of [`connect_to`](crate::Client::connect_to), but at its own.
//!
//! # Names that are not ASCII
//!
//! With the feature `idn`, hosts such as `bücher.example` can stand in URLs, proxies, `no_proxy` and
//! redirects. As in browsers, the name becomes `xn--bcher-kva.example` (UTS 46), and that is what DNS, the
//! `Host` header, TLS and the certificate have. The feature adds large tables, so it is not on by default:
//!
//! ```toml
//! [dependencies]
//! blocking-ws = { version = "0.1", features = ["idn"] }
//! ```
//!
//! # More
//!
//! - URLs may begin with `http://` and `https://` too. A user name and password in the URL are sent as
//!   Basic authentication.
//! - No user name, password, cookie or token appears in an error, the log or the output of `Debug`.
