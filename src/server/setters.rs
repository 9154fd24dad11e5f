//! The methods of [`Server`] that change its settings.

use std::sync::Arc;
use std::time::Duration;

use http::header::HeaderMap;
use http::{Request, Response};

use super::server::Server;
use crate::connection::{Settings, connection_settings};
use crate::error::{Error, Result};
use crate::handshake::Refusal;
use crate::proto::compression::Deflate;
use crate::transport::tls::{Identity, TlsAcceptor};

impl Server {
    /// Replaces all settings that a [`Settings`] has. See there for an example.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings.connection = settings;
        self
    }

    /// Serves `wss://` instead of `ws://`.
    ///
    /// # Errors
    /// The identity cannot be used, or the crate was built without the feature `tls`.
    pub fn tls(mut self, identity: &Identity) -> Result<Self> {
        self.settings.tls = Some(TlsAcceptor::new(identity).map_err(Error::Tls)?);
        self.handle.lifecycle().secured();
        Ok(self)
    }

    /// Supports a subprotocol (§1.9); call it once for each. Of those that a client offers, the
    /// first that was added here is chosen.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.settings.connection = self.settings.connection.subprotocol(name);
        self
    }

    /// Allows pages of an origin such as `https://example.com` to connect (§10.2); call it once for
    /// each. Pages of other origins get 403. By default all origins are allowed.
    ///
    /// Only browsers send an origin, and a page cannot forge it. Requests of other programs have
    /// none and are not refused.
    pub fn origin(mut self, origin: &str) -> Self {
        self.settings.connection.rules.origins.push(origin.to_owned());
        self
    }

    /// Compresses messages to and from clients that offer it (RFC 7692). By default no message is
    /// compressed. [`WebSocket::extensions`] returns what was agreed.
    ///
    /// Without the feature `deflate` this has no effect. With takeover in both directions, each
    /// connection uses about 370 KiB for it; see [`max_connections`](Self::max_connections).
    ///
    /// ```no_run
    /// use blocking_ws::{Deflate, Server};
    ///
    /// let server = Server::bind("127.0.0.1:9001")?.deflate(Deflate::new());
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// Settings that can never work make [`serve`](Self::serve) and [`spawn`](Self::spawn) fail.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.settings.connection = self.settings.connection.deflate(deflate);
        self
    }

    /// Calls `hook` with each valid WebSocket request before it is answered, in the connection's
    /// own thread. The hook may add headers to the 101 response, or refuse the request.
    ///
    /// If it panics, the client gets 500 and the log a line.
    ///
    /// ```no_run
    /// use blocking_ws::http::StatusCode;
    /// use blocking_ws::{Refusal, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.on_upgrade(|request, headers| {
    ///     if !request.headers().contains_key("authorization") {
    ///         return Err(Refusal::new(StatusCode::UNAUTHORIZED, "a token is needed\n"));
    ///     }
    ///     headers.insert("x-served-by", "room 1".parse().unwrap());
    ///     Ok(())
    /// });
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn on_upgrade(
        mut self,
        hook: impl Fn(&Request<()>, &mut HeaderMap) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.settings.connection.rules.hook = Some(Arc::new(hook));
        self
    }

    /// Answers plain HTTP on the same port, for example for a page or a health check.
    ///
    /// `page` is called with every request without `Upgrade: websocket`, whatever its method is.
    /// The body of the request is discarded. Without this setting, the answer is 426. The library
    /// sets `Content-Length` and `Connection: close`, because one answer ends the connection. It
    /// sends no body with HEAD, 204, 205 and 304. A body without `Content-Type` is plain text. A
    /// panic or a status of 1xx becomes 500 and a line in the log.
    ///
    /// `page` runs in the connection's own thread, also when
    /// [`max_connections`](Self::max_connections) is reached. The answer must be sent within
    /// [`handshake_timeout`](Self::handshake_timeout). A full server answers 16 clients at a time
    /// and gives each of them two seconds, which is enough for a health check.
    ///
    /// ```no_run
    /// use blocking_ws::Server;
    /// use blocking_ws::http::{Response, StatusCode};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.http(|request| {
    ///     let (status, body) = match request.uri().path() {
    ///         "/health" => (StatusCode::OK, "ok\n"),
    ///         _ => (StatusCode::NOT_FOUND, "there is only /health\n"),
    ///     };
    ///     let mut response = Response::new(body);
    ///     *response.status_mut() = status;
    ///     response
    /// });
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn http<B: Into<Vec<u8>>>(
        mut self,
        page: impl Fn(&Request<()>) -> Response<B> + Send + Sync + 'static,
    ) -> Self {
        self.settings.connection.rules.page =
            Some(Arc::new(move |request| page(request).map(Into::into)));
        self
    }

    /// Limits TLS and the opening handshake together; 10 seconds by default, `None` means no limit.
    pub fn handshake_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.connection = self.settings.connection.handshake_timeout(timeout);
        self
    }

    connection_settings! {
        timeouts: settings.connection.timeouts,
        limits: settings.connection.limits,
        of: " of each connection",
        ping_interval: "20 seconds by default.",
        pong_timeout: "20 seconds by default.",
        head: "a request",
        too_long: " A longer head gets 431.",
        too_many: " More lines get 431.",
    }

    /// Limits how many connections are open at the same time. A connection counts until its handler
    /// has returned. At the limit, 16 clients at a time get 503 with `Retry-After`, further
    /// clients are disconnected, and the log has a line.
    ///
    /// The default is 10,000, or less if the system allows fewer. On Linux the smallest of these
    /// counts: a fifth of `vm.max_map_count`; the open files less 64; one for each 2 MiB of address
    /// space (`ulimit -v`, or what 32 bits can address). Threads of a [`Hub`](crate::Hub) and of
    /// the program are not included.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Limits how many connections a client's address has open at the same time; `None`, the default,
    /// means no limit.
    ///
    /// A further request for a WebSocket gets 429 with `Retry-After`, and the log has a line
    /// (`info`). Plain HTTP is still [answered](Self::http).
    ///
    /// - The addresses of an IPv6 /64 network count as one, and an IPv4-mapped address as IPv4.
    /// - The address is that of the direct peer. Behind a proxy that is the proxy's, so leave this
    ///   off there.
    /// - Clients of a Unix socket have no address and no such limit.
    /// - Up to 8 more connections of an address may be in their opening handshake. When they are
    ///   exceeded, and when the limit is reached, 4 clients of the address at a time get their answer
    ///   within two seconds, beside [`max_connections`](Self::max_connections). Further clients of the
    ///   address are disconnected. So an address cannot fill the server.
    ///
    /// ```
    /// use blocking_ws::{Error, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?
    ///     .max_connections_per_client(1)
    ///     .spawn(|ws| ws.recv().map(drop))?;
    /// let first = blocking_ws::connect(server.url())?;
    /// match blocking_ws::connect(server.url()) {
    ///     Err(Error::Refused(response)) => assert_eq!(response.status(), 429),
    ///     other => panic!("{other:?}"),
    /// }
    /// # drop(first);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn max_connections_per_client(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.settings.max_connections_per_client = connections.into();
        self
    }

    /// Sets the stack of each connection's thread, in bytes; 1 MiB by default. If it overflows, the
    /// whole process ends. Large local arrays and deep recursion need more, above all in debug
    /// builds.
    ///
    /// A stack takes its address space at once, but its memory only page by page as it is used. So
    /// idle connections need the same memory with any size. Where the system reserves all memory at
    /// once (`vm.overcommit_memory` is 2), a smaller stack allows more connections. A client for
    /// whose thread there is no memory is disconnected, and the server continues.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = bytes;
        self
    }
}
