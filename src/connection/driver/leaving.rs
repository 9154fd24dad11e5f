//! [`Leaving`]: the state of a connection that reads no more frames, until the peer hangs up.
//! [`OnEnd`]: who is told of the end.

use crate::io::Linger;
use crate::proto::close::{CloseFrame, CloseStatus};

/// Called once with how a connection has ended; `None` if it is dropped before its end.
pub(crate) type OnEnd = Box<dyn FnOnce(Option<&CloseStatus>) + Send + Sync>;

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
