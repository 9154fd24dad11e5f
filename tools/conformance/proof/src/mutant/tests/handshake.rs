//! Requests, as a server judges them.

use super::{REQUEST, served};
use crate::mutant::{Flag, Flags};

fn status(flags: Flags, lines: &str) -> (String, String) {
    let (head, _) = served(flags, lines, b"");
    (head.get(9..12).unwrap_or_default().to_owned(), head)
}

#[test]
fn rfc_6455_section_4_2_1_requests() {
    for (from, to, want) in [
        ("", "", "101"),
        ("Upgrade: websocket", "uPGRADE:h2c,\tWebSocket", "101"),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: x, upgrade", "101"),
        ("GET /", "GET http://localhost/?q=1", "101"),
        ("GET", "POST", "405"),
        ("HTTP/1.1", "HTTP/1.0", "400"),
        ("Host: localhost\r\n", "", "400"),
        ("Host: localhost", "Host: a\r\nHost: a", "400"),
        ("Upgrade: websocket\r\n", "", "426"),
        ("Upgrade: websocket", "Upgrade: websocketx", "400"),
        ("Connection: Upgrade", "Connection: upgradex", "400"),
        ("Version: 13", "Version: 8", "426"),
        ("Version: 13", "Version: 13, 8", "426"),
        ("Sec-WebSocket-Version: 13\r\n", "", "400"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", "400"),
        ("Host: localhost", "Host: localhost\r\nContent-Length: 5", "400"),
        ("Host: localhost", "Host: localhost\r\nTransfer-Encoding: chunked", "400"),
        ("Host:", "Host :", "400"),
        ("Host: localhost", "Host: localhost\r\nX: a\r\n b", "400"),
    ] {
        let (status, head) = status(Flags::NONE, &REQUEST.replacen(from, to, 1));
        assert_eq!(status, want, "{from} -> {to}");
        assert_eq!(status == "426", head.contains("Sec-WebSocket-Version: 13"), "{to}");
    }
}

#[test]
fn each_flag_answers_otherwise() {
    let with = |lines: &str| format!("{REQUEST}{lines}\r\n");
    let two_lines = REQUEST.replace("Connection:", "Connection: keep-alive\r\nConnection:");
    let old = REQUEST.replace("Version: 13", "Version: 8");
    let quiet = REQUEST.replace("Upgrade: websocket", "Upgrade: WebSocket");
    for (flag, request, strict, broken) in [
        (Flag::Refuse, REQUEST.to_owned(), "101 Switching", "403"),
        (Flag::CloseAtOnce, REQUEST.to_owned(), "101 Switching", ""),
        (Flag::CaseSensitiveHeaders, quiet, "101 Switching", "400"),
        (Flag::FirstConnectionLineOnly, two_lines, "101 Switching", "400"),
        (Flag::WrongVersionNoHeader, old, "Sec-WebSocket-Version: 13", "426"),
        (Flag::AnySubprotocol, REQUEST.to_owned(), "Accept", "Sec-WebSocket-Protocol: mutant"),
        (
            Flag::AnyExtension,
            with("Sec-WebSocket-Extensions: x-unknown; a=1"),
            "Accept",
            "Sec-WebSocket-Extensions: x-unknown; a=1",
        ),
    ] {
        let (_, kept) = status(Flags::NONE, &request);
        let (_, told) = status(flag.into(), &request);
        assert!(kept.contains(strict), "{flag}: {kept}");
        assert!(told.contains(broken), "{flag}: {told}");
        assert_ne!(kept, told, "{flag}");
    }
}

#[test]
fn frames_may_come_along_with_the_request() {
    use blocking_ws::Role;
    use blocking_ws::testing::RawFrame;

    let frame = RawFrame::text("a").to_bytes(Role::Client);
    for (flags, want) in [(Flags::NONE, "T:a"), (Flag::LosesGlued.into(), "")] {
        assert_eq!(super::shown(&super::glued(flags, &frame)), want);
    }
}
