//! [`Tapped`]: a stream that shows a tap what passes.

use std::cell::Cell;
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::tap::{Tap, TapEvent};
use crate::io::{Duplex, TlsInfo, is_timeout};
use crate::process::caught;
use crate::proto::rules::Role;
use crate::proto::wire::Way;

/// A stream that shows a tap what passes. All handles share the tap.
#[derive(Debug)]
pub(crate) struct Tapped<S> {
    stream: Box<S>,
    seen: Arc<Seen>,
}

/// Who sees a connection.
struct Seen {
    id: u64,
    tap: Arc<dyn Tap>,
    /// This end reads no more, so that the end of its reads says nothing of the peer.
    is_deaf: AtomicBool,
}

thread_local! {
    /// This thread is in a tap. What that sends and receives is not shown, or it would never end.
    static IN_TAP: Cell<bool> = const { Cell::new(false) };
}

impl Seen {
    fn tell(&self, event: TapEvent<'_>) {
        unseen(|| self.tap.event(self.id, event));
    }
}

/// Calls a tap, or what it calls. What this thread does meanwhile no tap sees, and a second call does
/// nothing.
pub(crate) fn unseen(act: impl FnOnce()) {
    if IN_TAP.replace(true) {
        return;
    }
    let _ = caught(act);
    IN_TAP.set(false);
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.tell(TapEvent::Closed);
    }
}

impl<S: Duplex> Tapped<S> {
    /// Shows `tap` what passes on the connection with this number from now on.
    pub(crate) fn new(stream: S, id: u64, role: Role, tap: Arc<dyn Tap>) -> Self {
        let seen = Arc::new(Seen { id, tap, is_deaf: AtomicBool::new(false) });
        let (peer, tls) = (stream.peer_addr().ok(), stream.is_tls());
        seen.tell(TapEvent::Opened { role, peer, tls });
        Self { stream: Box::new(stream), seen }
    }

    pub(crate) fn stream(&self) -> &S {
        &self.stream
    }

    /// Shows bytes that another has received.
    pub(crate) fn show_received(&self, bytes: &[u8]) {
        self.seen.tell(TapEvent::Bytes { way: Way::Received, bytes, at: Instant::now() });
    }

    /// Shows what a read has brought.
    fn received(&self, buf: &[u8], read: io::Result<usize>) -> io::Result<usize> {
        match &read {
            // A call without room only asks what the stream can do.
            _ if buf.is_empty() => {}
            Ok(0) if self.seen.is_deaf.load(Ordering::Relaxed) => {}
            Ok(0) => self.seen.tell(TapEvent::End(Way::Received)),
            // Too large a count is an error of the caller's, who looks.
            Ok(n) => self.show_received(&buf[..buf.len().min(*n)]),
            Err(e) => self.failed(Way::Received, e),
        }
        read
    }

    /// Shows what a write that began `at` has taken of the slices.
    fn sent(
        &self,
        slices: &[IoSlice<'_>],
        at: Instant,
        wrote: io::Result<usize>,
    ) -> io::Result<usize> {
        match &wrote {
            Ok(n) => {
                let mut left = *n;
                for slice in slices {
                    let bytes = &slice[..slice.len().min(left)];
                    left -= bytes.len();
                    if !bytes.is_empty() {
                        self.seen.tell(TapEvent::Bytes { way: Way::Sent, bytes, at });
                    }
                }
            }
            // A call with nothing to send only asks what the stream can do.
            Err(_) if slices.iter().all(|slice| slice.is_empty()) => {}
            Err(e) => self.failed(Way::Sent, e),
        }
        wrote
    }

    fn failed(&self, way: Way, e: &io::Error) {
        // These say that nothing has happened.
        let is_nothing = matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::Unsupported);
        if !is_nothing && !is_timeout(e) {
            self.seen.tell(TapEvent::Failed(way, e));
        }
    }
}

impl<S: Duplex> Read for Tapped<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buf);
        self.received(buf, read)
    }
}

impl<S: Duplex> Write for Tapped<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let at = Instant::now();
        let wrote = self.stream.write(buf);
        self.sent(&[IoSlice::new(buf)], at, wrote)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        let at = Instant::now();
        let wrote = self.stream.write_vectored(bufs);
        self.sent(bufs, at, wrote)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S: Duplex> Duplex for Tapped<S> {
    fn try_clone(&self) -> io::Result<Self> {
        let stream = Box::new(self.stream.try_clone()?);
        Ok(Self { stream, seen: Arc::clone(&self.seen) })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if matches!(how, Shutdown::Read | Shutdown::Both) {
            self.seen.is_deaf.store(true, Ordering::Relaxed);
        }
        self.stream.shutdown(how)?;
        if matches!(how, Shutdown::Write | Shutdown::Both) {
            self.seen.tell(TapEvent::End(Way::Sent));
        }
        Ok(())
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let at = Instant::now();
        let wrote = self.stream.write_slices(slices);
        self.sent(slices, at, wrote)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let at = Instant::now();
        let wrote = self.stream.try_write(buf);
        self.sent(&[IoSlice::new(buf)], at, wrote)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.stream.try_flush()
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.try_read(buf);
        self.received(buf, read)
    }

    fn keeps_sent(&self) -> bool {
        self.stream.keeps_sent()
    }

    fn last_received(&self) -> Option<Instant> {
        self.stream.last_received()
    }

    fn is_duplex(&self) -> bool {
        self.stream.is_duplex()
    }

    fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    fn tls(&self) -> Option<Arc<TlsInfo>> {
        self.stream.tls()
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("id", &self.id).finish_non_exhaustive()
    }
}
