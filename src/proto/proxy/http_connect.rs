//! Asks an HTTP proxy for a tunnel: CONNECT (RFC 9110 §9.3.6).

use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{Response, StatusCode};

use crate::proto::http::write_header;
use crate::proto::url::{Credentials, Url};

/// The meaning of a response to CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectAnswer {
    /// The tunnel begins after the head, whatever the headers say of a body.
    Open,
    /// The final response is still to arrive (RFC 9110 §15.2).
    Interim,
    Refused,
}

/// Writes the request. It always names the port.
pub(crate) fn write_connect(url: &Url, credentials: Option<&Credentials>) -> Vec<u8> {
    let place = place(url);
    let mut head = format!("CONNECT {place} HTTP/1.1\r\n").into_bytes();
    write_header(&mut head, &HOST, place.as_bytes());
    if let Some(credentials) = credentials {
        write_header(&mut head, &PROXY_AUTHORIZATION, credentials.basic().as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

pub(crate) fn judge_connect(response: &Response<()>) -> ConnectAnswer {
    match response.status() {
        status if status.is_success() => ConnectAnswer::Open,
        // A proxy has no other protocol to switch to.
        StatusCode::SWITCHING_PROTOCOLS => ConnectAnswer::Refused,
        status if status.is_informational() => ConnectAnswer::Interim,
        _ => ConnectAnswer::Refused,
    }
}

fn place(Url { host, port, .. }: &Url) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_section_9_3_6_the_request() {
        let (credentials, _) = Credentials::split("Aladdin:open%20sesame@").unwrap();
        let basic = "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
        for (url, place) in [
            ("ws://h/a?b", "h:80"),
            ("wss://ali:sesame@h/", "h:443"),
            ("wss://[::1]:9001/", "[::1]:9001"),
            ("wss://Ex.Com./", "Ex.Com.:443"),
            ("wss://[fe80::1%25eth0]/", "[fe80::1]:443"),
            ("ws://127.0.0.1:1", "127.0.0.1:1"),
        ] {
            let url = Url::parse(url).unwrap();
            let plain = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
            assert_eq!(write_connect(&url, None), format!("{plain}\r\n").as_bytes());
            let known = String::from_utf8(write_connect(&url, credentials.as_ref())).unwrap();
            assert_eq!(known, format!("{plain}{basic}\r\n"));
        }
    }

    #[test]
    fn rfc_9110_section_9_3_6_the_answers() {
        for (status, want) in [
            (200, ConnectAnswer::Open),
            (204, ConnectAnswer::Open),
            (100, ConnectAnswer::Interim),
            (103, ConnectAnswer::Interim),
            (101, ConnectAnswer::Refused),
            (301, ConnectAnswer::Refused),
            (407, ConnectAnswer::Refused),
            (503, ConnectAnswer::Refused),
        ] {
            let response = Response::builder().status(status).body(()).unwrap();
            assert_eq!(judge_connect(&response), want, "{status}");
        }
    }
}
