//! [`Upgrade`]: a request that was granted, before its connection is open.

use std::fmt;

use http::{Request, Response};

use crate::connection::{Timeouts, WebSocket};
use crate::error::{Error, Result};
use crate::handshake::Granted;
use crate::io::Duplex;
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;
use crate::transport::tap::Taps;

/// A request for a connection that [`Settings::upgrade`](crate::Settings::upgrade) has granted. See
/// there for an example.
///
/// If it is dropped, so are the values that the hook has put into the request.
pub struct Upgrade(Box<Parts>);

struct Parts {
    /// The number of the connection.
    id: u64,
    granted: Granted,
    response: Response<()>,
    limits: Limits,
    timeouts: Timeouts,
    taps: Taps,
}

impl Upgrade {
    pub(super) fn new(
        id: u64,
        granted: Granted,
        limits: Limits,
        timeouts: Timeouts,
        taps: Taps,
    ) -> Self {
        let response = granted.response();
        Self(Box::new(Parts { id, granted, response, limits, timeouts, taps }))
    }

    /// Returns the request.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.0.granted.opened.request
    }

    /// Returns the 101 to send: with `Sec-WebSocket-Accept`, what was agreed on, and the headers of
    /// the hook.
    #[must_use]
    pub fn response(&self) -> &Response<()> {
        &self.0.response
    }

    /// Makes a connection of the stream, after the response was sent.
    ///
    /// `already_read` holds what the other server has read after the request, often nothing. If the
    /// stream only reads and writes, such as a `Box<dyn ReadWrite>`, pass [`Stream::half`].
    ///
    /// # Errors
    /// [`Error::Io`]: the stream takes no timeout. The stream is dropped.
    pub fn open(
        self,
        stream: impl Duplex + Send + 'static,
        already_read: Vec<u8>,
    ) -> Result<WebSocket> {
        let Parts { id, granted, response: _, limits, timeouts, taps } = *self.0;
        let stream = Stream::new(stream).map_err(Error::Io)?;
        let stream = stream.seen_by(&taps, id, Role::Server, &already_read);
        let upgraded = granted.upgraded(already_read);
        let mut websocket = WebSocket::numbered(id, stream, Role::Server, limits, upgraded);
        timeouts.apply(Role::Server, &mut websocket)?;
        Ok(websocket)
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade")
            .field("request", self.request())
            .field("response", self.response())
            .finish_non_exhaustive()
    }
}
