//! [`EventsIter`]: the events that come, or as many as wait at one moment.

use std::time::Duration;

use super::inbox::Inbox;
use super::peer_event::PeerEvent;
use crate::io::Deadline;

/// An iterator over events.
///
/// Made by [`Events::iter`](crate::Events::iter), which waits for events, and
/// [`Events::try_iter`](crate::Events::try_iter), which does not.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is used"]
pub struct EventsIter<'a> {
    inbox: &'a Inbox,
    /// How many may still be taken, if the iterator does not wait.
    left: Option<usize>,
}

impl<'a> EventsIter<'a> {
    /// Iterates over all events that come.
    pub(super) fn endless(inbox: &'a Inbox) -> Self {
        Self { inbox, left: None }
    }

    /// Iterates over as many events as wait now.
    pub(super) fn now(inbox: &'a Inbox) -> Self {
        Self { inbox, left: Some(inbox.ask()) }
    }
}

impl Iterator for EventsIter<'_> {
    type Item = PeerEvent;

    fn next(&mut self) -> Option<PeerEvent> {
        let Some(left) = &mut self.left else { return self.inbox.take(Deadline::NEVER).ok()? };
        *left = left.checked_sub(1)?;
        self.inbox.take(Deadline::after(Some(Duration::ZERO))).ok()?
    }
}
