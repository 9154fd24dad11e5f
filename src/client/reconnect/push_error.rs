//! [`PushError`]: why a queue did not take a message.

use std::fmt;

use crate::error::Error;

/// Why an [`Outgoing`](crate::Outgoing) queue did not take a message. It gives the message back.
///
/// `?` makes an [`Error`] of it, which no longer has the message. See
/// [`Outgoing::try_push`](crate::Outgoing::try_push) for an example.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushError<T> {
    /// The queue is full, because the peer has not acknowledged enough messages. Try again later.
    Full(T),
    /// [`finish`](crate::Outgoing::finish) was called. The queue takes no more messages.
    Finished(T),
}

impl<T> PushError<T> {
    /// Returns the message that was not taken.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Finished(message) => message,
        }
    }
}

impl<T> fmt::Display for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => {
                "the queue of outgoing messages is full: the peer has not acknowledged enough of \
                 them; try again later"
            }
            Self::Finished(_) => "the queue of outgoing messages is finished and takes no more",
        })
    }
}

/// Shows no message, so that any type can be pushed.
impl<T> fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Finished(_) => "Finished(..)",
        })
    }
}

impl<T> std::error::Error for PushError<T> {}

impl<T> From<PushError<T>> for Error {
    fn from(error: PushError<T>) -> Self {
        Self::other(error.to_string())
    }
}
