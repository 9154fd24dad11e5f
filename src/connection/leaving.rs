//! [`Leaving`]: the state of a connection that reads no more frames, until the peer hangs up.

use crate::io::Linger;
use crate::proto::close::CloseFrame;

/// Why no more frames are read, and how far the end has come.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) why: Why,
    pub(crate) linger: Linger,
}

#[derive(Debug)]
pub(crate) enum Why {
    /// Both Close frames are sent, or will be in a moment. This is the peer's.
    Closed(Option<CloseFrame>),
    /// The peer broke a rule.
    RuleBroken,
}
