//! [`Server`]: its settings. The loop that accepts is in `accept_loop`; what happens to an accepted
//! socket is in `worker`.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::header::HeaderMap;
use http::{Request, Response};

use super::accept_loop::AcceptLoop;
use super::lifecycle::Lifecycle;
use super::listener::Listener;
use super::server_handle::ServerHandle;
use super::system_limits;
use super::worker::{Handler, ServerSettings, Worker};
use crate::connection::{WebSocket, connection_settings};
use crate::error::Result;
use crate::handshake::Refusal;
use crate::process::error;
use crate::proto::compression::Deflate;
use crate::transport::tls::{Identity, TlsAcceptor};

/// A server that runs a handler for each client, each in a thread of its own.
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
/// Settings are methods:
///
/// ```
/// use std::time::Duration;
///
/// let server = blocking_ws::Server::bind("127.0.0.1:0")?
///     .subprotocol("chat.v1")
///     .origin("https://example.com")
///     .max_connections(500)
///     .stack_size(2 << 20)
///     .handshake_timeout(Duration::from_secs(5))
///     .ping_interval(Duration::from_secs(30));
/// println!("{} on {}", server.url()?, server.local_addr()?);
/// let handle = server.spawn(|ws| ws.send("hello"))?;
/// handle.shutdown(Duration::from_secs(1));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// A handler must keep receiving, even if it only sends: the calls that receive answer pings and
/// Close frames. To push messages, use a [`sender`](WebSocket::sender) in another thread, or call
/// [`recv_timeout`](WebSocket::recv_timeout) between sends.
///
/// If the connection is still open when the handler returns, it is closed: after `Ok` with 1000,
/// after an error of the application or a panic with 1011. The log (crate `log`) has a line for an error (`warn`, or
/// `debug` if it is about the connection) and for a panic (`error`). A panic ends its connection
/// only, except with `panic = "abort"`. The whole process ends if the handler's stack overflows,
/// see [`stack_size`](Self::stack_size), or if the drop of a thread-local panics.
#[must_use]
pub struct Server {
    listener: Arc<Listener>,
    handle: ServerHandle,
    settings: ServerSettings,
    max_connections: usize,
    stack_size: usize,
}

impl Server {
    /// Listens on an address. With port 0 the system chooses a port.
    ///
    /// # Errors
    /// No address can be listened on, often because the port is in use. Try another port.
    pub fn bind(address: impl ToSocketAddrs) -> Result<Self> {
        Ok(Self::over(Listener::tcp(address)?))
    }

    /// Listens on a Unix socket at `path`, for programs on the same machine: a proxy, or clients
    /// with [`Client::unix_socket`](crate::Client::unix_socket).
    ///
    /// The file that an ended server left behind is replaced. When this server has ended, it
    /// removes its file, unless another file has replaced it. The permissions of the file and its
    /// directory decide who may connect; those of the file come from the process's umask.
    ///
    /// Of several servers that begin at the same time, one gets the path. For a moment they lock a
    /// file named `.NAME.blocking-ws` in the same directory. Other programs do not know this lock,
    /// so do not share the path with them. Solaris has no such lock.
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
    /// Another server listens there, the path is a file of another kind, the directory cannot be
    /// written, or its file system has no locks. `ResourceBusy`: another program keeps the lock for
    /// two seconds. `Unsupported`: the system, such as Windows, has no Unix sockets.
    pub fn bind_unix(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self::over(Listener::unix(path.as_ref())?))
    }

    fn over(listener: Listener) -> Self {
        let listener = Arc::new(listener);
        Self {
            handle: ServerHandle::new(Lifecycle::new(&listener)),
            listener,
            settings: ServerSettings::default(),
            max_connections: system_limits::connections(),
            stack_size: system_limits::STACK,
        }
    }

    /// Serves `wss://` instead of `ws://`.
    ///
    /// # Errors
    /// The identity cannot be used, or the crate was built without the feature `tls`.
    pub fn tls(mut self, identity: &Identity) -> Result<Self> {
        self.settings.tls = Some(TlsAcceptor::new(identity)?);
        self.handle.lifecycle().secured();
        Ok(self)
    }

    /// Supports a subprotocol (§1.9); call it once for each. Of those that a client offers, the
    /// first that was added here is chosen.
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.settings.rules.subprotocols.push(name.to_owned());
        self
    }

    /// Allows pages of an origin such as `https://example.com` to connect (§10.2); call it once for
    /// each. Pages of other origins get 403. By default all origins are allowed.
    ///
    /// Only browsers send an origin, and a page cannot forge it. Requests of other programs have
    /// none and are not refused.
    pub fn origin(mut self, origin: &str) -> Self {
        self.settings.rules.origins.push(origin.to_owned());
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
        self.settings.rules.deflate = Some(deflate);
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
        self.settings.rules.hook = Some(Arc::new(hook));
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
        self.settings.rules.page = Some(Arc::new(move |request| page(request).map(Into::into)));
        self
    }

    /// Limits TLS and the opening handshake together; 10 seconds by default, `None` means no limit.
    pub fn handshake_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.opening = timeout.into();
        self
    }

    connection_settings! {
        timeouts: settings.timeouts,
        limits: settings.limits,
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

    /// Returns the address on which the server listens.
    ///
    /// # Errors
    /// `Unsupported`: the server listens on a Unix socket.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.handle.local_addr()
    }

    /// Returns the server's URL, such as `ws://127.0.0.1:9001/`. On a Unix socket it is
    /// `ws://localhost/`, for clients that know the path.
    ///
    /// # Errors
    /// None: the address is known since `bind`.
    pub fn url(&self) -> Result<String> {
        Ok(self.handle.url().to_owned())
    }

    /// Returns a handle with which any thread can end [`serve`](Self::serve).
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Accepts clients and calls `handler` for each, in a thread of its own.
    ///
    /// Blocks until a [`handle`](Self::handle) has [shut down](ServerHandle::shutdown) the server
    /// and all connections and threads have ended, or until two seconds after the deadline of the
    /// shutdown. Then drops what the handler owns, which may take longer.
    ///
    /// A thread whose client has left waits five seconds for the next client, because waking it is
    /// faster than creating a thread. So a thread-local of the handler may still be there for the
    /// next client. If threads or file descriptors run out, the server logs it, waits a moment and
    /// continues.
    ///
    /// # Errors
    /// A setting can never work, or the listening socket has become unusable. In the second case
    /// all connections have been cut.
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

    /// Serves like [`serve`](Self::serve), in a background thread, and does not block. The server
    /// ends when a handle calls [`shutdown`](ServerHandle::shutdown) or the last handle is dropped.
    ///
    /// # Errors
    /// A setting can never work, or the system cannot start the thread that accepts.
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
                error!("{address}: no longer accepts connections: {e}");
            }
        };
        handle.spawned(|| thread::Builder::new().name(name).spawn(accept))?;
        Ok(handle)
    }

    /// Makes the loop that accepts, without a handle: a spawned server ends with its last handle.
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
