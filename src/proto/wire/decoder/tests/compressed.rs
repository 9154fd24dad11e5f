//! Messages that are compressed (RFC 7692).

use super::*;

/// The `Hello` of RFC 7692 §7.2.3.1.
const HELLO: &[u8] = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";

#[test]
fn compressed_messages_are_inflated() {
    let agreed = &b"HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"[..];
    let first = "-> HTTP/1.1 101 S | Sec-WebSocket-Extensions: permessage-deflate";
    for (rule, frames, want) in [
        ("whole", HELLO, vec!["-> TEXT   fin rsv1 len=7 inflated=5 \"Hello\""]),
        (
            "in parts",
            b"\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00",
            vec![
                "-> TEXT   rsv1 len=3 inflated=2 \"He\"",
                "-> CONT   fin len=4 inflated=3 \"llo\"",
            ],
        ),
        (
            "again, by a reference (7.2.3.2)",
            b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00",
            vec![
                "-> TEXT   fin rsv1 len=7 inflated=5 \"Hello\"",
                "-> TEXT   fin rsv1 len=5 inflated=5 \"Hello\"",
            ],
        ),
        ("not compressed", b"\x81\x02hi", vec!["-> TEXT   fin len=2 \"hi\""]),
        (
            "RSV1 on a continuation",
            b"\x01\x01a\xc0\x01b",
            vec![
                "-> TEXT   len=1 \"a\"",
                "-> CONT   fin rsv1 len=1 \"b\"  (RFC 7692 §6.1: only a message's first frame has RSV1)",
            ],
        ),
        (
            "RSV1 on a ping",
            b"\xc9\x01a",
            vec![
                "-> PING   fin rsv1 len=1 \"a\"  (RFC 7692 §6.1: a control frame must not have RSV1)",
            ],
        ),
        (
            "no DEFLATE, and nothing after it either",
            b"\xc1\x01\x06\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00",
            vec![
                "-> TEXT   fin rsv1 len=1 06  (RFC 7692 §7.2.2: the data cannot be inflated)",
                "-> TEXT   fin rsv1 len=7 f248cdc9c90700",
            ],
        ),
    ] {
        let want = [vec![first], want].concat();
        let steps = [('>', agreed), ('>', frames)];
        // Which part of a message comes out of which frame is the inflater's choice.
        let most = if rule == "in parts" { &[usize::MAX][..] } else { &[usize::MAX, 1] };
        for most in most {
            assert_eq!(lines(&steps, *most), want, "{rule}, by {most}");
        }
    }
}

#[test]
fn rsv1_means_compressed_unless_it_was_not_agreed_on() {
    assert_lines("not known", &[('>', HELLO)], &["-> TEXT   fin rsv1 len=7 inflated=5 \"Hello\""]);
    assert_lines(
        "not agreed on",
        &[('>', b"HTTP/1.1 101 S\r\n\r\n"), ('>', HELLO)],
        &[
            "-> HTTP/1.1 101 S",
            "-> TEXT   fin rsv1 len=7 \"\\xf2H\\xcd\\xc9\\xc9\\u{7}\\0\"  \
             (RFC 6455 §5.2: a reserved bit that no extension uses)  \
             (RFC 6455 §8.1: the text is not UTF-8)",
        ],
    );
}
