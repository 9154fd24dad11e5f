//! [`Controls`]: what a stream can do beyond `Read` and `Write`, looked up in a table.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::duplex::Duplex;

/// The methods of [`Duplex`], for a stream type that implements it.
///
/// A `WebSocket` works over any `Read + Write`. It finds the methods of `Duplex` here, so that one
/// implementation serves both kinds of streams.
///
/// Each write passes this on, so it is a single pointer, to a function that makes the table.
pub(crate) struct Controls<S>(fn() -> Table<S>);

struct Table<S> {
    set_read_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    set_write_timeout: fn(&S, Option<Duration>) -> io::Result<()>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
    write_slices: fn(&mut S, &[IoSlice<'_>]) -> io::Result<usize>,
    try_write: fn(&mut S, &[u8]) -> io::Result<usize>,
    try_flush: fn(&mut S) -> io::Result<()>,
    try_read: fn(&mut S, &mut [u8]) -> io::Result<usize>,
    keeps_sent: fn(&S) -> bool,
    last_received: fn(&S) -> Option<Instant>,
}

impl<S: Duplex> Controls<S> {
    pub(crate) fn new() -> Self {
        Self(|| Table {
            set_read_timeout: S::set_read_timeout,
            set_write_timeout: S::set_write_timeout,
            shutdown: S::shutdown,
            write_slices: S::write_slices,
            try_write: S::try_write,
            try_flush: S::try_flush,
            try_read: S::try_read,
            keeps_sent: S::keeps_sent,
            last_received: S::last_received,
        })
    }
}

impl<S> Controls<S> {
    pub(crate) fn set_read_timeout(self, stream: &S, time: Option<Duration>) -> io::Result<()> {
        ((self.0)().set_read_timeout)(stream, time)
    }

    pub(crate) fn set_write_timeout(self, stream: &S, time: Option<Duration>) -> io::Result<()> {
        ((self.0)().set_write_timeout)(stream, time)
    }

    pub(crate) fn shutdown(self, stream: &S, how: Shutdown) -> io::Result<()> {
        ((self.0)().shutdown)(stream, how)
    }

    pub(crate) fn write_slices(self, stream: &mut S, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        ((self.0)().write_slices)(stream, slices)
    }

    pub(crate) fn try_write(self, stream: &mut S, buf: &[u8]) -> io::Result<usize> {
        ((self.0)().try_write)(stream, buf)
    }

    pub(crate) fn try_flush(self, stream: &mut S) -> io::Result<()> {
        ((self.0)().try_flush)(stream)
    }

    pub(crate) fn try_read(self, stream: &mut S, buf: &mut [u8]) -> io::Result<usize> {
        ((self.0)().try_read)(stream, buf)
    }

    pub(crate) fn keeps_sent(self, stream: &S) -> bool {
        ((self.0)().keeps_sent)(stream)
    }

    pub(crate) fn last_received(self, stream: &S) -> Option<Instant> {
        ((self.0)().last_received)(stream)
    }
}

// `derive` would require `S: Clone`.
impl<S> Clone for Controls<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Controls<S> {}

impl<S> fmt::Debug for Controls<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}
