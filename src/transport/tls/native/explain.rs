//! What a failed handshake means, and what to do about it.
//!
//! TLS libraries tell only by their texts why a certificate is not taken. A text that is not known
//! here stays as it is.

use std::io;

use super::handshake::PLAIN_TEXT;

/// Says to a client what is wrong with the server.
pub(super) fn to_client(e: io::Error, host: &str) -> io::Error {
    explained(e, |text| {
        let any = |known: &[&str]| known.iter().any(|known| text.contains(known));
        Some(if text.ends_with(PLAIN_TEXT) {
            "no TLS at this port: the URL of this server begins with ws://, or it has another port"
                .to_owned()
        } else if any(&UNKNOWN_ROOT) {
            format!(
                "the certificate of {host} is not trusted: it was signed by no root certificate that \
                 this side knows; give the one that signed it to root_certificate_pem"
            )
        } else if any(&WRONG_HOST) {
            format!(
                "the certificate is not for {host}: use a name that it is for, or have one made for \
                 {host}"
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
    explained(e, |text| {
        let distrusts = |alert: &&str| text.contains(*alert);
        Some(if text.ends_with(PLAIN_TEXT) {
            "no TLS from the client: its URL has to begin with wss:// or https://".to_owned()
        } else if DISTRUST.iter().any(distrusts) {
            "the client does not take this server's certificate".to_owned()
        } else {
            return None;
        })
    })
}

fn explained(e: io::Error, explain: impl FnOnce(&str) -> Option<String>) -> io::Error {
    let text = e.to_string();
    match explain(&text) {
        Some(meaning) => io::Error::new(e.kind(), format!("{meaning} ({text})")),
        None => e,
    }
}

/// OpenSSL's words, in the versions 1.1 and 3, and then `SChannel`'s.
const UNKNOWN_ROOT: [&str; 7] = [
    "unable to get local issuer certificate",
    "unable to get issuer certificate",
    "unable to verify the first certificate",
    "self-signed certificate",
    "self signed certificate",
    "certificate signature failure",
    "issued by an authority that is not trusted",
];
const WRONG_HOST: [&str; 4] =
    ["ostname mismatch", "IP address mismatch", "does not match", "name mismatch"];
const EXPIRED: [&str; 2] = ["certificate has expired", "not within its validity period"];
const NOT_YET: [&str; 1] = ["certificate is not yet valid"];
const DISTRUST: [&str; 5] = [
    "alert unknown ca",
    "alert bad certificate",
    "alert certificate unknown",
    "alert certificate expired",
    "alert unsupported certificate",
];
