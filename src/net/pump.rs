//! The only place that reads frames: bytes from a link into [`Inbound`] until it has something.

use std::io::{Read, Write};

use super::deadline::Deadline;
use super::link::Link;
use crate::error::Result;
use crate::proto::inbound::{Inbound, Incoming};

/// Reads until a message or control frame is there; `None` at the end of the stream.
///
/// After [`Error::Timeout`](crate::Error::Timeout) nothing is lost: what was read stays in
/// `inbound`. After any other error the connection is over, and `link` knows how.
pub(crate) fn next<S: Read + Write>(
    inbound: &mut Inbound,
    link: &mut Link<S>,
    deadline: Deadline,
) -> Result<Option<Incoming>> {
    loop {
        let advanced = inbound.advance().map_err(|broken| link.fail(broken))?;
        if advanced.is_some() {
            return Ok(advanced);
        }
        let awaited = inbound.awaits();
        match link.read(inbound.space(), deadline, awaited)? {
            Some(0) => return Ok(None),
            Some(n) => inbound.filled(n),
            None => {
                inbound.rest();
                link.rest();
            }
        }
    }
}
