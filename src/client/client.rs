//! [`Client`]: from a URL to an open connection.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::header::{
    HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL,
};

use super::route::Route;
use crate::connection::{Timeouts, WebSocket};
use crate::error::{Error, Phase, Result};
use crate::handshake::{self, Prepared, Reads};
use crate::io::{Deadline, Timed, is_timeout};
use crate::proto::compression::Deflate;
use crate::proto::http::{Spelling, is_token};
use crate::proto::proxy::Proxy;
use crate::proto::rules::{Limits, Role};
use crate::proto::url::{Hop, SECRET_HEADERS, Url};
use crate::transport::Stream;
use crate::transport::tls::{Identity, TlsConnector};

/// Opens a connection to a `ws://` or `wss://` URL with the defaults of [`Client`].
///
/// Blocks until the connection is open, 10 seconds at most.
///
/// ```no_run
/// let mut ws = blocking_ws::connect("wss://localhost:9001/echo")?;
/// ws.send("hello")?;
/// println!("{:?}", ws.recv()?);
/// ws.close(blocking_ws::CloseCode::Normal, "done")?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// As [`Client::connect`].
pub fn connect(url: &str) -> Result<WebSocket> {
    Client::new().connect(url)
}

/// Settings for opening connections; the builder behind [`connect`].
///
/// ```no_run
/// use std::time::Duration;
///
/// let client = blocking_ws::Client::new()
///     .header("Authorization", "Bearer 1234")
///     .subprotocol("chat.v1")
///     .connect_timeout(Duration::from_secs(3));
/// let mut ws = client.connect("ws://127.0.0.1:9001/")?;
/// assert_eq!(ws.subprotocol(), Some("chat.v1"));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Client {
    headers: HeaderMap,
    spelling: Spelling,
    /// The first setting that can never work; told by `connect`.
    invalid: Option<&'static str>,
    tls: TlsConnector,
    redirects: usize,
    route: Route,
    deflate: Option<Deflate>,
    limits: Limits,
    timeouts: Timeouts,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            headers: HeaderMap::new(),
            spelling: Spelling::default(),
            invalid: None,
            tls: TlsConnector::new(),
            redirects: 0,
            route: Route::default(),
            deflate: None,
            limits: Limits::default(),
            timeouts: Timeouts::of_client(),
        }
    }
}

impl Client {
    /// Begins with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header to the request. `Host` takes the place of the URL's, and `Authorization` that
    /// of its user name and password. `Debug` shows neither that one nor a cookie.
    /// `Proxy-Authorization` is not the server's to see: what a [`proxy`](Self::proxy) is to know
    /// stands in its URL.
    ///
    /// The name is written as it is given here, for servers that look at its case; the names of the
    /// handshake, `Authorization`, `Cookie` and `User-Agent` as the RFCs spell them. Cookies become
    /// one line, as do subprotocols.
    ///
    /// That one, or a name or value that is malformed or belongs to the handshake, makes
    /// [`connect`](Self::connect) fail.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let given = name;
        match (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            (Ok(PROXY_AUTHORIZATION), _) => {
                self.invalid = Some(
                    "Proxy-Authorization would go to the server; a proxy's user name and password \
                     stand in the URL that `Client::proxy` or the environment gives",
                );
            }
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(SECRET_HEADERS.contains(&name));
                self.spelling.keep(given);
                self.headers.append(name, value);
            }
            _ => self.invalid = Some("a header's name or value is malformed (RFC 9110 5.5)"),
        }
        self
    }

    /// Offers a subprotocol (§1.9), the preferred one first. A name that is no token makes
    /// [`connect`](Self::connect) fail.
    pub fn subprotocol(mut self, name: &str) -> Self {
        if !is_token(name) {
            self.invalid = Some("a subprotocol is a token, such as chat.v1 (RFC 6455 4.1)");
        }
        self.header(SEC_WEBSOCKET_PROTOCOL.as_str(), name)
    }

    /// Offers to compress messages (RFC 7692); without this, none are. The server decides:
    /// [`WebSocket::extensions`] tells. Without the feature `deflate` it does nothing.
    ///
    /// Settings that can never work make [`connect`](Self::connect) fail.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.deflate = Some(deflate);
        self
    }

    /// Connects to the Unix socket at a path instead of the URL's host and port.
    ///
    /// The URL still says what is asked for there: scheme, `Host` header, target, and with `wss` the
    /// name that the server's certificate must have. It may be `ws://localhost/`, for example; see
    /// [`Server::bind_unix`](crate::Server::bind_unix). Nothing is resolved. On a system without
    /// such sockets, which includes Windows, [`connect`](Self::connect) fails.
    ///
    /// Of this, [`proxy`](Self::proxy) and [`proxy_from_env`](Self::proxy_from_env) the last one
    /// wins.
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.route = Route::Unix(path.into());
        self
    }

    /// Follows that many redirects (RFC 9110 §15.4) of one `connect`; none by default, so that a
    /// redirect is [`Error::Refused`].
    ///
    /// So is one too many, one that names no usable place, one from `wss://` to `ws://`, and one to
    /// another origin where a [`unix_socket`](Self::unix_socket) would be asked in its name. The
    /// headers Authorization, Cookie and Host, a user name and password in the URL, and the
    /// [`identity`](Self::identity) are for the origin that `connect` was given: another scheme, host
    /// or port does not get them, nor does anybody behind it. All other headers go to
    /// every place. [`WebSocket::request`] has the URL that was opened in the end.
    pub fn redirects(mut self, most: usize) -> Self {
        self.redirects = most;
        self
    }

    /// Reaches every server through a proxy, whose URL is one of
    ///
    /// * `http://[user:password@]host[:port]`: HTTP CONNECT (RFC 9110 §9.3.6), for `ws://` too; the
    ///   proxy resolves the server's name;
    /// * `socks5h://[user:password@]host[:port]`: SOCKS5 (RFC 1928, RFC 1929), the same;
    /// * `socks5://[user:password@]host[:port]`: SOCKS5 with an address that is resolved here.
    ///
    /// Without a scheme it is `http`, without a port 80 or 1080. Any other makes
    /// [`connect`](Self::connect) fail. The way to the proxy is not encrypted; for `wss://` what goes
    /// through it is. The user name and password are sent to the proxy alone, and by no
    /// [`header`](Self::header). Of this, [`proxy_from_env`](Self::proxy_from_env) and
    /// [`unix_socket`](Self::unix_socket) the last one wins.
    ///
    /// ```no_run
    /// use blocking_ws::{Client, Error};
    ///
    /// let client = Client::new().proxy("http://ali:sesame@proxy.example:3128");
    /// match client.connect("wss://example.com/chat") {
    ///     Err(Error::Proxy(e)) if e.is_authentication() => println!("who are you? {e}"),
    ///     outcome => drop(outcome?),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn proxy(mut self, url: &str) -> Self {
        self.route = Route::Proxy(Proxy::parse(url));
        self
    }

    /// Asks the environment which proxy to take, at every [`connect`](Self::connect) and redirect;
    /// it is not asked unless this is called. Of this, [`proxy`](Self::proxy) and
    /// [`unix_socket`](Self::unix_socket) the last one wins.
    ///
    /// `https_proxy` or `HTTPS_PROXY` is for `wss://`, `http_proxy` for `ws://`, and `all_proxy` or
    /// `ALL_PROXY` for both where there is none; the values are as for [`proxy`](Self::proxy).
    /// `HTTP_PROXY` is never looked at: a request's header can set it for a CGI program.
    ///
    /// `no_proxy` or `NO_PROXY` lists places that are reached without: `*`, `example.com` with all
    /// that is below it, `127.0.0.1`, `10.0.0.0/8`, each but the first perhaps with a port.
    pub fn proxy_from_env(mut self) -> Self {
        self.route = Route::Environment;
        self
    }

    /// Trusts the certificates in a PEM file besides those of the system.
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        self.tls = self.tls.root_certificate_pem(pem);
        self
    }

    /// Proves who the client is, to servers that ask.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.tls = self.tls.identity(identity);
        self
    }

    /// Accepts any certificate for any name. Whoever is on the way can then read and change
    /// everything: for tests only.
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.tls = self.tls.danger_accept_invalid_certs(accept);
        self
    }

    /// Sets whether the server's name is sent unencrypted at the start of TLS (SNI); it is unless
    /// turned off.
    pub fn sni(mut self, send: bool) -> Self {
        self.tls = self.tls.sni(send);
        self
    }

    /// Bounds resolving, connecting to every address, a proxy, TLS, the opening handshake and
    /// redirects together; 10 seconds by default, `None` for ever.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.opening = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_write_timeout`]; 30 seconds by default.
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.write = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_close_timeout`]; 5 seconds by default.
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.close = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_stall_timeout`]; 30 seconds by default.
    pub fn stall_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.stall = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_ping_interval`]; off by default.
    ///
    /// Only a program that keeps receiving hears of a server that has vanished: pings are sent, and
    /// their pongs waited for, by the calls that receive.
    pub fn ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.timeouts.ping_interval = interval.into();
        self
    }

    /// Sets [`WebSocket::set_pong_timeout`]; 20 seconds by default, once there are pings.
    pub fn pong_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.pong = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_max_message_size`]; 16 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.limits.message = bytes;
        self
    }

    /// Sets [`WebSocket::set_max_stream_size`]; 16 MiB by default, `None` for any size.
    pub fn max_stream_size(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.limits.set_stream(bytes.into());
        self
    }

    /// Bounds the head of the server's response, in bytes; 16 KiB by default.
    pub fn max_head_size(mut self, bytes: usize) -> Self {
        self.limits.head = bytes;
        self
    }

    /// Bounds the header lines of the server's response; 100 by default.
    pub fn max_headers(mut self, lines: usize) -> Self {
        self.limits.headers = lines;
        self
    }

    /// Opens a connection. May be called any number of times.
    ///
    /// The URL begins with `ws://` or `wss://`, or with `http://` or `https://` in their place. A
    /// user name and password in it are sent as `Authorization: Basic` (RFC 7617) and are no part of
    /// [`WebSocket::request`]'s URI; nor is the zone of an address such as `[fe80::1%25eth0]`
    /// (RFC 6874), which only says where to connect. What may not stand in a path or query, such as
    /// `é` or `{`, is sent percent-encoded.
    ///
    /// Tries every address of the host until one answers. One deadline holds over everything
    /// until the connection is open. Several connections to one host at the same time are the
    /// caller's to avoid (§4.1).
    ///
    /// # Errors
    /// The URL or a setting cannot be used, no address answered, the proxy refused
    /// ([`Error::Proxy`]), TLS failed, the server refused ([`Error::Refused`] has its response) or
    /// broke a rule, or the deadline passed.
    pub fn connect(&self, url: &str) -> Result<WebSocket> {
        let deadline = Deadline::after(self.timeouts.opening);
        self.connect_by(url, deadline).map_err(|e| match e {
            Error::Lost(e) | Error::Tls(e) if deadline_passed(&e, deadline) => {
                Error::Deadline(Phase::Connect)
            }
            e => e,
        })
    }

    fn connect_by(&self, url: &str, deadline: Deadline) -> Result<WebSocket> {
        if let Some(invalid) = self.invalid {
            return Err(Error::Invalid(invalid));
        }
        self.timeouts.check()?;
        handshake::check_deflate(self.deflate.as_ref())?;
        let mut hop = Hop::first(Url::parse(url)?, self.headers.clone());
        let mut left = self.redirects;
        loop {
            let refused = match self.open(&hop, left > 0, deadline) {
                Err(Error::Refused(response)) => response,
                done => return done,
            };
            match hop.next(&refused) {
                Some(next) if left > 0 && self.route.leads_to(&next) => hop = next,
                _ => return Err(Error::Refused(refused)),
            }
            left -= 1;
        }
    }

    /// Opens a connection to one place on the way, which may send it on to another.
    fn open(&self, hop: &Hop, goes_on: bool, deadline: Deadline) -> Result<WebSocket> {
        let url = &hop.url;
        // What is wrong with the request is told before a connection is made.
        let prepared = Prepared::new(url.clone(), hop.headers.clone(), self.spelling.clone())?;
        let socket = self.route.reach(url, &self.limits, deadline)?;
        let mut stream = if url.secure {
            let secured = if hop.crossed_origin {
                self.tls.clone().without_identity().connect_by(&url.host, socket, deadline)
            } else {
                self.tls.connect_by(&url.host, socket, deadline)
            };
            Stream::tls(secured.map_err(Error::Tls)?)
        } else {
            Stream::plain(socket)
        };
        let mut timed = Timed { stream: &mut stream, deadline };
        let deflate = self.deflate.as_ref();
        let hurry = |timed: &mut Timed<'_, _>, reads: Reads| {
            reads.hurry(timed, goes_on);
            true
        };
        let upgraded = handshake::connect(&mut timed, prepared, deflate, &self.limits, hurry)?;
        timed.lift().map_err(Error::Lost)?;
        let mut websocket = WebSocket::upgraded(stream, Role::Client, self.limits, upgraded);
        websocket.keep_large();
        self.timeouts.apply(&mut websocket)?;
        Ok(websocket)
    }
}

fn deadline_passed(error: &io::Error, deadline: Deadline) -> bool {
    is_timeout(error) && deadline.has_passed()
}
