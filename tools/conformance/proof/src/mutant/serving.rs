//! A mutant as a server.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use blocking_ws::TlsAcceptor;

use super::connection::Below;
use super::peer::Mutant;

/// A peer that does not read, and a TLS handshake that does not go on, hold a thread for so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mutant that serves connections, each in a thread. Dropping it ends them.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    stopped: AtomicBool,
    /// The connections that go on. A lock guards nothing but the map.
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl Mutant {
    /// Serves the connections of a listener, with TLS if there is an acceptor.
    ///
    /// # Errors
    /// The listener has no address, or no thread can be started.
    pub fn serve(self, listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<Running> {
        let addr = listener.local_addr()?;
        let open = Mutex::new(HashMap::new());
        let shared = Arc::new(Shared { stopped: AtomicBool::new(false), open });
        let ours = Arc::clone(&shared);
        let accepting = thread::Builder::new()
            .name("mutant".to_owned())
            .spawn(move || accept(self, &listener, tls.as_ref(), &ours))?;
        Ok(Running { addr, shared, accepting: Some(accepting) })
    }
}

impl Running {
    /// Returns the address at which it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Waits until it is stopped, which only an error of the listener does.
    pub fn wait(mut self) {
        if let Some(accepting) = self.accepting.take() {
            // A thread that has panicked has said so.
            drop(accepting.join());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let ip = match self.addr {
            SocketAddr::V4(addr) if addr.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(addr) if addr.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            addr => addr.ip(),
        };
        drop(TcpStream::connect_timeout(&(ip, self.addr.port()).into(), PATIENCE));
        for stream in self.shared.open().values() {
            drop(stream.shutdown(Shutdown::Both));
        }
        drop(accepting.join());
    }
}

impl Shared {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(mutant: Mutant, listener: &TcpListener, tls: Option<&TlsAcceptor>, shared: &Shared) {
    thread::scope(|scope| {
        for id in 0.. {
            let accepted = listener.accept();
            if shared.stopped.load(Ordering::SeqCst) {
                break;
            }
            // The peer may have gone already; there may be no file descriptor for now.
            let Ok((stream, _)) = accepted else {
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            let Ok(handle) = stream.try_clone() else { continue };
            shared.open().insert(id, handle);
            scope.spawn(move || {
                // What a connection ends with is seen by the peer.
                drop(connection(mutant, stream, tls));
                shared.open().remove(&id);
            });
        }
        for stream in shared.open().values() {
            drop(stream.shutdown(Shutdown::Both));
        }
    });
}

fn connection(mutant: Mutant, stream: TcpStream, tls: Option<&TlsAcceptor>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let below = Below::of(&stream);
    match tls {
        None => mutant.echo_as_server(stream, below),
        Some(tls) => {
            let stream = tls.accept(stream).map_err(io::Error::other)?;
            mutant.echo_as_server(stream, below)
        }
    }
}
