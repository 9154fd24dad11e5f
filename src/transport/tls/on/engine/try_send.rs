//! Sending ciphertext without waiting for room in the socket, and whether a socket can do that.

use std::io;

use super::engine::{Engine, Sending};
use crate::io::Duplex;

/// Fails if the socket cannot do without waiting what it was asked to do with an empty buffer. Any
/// other error is that of an empty buffer, such as `WouldBlock` if nothing has arrived. A call with
/// a buffer tells more.
pub(super) fn unless_unsupported(asked: io::Result<usize>) -> io::Result<()> {
    match asked {
        Err(e) if e.kind() == io::ErrorKind::Unsupported => Err(e),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Sends the output that is left on the wire, without waiting and so without a turn.
pub(crate) fn try_send(socket: &mut impl Duplex, engine: &mut Engine) -> io::Result<()> {
    match engine.sending {
        Sending::Idle if !engine.wire.has_output() => return Ok(()),
        Sending::Idle | Sending::Left => {}
        Sending::Busy => return Err(io::ErrorKind::WouldBlock.into()),
        Sending::Closed | Sending::Broken => return Err(no_writing(engine.sending)),
    }
    // The state in which a panic of the socket leaves the engine.
    engine.sending = Sending::Broken;
    engine.unflushed = true;
    let sent = engine.wire.send_output(|output| socket.try_write(output));
    engine.sending = match &sent {
        Ok(()) => Sending::Idle,
        Err(e) if would_block(e) => Sending::Left,
        Err(_) => Sending::Broken,
    };
    engine.owes_answer &= engine.sending == Sending::Left;
    sent
}

pub(crate) fn would_block(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::WouldBlock
}

pub(crate) fn no_writing(sending: Sending) -> io::Error {
    let reason = match sending {
        Sending::Closed => "the TLS stream is shut down for writing",
        _ => "an earlier write to the TLS stream failed",
    };
    io::Error::new(io::ErrorKind::BrokenPipe, reason)
}
