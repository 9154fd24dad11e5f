//! [`Socket`]: a TCP or Unix socket whose calls never wait longer than their timeouts.
//!
//! Systems wait differently, so a socket waits in one of two ways.
//!
//! ```text
//!           a read waits                a write waits
//! Linux     in the system, by           for room by `poll`, a second at most, and is
//!           the system's timeout        tried again: each is told not to wait
//! others    by `poll`                   the same: the socket itself never waits
//! ```
//!
//! A write that waits in the system cannot tell progress from a standstill, and a signal makes its
//! timeout begin anew. Here each wait ends by one absolute deadline. Linux reports room only when a
//! third of its buffer is free, so a write is tried after each slice of time, whatever `poll` says.
//!
//! The other systems differ from Linux:
//!
//! * The flag that makes a call on Linux not wait is not reliable there, or does not exist.
//! * Windows does not wake a waiting thread when its socket is shut down. So the thread looks again
//!   every half a second. `connection/driver/stream_reader.rs` does the same for sockets of std.
//! * When reading is shut down, macOS discards unread bytes, and Windows resets the connection if
//!   more bytes arrive. So a flag shuts down reading, and what arrived before can still be read.
//! * macOS takes no option on a socket that is shut down. So timeouts are not given to the system.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};

use super::socket_ref::SocketRef;
use crate::io::{
    Deadline, Duplex, NO_SIGNAL, NO_WAIT, SHORTEST, if_up, no_address, receive_slice, send_slices,
};

/// On these systems, reads wait in the system.
const READS_IN_SYSTEM: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// On these systems, `poll` returns when another thread shuts the socket down.
const WAKES: bool = !cfg!(windows);

/// How long `poll` waits for room at most before a write is tried again.
const SLICE: Duration = if WAKES { Duration::from_secs(1) } else { Duration::from_millis(500) };

/// A socket whose handles share one file descriptor and are counted.
pub(crate) struct Socket(Arc<Shared>);

struct Shared {
    system: socket2::Socket,
    reads_in_system: bool,
    /// How long a read waits. If it waits in the system, the read tells the system before: several
    /// timeouts may be set between two reads, and telling the system is a call.
    read_timeout: Timeout,
    /// What the system was told; [`UNTOLD`] if it may have another timeout. Only one thread at a time
    /// reads from a socket, so nothing comes between telling the system and this.
    told: AtomicU32,
    write_timeout: Timeout,
    /// Reading is shut down. What has arrived already can still be read.
    is_deaf: AtomicBool,
    /// Writing is shut down.
    is_mute: AtomicBool,
    /// A reader waits, so there are no unread bytes.
    is_waiting: AtomicBool,
}

impl Socket {
    /// Takes a connected socket.
    pub(crate) fn new(system: socket2::Socket) -> io::Result<Self> {
        Self::that_reads(READS_IN_SYSTEM, system)
    }

    /// Takes a socket that a listening socket has accepted.
    pub(crate) fn accepted(system: socket2::Socket) -> io::Result<Self> {
        if READS_IN_SYSTEM {
            // Linux never passes the mode on.
            let socket = Self::of(READS_IN_SYSTEM, system);
            // And the listening sockets of a server have no timeout.
            socket.0.told.store(Timeout::NONE, Ordering::Relaxed);
            return Ok(socket);
        }
        Self::new(system)
    }

    fn that_reads(in_system: bool, system: socket2::Socket) -> io::Result<Self> {
        // Std and socket2 set this on sockets that they open, but not on all that they accept.
        #[cfg(target_vendor = "apple")]
        system.set_nosigpipe(true)?;
        // An accepted socket may have inherited this from the listening socket.
        // One call; that of socket2 asks for the flags before it sets them.
        ioctl_fionbio(&system, !in_system)?;
        Ok(Self::of(in_system, system))
    }

    fn of(reads_in_system: bool, system: socket2::Socket) -> Self {
        Self(Arc::new(Shared {
            system,
            reads_in_system,
            read_timeout: Timeout::default(),
            told: AtomicU32::new(UNTOLD),
            write_timeout: Timeout::default(),
            is_deaf: AtomicBool::new(false),
            is_mute: AtomicBool::new(false),
            is_waiting: AtomicBool::new(false),
        }))
    }

    /// Disables Nagle's algorithm: a frame that waits for an acknowledgement waits 40 ms. A Unix
    /// socket does not have it.
    pub(crate) fn set_nodelay(&self) -> io::Result<()> {
        match self.address(socket2::Socket::local_addr) {
            Ok(_) => self.set_tcp_nodelay(),
            Err(_) => Ok(()),
        }
    }

    /// The same for a socket that is known to be a TCP socket.
    pub(crate) fn set_tcp_nodelay(&self) -> io::Result<()> {
        if_up(None, self.0.system.set_tcp_nodelay(true))
    }

    pub(crate) fn is_unix(&self) -> bool {
        self.0.system.local_addr().is_ok_and(|address| address.is_unix())
    }

    fn address(
        &self,
        of: fn(&socket2::Socket) -> io::Result<socket2::SockAddr>,
    ) -> io::Result<SocketAddr> {
        of(&self.0.system)?.as_socket().ok_or_else(no_address)
    }

    /// Lends the system's socket.
    pub(super) fn as_ref(&self) -> SocketRef<'_> {
        SocketRef::new(&self.0.system)
    }

    /// Returns another handle.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Shared {
    /// Writes the bytes that fit.
    fn send(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match send_slices(&self.system, slices, NO_SIGNAL | NO_WAIT) {
            // Windows has another error for a socket that is shut down.
            Err(e) if e.kind() != ErrorKind::WouldBlock && self.is_mute.load(Ordering::Relaxed) => {
                Err(io::Error::new(ErrorKind::BrokenPipe, e))
            }
            sent => sent,
        }
    }

    /// Reads, and waits in the system.
    fn receive_in_system(&self, buf: &mut [u8]) -> io::Result<usize> {
        let wanted = self.read_timeout.0.load(Ordering::Relaxed);
        let told = self.told.load(Ordering::Relaxed);
        let is_near = wanted >= LONG && told == wanted + 1 && told != UNTOLD;
        if told != wanted && !is_near {
            self.system.set_read_timeout(self.read_timeout.get())?;
            self.told.store(wanted, Ordering::Relaxed);
        }
        (&self.system).read(buf)
    }

    /// Reads what has arrived, if the socket does not wait in the system.
    fn receive(&self, buf: &mut [u8]) -> io::Result<usize> {
        match (&self.system).read(buf) {
            Err(e) if is_not_now(&e) && self.is_deaf.load(Ordering::SeqCst) => Ok(0),
            received => received,
        }
    }

    #[cold]
    fn wait_to_send(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let deadline = Deadline::after(self.write_timeout.get());
        self.wait(PollFlags::OUT, Some(SLICE), deadline, || self.send(slices))
    }

    fn wait_to_receive(&self, buf: &mut [u8]) -> io::Result<usize> {
        let deadline = Deadline::after(self.read_timeout.get());
        let slice = if WAKES { None } else { Some(SLICE) };
        // This sets one flag and then reads the other; `shutdown` does so in the opposite order. So
        // at least one of them sees what the other did.
        self.is_waiting.store(true, Ordering::SeqCst);
        let received = match self.receive(buf) {
            Err(e) if is_not_now(&e) => {
                self.wait(PollFlags::IN, slice, deadline, || self.receive(buf))
            }
            received => received,
        };
        self.is_waiting.store(false, Ordering::SeqCst);
        received
    }

    /// Waits for `event` and then tries, again and again until it succeeds or the deadline passes.
    fn wait(
        &self,
        event: PollFlags,
        slice: Option<Duration>,
        deadline: Deadline,
        mut attempt: impl FnMut() -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            let Ok(left) = deadline.remaining() else {
                return Err(ErrorKind::WouldBlock.into());
            };
            let is_ready = self.poll(event, left.into_iter().chain(slice).min())?;
            match attempt() {
                Err(e) if is_not_now(&e) => {}
                done => return done,
            }
            if is_ready {
                // Another thread was faster, or the system is short of memory. Without a pause this
                // would spin.
                thread::sleep(SHORTEST);
            }
        }
    }

    /// Waits for an event, or until the socket ends. Returns `false` if the time is over before
    /// that.
    fn poll(&self, event: PollFlags, most: Option<Duration>) -> io::Result<bool> {
        // Some systems count milliseconds in 31 bits. All callers look again, so less time is fine.
        let most = most.map(|most| most.clamp(SHORTEST, LONGEST));
        let most = most.and_then(|most| Timespec::try_from(most).ok());
        match poll(&mut [PollFd::new(&self.system, event)], most.as_ref()) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::INTR) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }
}

/// A read of at least this many milliseconds may wait one millisecond longer than it was told: a
/// timeout that is the rest of another is often a moment less.
const LONG: u32 = 1000;

/// No number of milliseconds that [`Timeout`] has.
const UNTOLD: u32 = u32::MAX;

/// Some systems cannot wait longer than this in one call.
const LONGEST: Duration = Duration::from_secs(1 << 20);

fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

impl Read for Socket {
    /// A read that waits in the system returns `Interrupted` after a signal: its caller has the
    /// deadline.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.0.reads_in_system {
            return self.0.receive_in_system(buf);
        }
        match self.0.receive(buf) {
            Err(e) if is_not_now(&e) => self.0.wait_to_receive(buf),
            received => received,
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.write_slices(&[IoSlice::new(buf)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_slices(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Socket {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.share())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.read_timeout.set(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.write_timeout.set(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        let shared = &*self.0;
        if shared.reads_in_system {
            return shared.system.shutdown(how);
        }
        if matches!(how, Shutdown::Read | Shutdown::Both) {
            shared.is_deaf.store(true, Ordering::SeqCst);
        }
        if matches!(how, Shutdown::Write | Shutdown::Both) {
            shared.is_mute.store(true, Ordering::SeqCst);
        }
        // If no thread waits, what has arrived must stay readable, so the flag alone has to do.
        let wakes = WAKES && shared.is_waiting.load(Ordering::SeqCst);
        if how == Shutdown::Read && !wakes { Ok(()) } else { shared.system.shutdown(how) }
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.0.send(slices) {
            Err(e) if is_not_now(&e) => self.0.wait_to_send(slices),
            sent => sent,
        }
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.is_empty() { Ok(0) } else { self.0.send(&[IoSlice::new(buf)]) }
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match buf {
            [] => Ok(0),
            buf if self.0.reads_in_system => receive_slice(&self.0.system, buf),
            buf => self.0.receive(buf),
        }
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.address(socket2::Socket::peer_addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address(socket2::Socket::local_addr)
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.system.fmt(f)
    }
}

/// How long one call may take, in milliseconds. Zero means no limit.
#[derive(Default)]
struct Timeout(AtomicU32);

/// A time of this length is less than one millisecond.
const BELOW_ONE: Duration = Duration::from_nanos(999_999);

impl Timeout {
    const NONE: u32 = 0;

    fn set(&self, timeout: Option<Duration>) -> io::Result<()> {
        if timeout == Some(Duration::ZERO) {
            let text = "a timeout cannot be zero; None turns it off";
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        // Rounded up: a call that ends before its deadline would look like a lost connection.
        // A number that does not fit means at least 49 days, so no limit.
        let millis = |timeout: Duration| {
            let millis = u32::try_from(timeout.saturating_add(BELOW_ONE).as_millis());
            millis.ok().filter(|millis| *millis != UNTOLD).unwrap_or(Self::NONE)
        };
        self.0.store(timeout.map_or(Self::NONE, millis), Ordering::Relaxed);
        Ok(())
    }

    fn get(&self) -> Option<Duration> {
        match self.0.load(Ordering::Relaxed) {
            Self::NONE => None,
            millis => Some(Duration::from_millis(millis.into())),
        }
    }
}

#[cfg(test)]
mod tests;
