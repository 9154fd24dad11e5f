//! A stream under one deadline.
//!
//! A socket's own timeout limits a single call, so a peer that sends one byte at a time can make a
//! phase last without end. Here each call gets only the time that remains.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::time::Duration;

use super::deadline::{Deadline, GLANCE, is_timeout};
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
        // Bounded, because a stream may say that its time is over without having waited for it.
        let mut tries = None;
        loop {
            let mut is_over = true;
            let bound = |stream: &S, left: Option<Duration>| {
                let in_all = || left.map_or(0, |left| left.as_secs() / GLANCE.as_secs() + 1);
                let tries = tries.get_or_insert_with(in_all);
                is_over = left.is_none_or(|left| left <= GLANCE) || *tries == 0;
                *tries = tries.saturating_sub(1);
                stream.set_read_timeout(left.map(|left| left.min(GLANCE)))
            };
            match self.bounded(bound, |stream| stream.read(buf)) {
                Err(e) if is_timeout(&e) && !is_over => {}
                read => return read,
            }
        }
    }
}

impl<S: Duplex> Write for Timed<'_, S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.bounded(S::set_write_timeout, |stream| stream.write_slices(&[IoSlice::new(buf)]))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bounded(S::set_write_timeout, S::flush)
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
    /// Makes a call with the remaining time, and again if a signal interrupts it.
    fn bounded<T>(
        &mut self,
        mut bound: impl FnMut(&S, Option<Duration>) -> io::Result<()>,
        mut call: impl FnMut(&mut S) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let left = self.deadline.remaining()?;
            if self.stream.is_duplex() {
                bound(self.stream, left)?;
            }
            match call(self.stream) {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::net::Shutdown;

    use super::super::deadline::SHORTEST;
    use super::*;

    /// Each call takes a while and fails, `times` times in all.
    struct Fails {
        with: ErrorKind,
        times: u32,
        told: RefCell<Vec<Duration>>,
    }

    impl Fails {
        fn call<T>(&mut self, done: T) -> io::Result<T> {
            if self.times == 0 {
                return Ok(done);
            }
            self.times -= 1;
            std::thread::sleep(SHORTEST);
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
            ("the last", GLANCE / 2, 1, Err(ErrorKind::WouldBlock)),
            ("it never waits", GLANCE * 3, 1_000_000, Err(ErrorKind::WouldBlock)),
        ] {
            let mut stream =
                Fails { with: ErrorKind::WouldBlock, times: silent, told: RefCell::default() };
            let deadline = Deadline::after(Some(within));
            let read = Timed { stream: &mut stream, deadline }.read(&mut [0]);
            assert_eq!(read.map_err(|e| e.kind()), want, "{rule}");
            let told = stream.told.into_inner();
            let is_same = |timeout: &Duration| *timeout == GLANCE.min(within);
            let is_long = within > GLANCE;
            assert!(told.iter().all(|it| it <= &within && (!is_long || is_same(it))), "{rule}");
            assert!(told.len() <= 1 + (silent as usize).min(10), "{rule}: {}", told.len());
        }
    }

    #[test]
    fn a_signal_does_not_make_the_time_begin_anew() {
        type Call = fn(&mut Timed<'_, Fails>) -> io::Result<()>;
        let calls: [(&str, Call); 3] = [
            ("read", |timed| timed.read(&mut [0]).map(drop)),
            ("write", |timed| timed.write(b"x").map(drop)),
            ("flush", |timed| timed.flush()),
        ];
        for (name, call) in calls {
            for (times, within, want) in [
                (3, GLANCE, Ok(())),
                (u32::MAX, Duration::from_millis(20), Err(ErrorKind::TimedOut)),
            ] {
                let mut stream =
                    Fails { with: ErrorKind::Interrupted, times, told: Vec::new().into() };
                let deadline = Deadline::after(Some(within));
                let done = call(&mut Timed { stream: &mut stream, deadline });
                assert_eq!(done.map_err(|e| e.kind()), want, "{name}");
                let told = stream.told.into_inner();
                assert!(told.is_sorted_by(|a, b| a > b), "{name}: each time less, {told:?}");
            }
        }
    }
}
