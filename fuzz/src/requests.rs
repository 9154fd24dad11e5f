//! Heads of requests, as a server reads them.
//!
//! ```text
//! input: cuts, bytes
//! ```

use std::io::{self, Read, Write};

use blocking_ws::http::{Method, Version};
use blocking_ws::testing::internals::{
    Head, Whole, check_host, check_origin, check_request, parse_request, parse_response,
};
use blocking_ws::{Error, HandshakeError, WebSocket};

use crate::bytes::{Bytes, Cuts};

/// A head read in pieces.
pub fn read(pieces: &[&[u8]]) -> Result<Option<Whole>, HandshakeError> {
    let mut head = Head::default();
    for (at, piece) in pieces.iter().enumerate() {
        if let Some((head, mut behind)) = head.push(piece)? {
            pieces[at + 1..].iter().for_each(|piece| behind.extend_from_slice(piece));
            return Ok(Some((head, behind)));
        }
    }
    Ok(None)
}

/// A head is the same whole and in pieces, no longer than it may be, and ends where it should.
pub fn head(bytes: &[u8], cuts: Cuts<'_>) -> Option<Whole> {
    let whole = read(&[bytes]);
    assert_eq!(read(&cuts.pieces(bytes)), whole);
    let (head, behind) = whole.ok()??;
    assert!(head.len() <= Head::most());
    assert_eq!([&head[..], &behind].concat(), bytes);
    assert!(head.ends_with(b"\n\n") || head.ends_with(b"\n\r\n"));
    Some((head, behind))
}

/// A stream in memory that does not wait: it ends.
pub struct Script<'a> {
    pub pieces: Vec<&'a [u8]>,
    pub written: Vec<u8>,
}

impl<'a> Script<'a> {
    pub fn new(mut pieces: Vec<&'a [u8]>) -> Self {
        pieces.reverse();
        Self { pieces, written: Vec::new() }
    }
}

impl Read for Script<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.pieces.pop() else { return Ok(0) };
        let n = piece.read(buf)?;
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
        Ok(n)
    }
}

impl Write for Script<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let cuts = Cuts::new(&mut bytes);
    let accepted = judge(bytes.0, cuts);
    let mut stream = Script::new(cuts.pieces(bytes.0));
    // Written by the end of the handshake; a connection writes more when it is dropped.
    let opened =
        WebSocket::accept(&mut stream).map(|websocket| websocket.get_ref().written.clone());
    assert_eq!(opened.is_ok(), accepted.is_some(), "{:?}", opened.as_ref().err());
    match opened {
        Ok(written) => {
            let (accept, behind) = accepted.unwrap_or_default();
            let (head, more) = read(&[&written]).expect("a head").expect("a whole head");
            let response = parse_response(&head).expect("a response");
            assert_eq!(response.status().as_u16(), 101);
            assert_eq!(response.headers()["sec-websocket-accept"], accept);
            assert!(more.is_empty() && behind <= bytes.0.len());
        }
        Err(Error::Lost(_)) => assert!(stream.written.is_empty()),
        Err(_) => {
            let (head, _) = read(&[&stream.written]).expect("a head").expect("a whole head");
            let response = parse_response(&head).expect("a response");
            assert!(response.status().is_client_error(), "{}", response.status());
            assert!(response.headers().contains_key("content-length"));
        }
    }
}

/// What a server with no hooks accepts: the answer to the key, and how much came behind.
fn judge(bytes: &[u8], cuts: Cuts<'_>) -> Option<(String, usize)> {
    let (head, behind) = head(bytes, cuts)?;
    let request = parse_request(&head).ok()?;
    let target = request.uri().to_string();
    assert!(!target.is_empty() && target.bytes().all(|byte| byte > b' ' && byte != b'#'));
    assert!(request.headers().len() <= 100);
    for line in head.strip_suffix(b"\n").unwrap_or(&head).split(|&byte| byte == b'\n') {
        assert!(line.ends_with(b"\r"), "a line ends in CR LF");
        assert!(!line.starts_with(b" ") && !line.starts_with(b"\t"), "no line is folded");
    }
    for value in request.headers().values() {
        assert!(value.as_bytes().iter().all(|byte| !b"\r\n\0".contains(byte)));
    }
    let accept = check_request(&request).ok()?;
    assert!(check_host(&request).is_ok());
    assert_eq!((request.method(), request.version()), (&Method::GET, Version::HTTP_11));
    let headers = request.headers();
    for once in ["host", "sec-websocket-key", "sec-websocket-version"] {
        assert_eq!(headers.get_all(once).iter().count(), 1, "{once}");
    }
    for there in ["connection", "upgrade"] {
        assert!(headers.contains_key(there), "{there}");
    }
    assert!(!headers.contains_key("transfer-encoding"));
    assert_eq!(accept.len(), 28);
    check_origin(&request).ok()?;
    Some((accept, behind.len()))
}
