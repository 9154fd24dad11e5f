//! [`OnClose`]: who is told when this side begins to close a connection.

use std::fmt;
use std::sync::OnceLock;

/// A call for when this side begins to close, or cuts the connection.
///
/// The reader learns of that while it reads. This is for a reader that does not read at the moment,
/// because what it has read has no room.
#[derive(Default)]
pub(crate) struct OnClose(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl OnClose {
    /// Sets the call, unless there is one.
    pub(crate) fn set(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.set(Box::new(tell));
    }

    pub(crate) fn tell(&self) {
        if let Some(tell) = self.0.get() {
            tell();
        }
    }
}

impl fmt::Debug for OnClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnClose").field(&self.0.get().is_some()).finish()
    }
}
