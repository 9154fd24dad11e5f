//! What a program may have done wrong, where the failure alone does not say it.

use std::io::{self, ErrorKind};
use std::net::Ipv6Addr;

use crate::error::Error;
use crate::handshake::HungUp;
use crate::proto::http::is_token;
use crate::proto::url::Url;

/// Adds what may be wrong if a server leaves without a word: many that speak TLS do.
pub(super) fn with_hint(error: Error) -> Error {
    match error {
        Error::Lost(e)
            if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset)
                && !spoke_http(&e) =>
        {
            let text = format!("{e}; if this port speaks TLS, the URL begins with wss://");
            Error::Lost(io::Error::new(e.kind(), text))
        }
        error => error,
    }
}

fn spoke_http(e: &io::Error) -> bool {
    let place = e.get_ref().and_then(|e| e.downcast_ref());
    matches!(place, Some(HungUp::Within))
}

/// Adds that the last group of an address may be meant as the port, if nothing answers there.
pub(super) fn with_port(error: Error, url: &Url) -> Error {
    let Error::Connect(e) = error else { return error };
    let meant = url.host.rsplit_once(':').filter(|(address, port)| {
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 9);
        let names_no_port = url.authority.ends_with(']');
        is_port && names_no_port && address.parse::<Ipv6Addr>().is_ok()
    });
    Error::Connect(match meant {
        Some((address, port)) => {
            let scheme = if url.secure { "wss" } else { "ws" };
            let text = format!("{e}; if {port} is the port, write {scheme}://[{address}]:{port}/");
            io::Error::new(e.kind(), text)
        }
        None => e,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_the_brackets_is_found_where_nothing_answers() {
        for (url, meant) in [
            ("ws://[::1:9001]/", Some("; if 9001 is the port, write ws://[::1]:9001/")),
            (
                "wss://[2001:db8::1:443]",
                Some("; if 443 is the port, write wss://[2001:db8::1]:443/"),
            ),
            ("ws://[::1:9001]:81/", None),
            ("ws://[::1]/", None),
            ("ws://[2001:db8::8000]/", None),
            ("ws://[2001:db8::1:80a]/", None),
            ("ws://127.0.0.1/", None),
            ("ws://h:9001/", None),
        ] {
            let error = Error::Connect(io::Error::other("x"));
            let text = with_port(error, &Url::parse(url).unwrap()).to_string();
            assert_eq!(text, format!("cannot connect: x{}", meant.unwrap_or_default()), "{url}");
        }
        let late = with_port(Error::Timeout, &Url::parse("ws://[::1:9001]/").unwrap());
        assert!(late.is_timeout());
    }
}
