//! What becomes an [`Error`], and an [`io::Error`] of it.

use std::io;

use super::error::Error;

/// Unwraps an error of this library that is inside the [`io::Error`]. Any other becomes
/// [`Error::Io`].
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// For code that uses std's traits, such as [`RecvStream`](crate::RecvStream)'s `Read`. In a
/// function that returns this library's error, `?` unwraps the error again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Io(error) => return error,
            error => error,
        };
        let kind = match &error {
            Error::Timeout | Error::Deadline(_) => io::ErrorKind::TimedOut,
            Error::Closed => io::ErrorKind::BrokenPipe,
            Error::Lost(e) | Error::Connect(e) | Error::Tls(e) | Error::Io(e) => e.kind(),
            Error::Protocol(_) | Error::Handshake(_) => io::ErrorKind::InvalidData,
            Error::Invalid(_) | Error::Url(_) => io::ErrorKind::InvalidInput,
            Error::Refused(_) | Error::Proxy(_) | Error::Full | Error::Other(_) => {
                io::ErrorKind::Other
            }
        };
        Self::new(kind, error)
    }
}
