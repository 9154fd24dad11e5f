//! What a program may have done wrong, where the failure alone does not say it.

use std::io::{self, ErrorKind};

use crate::error::Error;
use crate::proto::http::is_token;

/// Adds what may be wrong if a server leaves without a word: many that speak TLS do.
pub(super) fn with_hint(error: Error) -> Error {
    match error {
        Error::Lost(e)
            if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) =>
        {
            let text = format!("{e}; if this port speaks TLS, the URL begins with wss://");
            Error::Lost(io::Error::new(e.kind(), text))
        }
        error => error,
    }
}

/// Says what is wrong with a header that cannot be sent. Shows neither the value nor what stands
/// where it does not belong in the name: both may be secret.
pub(super) fn header_fault(name: &str, name_is_legal: bool) -> String {
    if name_is_legal {
        return format!(
            "the value of the header `{name}` has a line break or another control \
             character (RFC 9110 5.5)"
        );
    }
    let legal = |c: &char| is_token(c.encode_utf8(&mut [0; 4]));
    let front: String = name.chars().take_while(legal).collect();
    match name.chars().find(|c| !legal(c)) {
        Some(c) => format!(
            "a header's name begins with `{front}` and goes on with {c:?}, which no name has \
             (RFC 9110 5.1)"
        ),
        None if name.is_empty() => "a header's name is empty (RFC 9110 5.1)".to_owned(),
        None => "a header's name is too long".to_owned(),
    }
}
