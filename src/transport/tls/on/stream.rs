//! The public handle: std's stream traits over a `DuplexEngine` and a socket.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::engine::{DuplexEngine, Engine};
use super::{engine, explain};
use crate::io::{Duplex, TlsInfo};
use crate::process;
use crate::process::{Numbered, debug};

/// A TLS connection over any [`Duplex`] stream. It is [`Duplex`] itself.
///
/// [`try_clone`](Duplex::try_clone) returns another handle to the same connection. One thread may
/// read while others write. A reader does not wait for a writer that is blocked. See
/// [`TlsConnector`](crate::TlsConnector) for an example.
///
/// * `read` returns `Ok(0)` only after the peer has closed TLS in order. If TCP ends before that,
///   the error is [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). A read that timed out can be
///   repeated and loses nothing.
/// * A timeout limits a whole call, even if the call waits several times: for the rest of a record,
///   or for another thread. A read never waits for room in the socket.
/// * A write that failed or timed out may leave half a record behind, so all later writes fail. If
///   the peer sent an alert with the reason, the error has that reason.
/// * `shutdown(Write)` waits for other writers, sends TLS's `close_notify` and closes the socket
///   for writing. `shutdown(Both)` makes all blocked calls return; it sends the `close_notify` only
///   if no writer is active and the socket has room.
/// * When the last handle is dropped, a `close_notify` is sent if that needs no waiting.
pub struct TlsStream<T: Duplex> {
    duplex: Arc<DuplexEngine>,
    info: Arc<TlsInfo>,
    socket: T,
}

impl<T: Duplex> TlsStream<T> {
    /// Makes the first handle. A line for the log begins with the number of the `connection`.
    pub(super) fn new(engine: Engine, info: TlsInfo, socket: T, connection: Numbered) -> Self {
        let duplex = Arc::new(DuplexEngine::new(engine, connection));
        Self { duplex, info: Arc::new(info), socket }
    }

    /// Returns what both ends agreed on, and the peer's certificate.
    #[must_use]
    pub fn info(&self) -> &TlsInfo {
        &self.info
    }

    /// Returns this handle's own handle of the underlying stream, for its addresses and options.
    ///
    /// Reading or writing the underlying stream would break TLS.
    #[must_use]
    pub const fn socket(&self) -> &T {
        &self.socket
    }

    #[cfg(all(test, unix))]
    pub(super) fn somebody_waits(&self) -> bool {
        self.duplex.lock().waiting > 0
    }

    /// Sends the `close_notify` after the other writers.
    fn close(&self) -> io::Result<()> {
        self.duplex.close(&mut self.socket.try_clone()?)
    }
}

/// Sends a `close_notify` without waiting, if no thread is writing and the socket has room. A panic
/// of the socket is caught, because the thread may be in a panic already.
fn goodbye(connection: Numbered, say: impl FnOnce() -> io::Result<()>) {
    if let Some(Err(e)) = process::caught(say) {
        debug!("{connection}no TLS close_notify: {e}");
    }
}

impl<T: Duplex> Read for TlsStream<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.duplex.read(&mut self.socket, buf).map_err(explain::later)
    }
}

impl<T: Duplex> Write for TlsStream<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.duplex.write(&mut self.socket, &[IoSlice::new(buf)]).map_err(explain::later)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.duplex.write(&mut self.socket, slices).map_err(explain::later)
    }

    /// Sends what `try_write` left. A `write` leaves nothing.
    fn flush(&mut self) -> io::Result<()> {
        self.duplex.flush_left(&mut self.socket).map_err(explain::later)
    }
}

impl<T: Duplex> Duplex for TlsStream<T> {
    fn try_clone(&self) -> io::Result<Self> {
        let socket = self.socket.try_clone()?;
        self.duplex.join();
        Ok(Self { duplex: Arc::clone(&self.duplex), info: Arc::clone(&self.info), socket })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let change = self.duplex.begin_change(engine::reads);
        self.socket.set_read_timeout(timeout)?;
        self.duplex.end_change(engine::reads, change, timeout);
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        let change = self.duplex.begin_change(engine::writes);
        self.socket.set_write_timeout(timeout)?;
        self.duplex.end_change(engine::writes, change, timeout);
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let closed = match how {
            Shutdown::Read => Ok(()),
            Shutdown::Write => self.close(),
            Shutdown::Both => {
                goodbye(self.duplex.connection, || {
                    self.duplex.farewell(&mut self.socket.try_clone()?)
                });
                Ok(())
            }
        };
        self.socket.shutdown(how).and(closed)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.duplex.try_write(&mut self.socket, buf)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.duplex.try_flush(&mut self.socket)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.duplex.try_read(&mut self.socket, buf).map_err(explain::later)
    }

    fn keeps_sent(&self) -> bool {
        self.socket.keeps_sent()
    }

    fn last_received(&self) -> Option<Instant> {
        // The underlying stream may be TLS too.
        self.duplex.last_received().max(self.socket.last_received())
    }

    fn is_duplex(&self) -> bool {
        self.socket.is_duplex()
    }

    fn tls(&self) -> Option<Arc<TlsInfo>> {
        Some(Arc::clone(&self.info))
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.peer_addr()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl<T: Duplex> Drop for TlsStream<T> {
    fn drop(&mut self) {
        if self.duplex.leave() {
            goodbye(self.duplex.connection, || self.duplex.farewell(&mut self.socket));
        }
    }
}

impl<T: Duplex> fmt::Debug for TlsStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (receiving, sending) = self.duplex.states();
        f.debug_struct("TlsStream")
            .field("receiving", &receiving)
            .field("sending", &sending)
            .finish_non_exhaustive()
    }
}
