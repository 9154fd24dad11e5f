//! [`Terms`]: whether a thread that pays what is owed may wait for room in the stream.

use super::writer::{Keeper, WriteTimeout};
use crate::io::Controls;

/// Whether a thread that pays may wait, and how long.
pub(crate) struct Terms<S> {
    /// Set if the thread must not wait for room. It waits all the same if the stream cannot write
    /// without waiting.
    pub(crate) at_once: Option<AtOnce<S>>,
    /// How long the thread waits at most until a Close frame is written, if it waits.
    pub(crate) within: Option<WriteTimeout<S>>,
}

/// How to write without waiting, and which thread comes back for the rest.
pub(crate) type AtOnce<S> = (Controls<S>, Keeper);

impl<S> Terms<S> {
    /// The terms of a sender, which waits as long as the stream does.
    pub(crate) fn patient() -> Self {
        Self { at_once: None, within: None }
    }

    /// The terms of a sender that waits no longer than `within` until a Close frame is written.
    pub(crate) fn within(within: Option<WriteTimeout<S>>) -> Self {
        Self { at_once: None, within }
    }
}

impl<S> Clone for Terms<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Terms<S> {}
