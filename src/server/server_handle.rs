//! [`ServerHandle`]: what a program holds of a running server. `lifecycle` ends the server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::clients::{ShutdownReport, Totals};
use super::lifecycle::Lifecycle;
use crate::connection::{Connection, close_frame};
use crate::error::{Error, Result};
use crate::process::warning;
use crate::proto::rules::CloseCode;
use crate::transport::tls::{Identity, TlsAcceptor};

/// How long clients have to close when the last handle is dropped.
const DROPPED: Duration = Duration::from_secs(1);

/// A handle of a server for any thread: it has the server's addresses and connections, and can shut
/// the server down.
///
/// [`Server::spawn`](crate::Server::spawn) returns one, and so does
/// [`Server::handle`](crate::Server::handle) before [`Server::serve`](crate::Server::serve). Clones
/// are handles of the same server.
///
/// Dropping the last handle of a spawned server is a [`shutdown`](Self::shutdown) that gives
/// clients one second to close. If a handler owns a handle of its own server, that handle counts
/// too: dropping all other handles then does not end the server. For a server that was not spawned,
/// dropping handles has no effect.
///
/// ```
/// use std::time::Duration;
///
/// let server = blocking_ws::Server::bind("127.0.0.1:0")?;
/// let handle = server.handle();
/// let serving = std::thread::spawn(|| server.serve(|ws| ws.recv().map(drop)));
/// let mut client = blocking_ws::connect(handle.url())?;
/// let hears = std::thread::spawn(move || client.recv());
/// let report = handle.shutdown(Duration::from_secs(5));
/// assert_eq!((report.closed, report.cut), (1, 0));
/// assert_eq!(hears.join().unwrap()?, None);
/// serving.join().unwrap()?;
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "bind it to a name such as `_server`: dropping it, as `let _ =` does at once, ends a \
              spawned server"]
pub struct ServerHandle(Arc<Last>);

/// Dropped when the last handle is.
#[derive(Debug)]
struct Last {
    lifecycle: Arc<Lifecycle>,
    spawned: AtomicBool,
}

impl ServerHandle {
    pub(crate) fn new(lifecycle: Lifecycle) -> Self {
        Self(Arc::new(Last { lifecycle: Arc::new(lifecycle), spawned: AtomicBool::new(false) }))
    }

    pub(crate) fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.0.lifecycle
    }

    /// Notes that the server runs in the background and ends with its last handle.
    pub(crate) fn spawned(
        &self,
        accepting: impl FnOnce() -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        self.lifecycle().accepts_in(accepting)?;
        self.0.spawned.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the first address on which the server listens.
    ///
    /// # Errors
    /// `Unsupported`: that address is the path of a Unix socket, or the server listens nowhere.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.lifecycle().address().ip()?)
    }

    /// Returns all IP addresses on which the server listens, in the order in which they were given.
    #[must_use]
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.lifecycle().ips()
    }

    /// Returns the URL of the server's first address, such as `ws://127.0.0.1:9001/`. On a Unix
    /// socket it is `ws://localhost/`, for clients that know the path.
    #[must_use]
    pub fn url(&self) -> &str {
        self.lifecycle().url()
    }

    /// Shows clients another identity from the next TLS handshake on, for example a certificate that was
    /// renewed. Open connections go on.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use blocking_ws::{Identity, Server};
    ///
    /// let identity = || Identity::from_pem_files("chain.pem", "key.pem");
    /// let server = Server::bind("127.0.0.1:9443")?.tls(&identity()?)?.spawn(|ws| ws.send("hello"))?;
    /// loop {
    ///     std::thread::sleep(Duration::from_secs(24 * 60 * 60));
    ///     if let Err(e) = identity().and_then(|renewed| server.set_identity(&renewed)) {
    ///         eprintln!("the old certificate stays: {e}");
    ///     }
    /// }
    /// # #[allow(unreachable_code)]
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// Nothing has changed.
    ///
    /// - [`Error::Tls`](crate::Error::Tls) of kind `InvalidInput`: the identity cannot be used, or the
    ///   server's TLS is a [configuration](crate::unversioned) of the program's own.
    /// - [`Error::Invalid`](crate::Error::Invalid): the server does not speak TLS.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn set_identity(&self, identity: &Identity) -> Result<()> {
        self.tls()?.set_identity(identity)
    }

    /// Shows another identity to clients that ask for this name, from the next TLS handshake on. See
    /// [`TlsAcceptor::identity_for`](crate::TlsAcceptor::identity_for) for the name.
    ///
    /// # Errors
    /// As [`set_identity`](Self::set_identity), or the certificate is not for that name, or the
    /// server's TLS library shows one identity only.
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn set_identity_for(&self, name: &str, identity: &Identity) -> Result<()> {
        self.tls()?.set_identity_for(name, identity)
    }

    fn tls(&self) -> Result<TlsAcceptor> {
        let text = "the server does not speak TLS; call Server::tls before it runs";
        self.lifecycle().tls().ok_or_else(|| Error::Invalid(text.into()))
    }

    /// Ends the server: accepts no more clients, closes every connection with 1001 (§7.4.1), and
    /// waits for the threads. See [`ServerHandle`] for an example.
    ///
    /// Clients in their opening handshake are disconnected at once. Other clients have until
    /// `deadline`, a time from now, to answer the Close frame; `None` means no limit. At the
    /// deadline remaining connections are cut, whatever their handlers are blocked in.
    ///
    /// Blocks until all handlers have returned and the server's threads have ended, or until a
    /// second after the deadline. A handler that still runs then is left running: the report counts
    /// it, and the log names its client. A thread that is still dropping thread-locals or what the
    /// handler owns is left running too.
    ///
    /// The Close frame overtakes messages that wait in a [`Hub`](crate::Hub); call
    /// [`Hub::flush`](crate::Hub::flush) before.
    ///
    /// Any thread may call this, and any number of times. The earliest deadline counts, and all
    /// calls report the same totals. A call after the end returns at once. A server that does not
    /// run yet can never run after this call.
    ///
    /// A handler may call this too. Such a call does not wait for its own handler or for other
    /// handlers that call it at the same time; the report counts them as `running`. Their clients
    /// get the Close frame like all others. So what these handlers send afterwards fails with
    /// [`Error::Closed`](crate::Error::Closed), but they can still receive what the client sent
    /// before it answered. Their own call does not cut their connections, which are closed when the
    /// handlers return. The same holds for the drop of a value that a handler owns or keeps in a
    /// thread-local.
    pub fn shutdown(&self, deadline: impl Into<Option<Duration>>) -> ShutdownReport {
        self.lifecycle().shutdown(deadline.into())
    }

    /// Ends the server like [`shutdown`](Self::shutdown), with another Close frame for the clients
    /// than 1001 (§7.4).
    ///
    /// If several calls shut the server down, the frame of the first counts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use blocking_ws::{CloseCode, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.recv().map(drop))?;
    /// let mut client = blocking_ws::connect(server.url())?;
    /// let hears = std::thread::spawn(move || client.recv().map(|_| client));
    /// # while server.connection_count() == 0 { std::thread::yield_now() }
    /// server.shutdown_with(CloseCode::ServiceRestart, "back soon", Duration::from_secs(5))?;
    /// let client = hears.join().unwrap()?;
    /// assert_eq!(client.close_status().unwrap().code(), CloseCode::ServiceRestart);
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid): the code may not be sent (§7.4), or the reason is
    /// longer than 123 bytes. The server goes on.
    pub fn shutdown_with(
        &self,
        code: impl Into<CloseCode>,
        reason: &str,
        deadline: impl Into<Option<Duration>>,
    ) -> Result<ShutdownReport> {
        let goodbye = close_frame(code.into(), reason)?;
        Ok(self.lifecycle().shutdown_with(&goodbye, deadline.into()))
    }

    /// Returns the connections that are open, in the order in which they were accepted.
    ///
    /// A connection is open from the end of its opening handshake, a moment after its client knows
    /// that, until its handler has returned and it is closed. See [`Connection`] for an example.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.lifecycle().connections.open()
    }

    /// Returns how many connections are open. This is cheaper than the length of
    /// [`connections`](Self::connections).
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.lifecycle().connections.count_open()
    }

    /// Returns the open connection with this [number](crate::WebSocket::id), if there is one.
    ///
    /// ```
    /// use blocking_ws::Server;
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
    ///     ws.send(ws.id().to_string())?;
    ///     ws.recv().map(drop)
    /// })?;
    /// let mut client = blocking_ws::connect(server.url())?;
    /// let id = client.recv()?.unwrap().as_text().unwrap().parse().unwrap();
    /// let connection = server.connection(id).expect("the client is there");
    /// assert_eq!(connection.peer_addr(), Some(client.get_ref().local_addr()?));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn connection(&self, id: u64) -> Option<Connection> {
        self.lifecycle().connections.find(id)
    }

    /// Returns how much all connections have received and sent up to now, those that have ended
    /// included.
    ///
    /// ```
    /// let server = blocking_ws::Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
    /// let mut client = blocking_ws::connect(server.url())?;
    /// while client.recv()?.is_some() {}
    /// let totals = server.totals();
    /// println!("{} connections, {} bytes sent", totals.connections, totals.sent.wire_bytes);
    /// assert_eq!((totals.connections, totals.sent.messages), (1, 1));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.lifecycle().connections.totals()
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        if *self.spawned.get_mut() {
            let lifecycle = &self.lifecycle;
            if lifecycle.connections.is_new() {
                warning!(
                    "{}: the last handle was dropped before a client came, so the server ends; bind \
                     the result of `spawn` to a name such as `_server`",
                    lifecycle.address()
                );
            }
            self.lifecycle.shutdown(Some(DROPPED));
        }
    }
}
