//! The loop that accepts clients: each gets a permit, and then a thread. It waits for no client.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::lifecycle::Lifecycle;
use super::listening::{Address, Doors};
use super::worker::{Handler, Worker};
use crate::error::{Error, Result};
use crate::io::Deadline;
use crate::process::{caught, debug, error, warning};
use crate::transport::Socket;

/// How long the loop waits after threads, memory or file descriptors have run out.
const BACK_OFF: Duration = Duration::from_millis(10);

/// How long the loop then logs no further line about that.
const QUIET: Duration = Duration::from_secs(1);

pub(crate) struct AcceptLoop<H> {
    pub(crate) doors: Arc<Doors>,
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) worker: Arc<Worker<H>>,
    pub(crate) max_connections: usize,
    pub(crate) stack_size: usize,
}

impl<H: Handler> AcceptLoop<H> {
    /// Accepts clients until the server shuts down. Then drops the listening sockets and the
    /// handler; what the handler owns may panic.
    pub(crate) fn run(self) -> Result<()> {
        let (accepted, lifecycle) = (self.accept(), Arc::clone(&self.lifecycle));
        if caught(|| drop(self)).is_none() {
            error!("{}: what the handler owned panicked", lifecycle.address());
        }
        accepted
    }

    fn accept(&self) -> Result<()> {
        let mut quiet = Deadline::after(Some(Duration::ZERO));
        loop {
            let accepted = self.doors.accept();
            if self.lifecycle.connections.is_closing() {
                return Ok(());
            }
            let admitted = match accepted {
                // This socket never accepts again.
                Err(e) if e.kind() == ErrorKind::InvalidInput => return Err(Error::Io(e)),
                accepted => accepted.and_then(|(socket, peer)| self.admit(socket, peer)),
            };
            match admitted {
                Ok(()) => {}
                Err(e) if is_routine(&e) => debug!("a client left before its accept: {e}"),
                Err(e) => {
                    // One line a second is enough.
                    if quiet.has_passed() {
                        warning!("cannot accept clients, trying again: {e}");
                        quiet = Deadline::after(Some(QUIET));
                    }
                    thread::sleep(BACK_OFF);
                }
            }
        }
    }

    /// Gives the client of an accepted socket a thread.
    fn admit(&self, socket: Socket, peer: Address) -> io::Result<()> {
        let connections = &self.lifecycle.connections;
        let Some(permit) = connections.enter(socket.share(), peer.clone(), self.max_connections)
        else {
            debug!("{peer}: dropped, there is no room");
            return Ok(());
        };
        let worker = Arc::clone(&self.worker);
        // If no thread can be created, this drops the socket and the permit.
        let job = move || {
            worker.run(socket, &peer, &permit);
            // A handler may own the last handle of its server. Dropping it waits for all permits
            // but this.
            drop(worker);
            drop(permit);
        };
        let thread = thread::Builder::new().name(self.lifecycle.name()).stack_size(self.stack_size);
        self.lifecycle.threads.run(thread, Box::new(job))
    }
}

/// Returns `true` for a client that hung up while it was in the queue, which is no reason to wait.
fn is_routine(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}
