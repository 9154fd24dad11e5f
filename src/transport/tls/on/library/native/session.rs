//! A session of `native-tls` over a `Wire`.

use std::io;

use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsStream};

use super::super::super::engine::{Handshake, Session, Step, Wire};

impl Session for TlsStream<Wire> {
    fn close(&mut self) -> io::Result<()> {
        self.shutdown()
    }

    fn alpn(&self) -> io::Result<Option<Vec<u8>>> {
        self.negotiated_alpn().map_err(io::Error::other)
    }
}

impl Handshake for MidHandshakeTlsStream<Wire> {
    fn go_on(self: Box<Self>) -> Step {
        step((*self).handshake())
    }
}

pub(super) fn step(came: Result<TlsStream<Wire>, HandshakeError<Wire>>) -> Step {
    match came {
        Ok(session) => Step::Done(Box::new(session)),
        Err(HandshakeError::WouldBlock(unfinished)) => Step::Unfinished(Box::new(unfinished)),
        Err(HandshakeError::Failure(e)) => Step::Failed(e.to_string()),
    }
}
