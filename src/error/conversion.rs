//! What becomes an [`Error`], and an [`io::Error`] of it.

use std::error::Error as StdError;
use std::io;

use super::error::{Error, Result};
use crate::proto::close::CloseStatus;
use crate::proto::message::NotText;
use crate::proto::proxy::ProxyError;
use crate::proto::rules::{HandshakeError, ProtocolError};
use crate::proto::url::UrlError;

macro_rules! from {
    ($($variant:ident: $type:ty),+) => {$(
        impl From<$type> for Error {
            fn from(error: $type) -> Self {
                Self::$variant(error)
            }
        }
    )+};
}

from!(Protocol: ProtocolError, Handshake: HandshakeError, Url: UrlError, Proxy: ProxyError);

/// Unwraps an error of this library that is inside the [`io::Error`]. Any other becomes
/// [`Error::Io`].
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// Unwraps an error of this library or an [`io::Error`] that is in the box. Any other becomes
/// [`Error::Other`].
///
/// ```
/// use std::error::Error;
///
/// fn parse(text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
///     Ok(text.parse()?)
/// }
///
/// fn twice(text: &str) -> blocking_ws::Result<u32> {
///     Ok(2 * parse(text)?)
/// }
/// assert_eq!(twice("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
impl From<Box<dyn StdError + Send + Sync>> for Error {
    fn from(error: Box<dyn StdError + Send + Sync>) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return *own,
            Err(error) => error,
        };
        match error.downcast::<io::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => Self::Other(error),
        }
    }
}

/// A binary message came where a text was expected. Becomes [`Error::Other`].
impl From<NotText> for Error {
    fn from(error: NotText) -> Self {
        Self::other(error)
    }
}

/// The program made an unusable request or header. Becomes [`Error::Invalid`].
impl From<http::Error> for Error {
    fn from(error: http::Error) -> Self {
        Self::Invalid(format!("the request or response cannot be built: {error}").into())
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
            Error::Protocol(_) | Error::Handshake(_) | Error::Json(_) => io::ErrorKind::InvalidData,
            Error::Ended(_) => io::ErrorKind::ConnectionAborted,
            Error::Invalid(_) | Error::Url(_) => io::ErrorKind::InvalidInput,
            Error::Refused(_) | Error::Proxy(_) | Error::Full | Error::Other(_) => {
                io::ErrorKind::Other
            }
        };
        Self::new(kind, error)
    }
}

impl CloseStatus {
    /// Returns `Ok` if the connection ended [normally](Self::is_normal).
    ///
    /// [`WebSocket::close_result`](crate::WebSocket::close_result) does the same in one call, and
    /// has an example.
    ///
    /// # Errors
    /// [`Error::Ended`] has this status.
    pub fn into_result(self) -> Result<()> {
        if self.is_normal() { Ok(()) } else { Err(Error::Ended(Box::new(self))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Boxed = Box<dyn StdError + Send + Sync>;
    type Judge = fn(&Error) -> bool;

    #[test]
    fn what_is_in_a_box_or_an_io_error_comes_out_of_it() {
        let closed = || Error::Closed;
        let rows: [(&str, Error, Judge); 7] = [
            ("its own", Boxed::from(closed()).into(), |e| matches!(e, Error::Closed)),
            ("its own, in std's", io::Error::from(closed()).into(), |e| matches!(e, Error::Closed)),
            ("its own, in std's, boxed", Boxed::from(io::Error::from(closed())).into(), |e| {
                matches!(e, Error::Closed)
            }),
            ("std's, boxed", Boxed::from(io::Error::other("x")).into(), |e| {
                matches!(e, Error::Io(_))
            }),
            ("a text", Boxed::from("x").into(), |e| matches!(e, Error::Other(_))),
            ("its own, by `other`", Error::other(closed()), |e| matches!(e, Error::Other(_))),
            ("a header", http::Request::get("a b").body(()).unwrap_err().into(), |e| {
                matches!(e, Error::Invalid(_))
            }),
        ];
        for (rule, error, is_right) in rows {
            assert!(is_right(&error), "{rule}: {error:?}");
        }
    }
}
