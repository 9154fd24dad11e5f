//! How what is owed on a connection may be paid: by waiting for room in the stream, or not.

use super::writer::{Keeper, WriteTimeout};
use crate::io::Controls;

/// What a thread may do that pays.
pub(crate) struct Terms<S> {
    /// It must not wait for room, where the stream can do without.
    pub(crate) at_once: Option<AtOnce<S>>,
    /// A Close frame may take no longer than this, where it has to be waited for.
    pub(crate) within: Option<WriteTimeout<S>>,
}

/// How to write without waiting, and who comes back for the rest.
pub(crate) type AtOnce<S> = (Controls<S>, Keeper);

impl<S> Terms<S> {
    /// Those of a sender, which waits as long as the stream does.
    pub(crate) fn patient() -> Self {
        Self { at_once: None, within: None }
    }

    /// Those of a sender that does not wait longer than this with a Close frame.
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
