//! [`Port`]: where a mock server listens, and the thread that accepts.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection;
use super::progress::Progress;
use crate::process::lock;

/// A port of the loopback address, until it is closed.
pub(super) struct Port {
    pub(super) address: SocketAddr,
    /// Taken by the first who closes the port.
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Port {
    /// Listens on a free port, and does a step with each connection that comes.
    pub(super) fn open(progress: &Arc<Progress>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let progress = Arc::clone(progress);
        let name = format!("MockServer {address}");
        let thread = thread::Builder::new().name(name.clone());
        let thread = thread.spawn(move || accept(&progress, &listener, &name))?;
        Ok(Self { address, thread: Mutex::new(Some(thread)) })
    }

    /// Closes the port of a mock that has ended. After that, no connection is accepted.
    pub(super) fn close(&self) {
        let Some(thread) = lock(&self.thread).take() else { return };
        // The thread waits for a connection. Without one it could not be joined.
        if TcpStream::connect_timeout(&self.address, Duration::from_secs(1)).is_ok() {
            // It has nothing to report.
            let _ = thread.join();
        }
    }
}

/// Accepts connections until the mock ends.
fn accept(progress: &Arc<Progress>, listener: &TcpListener, name: &str) {
    loop {
        let accepted = listener.accept();
        if progress.with(|state| state.has_ended) {
            return;
        }
        match accepted {
            Ok((stream, _)) => connection::begin(progress, stream, name),
            Err(e) if matches!(e.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {
            }
            Err(e) => return progress.failed(format!("no connection can be accepted: {e}\n")),
        }
    }
}
