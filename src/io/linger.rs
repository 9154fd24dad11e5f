//! The last moments of a connection (RFC 6455 §7.1.1).
//!
//! Closing a socket that has unread input resets the connection, and the reset can destroy what was
//! sent last. So a connection that ends still reads for a while, and discards what it reads.
//! Streams without resets, such as pipes in memory, say so by `Duplex::keeps_sent` and need no such
//! time.

use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use super::controls::Controls;
use super::deadline::{Deadline, SHORTEST, is_timeout};

/// How long the peer has to hang up after the last frame has been sent.
pub(crate) const LINGER: Duration = Duration::from_secs(2);
/// How long this side's last frame may take if no program waits for it, and how long the peer's
/// last frame is looked for after a failed write.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(100);
/// How many bytes are read and discarded at most. A peer whose message is refused for its size must
/// be able to finish it before it reads why.
const MOST: usize = 64 << 20;
/// How many bytes one read takes: most peers hang up at once, and few send much before that.
const FEW: usize = 512;
const MANY: usize = 16 << 10;
/// How often to try to send the last frame, or to look whether another thread has sent it.
const GLANCE: Duration = Duration::from_millis(20);

/// A connection that ends, until the peer hangs up or its time is over.
///
/// ```text
/// the last frame is not sent --> it is sent, and writing is shut down --> over
///                                        at once, if the stream keeps it ----^
/// ```
///
/// The peer may hang up before the last frame is sent. It may have ended only its own direction, and
/// read on. If it is gone, writing to it fails.
#[derive(Debug)]
pub(crate) struct Linger {
    /// When the connection is cut, whatever the peer does.
    until: Deadline,
    /// This side ends TLS and TCP first.
    shuts_first: bool,
    /// The last frame has been sent.
    is_out: bool,
    /// The peer has hung up.
    has_ended: bool,
    /// How many more bytes are read.
    left: usize,
    scratch: Box<[u8]>,
}

impl Linger {
    /// Gives the last frame until `until` to be sent, and the peer [`LINGER`] after that, unless
    /// the stream keeps what was sent.
    ///
    /// With `shuts_first` the writing direction is shut down between the two, which also closes a
    /// TLS session in order.
    pub(crate) fn new(until: Deadline, shuts_first: bool) -> Self {
        let scratch = vec![0; FEW].into();
        Self { until, shuts_first, is_out: false, has_ended: false, left: MOST, scratch }
    }

    /// Reads and discards until the peer hangs up, its time is over or too much has arrived.
    /// Returns `false` if `deadline` comes before that. `is_sent` sends what it can without
    /// waiting, and returns `true` if the last frame has been sent. Changes the stream's timeouts.
    pub(crate) fn go_on<S: Read>(
        &mut self,
        stream: &mut S,
        controls: Controls<S>,
        deadline: Deadline,
        mut is_sent: impl FnMut(&mut S) -> bool,
    ) -> bool {
        let mut has_looked = false;
        while self.left > 0 {
            if !self.is_out && is_sent(stream) {
                self.is_out = true;
                self.until = self.until.earlier(Deadline::after(Some(LINGER)));
                if self.shuts_first && !self.shut_writing(stream, controls, deadline) {
                    return true;
                }
                if self.has_ended || controls.keeps_sent(stream) {
                    return true;
                }
            }
            let Ok(remaining) = self.until.remaining() else { return true };
            if self.has_ended {
                // There is nothing to wait for but the thread that writes, or room.
                let Ok(asked) = deadline.remaining() else { return false };
                let wait = [remaining, asked].into_iter().flatten().min();
                thread::sleep(wait.map_or(GLANCE, |wait| wait.min(GLANCE)));
                continue;
            }
            let glance = (!self.is_out).then_some(GLANCE);
            let read = match deadline.remaining() {
                Ok(asked) => {
                    let wait = [remaining, asked, glance].into_iter().flatten().min();
                    self.read(stream, controls, wait)
                }
                // Even a caller without time looks once.
                Err(_) if has_looked && deadline.plus(SHORTEST).has_passed() => return false,
                Err(_) => match controls.try_read(stream, &mut self.scratch) {
                    Err(e) if e.kind() == ErrorKind::WouldBlock => return false,
                    Err(e) if e.kind() == ErrorKind::Unsupported => {
                        let wait = remaining.into_iter().chain([SHORTEST]).min();
                        self.read(stream, controls, wait)
                    }
                    looked => looked,
                },
            };
            has_looked = true;
            match read {
                Ok(0) => self.has_ended = true,
                Err(e) if e.kind() == ErrorKind::UnexpectedEof => self.has_ended = true,
                Ok(n) => self.discard(n),
                Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return true,
            }
            if self.has_ended && self.is_out {
                return true;
            }
        }
        true
    }

    fn read<S: Read>(
        &mut self,
        stream: &mut S,
        controls: Controls<S>,
        wait: Option<Duration>,
    ) -> io::Result<usize> {
        controls.set_read_timeout(stream, wait).map_err(io::Error::other)?;
        stream.read(&mut self.scratch)
    }

    fn discard(&mut self, read: usize) {
        self.left = self.left.saturating_sub(read);
        if read == self.scratch.len() && read < MANY {
            self.scratch = vec![0; MANY].into();
        }
    }

    /// Shuts down writing, for which TLS must write once more. It has no more time than the caller.
    /// Returns `false` if that fails for another reason.
    fn shut_writing<S>(&self, stream: &mut S, controls: Controls<S>, deadline: Deadline) -> bool {
        let left = deadline.earlier(self.until).remaining().unwrap_or(Some(SHORTEST));
        // A stream that refuses a timeout does not block either.
        let _ = controls.set_write_timeout(stream, left.map(|left| left.max(SHORTEST)));
        match controls.shutdown(stream, Shutdown::Write) {
            Ok(()) => true,
            // There is no room for TLS's `close_notify`. The last frame is out all the same.
            Err(e) => is_timeout(&e),
        }
    }
}

/// Reads and discards after an answer has been sent, until the peer hangs up or its time is over.
pub(crate) fn linger<S: Read>(stream: &mut S, controls: Controls<S>) {
    let mut linger = Linger::new(Deadline::after(Some(LINGER)), true);
    linger.go_on(stream, controls, Deadline::NEVER, |_| true);
}
