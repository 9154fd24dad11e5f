//! What every test here needs: an end.

use std::time::Duration;

use blocking_ws::testing;

/// Far more than any test takes, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test in a thread of its own, and fails it where it hangs.
pub fn within(test: impl FnOnce() + Send + 'static) {
    testing::within(PATIENCE, test);
}
