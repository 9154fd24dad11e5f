//! What a failed handshake means, and what to do about it.
//!
//! TLS libraries tell only by their texts why a certificate is not taken. A text that is not known
//! here stays as it is.

use std::io;

use super::greeting::NoTls;
use crate::io::is_timeout;
use crate::proto::bytes::first_line;

/// Says to a client what is wrong with the server.
pub(super) fn to_client(e: io::Error, host: &str) -> io::Error {
    explained(e, |text, sent| {
        let any = |known: &[&str]| known.iter().any(|known| text.contains(known));
        Some(if let Some(sent) = sent {
            let text = if is_http(sent) {
                "the server speaks plain HTTP; its URL begins with ws://, or it has another port"
            } else {
                &format!("the server sent {}; check host and port", first_line(sent))
            };
            format!("no TLS at this port: {text}")
        } else if any(&DISTRUST) {
            "the server does not take the certificate of this client, its `identity`".to_owned()
        } else if any(&UNKNOWN_ROOT) {
            format!(
                "the certificate of {host} is not trusted: it was signed by no root certificate that \
                 this side knows; give the one that signed it to root_certificate_pem"
            )
        } else if any(&BAD_SIGNATURE) {
            format!(
                "the certificate of {host} is not trusted: a signature does not fit. Either another root \
                 of the same name has signed it, which root_certificate_pem takes, or the server does \
                 not have the certificate's key"
            )
        } else if any(&ROOT_ITSELF) {
            format!(
                "the certificate of {host} is that of an authority (CA:TRUE): have another signed by \
                 it for {host}, or make one with CA:FALSE"
            )
        } else if any(&WRONG_HOST) {
            format!(
                "the certificate is not for {host}: use a name that it is for, or have one made for \
                 {host}"
            )
        } else if any(&OLD_FORM) {
            format!(
                "the certificate of {host} is of X.509 version 1, which cannot name a server: have it \
                 made anew with a subjectAltName"
            )
        } else if any(&OTHER_ALGORITHM) {
            format!(
                "the certificate of {host} was signed in a way, or has a kind of key, that rustls does \
                 not take: have another made, with RSA and SHA-256 or ECDSA on P-256, or use native-tls"
            )
        } else if any(&NOTHING_IN_COMMON) {
            format!(
                "{host} and this client have nothing in common: the kind of the server's key, a cipher \
                 suite or a curve; or the server requires a certificate of its clients"
            )
        } else if any(&EXPIRED) {
            format!(
                "the certificate of {host} has expired: it has to be renewed, unless the clock of \
                 this machine is wrong"
            )
        } else if any(&NOT_YET) {
            format!("the certificate of {host} is not valid yet: check the clock of this machine")
        } else {
            return None;
        })
    })
}

/// Says to a server what is wrong with the client, or what the client has against the server.
pub(super) fn to_server(e: io::Error) -> io::Error {
    explained(e, |text, sent| {
        let any = |known: &[&str]| known.iter().any(|known| text.contains(known));
        Some(if sent.is_some_and(is_http) {
            "no TLS from the client: it speaks plain HTTP; its URL has to begin with wss:// or https://"
                .to_owned()
        } else if sent.is_some() {
            // What it is may be secret, and this text goes into the log.
            "no TLS from the client: it speaks another protocol".to_owned()
        } else if any(&DISTRUST) {
            "the client does not take this server's certificate".to_owned()
        } else if text.contains("peer sent no certificates") {
            "the client has shown no certificate, and client_certificates requires one".to_owned()
        } else if !text.contains("invalid peer certificate") {
            return None;
        } else if any(&UNKNOWN_ROOT) {
            "the client's certificate was signed by no root certificate that client_certificates names"
                .to_owned()
        } else if any(&BAD_SIGNATURE) {
            "a signature of the client's certificate does not fit: another root of the same name has \
             signed it, or the client does not have its key"
                .to_owned()
        } else if any(&EXPIRED) {
            "the client's certificate has expired, unless the clock of this machine is wrong"
                .to_owned()
        } else if any(&NOT_YET) {
            "the client's certificate is not valid yet; check the clock of this machine".to_owned()
        } else if any(&ROOT_ITSELF) {
            "the client's certificate is that of an authority (CA:TRUE); have another signed by it"
                .to_owned()
        } else {
            "the client's certificate cannot be used".to_owned()
        })
    })
}

/// Says what an alert means that came after the handshake was done on this side. A server with TLS 1.3
/// looks at the client's certificate only then.
pub(super) fn later(e: io::Error) -> io::Error {
    // These are no failures, and there may be many.
    if is_timeout(&e) {
        return e;
    }
    explained(e, |text, _| {
        if text.contains("alert certificate required") {
            let text =
                "the server requires a certificate of its clients: give the client an `identity`";
            return Some(text.to_owned());
        }
        let distrusts = DISTRUST.iter().any(|alert| text.contains(alert));
        distrusts
            .then(|| "the peer does not take this side's certificate, its `identity`".to_owned())
    })
}

/// `explain` gets the text of the error, and what the peer sent if that was no TLS.
fn explained(
    e: io::Error,
    explain: impl FnOnce(&str, Option<&[u8]>) -> Option<String>,
) -> io::Error {
    let text = e.to_string();
    let no_tls = e.get_ref().and_then(|inner| inner.downcast_ref::<NoTls>());
    match explain(&text, no_tls.map(|no_tls| &no_tls.sent[..])) {
        Some(meaning) => io::Error::new(e.kind(), format!("{meaning} ({text})")),
        None => e,
    }
}

/// Returns `true` for the start of a response, of a request, or of a page: some servers answer with
/// that alone.
fn is_http(sent: &[u8]) -> bool {
    let word = sent.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let asks = word > 0 && sent[word..].starts_with(b" /");
    asks || sent.starts_with(b"HTTP/") || sent.starts_with(b"<")
}

/// OpenSSL's words, in the versions 1.1 and 3, then `SChannel`'s, and those of `rustls`.
const UNKNOWN_ROOT: [&str; 8] = [
    "unable to get local issuer certificate",
    "unable to get issuer certificate",
    "unable to verify the first certificate",
    "self-signed certificate",
    "self signed certificate",
    "certificate signature failure",
    "issued by an authority that is not trusted",
    "UnknownIssuer",
];
const BAD_SIGNATURE: [&str; 1] = ["invalid peer certificate: BadSignature"];
const ROOT_ITSELF: [&str; 1] = ["CaUsedAsEndEntity"];
const WRONG_HOST: [&str; 5] = [
    "ostname mismatch",
    "IP address mismatch",
    "does not match",
    "name mismatch",
    "certificate not valid for name",
];
const EXPIRED: [&str; 4] = [
    "certificate has expired",
    "not within its validity period",
    "certificate expired: ",
    "invalid peer certificate: Expired",
];
const NOT_YET: [&str; 2] = ["certificate is not yet valid", "certificate not valid yet: "];
const OLD_FORM: [&str; 1] = ["UnsupportedCertVersion"];
const OTHER_ALGORITHM: [&str; 1] = ["invalid peer certificate: UnsupportedSignatureAlgorithm"];
const NOTHING_IN_COMMON: [&str; 1] = ["alert handshake failure"];
const DISTRUST: [&str; 5] = [
    "alert unknown ca",
    "alert bad certificate",
    "alert certificate unknown",
    "alert certificate expired",
    "alert unsupported certificate",
];
