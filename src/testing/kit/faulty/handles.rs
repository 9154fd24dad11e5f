//! [`Handles`] of the stream below a [`Faulty`](super::faulty::Faulty).

use std::io;

use crate::io::Duplex;

/// What a handle of the stream below is for. One call at a time has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    Reading,
    Writing,
    Shutdown,
}

/// The handles that no call has.
#[derive(Debug)]
pub(super) struct Handles<S>([Option<S>; 3]);

impl<S: Duplex> Handles<S> {
    pub(super) fn of(stream: S) -> io::Result<Self> {
        Ok(Self([Some(stream.try_clone()?), Some(stream.try_clone()?), Some(stream)]))
    }
}

impl<S> Handles<S> {
    /// Takes a handle, unless a call has it.
    pub(super) fn take(&mut self, of: For) -> Option<S> {
        self.0[of as usize].take()
    }

    pub(super) fn put(&mut self, of: For, stream: S) {
        self.0[of as usize] = Some(stream);
    }

    pub(super) fn has(&self, of: For) -> bool {
        self.0[of as usize].is_some()
    }

    /// Takes all that no call has.
    pub(super) fn take_all(&mut self) -> Vec<S> {
        self.0.iter_mut().filter_map(Option::take).collect()
    }
}
