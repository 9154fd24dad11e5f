//! A session of `rustls` over a `Wire`.

use std::io::{self, ErrorKind, Read, Write};

use ::rustls::{CertificateError, Connection, Error, OtherError, ProtocolVersion};

use super::super::super::engine::{Handshake, Session, Step, Wire};
use crate::io::{TlsBackend, TlsInfo, TlsVersion};
use crate::process::caught;

/// A TLS session of `rustls`, during its handshake and after it.
pub(super) struct RustlsSession {
    connection: Connection,
    wire: Wire,
    /// Why no more can be decrypted. There may be plaintext from before.
    failed: Option<String>,
    /// Our `close_notify` is on the wire.
    is_closed: bool,
}

impl RustlsSession {
    pub(super) fn new(connection: impl Into<Connection>, wire: Wire) -> Self {
        Self { connection: connection.into(), wire, failed: None, is_closed: false }
    }

    /// Decrypts input of the wire. Returns `false` if there is no input.
    fn take_input(&mut self) -> io::Result<bool> {
        match self.connection.read_tls(&mut self.wire) {
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            read => read?,
        };
        let mut process = || self.connection.process_new_packets();
        let processed = if self.is_closed {
            // `rustls` asserts, in debug builds, that it sends no alert behind a `close_notify`. A
            // peer can have it do that.
            caught(process).unwrap_or(Err(Error::General("a bad record".to_owned())))
        } else {
            process()
        };
        // An answer, or the alert that tells the peer what is wrong.
        self.put_output()?;
        processed.map(|_| true).map_err(|e| io::Error::new(ErrorKind::InvalidData, words(&e)))
    }

    /// Puts the ciphertext that is ready on the wire. Returns how much that is.
    fn put_output(&mut self) -> io::Result<usize> {
        let mut put = 0;
        while self.connection.wants_write() {
            put += self.connection.write_tls(&mut self.wire)?;
        }
        Ok(put)
    }

    fn shake(&mut self) -> io::Result<bool> {
        self.put_output()?;
        while self.connection.is_handshaking() {
            if !self.take_input()? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Says what went wrong, with the name of an alert in the words of RFC 8446 §6.
fn words(e: &Error) -> String {
    let alert = match e {
        Error::AlertReceived(alert) => alert,
        // The words of `Pinned`, or of a verifier of the program.
        Error::InvalidCertificate(CertificateError::Other(OtherError(why))) => {
            return why.to_string();
        }
        e => return e.to_string(),
    };
    let mut words = String::from("the peer sent the alert ");
    let mut follows_small = false;
    for letter in format!("{alert:?}").chars() {
        if follows_small && letter.is_ascii_uppercase() {
            words.push(' ');
        }
        follows_small = letter.is_ascii_lowercase();
        words.push(letter.to_ascii_lowercase());
    }
    words
}

impl Handshake for RustlsSession {
    fn go_on(mut self: Box<Self>) -> Step {
        match self.shake() {
            Ok(true) => Step::Done(self),
            Ok(false) => Step::Unfinished(self),
            Err(e) => Step::Failed(e.to_string()),
        }
    }
}

impl Read for RustlsSession {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(buf) {
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    if let Some(why) = &self.failed {
                        return Err(io::Error::new(ErrorKind::InvalidData, why.clone()));
                    }
                    match self.take_input() {
                        Ok(true) => {}
                        Ok(false) => return Err(e),
                        Err(e) => self.failed = Some(e.to_string()),
                    }
                }
                read => return read,
            }
        }
    }
}

impl Write for RustlsSession {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let taken = self.connection.writer().write(buf)?;
        // A key of TLS 1.2 encrypts 2^24 records at most. After them `rustls` drops what it takes.
        if self.put_output()? < taken {
            let text = "the keys of this TLS 1.2 session are used up; open another connection";
            return Err(io::Error::new(ErrorKind::BrokenPipe, text));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session for RustlsSession {
    fn close(&mut self) -> io::Result<()> {
        self.is_closed = true;
        self.connection.send_close_notify();
        self.put_output().map(drop)
    }

    fn info(&self) -> io::Result<TlsInfo> {
        let suite = self.connection.negotiated_cipher_suite();
        let suite = suite.and_then(|it| it.suite().as_str());
        let certificates = self.connection.peer_certificates().unwrap_or_default();
        Ok(TlsInfo {
            backend: TlsBackend::Rustls,
            version: match self.connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::Tls12),
                Some(ProtocolVersion::TLSv1_3) => Some(TlsVersion::Tls13),
                _ => None,
            },
            // The names of `rustls` say for which version a suite is, those of IANA do not.
            cipher_suite: suite.map(|name| name.replacen("TLS13_", "TLS_", 1)),
            alpn: self.connection.alpn_protocol().map(<[u8]>::to_vec),
            server_name: match &self.connection {
                Connection::Server(server) => server.server_name().map(str::to_owned),
                Connection::Client(_) => None,
            },
            peer_certificates: certificates.iter().map(|der| der.to_vec()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use ::rustls::AlertDescription as Alert;

    use super::*;

    #[test]
    fn rfc_8446_section_6_alerts_in_words() {
        for (alert, want) in [
            (Alert::UnknownCA, "unknown ca"),
            (Alert::BadRecordMac, "bad record mac"),
            (Alert::CertificateRequired, "certificate required"),
            (Alert::NoApplicationProtocol, "no application protocol"),
        ] {
            let words = words(&Error::AlertReceived(alert));
            assert_eq!(words, format!("the peer sent the alert {want}"));
        }
    }
}
