//! [`Faulty`]: a stream on which things go wrong.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::super::pipe::checked;
use super::super::faults::Faults;
use super::handle::FaultHandle;
use super::shared::{Address, Patience, READS, Shared, WRITES};
use crate::io::{Duplex, TlsInfo};

/// A stream on which things go wrong, as plans say: one for what is read and one for what is
/// written.
///
/// It keeps the promises of [`Duplex`], whatever goes wrong: timeouts hold,
/// [`shutdown`](Duplex::shutdown) ends all waits, and calls that must not wait do not. All its
/// handles share the plans, and three handles of the stream below.
///
/// A plan counts bytes and frames where this stream takes and gives them, so over a
/// [`TlsStream`](crate::TlsStream) before they are encrypted. To see what a handler does on a bad
/// network, give it one end of such a pair:
///
/// ```
/// use blocking_ws::testing::{At, Fault, Faults, Faulty, Pipe, pair_over, spawn_on};
/// use blocking_ws::{Error, Settings, Stream};
///
/// // The server's first message gets through, and the second one only in part.
/// let faults = Faults::new().chunk(1..=3).after(At::start().frame(2).byte(1), Fault::Cut);
/// let (near, far) = Pipe::new(1024);
/// let far = Stream::new(Faulty::new(far)?.writing(faults))?;
/// let (mut client, server) = pair_over((Stream::new(near)?, far), &Settings::new())?;
/// let handler = spawn_on(server, |ws| {
///     ws.send("one")?;
///     ws.send("two")
/// });
/// assert_eq!(client.recv()?, Some("one".into()));
/// assert!(matches!(client.recv(), Err(Error::Lost(_))));
/// let error = handler.join().unwrap_err().to_string();
/// assert!(error.contains("cut at byte 6 by a plan of faults with seed "), "{error}");
/// # Ok::<(), Error>(())
/// ```
///
/// If a test panics and the plans can do something, their seeds and what has happened are printed
/// when the last handle is dropped.
pub struct Faulty<S: 'static>(Arc<Shared<S>>);

impl<S: Duplex + 'static> Faulty<S> {
    /// Makes a stream on which nothing goes wrong yet. It has no timeouts.
    ///
    /// # Errors
    /// The stream below has no further handles.
    pub fn new(stream: S) -> io::Result<Self> {
        Ok(Self(Arc::new(Shared::new(stream)?)))
    }

    /// Sets the plan for what is read. A fault at its start happens now.
    #[must_use]
    pub fn reading(self, faults: Faults) -> Self {
        let mut state = self.0.lock();
        state.reading.lane.follow(faults, READS.1);
        self.0.settle_reading(state);
        self
    }

    /// Sets the plan for what is written. A fault at its start happens now.
    #[must_use]
    pub fn writing(self, faults: Faults) -> Self {
        let mut state = self.0.lock();
        state.writing.lane.follow(faults, WRITES.1);
        self.0.settle_writing(state, Patience::Now);
        self
    }
}

impl<S: Duplex + Send + 'static> Faulty<S> {
    /// Returns a remote control, with which any thread can cut, reset or stall the stream.
    #[must_use]
    pub fn handle(&self) -> FaultHandle {
        FaultHandle::of(&self.0)
    }
}

impl<S: Duplex + 'static> Faulty<S> {
    fn read_patience(&self) -> Patience {
        Patience::within(self.0.lock().reading.timeout)
    }

    fn write_patience(&self) -> Patience {
        Patience::within(self.0.lock().writing.timeout)
    }
}

impl<S: Duplex + 'static> Read for Faulty<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf, self.read_patience())
    }
}

impl<S: Duplex + 'static> Write for Faulty<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_slices(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_slices(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush(self.write_patience())
    }
}

impl<S: Duplex + 'static> Duplex for Faulty<S> {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(Arc::clone(&self.0)))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.lock().reading.timeout = checked(timeout)?;
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.lock().writing.timeout = checked(timeout)?;
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.0.shut_down(how)
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write(slices, self.write_patience())
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !self.0.facts.tries.write {
            return Err(ErrorKind::Unsupported.into());
        }
        self.0.write(&[IoSlice::new(buf)], Patience::Now)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.0.flush(Patience::Now)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.0.facts.tries.read {
            return Err(ErrorKind::Unsupported.into());
        }
        self.0.read(buf, Patience::Now)
    }

    fn keeps_sent(&self) -> bool {
        self.0.facts.keeps_sent
    }

    fn last_received(&self) -> Option<Instant> {
        self.0.lock().reading.last_received
    }

    fn is_duplex(&self) -> bool {
        self.0.facts.is_duplex
    }

    fn is_tls(&self) -> bool {
        self.0.facts.is_tls
    }

    fn tls(&self) -> Option<Arc<TlsInfo>> {
        self.0.facts.tls.clone()
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        told(&self.0.facts.peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        told(&self.0.facts.local)
    }
}

fn told(address: &Address) -> io::Result<SocketAddr> {
    address.clone().map_err(|(kind, text)| io::Error::new(kind, text))
}

impl<S> fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}
