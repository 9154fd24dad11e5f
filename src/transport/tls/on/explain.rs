//! What a failed handshake means, and what to do about it.
//!
//! TLS libraries tell only by their texts why a certificate is not taken. A text that is not known
//! here stays as it is.

use std::io;

use super::greeting::NoTls;
use crate::io::is_timeout;
use crate::proto::bytes::first_line;

/// Says to a client what is wrong with the server, or what the server has against the client.
pub(super) fn to_client(e: io::Error, host: &str) -> io::Error {
    explained(e, |text, sent| {
        let Some(sent) = sent else {
            let meaning = look_up(text, OWN_CERTIFICATE).or_else(|| look_up(text, TO_CLIENT));
            return meaning.map(|meaning| meaning.replace("{host}", host));
        };
        let what = if is_http(sent) {
            "the server speaks plain HTTP; its URL begins with ws:// (http:// for a proxy), or it has another port"
        } else {
            &format!("the server sent {}; check host and port", first_line(sent))
        };
        Some(format!("no TLS at this port: {what}"))
    })
}

/// Says to a server what is wrong with the client, or what the client has against the server.
pub(super) fn to_server(e: io::Error) -> io::Error {
    explained(e, |text, sent| {
        let meaning = match sent {
            None => look_up(text, TO_SERVER)?,
            Some(sent) if is_http(sent) => {
                "no TLS from the client: it speaks plain HTTP; its URL has to begin with wss:// or https://"
            }
            // What it is may be secret, and this text goes into the log.
            Some(_) => "no TLS from the client: it speaks another protocol",
        };
        Some(meaning.to_owned())
    })
}

/// Says what an alert means that came after the handshake was done on this side. A server with TLS 1.3
/// looks at the client's certificate only then.
pub(super) fn later(e: io::Error) -> io::Error {
    // These are no failures, and there may be many.
    if is_timeout(&e) {
        return e;
    }
    explained(e, |text, _| look_up(text, OWN_CERTIFICATE).map(str::to_owned))
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

/// What libraries say, and what it means.
type Meanings = [(&'static [&'static str], &'static str)];

fn look_up(text: &str, meanings: &Meanings) -> Option<&'static str> {
    let said = |words: &[&str]| words.iter().any(|words| text.contains(words));
    meanings.iter().find(|(words, _)| said(words)).map(|(_, meaning)| *meaning)
}

/// What a server says of a client's certificate (RFC 8446 §6.2).
const OWN_CERTIFICATE: &Meanings = &[
    (
        &["alert certificate required"],
        "the server requires a certificate of its clients: give the client an `identity`",
    ),
    (
        &["alert unknown ca"],
        "the server does not trust the authority that signed this client's certificate, its `identity`: \
         have one signed by an authority that the server trusts",
    ),
    (
        &["alert certificate expired"],
        "this client's certificate, its `identity`, has expired: have it renewed",
    ),
    (
        &["alert certificate revoked"],
        "this client's certificate, its `identity`, was withdrawn: have another made",
    ),
    (
        &[
            "alert bad certificate",
            "alert certificate unknown",
            "alert unsupported certificate",
            "alert access denied",
            // A signature does not fit.
            "alert decrypt error",
        ],
        "the server does not take this client's certificate, its `identity`",
    ),
];

const TO_CLIENT: &Meanings = &[
    (
        UNKNOWN_ROOT,
        "the certificate of {host} is not trusted: it was signed by no root certificate that this side \
         knows; give the one that signed it, or the certificate itself if it has signed itself, to \
         root_certificate_pem",
    ),
    (
        &["invalid peer certificate: BadSignature"],
        "the certificate of {host} is not trusted: a signature does not fit. Either another root of the \
         same name has signed it, which root_certificate_pem takes, or the server does not have the \
         certificate's key",
    ),
    (
        ROOT_ITSELF,
        "the certificate of {host} is that of an authority (CA:TRUE): have another signed by it for {host}, \
         or make one with CA:FALSE",
    ),
    (
        &[
            "ostname mismatch",
            "IP address mismatch",
            "does not match",
            "name mismatch",
            "certificate not valid for name",
        ],
        "the certificate is not for {host}: use a name that it is for, or have one made for {host}",
    ),
    (
        &["UnsupportedCertVersion"],
        "the certificate of {host} is of X.509 version 1, which cannot name a server: have it made anew \
         with a subjectAltName",
    ),
    (
        &["invalid peer certificate: UnsupportedSignatureAlgorithm"],
        "the certificate of {host} was signed in a way, or has a kind of key, that rustls does not take: \
         have another made, with RSA and SHA-256 or ECDSA on P-256, or use native-tls",
    ),
    (
        OTHER_PURPOSE,
        "the certificate of {host} is not for servers (extendedKeyUsage): have one made with serverAuth",
    ),
    (
        EXPIRED,
        "the certificate of {host} has expired: it has to be renewed, unless the clock of this machine is \
         wrong",
    ),
    (NOT_YET, "the certificate of {host} is not valid yet: check the clock of this machine"),
    (
        NO_VERSION,
        "{host} and this client have no version of TLS in common; the client's oldest is TLS 1.2 by \
         default, and a server by OpenSSL and native-tls has none after that",
    ),
    (
        NO_PROTOCOL,
        "{host} speaks other protocols at this port than http/1.1, with which a WebSocket begins (RFC 7301)",
    ),
    (
        &["alert handshake failure"],
        "{host} and this client have nothing in common: the kind of the server's key, a cipher suite or a \
         curve; or the server requires a certificate of its clients",
    ),
];

const TO_SERVER: &Meanings = &[
    (
        &[
            "alert unknown ca",
            "alert bad certificate",
            "alert certificate unknown",
            "alert certificate expired",
            "alert certificate revoked",
            "alert unsupported certificate",
            "alert access denied",
            "alert decrypt error",
        ],
        "the client does not take this server's certificate",
    ),
    (
        &["peer sent no certificates"],
        "the client has shown no certificate, and this server requires one (client_certificates)",
    ),
    (NO_VERSION, "the client and this server have no version of TLS in common"),
    (NO_PROTOCOL, "the client does not offer http/1.1, with which a WebSocket begins (RFC 7301)"),
    (
        &["NoCipherSuitesInCommon", "no shared cipher", "SignatureAlgorithmsExtensionRequired"],
        "the client and this server have no cipher suite in common; an old client needs native-tls",
    ),
    (
        UNKNOWN_ROOT,
        "the client's certificate was signed by no root certificate that client_certificates names",
    ),
    (
        &["invalid peer certificate: BadSignature"],
        "a signature of the client's certificate does not fit: another root of the same name has signed \
         it, or the client does not have its key",
    ),
    (EXPIRED, "the client's certificate has expired, unless the clock of this machine is wrong"),
    (NOT_YET, "the client's certificate is not valid yet; check the clock of this machine"),
    (
        ROOT_ITSELF,
        "the client's certificate is that of an authority (CA:TRUE); have another signed by it",
    ),
    (
        OTHER_PURPOSE,
        "the client's certificate is not for clients (extendedKeyUsage); have one made with clientAuth",
    ),
    (&["invalid peer certificate: Revoked"], "the client's certificate was withdrawn"),
    (&["invalid peer certificate"], "the client's certificate cannot be used"),
];

/// OpenSSL's words, in the versions 1.1 and 3, then `SChannel`'s, and those of `rustls`.
const UNKNOWN_ROOT: &[&str] = &[
    "unable to get local issuer certificate",
    "unable to get issuer certificate",
    "unable to verify the first certificate",
    "self-signed certificate",
    "self signed certificate",
    "certificate signature failure",
    "issued by an authority that is not trusted",
    "UnknownIssuer",
];
const ROOT_ITSELF: &[&str] = &["CaUsedAsEndEntity"];
const EXPIRED: &[&str] = &[
    "certificate has expired",
    "not within its validity period",
    "certificate expired: ",
    "invalid peer certificate: Expired",
];
const NOT_YET: &[&str] = &["certificate is not yet valid", "certificate not valid yet: "];
const OTHER_PURPOSE: &[&str] = &[
    "unsupported certificate purpose",
    "unsuitable certificate purpose",
    "certificate does not allow extended key usage",
];
const NO_VERSION: &[&str] = &[
    "alert protocol version",
    "unsupported protocol",
    "SupportedVersionsExtensionRequired",
    "ServerDoesNotSupportTls12Or13",
    "Tls12NotOffered",
    "ServerTlsVersionIsDisabledByOurConfig",
];
const NO_PROTOCOL: &[&str] =
    &["no application protocol", "peer doesn't support any known protocol"];
