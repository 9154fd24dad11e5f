use super::*;

#[cfg(feature = "deflate")]
mod compressed;

const SHOWS: Shows = Shows { bytes: 128, secrets: false };
const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

/// What an end that is a server logs of the bytes that it has sent (`>`) and received (`<`).
fn lines(steps: &[(char, &[u8])], most: usize) -> Vec<String> {
    let mut decoder = Decoder::new(Role::Server, SHOWS);
    let mut lines = Vec::new();
    let mut out = |passed: Passed| lines.push(passed.to_string());
    for (mark, bytes) in steps {
        let way = if *mark == '>' { Way::Sent } else { Way::Received };
        for part in bytes.chunks(most) {
            decoder.push(way, part, &mut out);
        }
        if bytes.is_empty() {
            decoder.end(way, None, &mut out);
        }
    }
    lines
}

#[track_caller]
fn assert_lines(rule: &str, steps: &[(char, &[u8])], want: &[&str]) {
    for most in [usize::MAX, 1, 3] {
        assert_eq!(lines(steps, most), want, "{rule}, by {most}");
    }
}

/// Frames of a server, which need no mask, and their lines.
const BROKEN: [(&str, &[u8], &[&str]); 23] = [
    ("legal", b"\x81\x02hi", &["-> TEXT   fin len=2 \"hi\""]),
    ("empty", b"\x82\x00", &["-> BINARY fin len=0"]),
    ("binary", b"\x82\x03a\x00\xff", &["-> BINARY fin len=3 6100ff"]),
    (
        "in parts, a ping between",
        b"\x01\x01a\x89\x01p\x80\x01b",
        &["-> TEXT   len=1 \"a\"", "-> PING   fin len=1 \"p\"", "-> CONT   fin len=1 \"b\""],
    ),
    (
        "a key",
        b"\x81\x81\0\0\0\0a",
        &[
            "-> TEXT   fin len=1 mask=00000000 \"a\"  (RFC 6455 §5.1: a server must not mask a frame)",
        ],
    ),
    (
        "rsv2",
        b"\xa1\x01a",
        &["-> TEXT   fin rsv2 len=1 \"a\"  (RFC 6455 §5.2: a reserved bit that no extension uses)"],
    ),
    (
        "rsv3",
        b"\x91\x01a",
        &["-> TEXT   fin rsv3 len=1 \"a\"  (RFC 6455 §5.2: a reserved bit that no extension uses)"],
    ),
    (
        "opcode 3",
        b"\x83\x01a",
        &["-> OPCODE 3 fin len=1 61  (RFC 6455 §5.2: an opcode that is not defined)"],
    ),
    (
        "opcode 11",
        b"\x8b\x01a",
        &["-> OPCODE 11 fin len=1 \"a\"  (RFC 6455 §5.2: an opcode that is not defined)"],
    ),
    (
        "a long form",
        b"\x82\x7e\x00\x01a",
        &[
            "-> BINARY fin len=1 in 16 bits 61  (RFC 6455 §5.2: the length is not in its shortest form)",
        ],
    ),
    (
        "nothing to continue",
        b"\x80\x01a",
        &["-> CONT   fin len=1 61  (RFC 6455 §5.4: there is no message to continue)"],
    ),
    (
        "within a message",
        b"\x01\x01a\x82\x01b",
        &[
            "-> TEXT   len=1 \"a\"",
            "-> BINARY fin len=1 62  (RFC 6455 §5.4: the message before it is not finished)",
        ],
    ),
    (
        "a ping in parts",
        b"\x09\x01a",
        &["-> PING   len=1 \"a\"  (RFC 6455 §5.5: a control frame must not be in parts)"],
    ),
    (
        "half a code",
        b"\x88\x01\x03",
        &["-> CLOSE  fin len=1 \"\\u{3}\"  (RFC 6455 §5.5.1: a close code has two bytes)"],
    ),
    ("no code", b"\x88\x00", &["-> CLOSE  fin len=0"]),
    ("code and reason", b"\x88\x05\x03\xe8bye", &["-> CLOSE  fin len=5 1000 \"bye\""]),
    (
        "code 1005",
        b"\x88\x02\x03\xed",
        &["-> CLOSE  fin len=2 1005  (RFC 6455 §7.4: this close code may not be sent)"],
    ),
    ("code 4999", b"\x88\x02\x13\x87", &["-> CLOSE  fin len=2 4999"]),
    (
        "a reason of no text",
        b"\x88\x03\x03\xe8\xff",
        &["-> CLOSE  fin len=3 1000 \"\\xff\"  (RFC 6455 §8.1: the text is not UTF-8)"],
    ),
    (
        "behind a Close",
        b"\x88\x00\x81\x01a",
        &[
            "-> CLOSE  fin len=0",
            "-> TEXT   fin len=1 \"a\"  (RFC 6455 §5.5.1: no data may follow a Close frame)",
        ],
    ),
    (
        "no text",
        b"\x81\x01\xff",
        &["-> TEXT   fin len=1 \"\\xff\"  (RFC 6455 §8.1: the text is not UTF-8)"],
    ),
    (
        "no text, in parts",
        b"\x01\x01\xc3\x80\x01a",
        &[
            "-> TEXT   len=1 \"\\xc3\"",
            "-> CONT   fin len=1 \"a\"  (RFC 6455 §8.1: the text is not UTF-8)",
        ],
    ),
    (
        "a character in parts",
        b"\x01\x01\xc3\x80\x01\xa9",
        &["-> TEXT   len=1 \"\\xc3\"", "-> CONT   fin len=1 \"\\xa9\""],
    ),
];

#[test]
fn each_rule_that_can_be_broken_stands_beside_its_frame() {
    let high = [&[0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 1][..], b"x"].concat();
    for (rule, bytes, want) in BROKEN {
        assert_lines(rule, &[('>', bytes)], want);
    }
    assert_lines(
        "the highest bit, of which no payload is ever whole",
        &[('>', &high[..]), ('>', b"")],
        &[
            "-> BINARY fin len=9223372036854775809, of which 1 came 78  \
             (RFC 6455 §5.2: the highest bit of the length is set)",
            "-> FIN  (RFC 6455 §7.1.5: the end in the middle of a frame)",
        ],
    );
    assert_lines(
        "a pong behind a Close, which is no data",
        &[('>', b"\x88\x00\x8a\x00")],
        &["-> CLOSE  fin len=0", "-> PONG   fin len=0"],
    );
    let large = [&[0x89, 0x7E, 0, 126][..], &[b'p'; 126]].concat();
    let line = lines(&[('>', &large)], usize::MAX).concat();
    assert!(line.ends_with("(RFC 6455 §5.5: a control frame has at most 125 bytes)"), "{line}");
    assert_lines(
        "a client without a key",
        &[('<', b"\x81\x01a")],
        &["<- TEXT   fin len=1 \"a\"  (RFC 6455 §5.1: a client must mask each frame)"],
    );
    assert_lines(
        "a client with a key",
        &[('<', b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")],
        &["<- TEXT   fin len=5 mask=37fa213d \"Hello\""],
    );
}

#[test]
fn what_the_end_of_a_direction_breaks() {
    for (rule, bytes, want) in [
        ("no frame at all", &b""[..], "-> FIN  (RFC 6455 §7.1.5: the end without a Close frame)"),
        (
            "after a message",
            b"\x81\x00",
            "-> FIN  (RFC 6455 §7.1.5: the end without a Close frame)",
        ),
        (
            "within a message",
            b"\x01\x00",
            "-> FIN  (RFC 6455 §7.1.5: the end in the middle of a message)",
        ),
        ("within a header", b"\x81", "-> FIN  (RFC 6455 §7.1.5: the end in the middle of a frame)"),
        (
            "within a payload",
            b"\x81\x02a",
            "-> FIN  (RFC 6455 §7.1.5: the end in the middle of a frame)",
        ),
        ("after a Close", b"\x88\x00", "-> FIN"),
    ] {
        // The 101 is of no matter to this.
        let steps = [('>', &b"HTTP/1.1 101 S\r\n\r\n"[..]), ('>', bytes), ('>', b""), ('>', b"")];
        let steps = if bytes.is_empty() { &steps[..3] } else { &steps[..] };
        let lines = lines(steps, usize::MAX);
        assert_eq!(lines.last().map(String::as_str), Some(want), "{rule}: {lines:?}");
    }
}

#[test]
fn a_handshake_says_what_follows_it() {
    let accept = &b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x02hi"[..];
    let request = "<- GET /chat HTTP/1.1 | Host: h | Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | \
                   Sec-WebSocket-Extensions: permessage-deflate";
    let accepted = "-> HTTP/1.1 101 Switching Protocols | \
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert_lines(
        "a grant, after an interim response and before a frame",
        &[('<', REQUEST), ('>', accept)],
        &[request, "-> HTTP/1.1 103 Early Hints", accepted, "-> TEXT   fin len=2 \"hi\""],
    );
    assert_lines(
        "a wrong answer to the key",
        &[('<', REQUEST), ('>', b"HTTP/1.1 101 S\r\nSec-WebSocket-Accept: x\r\n\r\n")],
        &[
            request,
            "-> HTTP/1.1 101 S | Sec-WebSocket-Accept: x  \
             (RFC 6455 §4.2.2: Sec-WebSocket-Accept does not fit the key)",
        ],
    );
    assert_lines(
        "a refusal",
        &[('<', REQUEST), ('>', b"HTTP/1.1 404 N\r\n\r\nno room\n"), ('>', b"")],
        &[request, "-> HTTP/1.1 404 N", "-> BYTES  len=8", "-> FIN"],
    );
    assert_lines(
        "an answer without a status",
        &[('<', REQUEST), ('>', b"HTTP/1.1 abc\r\n\r\nno room\n"), ('>', b"")],
        &[request, "-> HTTP/1.1 abc", "-> BYTES  len=8", "-> FIN"],
    );
    assert_lines(
        "no WebSocket",
        &[('<', b"POST / HTTP/1.1\r\n\r\n\x81\x01a"), ('<', b"")],
        &["<- POST / HTTP/1.1", "<- BYTES  len=3", "<- FIN"],
    );
    assert_lines(
        "a client that leaves before it has an answer",
        &[('<', REQUEST), ('<', b"")],
        &[request, "<- FIN"],
    );
    assert_lines(
        "TLS",
        &[('<', b"\x16\x03\x01\x00\x05hello"), ('<', b"")],
        &["<- BYTES  len=10", "<- FIN"],
    );
    let long = [&b"GET /?k=v HTTP/1.1\r\nCookie: id=s3cret\r\nX: "[..], &vec![b'a'; 80 << 10][..]];
    let long = long.concat();
    let lines = lines(&[('<', &long), ('<', b"")], 1000);
    assert_eq!(
        lines[0],
        "<- GET /?k=(hidden) HTTP/1.1 | Cookie: (hidden) | X: (hidden)  \
         (RFC 9112 §2.1: the head is not whole)"
    );
    assert!(lines[1].starts_with("<- BYTES  len="), "{lines:?}");
    assert_lines(
        "a client that leaves within its head",
        &[('<', b"GET / HTTP/1.1\r\nAuthorization: Basic s3cret\r\n"), ('<', b"")],
        &[
            "<- GET / HTTP/1.1 | Authorization: (hidden)  (RFC 9112 §2.1: the head is not whole)",
            "<- FIN",
        ],
    );
}

/// A first frame may begin like a method, and come byte by byte.
#[test]
fn what_begins_like_a_head_need_not_be_one() {
    for start in ["GET ", "POST ", "DELETE ", "HTTP/", "\x16\x03"] {
        for len in 0..start.len() {
            for behind in [&b""[..], b"X", b"\x01a\x81\x00", &[0; 40]] {
                let bytes = [&start.as_bytes()[..len], behind].concat();
                let both = [('<', &bytes[..]), ('<', b""), ('>', &bytes[..]), ('>', b"")];
                let whole = lines(&both, usize::MAX);
                for most in 1..=8 {
                    assert_eq!(lines(&both, most), whole, "{bytes:?} by {most}");
                }
            }
        }
    }
}

/// What another extension does with the reserved bits is not known here.
#[test]
fn another_extension_may_use_any_reserved_bit() {
    assert_lines(
        "agreed on",
        &[
            ('>', b"HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: x-mine\r\n\r\n"),
            ('>', b"\xa1\x01a"),
        ],
        &["-> HTTP/1.1 101 S | Sec-WebSocket-Extensions: x-mine", "-> TEXT   fin rsv2 len=1 \"a\""],
    );
}

#[test]
fn a_payload_is_shown_in_part_and_counted_whole() {
    let frame = [&[0x81, 0x7E, 0x01, 0x00][..], &[b'a'; 256]].concat();
    let want = format!("-> TEXT   fin len=256 \"{}\"...", "a".repeat(64));
    assert_lines("text", &[('>', &frame)], &[&want]);
}

/// Neither can end a line or make it endless, nor make the decoder panic.
#[test]
fn whatever_comes_makes_lines() {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    for _ in 0..2000 {
        let bytes: Vec<u8> = (0..random()).map(|_| random()).collect();
        for start in [&b""[..], REQUEST, b"HTTP/1.1 101 S\r\n\r\n", b"\xc1\x7e\x00\x80"] {
            for line in lines(&[('<', start), ('<', &bytes), ('>', start), ('>', &bytes)], 16) {
                assert!(!line.contains(|c: char| c.is_control()) && line.len() < 2000, "{line}");
            }
        }
    }
}
