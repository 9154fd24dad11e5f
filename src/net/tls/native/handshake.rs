//! Drives a TLS handshake of `native-tls` over a `Wire`.
//!
//! The session runs over memory from its first byte on, so nothing has to be handed over when the
//! handshake is done: bytes that came behind it wait on the wire, and the alert of a handshake that
//! failed is still there to be sent.

use std::io::{self, Read, Write};

use native_tls::{HandshakeError, TlsStream as NativeSession};

use super::engine::{Engine, Session};
use super::stream::TlsStream;
use super::wire::Wire;
use crate::net::deadline::{Deadline, Timed, is_timeout};
use crate::net::duplex::Duplex;

/// What `native-tls` answers to a step of a handshake: done, failed, or more input needed.
pub(super) type Step = Result<NativeSession<Wire>, HandshakeError<Wire>>;

impl Session for NativeSession<Wire> {
    fn close(&mut self) -> io::Result<()> {
        self.shutdown()
    }
}

/// Completes the handshake that `begin` starts, within the socket's own timeouts.
pub(super) fn complete<T: Duplex>(
    mut socket: T,
    begin: impl FnOnce(Wire) -> Step,
) -> io::Result<TlsStream<T>> {
    let engine = drive(&mut socket, begin)?;
    Ok(TlsStream::new(engine, socket))
}

/// Completes it by `deadline`, and leaves the socket without timeouts.
pub(super) fn complete_by<T: Duplex>(
    mut socket: T,
    deadline: Deadline,
    begin: impl FnOnce(Wire) -> Step,
) -> io::Result<TlsStream<T>> {
    let mut timed = Timed { stream: &mut socket, deadline };
    let engine = drive(&mut timed, begin)?;
    timed.lift()?;
    Ok(TlsStream::new(engine, socket))
}

fn drive(socket: &mut (impl Read + Write), begin: impl FnOnce(Wire) -> Step) -> io::Result<Engine> {
    let wire = Wire::new();
    let mut greeting = None;
    let mut step = begin(wire.clone());
    loop {
        let sent = socket.write_all(&wire.take_output()).and_then(|()| socket.flush());
        match step {
            Ok(session) => {
                sent.map_err(|e| lost(&e))?;
                return Ok(Engine::new(Box::new(session), wire));
            }
            // That the peer is not there to hear why is not the reason.
            Err(HandshakeError::Failure(e)) => return Err(refused(&e, greeting)),
            Err(HandshakeError::WouldBlock(unfinished)) => {
                sent.map_err(|e| lost(&e))?;
                if wire.fill_from(socket).map_err(|e| lost(&e))? == 0 {
                    return Err(lost(&io::ErrorKind::UnexpectedEof.into()));
                }
                greeting = greeting.or(wire.peek());
                step = unfinished.handshake();
            }
        }
    }
}

/// The socket failed. A timeout is `TimedOut` on every system.
fn lost(e: &io::Error) -> io::Error {
    use io::ErrorKind::{TimedOut, UnexpectedEof};
    match e.kind() {
        _ if is_timeout(e) => io::Error::new(TimedOut, "TLS handshake: timed out"),
        UnexpectedEof => {
            io::Error::new(UnexpectedEof, "TLS handshake: the peer closed the connection")
        }
        kind => io::Error::new(kind, format!("TLS handshake: {e}")),
    }
}

/// One side did not like what the other said.
fn refused(e: &native_tls::Error, greeting: Option<u8>) -> io::Error {
    // No TLS record begins with a letter, all of HTTP does.
    let hint = match greeting {
        Some(b'A'..=b'Z') => " (the peer speaks plain text, HTTP perhaps, not TLS)",
        _ => "",
    };
    io::Error::new(io::ErrorKind::InvalidData, format!("TLS handshake: {e}{hint}"))
}
