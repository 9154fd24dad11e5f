//! The only place that reads frames: bytes from a driver into [`Inbound`] until it has something.

use std::io::{Read, Write};

use super::driver::Driver;
use crate::error::Result;
use crate::io::Deadline;
use crate::proto::inbound::{Inbound, Incoming};

/// Reads until a message or control frame is there; `None` at the end of the stream.
///
/// After [`Error::Timeout`](crate::Error::Timeout) nothing is lost: what was read stays in
/// `inbound`. After any other error the connection is over, and `driver` knows how.
pub(crate) fn next<S: Read + Write>(
    inbound: &mut Inbound,
    driver: &mut Driver<S>,
    deadline: Deadline,
) -> Result<Option<Incoming>> {
    loop {
        let advanced = inbound.advance().map_err(|broken| driver.fail(broken, deadline))?;
        if advanced.is_some() {
            return Ok(advanced);
        }
        let awaited = inbound.awaits();
        match driver.read(inbound.space(), deadline, awaited) {
            Ok(Some(0)) => return Ok(None),
            Ok(Some(n)) => inbound.filled(n),
            nothing => {
                if driver.is_quiet() {
                    inbound.rest();
                    driver.rest();
                }
                nothing?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::Error;
    use crate::proto::message::Budget;
    use crate::proto::rules::{Limits, Role};
    use crate::testing::Pipe;

    /// Notes how much is taken.
    #[derive(Debug)]
    struct Taken(AtomicUsize);

    impl Budget for Taken {
        fn take(&self, bytes: usize) -> bool {
            self.0.fetch_add(bytes, Ordering::Relaxed);
            true
        }

        fn give_back(&self, bytes: usize) {
            self.0.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    #[test]
    fn memory_is_given_back_once_nothing_came_for_a_second() {
        const SIZE: usize = 200_000;
        static SPARE: [Taken; 2] = [const { Taken(AtomicUsize::new(0)) }; 2];
        // However long each call waits: until it must, or for a moment only.
        for (spare, wait) in [(&SPARE[0], None), (&SPARE[1], Some(Duration::from_millis(20)))] {
            let (near, mut far) = Pipe::new(2 * SIZE);
            let mut inbound = Inbound::new(Role::Client, Limits::default(), Vec::new());
            let mut driver = Driver::new(near, Role::Client);
            driver.control();
            driver.keep_large();
            inbound.keep_large(spare);
            let mut frame = vec![0x82, 127, 0, 0, 0, 0, 0, 3, 0x0d, 0x40];
            frame.resize(frame.len() + SIZE, 7);
            far.write_all(&frame).unwrap();
            let came = next(&mut inbound, &mut driver, Deadline::NEVER).unwrap();
            assert_eq!(came, Some(Incoming::Message));
            let last = Instant::now();
            while last.elapsed() < Duration::from_millis(1500) {
                let most = Duration::from_millis(1500).saturating_sub(last.elapsed());
                let deadline = Deadline::after(Some(wait.unwrap_or(most)));
                let waited = next(&mut inbound, &mut driver, deadline);
                assert!(matches!(waited, Err(Error::Timeout)), "{waited:?}");
                let kept = spare.0.load(Ordering::Relaxed);
                match last.elapsed().as_millis() {
                    0..900 => assert_eq!(kept, SIZE),
                    1200.. => assert_eq!(kept, 0),
                    _ => {}
                }
            }
            assert_eq!(spare.0.load(Ordering::Relaxed), 0);
        }
    }
}
