//! [`ServerHandle`]: what a program holds of a server that runs. How that ends is in `lifecycle`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::lifecycle::Lifecycle;
use super::shutdown_report::ShutdownReport;
use crate::error::Result;

/// How long a dropped handle waits for clients to close.
const DROPPED: Duration = Duration::from_secs(1);

/// A handle of a server, for any thread: where it is, and how to end it.
///
/// From [`Server::spawn`](crate::Server::spawn), or from [`Server::handle`](crate::Server::handle)
/// before [`Server::serve`](crate::Server::serve). Clones are handles of the same server.
///
/// Dropping the last handle of a server that was spawned is a [`shutdown`](Self::shutdown) that
/// gives clients one second to close. A handler that owns a handle of its own server keeps it from
/// being the last. A server that was not spawned does not care whether it has handles.
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

/// Dropped with the last handle.
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

    /// Notes that the server runs in the background, for as long as there is a handle.
    pub(crate) fn spawned(
        &self,
        accepting: impl FnOnce() -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        self.lifecycle().accepts_in(accepting)?;
        self.0.spawned.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the address the server listens on.
    ///
    /// # Errors
    /// `Unsupported` for a server on a Unix socket.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.lifecycle().address().ip()?)
    }

    /// Returns the server's URL, such as `ws://127.0.0.1:9001/`. On a Unix socket it is
    /// `ws://localhost/`, for clients that are told the path.
    #[must_use]
    pub fn url(&self) -> &str {
        self.lifecycle().url()
    }

    /// Ends the server: accepts nobody any more, closes every connection with 1001 (§7.4.1), and
    /// waits for their threads.
    ///
    /// Clients in the middle of their opening handshake are turned away at once. The others have
    /// until `deadline` to answer, or for ever with `None`; who is still there then is cut off,
    /// whatever its handler is blocked in. Blocks until all handlers have returned and the server's
    /// threads have ended, or until a second after `deadline`. A handler that is stuck in something
    /// else than its connection is left behind then, counted in the report and named in the log by its
    /// client. So is a thread that is still dropping thread-locals or what the handler owns.
    ///
    /// What waits in a [`Hub`](crate::Hub) is overtaken by the Close frame; see
    /// [`Hub::flush`](crate::Hub::flush).
    ///
    /// Any thread may call this, and again: the earliest deadline counts, all calls report the same
    /// totals, and one that comes after the end returns at once. It ends for good a server that does
    /// not run yet.
    ///
    /// Called by a handler, it does not wait for that handler, nor for others that wait here; they
    /// count as running. Their clients hear the goodbye like all others, so what such a handler sends
    /// afterwards is [`Error::Closed`](crate::Error::Closed). It may go on receiving what its client
    /// had sent before it answered, and is not cut off by its own call. Its connection is closed when
    /// it returns. A drop of what it owns or keeps in a thread-local may call this as well.
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
