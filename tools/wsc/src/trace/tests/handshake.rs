//! The opening handshake (RFC 6455 §4), and what was agreed on in it.

use super::Step::{Client as C, Server as S};
use super::{Options, assert_lines, lines, steps};

const REQUEST: &[u8] = b"GET /chat?token=s3cret HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\nX-Own: 1\r\n\r\n";

/// The lines of a handshake.
const HANDSHAKE: &[&str] = &[
    "C GET /chat?token=(hidden) HTTP/1.1 - The client asks for a WebSocket, by an HTTP request. [RFC 6455 §4.1]",
    "  Host: h - The server that is meant: an address can have several. [RFC 6455 §4.1]",
    "  Upgrade: websocket - The client wants to change from HTTP to WebSocket on this connection. [RFC 6455 §4.1]",
    "  Connection: Upgrade - Upgrade is meant for the next server only; a proxy must not pass it on blindly. [RFC 6455 §4.1, RFC 9110 §7.6.1]",
    "  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== - 16 random bytes, in base64. The answer must be computed from them, so that only a server that knows WebSocket can give it. It is no password. [RFC 6455 §1.3, §4.1]",
    "  Sec-WebSocket-Version: 13 - The version of the protocol: 13 is the version of RFC 6455. [RFC 6455 §4.1]",
    "  Sec-WebSocket-Protocol: chat - The client can speak these subprotocols: what messages mean. The server picks one. [RFC 6455 §1.9, §4.1]",
    "  Sec-WebSocket-Extensions: permessage-deflate - The client offers these extensions. permessage-deflate is compression. [RFC 6455 §9.1, RFC 7692 §5]",
    "  Headers that WebSocket does not define: X-Own",
    "S HTTP/1.1 101 Switching Protocols - The server agrees. From here on there is no HTTP: both ends send frames. [RFC 6455 §4.2.2]",
    "  Upgrade: websocket - It must be there: from here on the connection is a WebSocket. [RFC 6455 §4.2.2]",
    "  Connection: Upgrade - It must be there: from here on the connection is a WebSocket. [RFC 6455 §4.2.2]",
    "  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo= - It must be base64(SHA-1(\"dGhlIHNhbXBsZSBub25jZQ==\" + \"258EAFA5-E914-47DA-95CA-C5AB0DC85B11\")). Checked: it fits. [RFC 6455 §4.2.2]",
    "  Sec-WebSocket-Protocol: chat - The subprotocol that the server has picked. [RFC 6455 §1.9, §4.2.2]",
    "  Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover - Messages may be compressed, each message of the client by itself. [RFC 7692 §7]",
];

/// A response to it with this value of Sec-WebSocket-Accept.
fn response(accept: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n\r\n"
    )
    .into_bytes()
}

#[test]
fn rfc_6455_section_4_the_opening_handshake() {
    let answer = response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_lines("a handshake", &[C(REQUEST), S(&answer)], HANDSHAKE);
    let text = steps(&[C(REQUEST)], usize::MAX, Options { secrets: true, ..Options::default() });
    assert!(text.contains("/chat?token=s3cret") && !HANDSHAKE[0].contains("s3cret"), "{text}");
}

#[test]
fn rfc_6455_section_4_2_2_the_accept_is_checked() {
    let answer = response("s3pPLMBiTxaQ9kYGzzhZRbK+xOO=");
    let text = steps(&[C(REQUEST), S(&answer)], usize::MAX, Options::default());
    let broken = "  A RULE IS BROKEN: RFC 6455 §4.2.2: Sec-WebSocket-Accept does not fit the key";
    assert_eq!(lines(&text).last().unwrap(), broken);
    assert!(text.contains("Checked: it DOES NOT FIT."), "{text}");
    let text = steps(&[S(&answer)], usize::MAX, Options::default());
    assert!(text.contains("The request was not seen, so this is not checked."), "{text}");
}

#[test]
fn rfc_6455_section_4_2_2_a_refusal() {
    let refusal =
        b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy";
    assert_eq!(
        lines(&steps(&[C(REQUEST), S(refusal)], 7, Options::default()))[9..],
        [
            "S HTTP/1.1 503 Service Unavailable - The server refuses. There is no WebSocket on this \
             connection. [RFC 6455 §4.2.2]",
            "  Headers that WebSocket does not define: Connection, Content-Length",
            "S Bytes that are no frames, such as the body of an HTTP response. [RFC 9112 §6]",
        ]
    );
}

#[test]
fn rfc_7692_section_6_compressed_messages() {
    let answer = response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    // RFC 7692 §7.2.3.1: "Hello".
    let hello = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    let header = "  Header c1 07: FIN 1 (a whole message), RSV1 1 (compressed, RFC 7692 §6), opcode 0x1 \
                  (text), MASK 0, length 7 (in 7 bits) [RFC 6455 §5.2]";
    let text = "S Text message, whole in one frame (7 bytes on the wire, 5 bytes decompressed): \"Hello\" \
                [RFC 6455 §5.6]";
    let all = lines(&steps(&[C(REQUEST), S(&answer), S(hello)], 1, Options::default()));
    assert_eq!(all[HANDSHAKE.len()..], [text, header]);
    // Without the extension the bit has no meaning.
    let plain = b"HTTP/1.1 101 Switching Protocols\r\n\
                  Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let all = lines(&steps(&[C(REQUEST), S(plain), S(b"\xc1\x01a")], 1, Options::default()));
    assert_eq!(
        all[11..],
        [
            "S Text message, whole in one frame (1 byte): \"a\" [RFC 6455 §5.6]",
            "  Header c1 01: FIN 1 (a whole message), RSV1 1 (it has no meaning here), opcode 0x1 (text), \
             MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: a reserved bit that no extension uses",
        ]
    );
}
