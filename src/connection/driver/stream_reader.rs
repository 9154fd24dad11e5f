//! [`StreamReader`]: reads a stream, and sets its read timeout as seldom as possible, because that
//! is a system call.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use crate::io::{Controls, SHORTEST, counted, is_timeout};

/// Two timeouts that differ by no more than this count as equal.
const SAME: Duration = Duration::from_millis(1);
/// A timeout that is too short, but not shorter than this, stays until a read has timed out.
pub(crate) const EARLY: Duration = Duration::from_secs(1);

/// On Windows a blocked read does not notice that the socket is shut down. The sockets of servers
/// and clients take care of that themselves, but std's sockets do not.
const LONGEST: Option<Duration> =
    if cfg!(windows) { Some(Duration::from_millis(500)) } else { None };

/// The read timeout that the stream has now.
#[derive(Debug, Default)]
pub(crate) struct StreamReader {
    /// `None` if no timeout was set here.
    armed: Option<Duration>,
    /// Since when nothing has come. Set if the last read timed out, perhaps too early, or was
    /// interrupted.
    quiet_since: Option<Instant>,
    /// A read has begun and not returned. After a panic this stays `true`.
    is_reading: bool,
}

impl StreamReader {
    /// Returns `true` if the stream has a timeout that was set here.
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.is_some()
    }

    /// Sets how long the next read may wait, unless the timeout that is set will do. A timeout that
    /// is too short stays until a read has timed out: then nothing comes, and there is time for the
    /// call.
    pub(crate) fn arm<S>(
        &mut self,
        wait: Option<Duration>,
        controls: Controls<S>,
        stream: &S,
    ) -> io::Result<()> {
        let wait = wait.into_iter().chain(LONGEST).min();
        let suits = match (wait, self.armed) {
            (None, None) => true,
            (Some(wait), Some(armed)) if wait.abs_diff(armed) <= SAME => true,
            (wait, Some(armed)) if wait.is_none_or(|wait| armed < wait) => {
                armed >= EARLY && self.quiet_since.is_none()
            }
            _ => false,
        };
        if !suits {
            controls.set_read_timeout(stream, wait)?;
            self.armed = wait;
        }
        Ok(())
    }

    /// Reads the stream. Fails if an earlier read panicked: bytes may have been lost. Also fails if
    /// the stream counts more bytes than fit into `buf`.
    pub(crate) fn read(&mut self, stream: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
        // Only on a quiet stream: no clock is looked at while data comes.
        let began = self.quiet_since.map(|_| Instant::now());
        let read = self.guarded(|| stream.read(buf))?;
        if let (Some(began), Err(e)) = (began, &read) {
            self.pause_if_early(began, e);
        }
        self.noted(read, buf.len(), self.armed.unwrap_or_default())
    }

    /// Pauses after a read that did not wait: with a stream that never does, such as a non-blocking
    /// socket, the reader would spin.
    #[cold]
    fn pause_if_early(&self, began: Instant, error: &io::Error) {
        let least = self.armed.unwrap_or_default().min(SHORTEST);
        if is_timeout(error) && began.elapsed() < least {
            thread::sleep(SHORTEST);
        }
    }

    /// Reads what the stream has, without waiting. `Unsupported` if the stream cannot do that.
    /// Fails as [`read`](Self::read) does.
    pub(crate) fn look<S>(
        &mut self,
        controls: Controls<S>,
        stream: &mut S,
        buf: &mut [u8],
    ) -> io::Result<usize> {
        let read = self.guarded(|| controls.try_read(stream, buf))?;
        if read.as_ref().is_err_and(|e| e.kind() == ErrorKind::Unsupported) {
            return read;
        }
        self.noted(read, buf.len(), Duration::ZERO)
    }

    /// Makes a read after which the stream is not read again if it panics.
    fn guarded<T>(&mut self, read: impl FnOnce() -> T) -> io::Result<T> {
        if mem::replace(&mut self.is_reading, true) {
            return Err(io::Error::other("the stream panicked while it was read"));
        }
        let read = read();
        self.is_reading = false;
        Ok(read)
    }

    /// Notes how a read of `most` bytes went that may have waited for this long, and returns that.
    #[inline]
    fn noted(
        &mut self,
        read: io::Result<usize>,
        most: usize,
        waited: Duration,
    ) -> io::Result<usize> {
        match read {
            Ok(n) if n <= most => {
                self.quiet_since = None;
                Ok(n)
            }
            failed => self.note_failed(failed, most, waited),
        }
    }

    #[cold]
    fn note_failed(
        &mut self,
        failed: io::Result<usize>,
        most: usize,
        waited: Duration,
    ) -> io::Result<usize> {
        let failed = counted(failed, most);
        let waited = match &failed {
            Err(e) if is_timeout(e) => waited,
            // The signal may have come at any time.
            Err(e) if e.kind() == ErrorKind::Interrupted => Duration::ZERO,
            Ok(_) | Err(_) => {
                self.quiet_since = None;
                return failed;
            }
        };
        if self.quiet_since.is_none() {
            let now = Instant::now();
            self.quiet_since = now.checked_sub(waited).or(Some(now));
        }
        failed
    }

    /// Since when nothing has come, if the last read brought nothing.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        self.quiet_since
    }

    /// Returns `true` if the last read brought nothing.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet_since.is_some()
    }

    /// Returns `true` if the last read brought nothing, and nothing has come for `time`.
    pub(crate) fn is_quiet_for(&self, time: Duration) -> bool {
        self.quiet_since.is_some_and(|since| since.elapsed() >= time)
    }
}

/// Not on Windows, where each timeout is at most [`LONGEST`].
#[cfg(test)]
#[cfg(not(windows))]
mod tests {
    use std::io::{Read, Write};
    use std::net::Shutdown;
    use std::sync::Mutex;

    use super::*;
    use crate::io::Duplex;

    /// A stream that only notes its timeouts.
    #[derive(Default)]
    struct Noted(Mutex<Vec<Option<Duration>>>);

    impl Read for Noted {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }

    impl Write for Noted {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            Ok(buf.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Duplex for Noted {
        fn try_clone(&self) -> io::Result<Self> {
            Err(ErrorKind::Unsupported.into())
        }

        fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.lock().unwrap().push(timeout);
            Ok(())
        }

        fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
            Ok(())
        }

        fn shutdown(&self, _: Shutdown) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn it_is_set_where_it_must_be() {
        let ms = |n: u64| Some(Duration::from_millis(n));
        let (mut reader, stream) = (StreamReader::default(), Noted::default());
        // (rule, how long the read may wait, whether it times out, what is set before it)
        for (rule, wait, times_out, set) in [
            ("none is needed", None, false, None),
            ("the first", ms(5000), false, Some(ms(5000))),
            ("the same", ms(5000), false, None),
            ("a longer one can wait", ms(30_000), false, None),
            ("so can none", None, true, None),
            ("until nothing came", ms(30_000), false, Some(ms(30_000))),
            ("a shorter one cannot", ms(29_000), false, Some(ms(29_000))),
            ("one that is very short", ms(20), false, Some(ms(20))),
            ("does not stay", ms(40), false, Some(ms(40))),
            ("not for none either", None, false, Some(None)),
            ("which stays", None, true, None),
        ] {
            reader.arm(wait, Controls::new(), &stream).unwrap();
            assert_eq!(stream.0.lock().unwrap().pop(), set, "{rule}");
            let read = if times_out { Err(ErrorKind::WouldBlock.into()) } else { Ok(1) };
            let waited = reader.armed.unwrap_or_default();
            let _ = reader.noted(read, 1, waited);
        }
    }
}
