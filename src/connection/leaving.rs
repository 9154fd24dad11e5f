//! A connection that reads no frame any more.

use crate::io::Linger;
use crate::proto::close::CloseFrame;

/// A connection that reads no frame any more, and why.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) why: Why,
    pub(crate) linger: Linger,
}

#[derive(Debug)]
pub(crate) enum Why {
    /// A Close frame went each way, or will have in a moment; this is the peer's.
    Closed(Option<CloseFrame>),
    /// The peer broke a rule.
    Broke,
}
