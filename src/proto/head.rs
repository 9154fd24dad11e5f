//! The head of an HTTP message: where it ends, and its header lines (RFC 9112 §2, §5).
//!
//! Bounded before it is parsed, searched only in its new bytes, parsed once.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::handshake::HandshakeError;
use super::limits::Limits;

/// A head that is still arriving.
#[derive(Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    searched: usize,
}

/// A whole head, and what was read behind it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) head: Vec<u8>,
    pub(crate) behind: Vec<u8>,
}

impl Head {
    /// Adds what was read; returns the head and the bytes behind it once it is complete.
    pub(crate) fn push(
        &mut self,
        read: &[u8],
        limits: &Limits,
    ) -> Result<Option<Split>, HandshakeError> {
        self.bytes.extend_from_slice(read);
        // A TLS client, perhaps, which would wait for an answer in kind.
        if self
            .bytes
            .first()
            .is_some_and(|byte| !b"\r\n".contains(byte) && !byte.is_ascii_graphic())
        {
            return Err(HandshakeError::BadHead("it does not begin like HTTP"));
        }
        let end = self.find_end();
        if end.unwrap_or(self.bytes.len()) > limits.head {
            return Err(HandshakeError::HeadTooLarge(limits.head));
        }
        Ok(end.map(|end| {
            let behind = self.bytes.split_off(end);
            Split { head: std::mem::take(&mut self.bytes), behind }
        }))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Looks for the empty line. Lines that end in a bare LF count here, so that a head made of
    /// them is refused at once and not waited for.
    fn find_end(&mut self) -> Option<usize> {
        while let Some(n) = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n') {
            let next = self.searched + n + 1;
            match self.bytes[next..] {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                // Its next line is not there to tell.
                [] | [b'\r'] => {
                    self.searched = next - 1;
                    return None;
                }
                _ => self.searched = next,
            }
        }
        self.searched = self.bytes.len();
        None
    }
}

/// Judges what httparse said of a head, which must end where [`Head`] saw its end.
pub(crate) fn check_parsed(
    parsed: httparse::Result<usize>,
    head: &[u8],
    limits: &Limits,
) -> Result<(), HandshakeError> {
    match parsed {
        Ok(httparse::Status::Complete(len)) if len == head.len() => check_line_ends(head),
        Ok(_) => Err(HandshakeError::BadHead("it ends in the wrong place")),
        Err(httparse::Error::TooManyHeaders) => Err(HandshakeError::TooManyHeaders(limits.headers)),
        Err(httparse::Error::Version) => Err(HandshakeError::BadHead("it is not HTTP/1")),
        Err(httparse::Error::HeaderName) => {
            Err(HandshakeError::BadHead("a header's name is malformed"))
        }
        Err(httparse::Error::HeaderValue) => {
            Err(HandshakeError::BadHead("a header's value is malformed"))
        }
        Err(_) => Err(HandshakeError::BadHead("it is malformed")),
    }
}

/// Every line ends in CR LF: two parsers that differ here see different requests.
fn check_line_ends(head: &[u8]) -> Result<(), HandshakeError> {
    let lines = head.strip_suffix(b"\n").unwrap_or(head);
    if lines.split(|&byte| byte == b'\n').all(|line| line.ends_with(b"\r")) {
        Ok(())
    } else {
        Err(HandshakeError::BadHead("a line ends in a bare LF"))
    }
}

/// Copies header lines into a map (RFC 9110 §5.5 has been checked by the parser).
pub(crate) fn header_map(lines: &[httparse::Header<'_>]) -> Result<HeaderMap, HandshakeError> {
    let mut headers = HeaderMap::with_capacity(lines.len());
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_bytes(line.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(HandshakeError::BadHead("a header line is malformed"));
        };
        headers
            .try_append(name, value)
            .map_err(|_| HandshakeError::BadHead("it has too many headers"))?;
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_whole_and_byte_by_byte() {
        for (rule, bytes, end) in [
            ("one line", &b"GET / HTTP/1.1\r\n\r\nframes"[..], 18),
            ("headers", b"A\r\nB: c\r\n\r\n", 11),
            ("bare LF", b"A\nB: c\n\n.", 8),
            ("mixed", b"A\r\nB: c\n\r\n.", 10),
            ("an empty line before the first", b"\r\nA\r\n\r\n", 7),
            ("CR alone is no end", b"A\r\r\nB\r\n\r\n", 9),
        ] {
            let limits = Limits::default();
            let whole = Head::default().push(bytes, &limits);
            assert_eq!(
                whole,
                Ok(Some(Split { head: bytes[..end].to_vec(), behind: bytes[end..].to_vec() })),
                "{rule}"
            );
            let mut head = Head::default();
            for (i, byte) in bytes[..end].iter().enumerate() {
                let got = head.push(&[*byte], &limits);
                assert_eq!(got.map(|got| got.is_some()), Ok(i + 1 == end), "{rule} at byte {i}");
            }
        }
    }

    #[test]
    fn what_is_no_http_is_told_by_its_first_byte() {
        for (bytes, good) in
            [(&b"G"[..], true), (b"\r", true), (b"\x16\x03\x01", false), (b" ", false)]
        {
            let pushed = Head::default().push(bytes, &Limits::default());
            assert_eq!(pushed.is_ok(), good, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_head_is_bounded_before_it_is_whole() {
        let limits = Limits { head: 20, ..Limits::default() };
        let too_large = Err(HandshakeError::HeadTooLarge(20));
        assert_eq!(Head::default().push(&[b'a'; 21], &limits), too_large);
        assert_eq!(Head::default().push(b"GET /12345 HTTP/1.1\r\n\r\n", &limits), too_large);
        let exact = b"GET /12 HTTP/1.1\r\n\r\n";
        assert!(Head::default().push(&exact[..], &limits).is_ok_and(|head| head.is_some()));
        // Bytes behind the head do not count: frames may already be there.
        let behind = [&exact[..], &[0; 100]].concat();
        assert!(Head::default().push(&behind, &limits).is_ok_and(|head| head.is_some()));
    }

    #[test]
    fn rfc_9112_2_2_every_line_ends_in_cr_lf() {
        for (head, good) in [
            (&b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..], true),
            (b"GET / HTTP/1.1\nHost: h\r\n\r\n", false),
            (b"GET / HTTP/1.1\r\nHost: h\n\r\n", false),
            (b"GET / HTTP/1.1\r\nHost: h\r\n\n", false),
            (b"\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", false),
        ] {
            assert_eq!(check_line_ends(head).is_ok(), good, "{}", head.escape_ascii());
        }
    }
}
