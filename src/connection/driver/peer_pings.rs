//! [`PeerPings`]: when the peer has pinged, and whether its pings are answered.

use std::time::Instant;

/// The pings of the peer.
#[derive(Debug, Default)]
pub(crate) struct PeerPings {
    /// When the last one was read.
    pub(crate) last: Option<Instant>,
    /// They are not answered.
    pub(crate) are_ignored: bool,
}
