//! The loop that accepts clients: each gets a permit, and then a thread. It waits for no client.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::address::Address;
use super::clients::{Permit, Room, Who};
use super::lifecycle::Lifecycle;
use super::listener::Listener;
use super::worker::{Handler, Worker};
use crate::error::{Error, Result};
use crate::io::Duplex;
use crate::process::{caught, debug, error};
use crate::transport::{Socket, Stream};

/// How long the loop waits after threads, memory or file descriptors have run out.
const BACK_OFF: Duration = Duration::from_millis(10);

pub(crate) struct AcceptLoop<H> {
    pub(crate) listener: Arc<Listener>,
    pub(crate) lifecycle: Arc<Lifecycle>,
    pub(crate) worker: Arc<Worker<H>>,
    pub(crate) max_connections: usize,
    pub(crate) stack_size: usize,
}

impl<H: Handler> AcceptLoop<H> {
    /// Accepts clients until the server shuts down. Then drops the listening socket and the
    /// handler; what the handler owns may panic.
    pub(crate) fn run(self) -> Result<()> {
        let (accepted, lifecycle) = (self.accept(), Arc::clone(&self.lifecycle));
        if caught(|| drop(self)).is_none() {
            error!("{}: what the handler owned panicked", lifecycle.address());
        }
        accepted
    }

    fn accept(&self) -> Result<()> {
        let log = &self.lifecycle.connections.log;
        loop {
            let accepted = self.listener.accept();
            log.sum_up();
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
                    log.not_accepted(&e);
                    thread::sleep(BACK_OFF);
                }
            }
        }
    }

    /// Gives the client of an accepted socket a thread.
    fn admit(&self, socket: Socket, peer: Address) -> io::Result<()> {
        let who = match peer {
            Address::Ip(address) => Who::ip(address),
            Address::Unix(path) => Who::unix(path),
        };
        // The client's socket is of no use.
        let left = |e| io::Error::new(ErrorKind::ConnectionAborted, e);
        socket.set_nodelay().map_err(left)?;
        let stream = Stream::plain(socket);
        let room = Room {
            most: self.max_connections,
            per_client: self.worker.settings.max_connections_per_client,
        };
        let address = who.addr().map(|address| address.ip());
        let connections = &self.lifecycle.connections;
        let handle = stream.try_clone()?;
        let Some(permit) = Permit::enter(connections, handle, who, address, room) else {
            return Ok(());
        };
        let worker = Arc::clone(&self.worker);
        // If no thread can be created, this drops the stream and the permit.
        let job = move || {
            worker.run(stream, &permit);
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
