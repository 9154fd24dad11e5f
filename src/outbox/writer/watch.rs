//! [`Watch`]: what a hub sees of a member's connection without waiting for its writers. It tells
//! whether hubs' messages wait because the peer is slow, or because this side sends an *own*
//! message, that is one that does not come from a hub.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::process::Lock;

/// A peer that needs longer than this for a window of 64 KiB is slow.
const SLOW: Duration = Duration::from_secs(1);

/// What the writers of a connection tell hubs.
#[derive(Debug, Default)]
pub(crate) struct Watch(Lock<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// How many own messages are being written.
    own: usize,
    /// A streamed message is under way. It may pause.
    is_streaming: bool,
    /// How many own messages have ended.
    ended: u64,
    /// Since when the peer has made no room for a window, if a write waits for that.
    wants_room: Option<Instant>,
}

/// An own message. Dropping this notes its end.
#[derive(Debug)]
pub(crate) struct OwnMessage(Arc<Watch>);

impl Watch {
    /// Notes that an own message begins.
    pub(crate) fn begin(self: &Arc<Self>) -> OwnMessage {
        self.0.lock().own += 1;
        OwnMessage(Arc::clone(self))
    }

    /// Notes whether a streamed message is under way.
    pub(crate) fn streams(&self, is_streaming: bool) {
        let mut seen = self.0.lock();
        seen.ended += u64::from(seen.is_streaming && !is_streaming);
        seen.is_streaming = is_streaming;
    }

    /// Notes since when there is no room, or with `None` that no write waits for room.
    pub(crate) fn wants_room(&self, since: Option<Instant>) {
        self.0.lock().wants_room = since;
    }

    /// Returns how many own messages have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.0.lock().ended
    }

    /// Returns `true` if a hub's messages wait because of an own message, and not because of the
    /// peer. The own message is under way, or it has ended since the last delivery. `then` is how
    /// many had [`ended`](Self::ended) at the last delivery.
    pub(crate) fn holds_back(&self, then: u64) -> bool {
        let seen = self.0.lock();
        let is_busy = seen.own > 0 || seen.is_streaming || seen.ended != then;
        is_busy && seen.wants_room.is_none_or(|since| since.elapsed() < SLOW)
    }
}

impl Drop for OwnMessage {
    fn drop(&mut self) {
        let mut seen = self.0.0.lock();
        seen.own -= 1;
        seen.ended += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_blame_that_messages_wait() {
        let (now, watch) = (Instant::now(), Arc::new(Watch::default()));
        let long_ago = now.checked_sub(2 * SLOW).unwrap();
        for (rule, own, streams, since, holds_back) in [
            ("nobody sends, and there is room", false, false, None, false),
            ("the hub's own wait for room", false, false, Some(now), false),
            ("they wait for long", false, false, Some(long_ago), false),
            ("a message is being written", true, false, None, true),
            ("a message that pauses", false, true, None, true),
            ("a message that waits for a moment", true, false, Some(now), true),
            ("a stream that waits for a moment", false, true, Some(now), true),
            ("a message that a slow peer keeps", true, false, Some(long_ago), false),
            ("a stream that a slow peer keeps", false, true, Some(long_ago), false),
        ] {
            let own = own.then(|| watch.begin());
            watch.streams(streams);
            watch.wants_room(since);
            let ended = watch.ended();
            assert_eq!(watch.holds_back(ended), holds_back, "{rule}");
            drop(own);
            watch.streams(false);
            watch.wants_room(None);
            let has_ended = watch.ended() != ended;
            assert_eq!(watch.holds_back(ended), has_ended, "{rule}: until something is delivered");
            assert!(!watch.holds_back(watch.ended()), "{rule}: afterwards");
        }
    }
}
