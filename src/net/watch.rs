//! What a hub sees of a member's connection without waiting for its writers: whether the peer is slow, or
//! this side keeps it waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lock::Lock;

/// A peer that needs longer than this for a window of 64 KiB is slow.
const SLOW: Duration = Duration::from_secs(1);

/// What writers leave word of.
#[derive(Debug, Default)]
pub(crate) struct Watch(Lock<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Messages of this side's own that are under way, or wait for their turn.
    own: usize,
    /// Since when the peer has made no room for a window, if something waits for that.
    wants_room: Option<Instant>,
}

/// A message of this side's own, until this is dropped.
#[derive(Debug)]
pub(crate) struct Own(Arc<Watch>);

impl Watch {
    /// Notes that a message begins that was not sent by a hub.
    pub(crate) fn begin(self: &Arc<Self>) -> Own {
        self.0.lock().own += 1;
        Own(Arc::clone(self))
    }

    /// Notes since when there is no room.
    pub(crate) fn wants_room(&self, since: Option<Instant>) {
        self.0.lock().wants_room = since;
    }

    /// Returns `true` if it is not the peer that lets a hub's messages wait, but another message.
    pub(crate) fn holds_back(&self) -> bool {
        let seen = self.0.lock();
        seen.own > 0 && seen.wants_room.is_none_or(|since| since.elapsed() < SLOW)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.0.0.lock().own -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_blame_that_messages_wait() {
        let (now, watch) = (Instant::now(), Arc::new(Watch::default()));
        let long_ago = now.checked_sub(2 * SLOW).unwrap();
        for (rule, own, since, holds_back) in [
            ("nobody sends, and there is room", false, None, false),
            ("nobody else sends, so the hub's own wait for room", false, Some(now), false),
            ("a message that pauses", true, None, true),
            ("a message that waits for room for a moment", true, Some(now), true),
            ("a message that a slow peer keeps", true, Some(long_ago), false),
        ] {
            let own = own.then(|| watch.begin());
            watch.wants_room(since);
            assert_eq!(watch.holds_back(), holds_back, "{rule}");
            drop(own);
        }
        watch.wants_room(None);
        assert!(!watch.holds_back(), "all of them have ended");
    }
}
