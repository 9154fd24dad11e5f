//! [`Taps`]: who sees the connections of a program's settings.

use std::fmt;
use std::sync::Arc;

use super::tap::Tap;
use super::trace;

/// The taps of a program's settings.
#[derive(Clone, Default)]
pub(crate) struct Taps(Vec<Arc<dyn Tap>>);

impl Taps {
    pub(crate) fn add(&mut self, tap: impl Tap + 'static) {
        self.0.push(Arc::new(tap));
    }

    /// Those that see a connection that begins now: the program's, and the log if somebody reads it.
    pub(crate) fn now(&self) -> impl Iterator<Item = Arc<dyn Tap>> {
        self.0.iter().cloned().chain(trace::begin())
    }
}

impl fmt::Debug for Taps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Taps").field(&self.0.len()).finish()
    }
}
