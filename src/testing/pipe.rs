//! [`Pipe`]: a stream in memory that behaves like a socket.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::io::Duplex;
use crate::process::lock;

/// One end of a two-way stream in memory.
///
/// Reads and writes block, time out and end like those of a socket. Each direction holds as many
/// bytes as [`new`](Self::new) was given. Unlike with a socket, what was written can be read after
/// the writing end is dropped, in every case.
///
/// ```
/// use std::io::{Read, Write};
///
/// let (mut left, mut right) = blocking_ws::testing::Pipe::new(1024);
/// left.write_all(b"hello")?;
/// let mut buf = [0; 5];
/// right.read_exact(&mut buf)?;
/// assert_eq!(&buf, b"hello");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Pipe(Arc<End>);

/// What the handles of one end share. When the last handle is dropped, the end hangs up.
#[derive(Debug)]
struct End {
    /// Where this end reads.
    input: Arc<Channel>,
    /// Where this end writes.
    output: Arc<Channel>,
    timeouts: Mutex<Timeouts>,
}

/// One direction. Its lock is held only while bytes are copied.
#[derive(Debug)]
struct Channel {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// Threads that wait for a change. Without any, notifying would be a wasted system call.
    waiting: usize,
    /// Nothing more will be written.
    ended: bool,
    /// Nothing more will be read.
    refused: bool,
    /// Both ends see a reset.
    is_reset: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Timeouts {
    read: Option<Duration>,
    write: Option<Duration>,
}

impl Pipe {
    /// Creates both ends of a pipe. Each direction holds `capacity` bytes, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, Self) {
        let (there, back) = (Channel::new(capacity.max(1)), Channel::new(capacity.max(1)));
        (Self::end(there.clone(), back.clone()), Self::end(back, there))
    }

    /// Resets the connection, as a socket does whose program has crashed.
    ///
    /// From now on, reads and writes of both ends fail with
    /// [`ConnectionReset`](ErrorKind::ConnectionReset), and those that wait return. What was
    /// written and not read is lost.
    ///
    /// ```
    /// use std::io::{ErrorKind, Read, Write};
    ///
    /// let (mut left, mut right) = blocking_ws::testing::Pipe::new(1024);
    /// left.write_all(b"unread")?;
    /// left.reset();
    /// assert_eq!(right.read(&mut [0; 6]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    /// assert_eq!(left.write(b"more").unwrap_err().kind(), ErrorKind::ConnectionReset);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn reset(&self) {
        for channel in [&self.0.input, &self.0.output] {
            channel.change(|state| {
                state.bytes.clear();
                state.is_reset = true;
            });
        }
    }

    fn end(input: Arc<Channel>, output: Arc<Channel>) -> Self {
        Self(Arc::new(End { input, output, timeouts: Mutex::default() }))
    }
}

impl Channel {
    fn new(capacity: usize) -> Arc<Self> {
        let bytes = VecDeque::new();
        let state =
            State { bytes, capacity, waiting: 0, ended: false, refused: false, is_reset: false };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Waits until `done` has a result or the timeout passes.
    fn wait<T>(
        &self,
        timeout: Option<Duration>,
        mut done: impl FnMut(&mut State) -> Option<T>,
    ) -> io::Result<T> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = lock(&self.state);
        loop {
            if let Some(result) = done(&mut state) {
                if state.waiting > 0 {
                    self.changed.notify_all();
                }
                return Ok(result);
            }
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Err(ErrorKind::WouldBlock.into());
            }
            state.waiting += 1;
            state = match left {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.waiting -= 1;
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let timeout = lock(&self.0.timeouts).read;
        self.0.input.wait(timeout, |state| state.read(buf))?
    }
}

impl State {
    /// Takes the bytes that are there. `None` if there are none yet.
    fn read(&mut self, buf: &mut [u8]) -> Option<io::Result<usize>> {
        if self.is_reset {
            return Some(Err(ErrorKind::ConnectionReset.into()));
        }
        if buf.is_empty() || self.refused || (self.bytes.is_empty() && self.ended) {
            return Some(Ok(0));
        }
        let n = self.bytes.read(buf).unwrap_or(0);
        (n > 0).then_some(Ok(n))
    }

    /// Takes the bytes that fit. `None` if no byte fits.
    fn write(&mut self, buf: &[u8]) -> Option<io::Result<usize>> {
        if self.is_reset {
            return Some(Err(ErrorKind::ConnectionReset.into()));
        }
        if self.ended || self.refused {
            return Some(Err(ErrorKind::BrokenPipe.into()));
        }
        let n = buf.len().min(self.capacity - self.bytes.len());
        self.bytes.extend(&buf[..n]);
        (n > 0 || buf.is_empty()).then_some(Ok(n))
    }
}

impl Write for Pipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let timeout = lock(&self.0.timeouts).write;
        self.0.output.wait(timeout, |state| state.write(buf))?
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Pipe {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(Arc::clone(&self.0)))
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        lock(&self.0.timeouts).read = checked(timeout)?;
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        lock(&self.0.timeouts).write = checked(timeout)?;
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        if matches!(how, Shutdown::Read | Shutdown::Both) {
            self.0.input.change(|state| state.refused = true);
        }
        if matches!(how, Shutdown::Write | Shutdown::Both) {
            self.0.output.change(|state| state.ended = true);
        }
        Ok(())
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.output.wait(Some(Duration::ZERO), |state| state.write(buf))?
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.input.wait(Some(Duration::ZERO), |state| state.read(buf))?
    }

    fn keeps_sent(&self) -> bool {
        true
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.input.change(|state| state.refused = true);
        self.output.change(|state| state.ended = true);
    }
}

/// Refuses a timeout of zero, as std's sockets do.
pub(super) fn checked(timeout: Option<Duration>) -> io::Result<Option<Duration>> {
    if timeout == Some(Duration::ZERO) {
        let text = "a timeout cannot be zero; None turns it off";
        return Err(io::Error::new(ErrorKind::InvalidInput, text));
    }
    Ok(timeout)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn after_a_reset_every_call_of_both_ends_fails() {
        let (left, right) = Pipe::new(8);
        let mut ends = [left, right];
        for end in &mut ends {
            end.write_all(b"lost").unwrap();
        }
        ends[0].reset();
        for end in &mut ends {
            for (call, outcome) in [
                ("read", end.read(&mut [0; 8])),
                ("try_read", end.try_read(&mut [0; 8])),
                ("write", end.write(b"x")),
                ("try_write", end.try_write(b"x")),
            ] {
                assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionReset, "{call}");
            }
        }
        // It stays reset when an end has gone.
        let [left, mut right] = ends;
        drop(left);
        assert_eq!(right.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    }

    #[test]
    fn a_reset_wakes_who_waits() {
        for is_own in [false, true] {
            let (mut near, far) = Pipe::new(1);
            near.write_all(b"x").unwrap();
            let mut reader = near.try_clone().unwrap();
            let own = near.try_clone().unwrap();
            let waiting = [
                thread::spawn(move || reader.read(&mut [0; 8])),
                thread::spawn(move || near.write(b"y")),
            ];
            let [input, output] = [&far.0.output, &far.0.input];
            // Both wait now.
            while lock(&input.state).waiting == 0 || lock(&output.state).waiting == 0 {
                thread::yield_now();
            }
            if is_own {
                own.reset();
            } else {
                far.reset();
            }
            for thread in waiting {
                let failed = thread.join().unwrap().unwrap_err();
                assert_eq!(failed.kind(), ErrorKind::ConnectionReset, "{is_own}");
            }
        }
    }
}
