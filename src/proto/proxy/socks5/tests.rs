//! The bytes that are sent, and rows of answers, whole and byte by byte.

use super::*;

fn ali() -> Credentials {
    Credentials { user: b"ali".to_vec(), password: b"sesame".to_vec() }
}

fn begin(host: &str, credentials: Option<&Credentials>) -> (Socks, Vec<u8>) {
    Socks::begin(SocksAddress::parse(host), 0x1f90, credentials).unwrap()
}

/// Returns all that is sent, or the error. `answers` are the proxy's messages in order.
fn talk(
    credentials: Option<&Credentials>,
    answers: &[&[u8]],
    piece: usize,
) -> Result<Vec<Vec<u8>>, String> {
    let (mut socks, greeting) = begin("h", credentials);
    let mut sent = vec![greeting];
    for answer in answers {
        let mut pieces = answer.chunks(piece).peekable();
        while let Some(piece) = pieces.next() {
            match socks.push(piece).map_err(|e| format!("{e:?}"))? {
                SocksStep::Read => {}
                SocksStep::Send(bytes) => sent.push(bytes),
                SocksStep::Open => {
                    assert_eq!(pieces.peek(), None, "it is open too early");
                    return Ok(sent);
                }
            }
        }
    }
    Err("it waits".into())
}

#[test]
fn rfc_1928_section_4_requests_of_all_types_of_address() {
    let long = "x".repeat(255);
    for (host, want) in [
        ("127.0.0.1", &b"\x05\x01\0\x01\x7f\0\0\x01\x1f\x90"[..]),
        ("2001:db8::1", b"\x05\x01\0\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x1f\x90"),
        ("example.com", b"\x05\x01\0\x03\x0bexample.com\x1f\x90"),
        (&long, &[b"\x05\x01\0\x03\xff", long.as_bytes(), b"\x1f\x90"].concat()),
    ] {
        assert_eq!(request(SocksAddress::parse(host), 0x1f90).as_deref(), Some(want), "{host}");
    }
    let too_long = "x".repeat(256);
    let begun = Socks::begin(SocksAddress::Name(&too_long), 80, None);
    assert_eq!(begun.map(|(_, greeting)| greeting), Err(UrlError::HostLength));
}

#[test]
fn rfc_1928_section_3_what_is_offered() {
    assert_eq!(begin("h", None).1, b"\x05\x01\0");
    assert_eq!(begin("h", Some(&ali())).1, b"\x05\x02\0\x02");
}

#[test]
fn rfc_1928_conversations_that_go_well() {
    let (greeting, offer) = (b"\x05\x01\0".to_vec(), b"\x05\x02\0\x02".to_vec());
    let request = b"\x05\x01\0\x03\x01h\x1f\x90".to_vec();
    let login = b"\x01\x03ali\x06sesame".to_vec();
    let v4 = b"\x05\0\0\x01\x7f\0\0\x01\0\x50";
    let v6 = b"\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50";
    for (rule, known, answers, want) in [
        ("nobody is asked", false, vec![&b"\x05\0"[..], v4], vec![&greeting, &request]),
        ("a v6 address", false, vec![b"\x05\0", v6], vec![&greeting, &request]),
        ("a name", false, vec![b"\x05\0", b"\x05\0\0\x03\x02ab\0\x50"], vec![&greeting, &request]),
        ("no name", false, vec![b"\x05\0", b"\x05\0\0\x03\0\0\x50"], vec![&greeting, &request]),
        ("none is needed", true, vec![b"\x05\0", v4], vec![&offer, &request]),
        ("a login", true, vec![b"\x05\x02", b"\x01\0", v4], vec![&offer, &login, &request]),
    ] {
        let ali = known.then(ali);
        for piece in [1, usize::MAX] {
            let sent = talk(ali.as_ref(), &answers, piece);
            let want = want.iter().copied().cloned().collect();
            assert_eq!(sent, Ok(want), "{rule}, {piece}");
        }
    }
}

#[test]
fn rfc_1928_conversations_that_do_not() {
    let ok = &b"\x05\0"[..];
    let malformed = "Malformed";
    for (rule, known, answers, want) in [
        ("HTTP", false, vec![&b"HTTP/1.1 400"[..]], malformed),
        ("SOCKS4", false, vec![b"\0\x5a"], malformed),
        ("no method", false, vec![b"\x05\xff"], "Authentication"),
        ("no method, with a login", true, vec![b"\x05\xff"], "Authentication"),
        ("one that was not offered", false, vec![b"\x05\x02"], "Authentication"),
        ("GSSAPI", true, vec![b"\x05\x01"], "Authentication"),
        ("half a method", false, vec![b"\x05"], "it waits"),
        ("more than a method", false, vec![b"\x05\0\x05"], malformed),
        ("a bad login", true, vec![b"\x05\x02", b"\x01\x01"], "Credentials"),
        ("half a login", true, vec![b"\x05\x02", b"\x01"], "it waits"),
        ("another login", true, vec![b"\x05\x02", b"\x05\0"], malformed),
        ("more than a login", true, vec![b"\x05\x02", b"\x01\0\x05"], malformed),
        ("refused", false, vec![ok, b"\x05\x02\0\x01\0\0\0\0\0\0"], "Reply(2)"),
        ("refused in short", false, vec![ok, b"\x05\x05"], "Reply(5)"),
        ("another version", false, vec![ok, b"\x04\0\0\x01"], malformed),
        ("another type", false, vec![ok, b"\x05\0\0\x02\0"], malformed),
        ("half a reply", false, vec![ok, b"\x05\0\0\x01\0\0\0\0\0"], "it waits"),
        ("half a name", false, vec![ok, b"\x05\0\0\x03\x05abcd"], "it waits"),
    ] {
        let ali = known.then(ali);
        for piece in [1, usize::MAX] {
            let outcome = talk(ali.as_ref(), &answers, piece);
            // Byte by byte, bytes after a message are taken for the next message, or never read.
            let late = piece == 1 && rule.starts_with("more");
            let right = outcome.as_ref().is_err_and(|e| e.starts_with(want));
            assert!(right || late, "{rule}, {piece}: {outcome:?}");
        }
    }
    let behind = [ok, b"\x05\0\0\x01\0\0\0\0\0\x50HTTP/1.1 101"];
    let outcome = talk(None, &behind, usize::MAX).unwrap_err();
    assert!(outcome.starts_with("Malformed(\"bytes came behind"), "{outcome}");
}

#[test]
fn nothing_of_a_login_is_shown() {
    let error = talk(Some(&ali()), &[b"\x05\x02", b"\x01\x01"], 1).unwrap_err();
    assert!(!error.contains("ali") && !error.contains("sesame"), "{error}");
}
