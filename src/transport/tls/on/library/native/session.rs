//! A session of `native-tls` over a `Wire`.

use std::io;

use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsStream};

use super::super::super::engine::{Handshake, Session, Step, Wire};
use crate::io::{TlsBackend, TlsInfo};

impl Session for TlsStream<Wire> {
    fn close(&mut self) -> io::Result<()> {
        self.shutdown()
    }

    fn info(&mut self) -> io::Result<TlsInfo> {
        let certificate = self.peer_certificate().map_err(io::Error::other)?;
        let certificate = certificate.map(|it| it.to_der()).transpose();
        Ok(TlsInfo {
            backend: TlsBackend::Native,
            version: None,
            cipher_suite: None,
            alpn: self.negotiated_alpn().map_err(io::Error::other)?,
            server_name: None,
            peer_certificates: certificate.map_err(io::Error::other)?.into_iter().collect(),
        })
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
