//! [`ServerHandle`]: a server in the background, and its end.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::crew::Crew;
use super::deadline::Deadline;
use super::listen;
use super::registry::Registry;
use crate::error::Result;

/// A server that runs in the background, from [`Server::spawn`](crate::Server::spawn).
///
/// Dropping it shuts the server down and gives its clients a second to close.
#[derive(Debug)]
#[must_use = "dropping the handle shuts the server down"]
pub struct ServerHandle {
    /// Until it is shut down.
    listener: Mutex<Option<TcpListener>>,
    address: SocketAddr,
    url: String,
    registry: Arc<Registry>,
    crew: Crew,
    /// Until somebody waits for it.
    accepting: Mutex<Option<JoinHandle<Result<()>>>>,
}

/// What became of a server's connections when it was shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Connections that ended before the deadline.
    pub closed: usize,
    /// Connections that were still open at the deadline and cut off.
    pub cut: usize,
}

/// How long a dropped handle waits for clients to close.
const DROPPED: Duration = Duration::from_secs(1);
/// How long threads are waited for whose connection has been cut.
const GRACE: Duration = Duration::from_secs(1);

impl ServerHandle {
    pub(crate) fn new(
        listener: TcpListener,
        address: SocketAddr,
        url: String,
        registry: Arc<Registry>,
        crew: Crew,
        accepting: JoinHandle<Result<()>>,
    ) -> Self {
        Self {
            listener: Mutex::new(Some(listener)),
            address,
            url,
            registry,
            crew,
            accepting: Mutex::new(Some(accepting)),
        }
    }

    /// Returns the address the server listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the server's URL, such as `ws://127.0.0.1:9001/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Accepts nobody any more, closes every connection with 1001, and waits for their threads.
    ///
    /// Connections that are still there after `deadline` are cut off. Blocks for that long and a
    /// second more at most. Another call waits for those that are left, if any.
    pub fn shutdown(&self, deadline: Duration) -> ShutdownReport {
        let deadline = Deadline::after(Some(deadline));
        let all = self.registry.close();
        self.stop_accepting();
        let cut = self.registry.wait(deadline);
        self.registry.cut();
        let stuck = self.registry.wait(Deadline::after(Some(GRACE)));
        if stuck > 0 {
            log::warn!("{stuck} handlers still run although their connections were cut");
        }
        self.crew.dismiss();
        self.crew.join(stuck, Deadline::after(Some(GRACE)));
        ShutdownReport { closed: all.saturating_sub(cut), cut }
    }

    fn stop_accepting(&self) {
        let (Some(listener), Some(accepting)) = (take(&self.listener), take(&self.accepting))
        else {
            return;
        };
        match listen::wake(&listener) {
            // The accept loop never panics, and it ended because it was told to.
            Ok(()) => drop(accepting.join()),
            Err(e) => log::warn!("cannot wake the thread that accepts: {e}"),
        }
    }
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.shutdown(DROPPED);
    }
}
