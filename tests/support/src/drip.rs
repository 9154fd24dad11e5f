//! A stream that brings one byte at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use blocking_ws::Duplex;

/// Brings one byte at a time to calls that do not wait, and `WouldBlock` before each byte. Counts the
/// calls that may wait.
pub struct Drip<S> {
    stream: S,
    is_dry: bool,
    pub waits: Arc<AtomicUsize>,
}

impl<S> Drip<S> {
    pub fn of(stream: S) -> Self {
        Self { stream, is_dry: false, waits: Arc::default() }
    }
}

impl<S: Duplex> Read for Drip<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.stream.read(buf)
    }
}

impl<S: Duplex> Write for Drip<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S: Duplex> Duplex for Drip<S> {
    fn try_clone(&self) -> io::Result<Self> {
        let stream = self.stream.try_clone()?;
        Ok(Self { stream, is_dry: self.is_dry, waits: self.waits.clone() })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.stream.shutdown(how)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.try_write(buf)
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return self.stream.try_read(buf);
        }
        self.is_dry = !self.is_dry;
        if self.is_dry {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.stream.try_read(&mut buf[..1])
    }
}
