//! A stream under one deadline.
//!
//! A socket's own timeout limits a single call, so a peer that sends one byte at a time can make a
//! phase last without end. Here each call gets only the time that remains.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::thread;
use std::time::Duration;

use super::deadline::{Deadline, GLANCE, SHORTEST, is_timeout, may_be_repeated};
use super::duplex::Duplex;

/// A stream whose reads and writes all end by one deadline. A stream without timeouts can exceed it
/// by one call.
pub(crate) struct Timed<'a, S> {
    pub(crate) stream: &'a mut S,
    pub(crate) deadline: Deadline,
}

impl<S> Timed<'_, S> {
    /// Shortens the deadline to `most` from now.
    pub(crate) fn hurry(&mut self, most: Duration) {
        self.deadline = self.deadline.earlier(Deadline::after(Some(most)));
    }
}

impl<S: Duplex> Read for Timed<'_, S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.bounded(GLANCE, S::set_read_timeout, is_timeout, |stream| stream.read(buf))
    }
}

impl<S: Duplex> Write for Timed<'_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let write = |stream: &mut S| stream.write_slices(&[IoSlice::new(buf)]);
        self.bounded(Duration::MAX, S::set_write_timeout, may_be_repeated, write)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bounded(Duration::MAX, S::set_write_timeout, may_be_repeated, S::flush)
    }
}

impl<S: Duplex> Timed<'_, S> {
    /// Removes the timeouts when the phase is over.
    pub(crate) fn lift(self) -> io::Result<()> {
        if !self.stream.is_duplex() {
            return Ok(());
        }
        self.stream.set_read_timeout(None)?;
        self.stream.set_write_timeout(None)
    }
}

impl<S: Duplex> Timed<'_, S> {
    /// Makes a call with the remaining time, or with `most` if that is less. Makes it again if a
    /// signal interrupts it, or if its time is over, the deadline has not passed and `may_repeat` allows
    /// it.
    fn bounded<T>(
        &mut self,
        most: Duration,
        tell: fn(&S, Option<Duration>) -> io::Result<()>,
        may_repeat: fn(&io::Error) -> bool,
        mut call: impl FnMut(&mut S) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let left = self.deadline.remaining()?;
            if self.stream.is_duplex() {
                tell(self.stream, left.map(|left| left.min(most)))?;
            }
            match call(self.stream) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // A stream may wait less than it was told: it rounds, or has a limit of its own. With
                // a stream that never waits, this would spin without a pause.
                Err(e) if may_repeat(&e) && left.is_some() => thread::sleep(SHORTEST),
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::net::Shutdown;

    use super::*;

    /// Each call takes `time` and fails, `times` times in all.
    struct Fails {
        with: ErrorKind,
        times: u32,
        time: Duration,
        told: RefCell<Vec<Duration>>,
    }

    impl Fails {
        fn call<T>(&mut self, done: T) -> io::Result<T> {
            if self.times == 0 {
                return Ok(done);
            }
            self.times -= 1;
            thread::sleep(self.time);
            Err(self.with.into())
        }

        fn tell(&self, timeout: Option<Duration>) {
            self.told.borrow_mut().push(timeout.unwrap());
        }
    }

    impl Read for Fails {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.call(buf.len())
        }
    }

    impl Write for Fails {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.call(buf.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.call(())
        }
    }

    impl Duplex for Fails {
        fn try_clone(&self) -> io::Result<Self> {
            Err(ErrorKind::Unsupported.into())
        }

        fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.tell(timeout);
            Ok(())
        }

        fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.tell(timeout);
            Ok(())
        }

        fn shutdown(&self, _: Shutdown) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_read_goes_on_after_a_glance_and_ends_by_the_deadline() {
        for (rule, within, silent, want) in [
            ("after three", GLANCE * 10, 3, Ok(1)),
            ("at once", GLANCE * 10, 0, Ok(1)),
            ("the last", SHORTEST, 1, Err(ErrorKind::TimedOut)),
        ] {
            let (with, told) = (ErrorKind::WouldBlock, RefCell::default());
            let mut stream = Fails { with, times: silent, time: SHORTEST, told };
            let deadline = Deadline::after(Some(within));
            let read = Timed { stream: &mut stream, deadline }.read(&mut [0]);
            assert_eq!(read.map_err(|e| e.kind()), want, "{rule}");
            let told = stream.told.into_inner();
            let is_same = |timeout: &Duration| *timeout == GLANCE.min(within);
            let is_long = within > GLANCE;
            assert!(told.iter().all(|it| it <= &within && (!is_long || is_same(it))), "{rule}");
            assert!(told.len() <= 1 + silent as usize, "{rule}: {}", told.len());
        }
    }

    #[test]
    fn a_call_has_the_whole_time_but_never_more() {
        type Call = fn(&mut Timed<'_, Fails>) -> io::Result<()>;
        const INTERRUPTED: ErrorKind = ErrorKind::Interrupted;
        const WOULD_BLOCK: ErrorKind = ErrorKind::WouldBlock;
        const SOON: Duration = Duration::from_millis(50);
        const LATE: Result<(), ErrorKind> = Err(ErrorKind::TimedOut);

        let calls: [(&str, Call); 3] = [
            ("read", |timed| timed.read(&mut [0]).map(drop)),
            ("write", |timed| timed.write(b"x").map(drop)),
            ("flush", |timed| timed.flush()),
        ];
        for (name, call) in calls {
            for (rule, with, time, times, within, want) in [
                ("signals", INTERRUPTED, SHORTEST, 3, GLANCE, Ok(())),
                ("signals without end", INTERRUPTED, SHORTEST, u32::MAX, SOON, LATE),
                ("it ends early", WOULD_BLOCK, SHORTEST, 10, GLANCE, Ok(())),
                ("it ends early without end", WOULD_BLOCK, SHORTEST, u32::MAX, SOON, LATE),
                ("it never waits", WOULD_BLOCK, Duration::ZERO, 10, GLANCE, Ok(())),
                ("it never waits without end", WOULD_BLOCK, Duration::ZERO, u32::MAX, SOON, LATE),
            ] {
                let mut stream = Fails { with, times, time, told: Vec::new().into() };
                let deadline = Deadline::after(Some(within));
                let done = call(&mut Timed { stream: &mut stream, deadline });
                let is_once = cfg!(windows) && name != "read" && with == WOULD_BLOCK;
                let want = if is_once { Err(WOULD_BLOCK) } else { want };
                assert_eq!(done.map_err(|e| e.kind()), want, "{name}, {rule}");
                let told = stream.told.into_inner();
                assert!(
                    told.is_sorted_by(|a, b| a > b),
                    "{name}, {rule}: less each time, {told:?}"
                );
                assert!(told.len() <= 51, "{name}, {rule}: it pauses, {}", told.len());
            }
        }
    }
}
