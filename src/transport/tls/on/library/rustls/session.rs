//! A session of `rustls` over a `Wire`.

use std::io::{self, ErrorKind, Read, Write};

use ::rustls::unbuffered::EncryptError;
use ::rustls::{CertificateError, Error, OtherError, ProtocolVersion};

use super::super::super::engine::{Handshake, Session, Step, Wire};
use super::records::{Plain, Records, whole_record};
use super::side::Side;
use crate::io::{TlsBackend, TlsInfo, TlsVersion};
use crate::proto::bytes;

/// A TLS session of `rustls`, during its handshake and after it.
pub(super) struct RustlsSession<S> {
    records: Records<S>,
    wire: Wire,
    /// Plaintext that did not fit into the buffer of the last read.
    rest: Rest,
    /// Why no more can be decrypted. There may be plaintext from before.
    failed: Option<String>,
    /// No whole record is left on the wire.
    is_drained: bool,
}

#[derive(Default)]
struct Rest {
    plaintext: Vec<u8>,
    /// How much of it is read.
    read: usize,
}

impl Rest {
    fn read(&mut self, buf: &mut [u8]) -> usize {
        if self.plaintext.is_empty() {
            return 0;
        }
        let n = bytes::copy(&self.plaintext[self.read..], buf);
        self.read += n;
        if self.read == self.plaintext.len() {
            *self = Self::default();
        }
        n
    }
}

impl<S: Side> RustlsSession<S> {
    /// Begins a handshake.
    pub(super) fn begin(side: S, wire: Wire) -> Step {
        let mut records = Records::new(side);
        let begun = records.begin(&mut wire.queues().output);
        match begun {
            Ok(()) => Box::new(Self {
                records,
                wire,
                rest: Rest::default(),
                failed: None,
                is_drained: false,
            })
            .go_on(),
            Err(e) => Step::Failed(words(&e)),
        }
    }

    /// Has `rustls` look at the records that have come whole, while it `wants` more. Returns how
    /// much plaintext is in `buf`.
    fn take_records(
        &mut self,
        buf: &mut [u8],
        mut wants: impl FnMut(&Records<S>, &Plain<'_>) -> bool,
    ) -> (usize, Result<(), Error>) {
        let mut queues = self.wire.queues();
        let queues = &mut *queues;
        let (input, output) = (&mut queues.input, &mut queues.output);
        let mut plain = Plain { buf, rest: &mut self.rest.plaintext, filled: 0 };
        self.is_drained = false;
        while wants(&self.records, &plain) {
            let Some(whole) = whole_record(input.unread()) else {
                queues.all_seen();
                self.is_drained = plain.rest.is_empty();
                return (plain.filled, Ok(()));
            };
            if let Err(e) = self.records.take(input, whole, &mut plain, output) {
                return (plain.filled, Err(e));
            }
        }
        queues.left();
        (plain.filled, Ok(()))
    }
}

/// Says what went wrong, with the name of an alert in the words of RFC 8446 §6.
fn words(e: &Error) -> String {
    let alert = match e {
        Error::AlertReceived(alert) => alert,
        // The words of `Verifier`, or of a verifier of the program.
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

impl<S: Side> Handshake for RustlsSession<S> {
    fn go_on(mut self: Box<Self>) -> Step {
        let is_shaking = |records: &Records<S>| records.side().state().is_handshaking();
        match self.take_records(&mut [], |records, _| is_shaking(records)).1 {
            Ok(()) if is_shaking(&self.records) => Step::Unfinished(self),
            Ok(()) => Step::Done(self),
            Err(e) => {
                self.records.side().failed(&e);
                Step::Failed(words(&e))
            }
        }
    }
}

impl<S: Side> Read for RustlsSession<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = self.rest.read(buf);
        if filled < buf.len() && self.failed.is_none() {
            let wants =
                |records: &Records<S>, plain: &Plain<'_>| !plain.is_full() && !records.has_ended;
            let (more, outcome) = self.take_records(&mut buf[filled..], wants);
            filled += more;
            if let Err(e) = outcome {
                self.failed = Some(words(&e));
            }
        }
        match &self.failed {
            _ if filled > 0 || buf.is_empty() => Ok(filled),
            Some(why) => Err(io::Error::new(ErrorKind::InvalidData, why.clone())),
            None if self.records.has_ended => Ok(0),
            None => Err(ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: Side> Write for RustlsSession<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if let Some(why) = &self.failed {
            return Err(io::Error::new(ErrorKind::InvalidData, why.clone()));
        }
        match self.records.encrypt(buf, &mut self.wire.queues().output) {
            Ok(()) => Ok(buf.len()),
            // A key of TLS 1.2 encrypts 2^24 records at most.
            Err(EncryptError::EncryptExhausted) => {
                let text = "the keys of this TLS session are used up; open another connection";
                Err(io::Error::new(ErrorKind::BrokenPipe, text))
            }
            Err(e) => Err(io::Error::other(e)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Side> Session for RustlsSession<S> {
    fn close(&mut self) -> io::Result<()> {
        self.records.close(&mut self.wire.queues().output);
        Ok(())
    }

    fn is_drained(&self) -> bool {
        self.is_drained
    }

    fn info(&mut self) -> io::Result<TlsInfo> {
        let server_name = self.records.side_mut().asked();
        let state = self.records.side().state();
        let suite = state.negotiated_cipher_suite().and_then(|it| it.suite().as_str());
        let certificates = state.peer_certificates().unwrap_or_default();
        Ok(TlsInfo {
            backend: TlsBackend::Rustls,
            version: match state.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => Some(TlsVersion::Tls12),
                Some(ProtocolVersion::TLSv1_3) => Some(TlsVersion::Tls13),
                _ => None,
            },
            // The names of `rustls` say for which version a suite is, those of IANA do not.
            cipher_suite: suite.map(|name| name.replacen("TLS13_", "TLS_", 1)),
            alpn: state.alpn_protocol().map(<[u8]>::to_vec),
            server_name,
            peer_certificates: certificates.iter().map(|der| der.to_vec()).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
