//! How soon a stream that had no room is tried again.

use std::time::Duration;

/// A pause between two tries. No stream tells when it has room again: TLS and pipes have no such
/// call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause(Duration);

impl Pause {
    pub(crate) const FIRST: Self = Self(Duration::from_millis(1));
    pub(crate) const LONGEST: Self = Self(Duration::from_millis(32));

    /// The pause after one more try in vain: twice as long, up to the longest.
    #[must_use]
    pub(crate) fn longer(self) -> Self {
        Self(self.0.saturating_mul(2).min(Self::LONGEST.0))
    }

    pub(crate) fn time(self) -> Duration {
        self.0
    }
}
