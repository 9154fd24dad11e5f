//! The methods of [`Server`] that change its settings.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};

use super::super::server::Server;
use crate::connection::{Settings, connection_settings};
use crate::error::Result;
use crate::handshake::{Opening, Refusal};
use crate::io::TlsBackend;
use crate::proto::compression::Deflate;
use crate::transport::tls::{Identity, TlsAcceptor};

impl Server {
    /// Replaces all settings that a [`Settings`] has. See there for an example.
    pub fn settings(mut self, mut settings: Settings) -> Self {
        let rules = &mut self.settings.connection.rules;
        settings.rules.page = rules.page.take();
        settings.rules.routes = mem::take(&mut rules.routes);
        self.settings.connection = settings;
        self
    }

    /// Serves `wss://` instead of `ws://`.
    ///
    /// # Errors
    /// The identity cannot be used, or the crate was built without the features `tls` and `rustls`.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls(self, identity: &Identity) -> Result<Self> {
        let acceptor = TlsAcceptor::with_backend(self.settings.tls_backend, identity)?;
        Ok(self.tls_acceptor(acceptor))
    }

    /// Serves `wss://` with all settings of a [`TlsAcceptor`], such as
    /// [client certificates](TlsAcceptor::client_certificates) or an identity for each
    /// [name](TlsAcceptor::identity_for). See there for examples.
    ///
    /// Of this and [`tls`](Self::tls) the last call counts.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls_acceptor(mut self, acceptor: TlsAcceptor) -> Self {
        self.handle.lifecycle().secured(acceptor.clone());
        self.settings.tls = Some(acceptor);
        self
    }

    /// Sets the library that does the work of TLS. It is needed only where both are compiled in,
    /// and the default of [`TlsBackend`] is not wanted.
    ///
    /// ```no_run
    /// use blocking_ws::{Identity, Server, TlsBackend};
    ///
    /// let identity = Identity::from_pem_files("chain.pem", "key.pem")?;
    /// let server = Server::bind("0.0.0.0:9443")?.tls_backend(TlsBackend::Rustls)?.tls(&identity)?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// TLS was set before, and this library cannot do what was set, or is not compiled in.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls_backend(mut self, backend: TlsBackend) -> Result<Self> {
        self.settings.tls_backend = backend;
        match self.settings.tls.take() {
            None => Ok(self),
            Some(acceptor) => Ok(self.tls_acceptor(acceptor.by(backend)?)),
        }
    }

    /// Supports a subprotocol (§1.9); call it once for each. Of those that a client offers, the
    /// first that was added here is chosen. The name must be a token, such as `chat.v1`; otherwise
    /// [`serve`](Self::serve) and [`spawn`](Self::spawn) fail.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.settings.connection = self.settings.connection.subprotocol(name);
        self
    }

    /// Answers a client that offers none of the supported subprotocols with 400 and their names.
    ///
    /// Without this, such a connection opens, and
    /// [`WebSocket::subprotocol`](crate::WebSocket::subprotocol) returns `None`. If no subprotocol
    /// is supported, [`serve`](Self::serve) and [`spawn`](Self::spawn) fail, unless the
    /// [hook](Self::on_upgrade) can choose.
    pub fn require_subprotocol(mut self) -> Self {
        self.settings.connection = self.settings.connection.require_subprotocol();
        self
    }

    /// Allows pages of an origin to connect (§10.2), such as `https://example.com`. Call it once
    /// for each; `https://*.example.com` means all subdomains.
    ///
    /// Any page can make a browser connect to any server, with the user's cookies. So pages get
    /// 403, with a sentence that names both hosts, except
    ///
    /// - those of this server's own host: the host in `Origin` is that in `Host`. Ports are not
    ///   compared, because proxies leave them out.
    /// - those of the listed origins. An origin is a scheme, a host and perhaps a port. Anything
    ///   else, such as a path, makes [`serve`](Self::serve) and [`spawn`](Self::spawn) fail.
    ///
    /// Only browsers send an origin, and a page cannot forge it. Requests of other programs have
    /// none and are not refused. A proxy that changes `Host` makes all pages strangers: have it
    /// pass `Host` on, list the origin, or name the proxy with
    /// [`trusted_proxy`](Self::trusted_proxy) and have it send `X-Forwarded-Host`.
    ///
    /// ```
    /// use blocking_ws::{Client, Error, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.origin("https://*.example.com");
    /// let server = server.spawn(|ws| ws.send("welcome"))?;
    /// let from = |origin| Client::new().header("Origin", origin).connect(server.url());
    /// assert!(from("http://127.0.0.1").is_ok()); // the server's own page
    /// assert!(from("https://www.example.com").is_ok());
    /// assert!(matches!(from("https://evil.example"), Err(Error::Refused(_))));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn origin(mut self, origin: &str) -> Self {
        self.settings.connection = self.settings.connection.origin(origin);
        self
    }

    /// Allows all pages to connect, also files and pages without an origin. Then nothing in a
    /// request proves that the user wanted it: do not rely on cookies.
    pub fn any_origin(mut self) -> Self {
        self.settings.connection = self.settings.connection.any_origin();
        self
    }

    /// Believes what a proxy, or a network of proxies, says of its clients. Call it once for each.
    ///
    /// `network` is an address, a network such as `10.0.0.0/8`, or `unix:` for all programs that
    /// connect to a Unix socket. Anything else makes [`serve`](Self::serve) and
    /// [`spawn`](Self::spawn) fail. By default no proxy is trusted.
    ///
    /// The headers `Forwarded` (RFC 7239) and `X-Forwarded-For` are read from the right, up to the
    /// first address that is not trusted. [`Opening::client_ip`] returns it. Without both headers it
    /// is the proxy's own address, and `None` where the proxy hides the client (`unknown`). If the
    /// headers contradict each other or cannot be read, the client gets 400: otherwise it could
    /// choose its address by spoiling a header. The hosts in `Forwarded` and `X-Forwarded-Host`
    /// replace `Host` in the check of the [origin](Self::origin).
    ///
    /// The proxy must set one of the two headers, and remove the other. Otherwise it passes on what
    /// clients make up.
    ///
    /// ```
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.trusted_proxy("127.0.0.1").on_upgrade(|opening| {
    ///     assert_eq!(opening.client_ip(), "192.0.2.7".parse().ok());
    ///     Ok(())
    /// });
    /// let server = server.spawn(|ws| ws.send("welcome"))?;
    /// let client = Client::new().header("X-Forwarded-For", "192.0.2.7"); // what the proxy sends
    /// assert!(client.connect(server.url()).is_ok());
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn trusted_proxy(mut self, network: &str) -> Self {
        self.settings.connection = self.settings.connection.trusted_proxy(network);
        self
    }

    /// Compresses messages to and from clients that offer it (RFC 7692). By default no message is
    /// compressed. [`WebSocket::extensions`](crate::WebSocket::extensions) returns what was agreed.
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
    #[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.settings.connection = self.settings.connection.deflate(deflate);
        self
    }

    /// Calls `hook` with each valid WebSocket request before it is answered, in the connection's
    /// own thread. The hook can refuse the request, and much more: see [`Opening`].
    ///
    /// It is called after the check of the [origin](Self::origin), and not by a server that is
    /// full. It counts towards [`handshake_timeout`](Self::handshake_timeout). If it panics, the
    /// client gets 500 and the log a line.
    ///
    /// ```
    /// use blocking_ws::http::StatusCode;
    /// use blocking_ws::{Refusal, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.on_upgrade(|opening| {
    ///     if opening.request().uri().path() != "/chat" {
    ///         return Err(Refusal::new(StatusCode::NOT_FOUND, "there is only /chat\n"));
    ///     }
    ///     Ok(())
    /// });
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn on_upgrade(
        mut self,
        hook: impl Fn(&mut Opening) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Self {
        self.settings.connection = self.settings.connection.on_upgrade(hook);
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
        taps: settings.connection.taps,
        of: " of each connection",
        ping_interval: "20 seconds by default.",
        pong_timeout: "20 seconds by default.",
        head: "a request",
        too_long: " A longer head gets 431.",
        too_many: " More lines get 431.",
    }

    /// Limits how many connections are open at the same time. A connection counts until its handler
    /// has returned. At the limit, 16 clients at a time get 503 with `Retry-After`, further
    /// clients are disconnected, and the log has lines (`warn`).
    ///
    /// The default is 10,000, or less if the system allows fewer. On Linux the smallest of these
    /// counts: a fifth of `vm.max_map_count`; the open files less 64; the threads of the control group
    /// (`TasksMax` of systemd) less 64; one for each 2 MiB of address space (`ulimit -v`, or what
    /// 32 bits can address). Of a limit of files or threads below 128, half counts. Threads of a
    /// [`Hub`](crate::Hub) and of the program are not included. With 0, [`serve`](Self::serve) and
    /// [`spawn`](Self::spawn) fail.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Limits how many connections a client's address has open at the same time; `None`, the
    /// default, means no limit.
    ///
    /// A further request for a WebSocket gets 429 with `Retry-After`, and the log has a line
    /// (`info`). Plain HTTP is still [answered](Self::http).
    ///
    /// - The addresses of an IPv6 /64 network count as one, and an IPv4-mapped address as IPv4.
    /// - Behind a proxy, the address is the one that the proxy forwards, if
    ///   [`trusted_proxy`](Self::trusted_proxy) names the proxy. Otherwise it is that of the proxy,
    ///   so leave this off there.
    /// - Clients of a Unix socket have no address and no such limit.
    /// - Up to 8 more connections of an address may be in their opening handshake. When there
    ///   are more, and when the limit is reached, 4 clients of the address at a time get their
    ///   answer within two seconds, beside [`max_connections`](Self::max_connections). Further
    ///   clients of the address are disconnected. So an address cannot fill the server.
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
    /// whose thread there is no memory is disconnected, and the server continues. If the system has
    /// no thread at all with such a stack, [`serve`](Self::serve) and [`spawn`](Self::spawn) fail.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = bytes;
        self
    }
}
