//! [`Server`]: settings. The loop that accepts is in `acceptor`, what becomes of an accepted socket
//! in `worker`.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::header::HeaderMap;
use http::{Request, Response};

use super::accept_loop::AcceptLoop;
use super::capacity;
use super::lifecycle::Lifecycle;
use super::listener::Listener;
use super::server_handle::ServerHandle;
use super::worker::{Handler, ServerSettings, Worker};
use crate::connection::WebSocket;
use crate::error::{Error, Result};
use crate::handshake::Refusal;
use crate::process::error;
use crate::proto::compression::Deflate;
use crate::transport::tls::{Identity, TlsAcceptor};

/// A server that gives each client a thread.
///
/// ```no_run
/// fn main() -> blocking_ws::Result<()> {
///     blocking_ws::Server::bind("127.0.0.1:9001")?.serve(|ws| {
///         while let Some(message) = ws.recv()? {
///             ws.send(message)?;
///         }
///         Ok(())
///     })
/// }
/// ```
///
/// A handler must keep receiving, even if it only sends: pings and closes are answered by the calls
/// that receive. It can push from a [`sender`](WebSocket::sender) in another thread, or call
/// [`recv_timeout`](WebSocket::recv_timeout) between sends.
///
/// What the handler returns decides how its connection is closed, if it is still open: `Ok` with
/// 1000, an error or a panic with 1011 and a line in the log (crate `log`: warn for errors, debug for
/// those of the connection, error for panics). A panic ends that connection only, unless
/// `panic = "abort"` is set. A stack that overflows ends the whole process, as does a thread-local whose
/// drop panics: each handler has 1 MiB, see [`stack_size`](Self::stack_size).
#[must_use]
pub struct Server {
    listener: Arc<Listener>,
    handle: ServerHandle,
    settings: ServerSettings,
    max_connections: usize,
    stack_size: usize,
}

impl Server {
    /// Listens on an address; port 0 lets the system choose one.
    ///
    /// # Errors
    /// No such address can be had, often because its port is taken.
    pub fn bind(address: impl ToSocketAddrs) -> Result<Self> {
        Ok(Self::over(Listener::tcp(address)?))
    }

    /// Listens on a Unix socket at a path, for programs on the same machine: a proxy, or clients with
    /// [`Client::unix_socket`](crate::Client::unix_socket).
    ///
    /// The file of a server that is gone is replaced. The server's own is removed when it has
    /// ended, unless there is another one in its place by then. Who may connect is decided by the
    /// permissions of the file, which the process's umask gives it, and of its directory.
    ///
    /// Of servers that begin at one moment, one has the path: they take turns, with a lock of a file
    /// named `.NAME.blocking-ws` in the same directory, which is there for that moment. Other
    /// programs know nothing of that lock, so a path should not be shared with them; nor does
    /// Solaris have it.
    ///
    /// ```no_run
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind_unix("/run/echo.sock")?.spawn(|ws| {
    ///     while let Some(message) = ws.recv()? {
    ///         ws.send(message)?;
    ///     }
    ///     Ok(())
    /// })?;
    /// let mut ws = Client::new().unix_socket("/run/echo.sock").connect("ws://localhost/")?;
    /// ws.send("hello")?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// Another server listens there, there is another kind of file, the directory cannot be written,
    /// or its file system has no locks. `ResourceBusy` when another program keeps that lock for two
    /// seconds. `Unsupported` where the system has no such sockets, which includes Windows.
    pub fn bind_unix(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::over(Listener::unix(path.as_ref())?))
    }

    fn over(listener: Listener) -> Self {
        let listener = Arc::new(listener);
        Self {
            handle: ServerHandle::new(Lifecycle::new(&listener)),
            listener,
            settings: ServerSettings::default(),
            max_connections: capacity::connections(),
            stack_size: capacity::STACK,
        }
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

    /// Supports a subprotocol (§1.9). May be called repeatedly; the first one that a client
    /// offers is chosen.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.settings.rules.subprotocols.push(name.to_owned());
        self
    }

    /// Allows pages of an origin such as `https://example.com` to connect (§10.2), and refuses
    /// those of others with 403. May be called repeatedly; without it all are allowed.
    ///
    /// Only browsers send an origin, and they cannot lie about it. Requests without one come from
    /// other programs and are not refused.
    pub fn origin(mut self, origin: &str) -> Self {
        self.settings.rules.origins.push(origin.to_owned());
        self
    }

    /// Compresses messages to and from clients that offer it (RFC 7692); without this, none.
    /// [`WebSocket::extensions`] tells what was agreed on.
    ///
    /// Without the feature `deflate` it does nothing. With takeover both ways, each connection holds
    /// about 370 KiB for it; see [`max_connections`](Self::max_connections).
    ///
    /// ```no_run
    /// use blocking_ws::{Deflate, Server};
    ///
    /// let server = Server::bind("127.0.0.1:9001")?.deflate(Deflate::new());
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// ServerSettings that can never work make [`serve`](Self::serve) and [`spawn`](Self::spawn) fail.
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.settings.rules.deflate = Some(deflate);
        self
    }

    /// Shows each request to `hook` before it is answered. The hook may add headers to the 101
    /// response, or refuse.
    ///
    /// It runs in the connection's own thread.
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
        self.settings.rules.hook = Some(Arc::new(hook));
        self
    }

    /// Answers plain HTTP on the same port: a page, a health check.
    ///
    /// `page` sees every request that does not ask for WebSocket by `Upgrade: websocket`, of any
    /// method and without its body, which is discarded. Without this they are answered with 426.
    /// The library sets `Content-Length` and `Connection: close` (one answer ends the connection),
    /// sends no body where there is none (HEAD, 204, 205, 304), and calls the body plain text
    /// unless there is a `Content-Type`. A panic and a status of 1xx become 500 and a line in the
    /// log.
    ///
    /// It runs in the connection's own thread, also where there is no room for another WebSocket.
    /// What it makes is to be sent within the [`handshake_timeout`](Self::handshake_timeout), and on a
    /// server that is full, to sixteen clients at a time, within two seconds from their accept: enough
    /// for a health check.
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
        self.settings.rules.page = Some(Arc::new(move |request| page(request).map(Into::into)));
        self
    }

    /// Bounds TLS and the opening handshake together; 10 seconds by default, `None` for ever.
    pub fn handshake_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.opening = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_write_timeout`] of each connection; 30 seconds by default.
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.write = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_close_timeout`] of each connection; 5 seconds by default.
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.close = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_stall_timeout`] of each connection; 30 seconds by default.
    pub fn stall_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.stall = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_ping_interval`] of each connection; 20 seconds by default.
    pub fn ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.ping_interval = interval.into();
        self
    }

    /// Sets [`WebSocket::set_pong_timeout`] of each connection; 20 seconds by default.
    pub fn pong_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.pong = timeout.into();
        self
    }

    /// Sets [`WebSocket::set_max_message_size`] of each connection; 16 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.settings.limits.message = bytes;
        self
    }

    /// Sets [`WebSocket::set_max_stream_size`] of each connection: 16 MiB by default, `None` for all.
    pub fn max_stream_size(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.settings.limits.set_stream(bytes.into());
        self
    }

    /// Bounds the head of a request, in bytes; 16 KiB by default. More is answered with 431.
    pub fn max_head_size(mut self, bytes: usize) -> Self {
        self.settings.limits.head = bytes;
        self
    }

    /// Bounds the header lines of a request; 100 by default. More is answered with 431.
    pub fn max_headers(mut self, lines: usize) -> Self {
        self.settings.limits.headers = lines;
        self
    }

    /// Bounds the connections at one time, each counted until its handler has returned. A client
    /// beyond that is answered with 503 and `Retry-After`; sixteen are at one time, and more than
    /// those are just dropped. A full server says so in the log.
    ///
    /// By default it is 10,000, or less where the system's limits allow fewer: on Linux a fifth of
    /// `vm.max_map_count`, the open files less 64, and half of the address space (`ulimit -v`, or what
    /// 32 bits have) in MiB, for that is what stacks take of it by default. Threads of a
    /// [`Hub`](crate::Hub) and of your own do not count.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// Sets the stack of each connection's thread, in bytes; 1 MiB by default.
    /// A handler that needs more ends the whole process: raise this for larger local arrays and deep
    /// recursion, above all in debug builds.
    ///
    /// A stack takes address space at once, and memory page by page when it is first touched, so idle
    /// connections cost the same with any size. Where memory is promised strictly
    /// (`vm.overcommit_memory` is 2) all of it counts: lower this there. A client for whose thread
    /// there is no stack is dropped, and the server goes on.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = bytes;
        self
    }

    /// Returns the address the server listens on.
    ///
    /// # Errors
    /// `Unsupported` for a server on a Unix socket.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.handle.local_addr()
    }

    /// Returns the server's URL, such as `ws://127.0.0.1:9001/`. On a Unix socket it is
    /// `ws://localhost/`, for clients that are told the path.
    ///
    /// # Errors
    /// The system does not know the address.
    pub fn url(&self) -> Result<String> {
        Ok(self.handle.url().to_owned())
    }

    /// Returns a handle, with which any thread can end [`serve`](Self::serve).
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Accepts clients and calls `handler` for each, in a thread of its own, until a
    /// [`handle`](Self::handle) says [`shutdown`](ServerHandle::shutdown).
    ///
    /// Blocks until that is complete: all connections are closed or cut off, and their threads have
    /// ended, or two seconds have passed since the deadline. This call may drop what the handler owns,
    /// however long that takes.
    ///
    /// A thread that is done waits five seconds for the next client, which it serves sooner than a
    /// new one could: what a handler leaves in a thread-local is there for a later call. A lack of
    /// threads or file descriptors is survived: the server logs it, waits a moment and goes on.
    ///
    /// # Errors
    /// A setting can never work, or the listening socket has become unusable; all connections have
    /// been cut off then.
    pub fn serve<H>(self, handler: H) -> Result<()>
    where
        H: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static,
    {
        self.settings.check()?;
        let lifecycle = Arc::clone(self.handle.lifecycle());
        let accepted = self.acceptor(handler).run();
        if accepted.is_err() {
            lifecycle.shutdown(Some(Duration::ZERO));
        }
        lifecycle.end();
        accepted
    }

    /// Does the same as [`serve`](Self::serve) in the background, until its last handle is dropped
    /// or says [`shutdown`](ServerHandle::shutdown).
    ///
    /// # Errors
    /// A setting can never work, or the thread that accepts cannot be made.
    pub fn spawn<H>(self, handler: H) -> Result<ServerHandle>
    where
        H: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static,
    {
        self.settings.check()?;
        let handle = self.handle();
        let acceptor = self.acceptor(handler);
        let name = format!("{} accept", handle.lifecycle().name());
        let address = handle.lifecycle().address().clone();
        let accept = move || {
            if let Err(e) = acceptor.run() {
                error!("{address}: accepts nobody any more: {e}");
            }
        };
        handle.spawned(|| thread::Builder::new().name(name).spawn(accept))?;
        Ok(handle)
    }

    /// What is needed to run, without a handle: a spawned server ends with its last one.
    fn acceptor<H: Handler>(self, handler: H) -> AcceptLoop<H> {
        AcceptLoop {
            listener: self.listener,
            lifecycle: Arc::clone(self.handle.lifecycle()),
            worker: Arc::new(Worker { settings: self.settings, handler }),
            max_connections: self.max_connections,
            stack_size: self.stack_size,
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .field("settings", &self.settings)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
