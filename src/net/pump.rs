//! The only place that reads frames: bytes from a stream into [`Inbound`] until it has something.

use std::io::{ErrorKind, Read};

use super::deadline::is_timeout;
use crate::error::Error;
use crate::proto::inbound::{Inbound, Incoming};

/// Reads until a message or control frame is there; `None` at the end of the stream.
///
/// After [`Error::Timeout`] nothing is lost: what was read stays in `inbound`.
pub(crate) fn next(
    inbound: &mut Inbound,
    stream: &mut impl Read,
) -> Result<Option<Incoming>, Error> {
    loop {
        if let Some(incoming) = inbound.advance()? {
            return Ok(Some(incoming));
        }
        match stream.read(inbound.space()) {
            Ok(0) => return Ok(None),
            Ok(n) => inbound.filled(n),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) if is_timeout(&e) => return Err(Error::Timeout),
            Err(e) => return Err(Error::Lost(e)),
        }
    }
}
