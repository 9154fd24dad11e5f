//! Heads and bodies of responses, as a client reads those of a server and of a proxy.
//!
//! ```text
//! input: settings, cuts, bytes
//! ```

use blocking_ws::http::{Request, Response, StatusCode};
use blocking_ws::testing::internals::{
    Body, check_response, elements, judge_connect, parse_response,
};
use blocking_ws::{Deflate, Error, WebSocket};

use crate::bytes::{Bytes, Cuts};
use crate::requests::{Script, head};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What answers it (RFC 6455 §1.3).
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const PASSWORD: &str = "0p3n-s3same";
const BASIC: &str = "YWxpOjBwM24tczNzYW1l";
/// Of a body, and of one in chunks before its framing is taken off.
const MOST: usize = 4 << 10;
const MOST_CHUNKED: usize = 4 * MOST;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let cuts = Cuts::new(&mut bytes);
    if settings & 4 != 0 {
        refused(bytes.0, cuts);
    }
    let Some((head, behind)) = head(bytes.0, cuts) else { return };
    let Ok(response) = parse_response(&head) else { return };
    for value in response.headers().values() {
        assert!(value.as_bytes().iter().all(|byte| !b"\r\n\0".contains(byte)));
    }
    body(&response, &behind, cuts);
    let status = response.status();
    match judge_connect(&response) {
        Some(true) => assert!(status.is_success()),
        Some(false) => assert!(!status.is_success()),
        None => assert!(status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS),
    }
    opened(&response, settings);
}

/// Nothing is chosen that was not offered.
fn opened(response: &Response<()>, settings: u8) {
    let mut asked = Request::new(());
    let offers = "chat, superchat".parse().expect("a value");
    asked.headers_mut().insert("sec-websocket-protocol", offers);
    let takeover = settings & 2 != 0;
    let deflate = Deflate::new().send_takeover(takeover).recv_takeover(takeover);
    let deflate = (settings & 1 != 0).then_some(deflate);
    let checked = check_response(response, KEY, &asked, deflate.as_ref());
    let headers = response.headers();
    let Ok((subprotocol, agreed)) = checked else { return };
    assert_eq!(headers["sec-websocket-accept"], ACCEPT);
    assert!(subprotocol.is_none_or(|one| one == "chat" || one == "superchat"));
    let name = "sec-websocket-extensions".parse().expect("a name");
    assert_eq!(agreed.is_some(), elements(headers, &name).next().is_some());
    assert!(agreed.is_none() || deflate.is_some());
}

/// Where reading stops because there is enough, there is as much as if all had been read.
fn body(response: &Response<()>, read: &[u8], cuts: Cuts<'_>) {
    let whole = Body::new(response, read.to_vec()).start();
    assert!(whole.len() <= MOST);
    let (mut slow, mut came) = (Body::new(response, Vec::new()), 0);
    for piece in cuts.pieces(read) {
        if slow.is_enough() {
            break;
        }
        slow.push(piece);
        came += piece.len();
    }
    let start = slow.start();
    if came < MOST_CHUNKED {
        assert_eq!(start, whole);
    } else {
        assert!(whole.starts_with(&start));
    }
}

/// A refusal does not show what was sent in secret, whatever it says.
fn refused(bytes: &[u8], cuts: Cuts<'_>) {
    let url = format!("ws://ali:{PASSWORD}@h/");
    let request = Request::builder().uri(url).body(()).expect("a request");
    let stream = Script::new(cuts.pieces(bytes));
    let Err(error) = WebSocket::connect(request, stream) else {
        panic!("the key is one that nobody can know");
    };
    let Error::Refused(response) = &error else { return };
    assert!(response.body().len() <= MOST);
    assert!(!error.to_string().contains(['\r', '\n']), "{error}");
    if response.headers().keys().any(|name| name.as_str().contains(PASSWORD)) {
        // A name is no place for a secret.
        return;
    }
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(!text.contains(PASSWORD) && !text.contains(BASIC), "{text}");
    }
}
