//! [`ServerHandle`]: what a program holds of a running server. `lifecycle` ends the server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::clients::ShutdownReport;
use super::lifecycle::Lifecycle;
use crate::error::Result;

/// How long clients have to close when the last handle is dropped.
const DROPPED: Duration = Duration::from_secs(1);

/// A handle of a server for any thread: it has the server's addresses and can shut the server down.
///
/// [`Server::spawn`](crate::Server::spawn) returns one, and so does
/// [`Server::handle`](crate::Server::handle) before [`Server::serve`](crate::Server::serve). Clones
/// are handles of the same server.
///
/// Dropping the last handle of a spawned server is a [`shutdown`](Self::shutdown) that gives
/// clients one second to close. If a handler owns a handle of its own server, that handle counts
/// too: dropping all other handles then does not end the server. For a server that was not spawned, dropping handles has no effect.
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
#[must_use = "dropping the last handle of a spawned server shuts it down"]
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
    /// `Unsupported`: that address is the path of a Unix socket.
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
}

impl Drop for Last {
    fn drop(&mut self) {
        if *self.spawned.get_mut() {
            self.lifecycle.shutdown(Some(DROPPED));
        }
    }
}
