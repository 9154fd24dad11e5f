//! Checks whether a private key belongs to a certificate, on systems whose TLS library does not
//! show them: they are used for a handshake in memory.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use native_tls::{
    HandshakeError, Identity, MidHandshakeTlsStream, TlsAcceptor, TlsConnector, TlsStream,
};

use crate::process::lock;

/// The most steps that the handshake may take, more than any handshake needs.
const ROUNDS: usize = 20;

/// Finds nothing, because nothing is known before they are used.
pub(crate) fn fault(_: &[u8], _: &[u8]) -> Option<String> {
    None
}

/// Creates an acceptor and tries it with a client that accepts any certificate.
pub(crate) fn acceptor(identity: &Identity) -> Result<TlsAcceptor, String> {
    let acceptor = TlsAcceptor::new(identity.clone()).map_err(|e| e.to_string())?;
    try_out(&acceptor).map(|()| acceptor)
}

fn try_out(acceptor: &TlsAcceptor) -> Result<(), String> {
    let connector = TlsConnector::builder()
        .disable_built_in_roots(true)
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true)
        .use_sni(false)
        .build()
        .map_err(|e| e.to_string())?;
    let (there, back) = (Queue::default(), Queue::default());
    let far = End { input: Arc::clone(&there), output: Arc::clone(&back) };
    let near = End { input: back, output: there };
    let (mut client, mut server) = (Side::new(connector.connect("localhost", near)), None);
    for _ in 0..ROUNDS {
        server = Some(match server {
            None => Side::new(acceptor.accept(far.clone())),
            Some(side) => Side::go_on(side),
        });
        client = client.go_on();
        match (&client, &server) {
            (Side::Done, Some(Side::Done)) => return Ok(()),
            (_, Some(Side::Failed(why))) | (Side::Failed(why), _) => {
                return Err(format!(
                    "certificate and key mismatch, or neither can be used: a handshake with them \
                     failed ({why}); give the key that the first certificate was made for"
                ));
            }
            (Side::Done | Side::Waits(_), _) => {}
        }
    }
    Err("a handshake with this certificate and key does not end".to_owned())
}

enum Side {
    Done,
    Waits(MidHandshakeTlsStream<End>),
    Failed(String),
}

impl Side {
    fn new(step: Result<TlsStream<End>, HandshakeError<End>>) -> Self {
        match step {
            Ok(_) => Self::Done,
            Err(HandshakeError::WouldBlock(unfinished)) => Self::Waits(unfinished),
            Err(HandshakeError::Failure(e)) => Self::Failed(e.to_string()),
        }
    }

    fn go_on(self) -> Self {
        match self {
            Self::Waits(unfinished) => Self::new(unfinished.handshake()),
            Self::Done | Self::Failed(_) => self,
        }
    }
}

type Queue = Arc<Mutex<VecDeque<u8>>>;

/// One end of a wire in memory.
#[derive(Clone, Debug)]
struct End {
    input: Queue,
    output: Queue,
}

impl Read for End {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match lock(&self.input).read(buf)? {
            0 if !buf.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            n => Ok(n),
        }
    }
}

impl Write for End {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        lock(&self.output).write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
