//! The loop that accepts clients, and hands each to the `service`. It waits for no client.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::listening::Doors;
use super::service::Service;
use super::worker::Handler;
use crate::error::{Error, Result};
use crate::process::{caught, debug, error};
use crate::transport::Stream;

/// How long the loop waits after threads, memory or file descriptors have run out.
const BACK_OFF: Duration = Duration::from_millis(10);

pub(crate) struct AcceptLoop<H> {
    pub(crate) doors: Arc<Doors>,
    pub(crate) service: Arc<Service<H>>,
}

impl<H: Handler> AcceptLoop<H> {
    /// Accepts clients until the server shuts down. Then drops the listening sockets and the
    /// handler; what the handler owns may panic.
    pub(crate) fn run(self) -> Result<()> {
        let (accepted, lifecycle) = (self.accept(), Arc::clone(&self.service.lifecycle));
        if caught(|| drop(self)).is_none() {
            error!("{}: what the handler owned panicked", lifecycle.address());
        }
        accepted
    }

    fn accept(&self) -> Result<()> {
        let log = &self.service.lifecycle.connections.log;
        loop {
            let accepted = self.doors.accept();
            log.sum_up();
            if self.service.lifecycle.connections.is_closing() {
                return Ok(());
            }
            let admitted = match accepted {
                // This socket never accepts again.
                Err(e) if e.kind() == ErrorKind::InvalidInput => return Err(Error::Io(e)),
                accepted => accepted
                    .and_then(|(socket, peer)| self.service.take_in(Stream::plain(socket), peer)),
            };
            match admitted {
                Ok(()) => {}
                Err(_) if self.service.lifecycle.connections.is_closing() => return Ok(()),
                Err(e) if is_routine(&e) => debug!("a client left before its accept: {e}"),
                Err(e) => {
                    log.not_accepted(&e);
                    thread::sleep(BACK_OFF);
                }
            }
        }
    }
}

/// Returns `true` for a client that hung up while it was in the queue, which is no reason to wait.
fn is_routine(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}
