//! Lengths, masks, pongs and ends (RFC 6455 §5, §7).

use std::io::{ErrorKind, Read};
use std::time::Duration;

use blocking_ws::testing::{Fault, Faults, Faulty, Pipe};
use blocking_ws::{Role, Stream};

use super::super::connection::{Answers, Connection};
use super::Step::{Client as C, End, Server as S};
use super::{Options, assert_lines, explainer, lines, steps};

/// The last line of what is explained of bytes of the client.
fn last_of_client(bytes: &[u8]) -> String {
    lines(&steps(&[C(bytes)], usize::MAX, Options::default())).pop().unwrap()
}

#[test]
fn rfc_6455_section_5_2_the_three_forms_of_a_length() {
    for (len, header, words) in [
        (125, &b"\x82\x7d"[..], "length 125 (in 7 bits)"),
        (126, b"\x82\x7e\x00\x7e", "length 126 (the 7 bits say 126: it follows in 16 bits)"),
        (
            65_536,
            b"\x82\x7f\0\0\0\0\0\x01\0\0",
            "length 65536 (the 7 bits say 127: it follows in 64 bits)",
        ),
    ] {
        let bytes = [header, &vec![b'x'; len]].concat();
        let lines = lines(&steps(&[S(&bytes)], usize::MAX, Options::default()));
        assert_eq!(lines.len(), 2, "nothing is broken: {lines:?}");
        assert!(lines[1].contains(words), "{lines:?}");
        assert!(lines[0].ends_with("78 78... [RFC 6455 §5.6]"), "{lines:?}");
    }
    let large = [&b"\x89\x7e\x00\x7e"[..], &[b'p'; 126]].concat();
    let lines = lines(&steps(&[S(&large)], usize::MAX, Options::default()));
    let broken = "  A RULE IS BROKEN: RFC 6455 §5.5: a control frame has at most 125 bytes";
    assert_eq!(lines.last().unwrap(), broken);
}

#[test]
fn rfc_6455_section_5_3_the_mask_is_explained_at_its_first_frame() {
    let frame = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let header = "  Header 81 85 37 fa 21 3d: FIN 1 (a whole message), opcode 0x1 (text), MASK 1 with the \
                  key 37 fa 21 3d, length 5 (in 7 bits) [RFC 6455 §5.2]";
    let text = "C Text message, whole in one frame (5 bytes): \"Hello\" [RFC 6455 §5.6]";
    assert_lines(
        "two frames",
        &[C(frame), C(frame)],
        &[
            text,
            header,
            "  Masked: each byte is XORed with a byte of the key, which is random for each frame, so that \
             no script can choose which bytes a proxy sees. The first byte on the wire is 7f = 48 XOR 37. \
             [RFC 6455 §5.3, §10.3]",
            text,
            header,
        ],
    );
    let broken = "  A RULE IS BROKEN: RFC 6455 §5.1: a client must mask each frame";
    assert_eq!(last_of_client(b"\x81\x01a"), broken);
}

#[test]
fn rfc_6455_section_5_5_3_a_pong_is_put_to_its_ping() {
    let pings = [S(b"\x89\x01a"), S(b"\x89\x01b"), S(b"\x89\x01b"), S(b"\x89\x01c")];
    for (pongs, want) in [
        (
            &[C(b"\x8a\x81\0\0\0\0a")][..],
            "C Pong \"a\": it answers the ping of +T. [RFC 6455 §5.5.3]",
        ),
        (
            &[C(b"\x8a\x81\0\0\0\0b")],
            "C Pong \"b\": it answers the ping of +T. The ping before it needs no pong any more. \
             [RFC 6455 §5.5.3]",
        ),
        (
            &[C(b"\x8a\x81\0\0\0\0c")],
            "C Pong \"c\": it answers the ping of +T. The 3 pings before it need no pong any more. \
             [RFC 6455 §5.5.3]",
        ),
        (
            &[C(b"\x8a\x81\0\0\0\0b"), C(b"\x8a\x81\0\0\0\0a")],
            "C Pong \"a\" that answers no ping above. That is allowed: it says that its sender is there. \
             [RFC 6455 §5.5.3]",
        ),
    ] {
        let all: Vec<_> = pings.iter().chain(pongs).copied().collect();
        let lines = lines(&steps(&all, usize::MAX, Options::default()));
        let last = lines.iter().rfind(|line| line.starts_with("C Pong")).unwrap();
        assert_eq!(last, want, "{lines:?}");
    }
}

#[test]
fn rfc_6455_section_7_both_ends_close() {
    let (server, client) = (S(b"\x88\x02\x03\xe8"), C(b"\x88\x82\0\0\0\0\x03\xe8"));
    let text = steps(&[server, client, End], usize::MAX, Options::default());
    let lines: Vec<_> = lines(&text).into_iter().filter(|line| !line.starts_with(' ')).collect();
    let code = "Close with the code 1000 (normal closure): all is done.";
    assert_eq!(
        lines,
        [
            &format!(
                "S {code} The server sends no more messages; the client answers with a Close. \
                 [RFC 6455 §5.5.1, §7.4]"
            )[..],
            &format!(
                "C {code} It answers the server's Close. No message follows; the server ends TCP. \
                 [RFC 6455 §5.5.1, §7.4]"
            ),
            "C End of the TCP stream (FIN): the client has sent all. Both Close frames have passed, so \
             this end is in order. [RFC 6455 §7.1.1]",
        ]
    );
}

#[test]
fn rfc_6455_section_7_1_5_an_end_that_is_not_in_order() {
    let fin = "C End of the TCP stream (FIN): the client has sent all. It sends no more; it may still \
               read. [RFC 6455 §7.1.1, RFC 9293 §3.6]";
    let text = steps(&[C(b"\x81\x80\0\0\0\0"), End], 1, Options::default());
    let broken = "  A RULE IS BROKEN: RFC 6455 §7.1.5: the end without a Close frame";
    assert_eq!(lines(&text)[3..], [fin, broken], "{text}");
    let text = steps(&[C(b"\x81\x85\0\0\0\0ab"), End], 1, Options::default());
    let part = "C A frame of which only 2 bytes of 5 have come. [RFC 6455 §5.2]";
    let broken = "  A RULE IS BROKEN: RFC 6455 §7.1.5: the end in the middle of a frame";
    assert_eq!(lines(&text)[0], part, "{text}");
    assert_eq!(lines(&text)[3..], [fin, broken], "{text}");
}

#[test]
fn a_stream_that_fails() {
    let (explainer, written) = explainer(Options::default());
    let (near, _far) = Pipe::new(100);
    let failing = Faults::new().after(0, Fault::Error(ErrorKind::ConnectionReset));
    let near = Faulty::new(near).unwrap().reading(failing);
    let mut near = Stream::new(near).unwrap().tap(Role::Client, explainer);
    assert_eq!(near.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    drop(near);
    let text = written.text();
    assert!(lines(&text)[0].starts_with("S The TCP stream has failed: "), "{text}");
    assert!(text.contains("Programs report this as 1006. [RFC 6455 §7.1.5, §7.4.1]"), "{text}");
}

/// The thread that has sent a ping may tell of it after the thread that has received the pong.
#[test]
fn a_pong_that_is_told_before_its_ping() {
    let [early, late] = [1, 2].map(Duration::from_secs);
    for (pong_at, ping_at, want) in [(late, early, Some(late)), (early, late, None)] {
        let mut connection = Connection::new(Role::Client);
        assert_eq!(connection.pong(Role::Server, b"p", pong_at), Answers::Nothing);
        assert_eq!(connection.ping(Role::Client, b"other", ping_at), None);
        assert_eq!(connection.ping(Role::Client, b"p", ping_at), want);
        // Each is put to one other at most.
        assert_eq!(connection.ping(Role::Client, b"p", ping_at), None);
    }
}
