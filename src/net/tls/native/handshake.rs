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

/// What is spoken inside of TLS, as ALPN names it: HTTP/2 has another opening handshake.
pub(super) const PROTOCOL: &str = "http/1.1";

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
                check_alpn(session.negotiated_alpn().map_err(|e| refused(&e, None))?.as_deref())?;
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

/// RFC 7301 §3.2: the server chooses one of those that were offered, or says nothing.
fn check_alpn(chosen: Option<&[u8]>) -> io::Result<()> {
    match chosen {
        Some(other) if other != PROTOCOL.as_bytes() => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "TLS handshake: the server chose the protocol {}, not {PROTOCOL} (RFC 7301 3.2)",
                other.escape_ascii()
            ),
        )),
        _ => Ok(()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7301_section_3_2_what_a_server_may_choose() {
        for (chosen, good) in [
            (None, true),
            (Some(&b"http/1.1"[..]), true),
            (Some(b"h2"), false),
            (Some(b"http/1.0"), false),
            (Some(b""), false),
        ] {
            assert_eq!(check_alpn(chosen).is_ok(), good, "{chosen:?}");
        }
    }
}
