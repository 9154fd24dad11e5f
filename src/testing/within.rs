//! [`within`]: a limit of time for a test.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Runs a test in a thread of its own, and returns its result. A test that hangs fails.
///
/// Code that waits for a peer without a limit of time hangs, and so does its test, without a word. With
/// this the test fails, and says that it has hung. What hangs goes on in its thread.
///
/// ```
/// use std::time::Duration;
///
/// use blocking_ws::testing;
///
/// let greeting = testing::within(Duration::from_secs(10), || {
///     let (mut client, _handler) = testing::spawn(|ws| ws.send("welcome"));
///     client.recv()
/// })?;
/// assert_eq!(greeting, Some("welcome".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Panics
/// The test has not ended within `limit`; or it has panicked: then with the same payload.
#[track_caller]
pub fn within<T: Send + 'static>(limit: Duration, test: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    let thread = thread::spawn(move || {
        let result = test();
        // It may be too late, and then nobody listens.
        let _ = done.send(());
        result
    });
    let hangs = ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
    assert!(!hangs, "the test has not ended within {limit:?}");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn said<T>(run: impl FnOnce() -> T) -> Option<String> {
        let panic = catch_unwind(AssertUnwindSafe(run)).err()?;
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
    }

    #[test]
    fn a_test_ends_as_it_does_or_by_the_limit() {
        const LONG: Duration = Duration::from_secs(60);
        assert_eq!(within(LONG, || 7), 7);
        assert_eq!(said(|| within(LONG, || panic!("it broke"))).as_deref(), Some("it broke"));
        let hangs = || within(Duration::from_millis(5), thread::park);
        assert_eq!(said(hangs).as_deref(), Some("the test has not ended within 5ms"));
    }
}
