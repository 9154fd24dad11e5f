//! What every test here needs: an end.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Far more than any test takes, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test in a thread of its own, and fails it where it hangs.
pub fn within(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        // Nobody listens any more if it took too long.
        let _ = done.send(());
    });
    let hangs = finished.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
    assert!(!hangs, "the test hangs");
    if let Err(panic) = thread.join() {
        resume_unwind(panic);
    }
}
