//! The head of an HTTP message: finds its end and parses its header lines (RFC 9112 §2, §5).
//!
//! The size of a head is checked before the head is parsed. Only new bytes are searched for the
//! end, and a head is parsed once.

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::proto::rules::{HandshakeError, Limits};

// RFC 8446 §5.1: the types of TLS records with which a peer can begin.
const TLS_ALERT: u8 = 21;
const TLS_HANDSHAKE: u8 = 22;

/// The room with which a head begins. Most need less. But the allocator of Linux keeps what is freed for
/// the thread that has freed it, up to 1 KiB, and the thread of an idle connection would never use it.
const ROOM: usize = 2 << 10;

/// A head that is still arriving.
#[derive(Debug, Default)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    searched: usize,
    /// The first line is whole, and it is HTTP.
    has_begun: bool,
}

/// A whole head, and the bytes that were read after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) head: Vec<u8>,
    pub(crate) behind: Vec<u8>,
}

impl Head {
    /// Adds bytes that were read. Returns the head and the bytes after it once the head is
    /// complete.
    pub(crate) fn push(
        &mut self,
        read: &[u8],
        limits: &Limits,
    ) -> Result<Option<Split>, HandshakeError> {
        if self.bytes.is_empty() {
            self.bytes.reserve(ROOM);
        }
        self.bytes.extend_from_slice(read);
        // What is no HTTP is told at once: its peer may wait for another answer, or for nothing.
        if let Some(fault) = self.first_byte_fault().or_else(|| self.first_line_fault(read, limits))
        {
            return Err(HandshakeError::BadHead(fault));
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

    /// Returns what a peer has sent that speaks neither HTTP nor TLS. `None` if that is not known.
    pub(crate) fn no_http(&self) -> Option<&[u8]> {
        let is_tls = matches!(self.bytes.first(), Some(&(TLS_ALERT | TLS_HANDSHAKE)));
        (!self.has_begun && !is_tls && !self.bytes.is_empty()).then_some(&self.bytes)
    }

    fn first_byte_fault(&self) -> Option<&'static str> {
        match *self.bytes.first()? {
            TLS_ALERT => Some("it is TLS, so the URL begins with wss:// and not ws://"),
            TLS_HANDSHAKE => {
                Some("it is TLS, which this port does not speak: the URL begins with ws://")
            }
            b'\r' | b'\n' => None,
            byte if !byte.is_ascii_graphic() => Some("it does not begin like HTTP"),
            _ => None,
        }
    }

    /// A request's first line ends with the version, that of a response begins with it. Mail and
    /// SSH servers, for example, greet with another line, and then wait.
    fn first_line_fault(&mut self, read: &[u8], limits: &Limits) -> Option<&'static str> {
        if self.has_begun || !read.contains(&b'\n') {
            return None;
        }
        let begin = self.bytes.iter().position(|byte| !b"\r\n".contains(byte))?;
        let len = self.bytes[begin..].iter().position(|&byte| byte == b'\n')?;
        let line = &self.bytes[begin..begin + len];
        self.has_begun = line.windows(5).any(|part| part == b"HTTP/");
        let is_too_long = begin + len > limits.head;
        if self.has_begun || is_too_long { None } else { Some("its first line is not HTTP/1") }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Finds the empty line that ends the head. Lines that end in a bare LF count here, so that a
    /// head made of such lines is refused at once and not waited for.
    fn find_end(&mut self) -> Option<usize> {
        while let Some(n) = self.bytes[self.searched..].iter().position(|&byte| byte == b'\n') {
            let next = self.searched + n + 1;
            match self.bytes[next..] {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                // The next line has not arrived.
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

/// Returns a response's head without folded lines. Each fold, with the blanks around it, becomes
/// one space (§5.2). A user agent must accept folded lines; a server refuses them.
///
/// Only lines that end in CR LF are changed, so that [`check_parsed`] finds other line ends.
pub(crate) fn unfold(head: &[u8]) -> Cow<'_, [u8]> {
    let is_blank = |byte: &u8| b" \t".contains(byte);
    if !head.windows(2).any(|two| two[0] == b'\n' && is_blank(&two[1])) {
        return Cow::Borrowed(head);
    }
    let mut unfolded = Vec::with_capacity(head.len());
    let mut at = Place::Before;
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let goes_on = line.first().is_some_and(is_blank) && unfolded.ends_with(b"\r\n");
        match at {
            // §2.2: a lenient recipient skips such lines.
            Place::Start if goes_on && line.ends_with(b"\r\n") => {}
            Place::Headers if goes_on => {
                unfolded.truncate(unfolded.len() - 2);
                let kept = unfolded.iter().rposition(|byte| !is_blank(byte));
                unfolded.truncate(kept.map_or(0, |last| last + 1));
                unfolded.push(b' ');
                let blanks = line.iter().take_while(|byte| is_blank(byte)).count();
                unfolded.extend_from_slice(&line[blanks..]);
            }
            Place::Before | Place::Start | Place::Headers => {
                at = at.next(line);
                unfolded.extend_from_slice(line);
            }
        }
    }
    Cow::Owned(unfolded)
}

/// The part of a head that a line belongs to.
#[derive(Clone, Copy)]
enum Place {
    /// Nothing but empty lines, which may come before the first line (§2.2).
    Before,
    /// Only the first line has arrived.
    Start,
    Headers,
}

impl Place {
    fn next(self, line: &[u8]) -> Self {
        match self {
            Self::Before if line == b"\r\n" => Self::Before,
            Self::Before => Self::Start,
            Self::Start | Self::Headers => Self::Headers,
        }
    }
}

/// Makes room for httparse to parse the header lines of a head: as many as may be there, and no
/// more than fit.
pub(crate) fn header_lines<'a>(head: &[u8], limits: &Limits) -> Vec<httparse::Header<'a>> {
    const SHORTEST: usize = "a:\r\n".len();
    vec![httparse::EMPTY_HEADER; limits.headers.min(head.len() / SHORTEST + 1)]
}

/// Turns the result of httparse into an error or `Ok`. The head must end where [`Head`] found its
/// end.
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
        Err(_) => Err(HandshakeError::BadHead("a line of it is malformed")),
    }
}

/// Checks that every line ends in CR LF. Parsers that differ here see different requests.
fn check_line_ends(head: &[u8]) -> Result<(), HandshakeError> {
    let lines = head.strip_suffix(b"\n").unwrap_or(head);
    if lines.split(|&byte| byte == b'\n').all(|line| line.ends_with(b"\r")) {
        Ok(())
    } else {
        Err(HandshakeError::BadHead("a line ends in a bare LF"))
    }
}

/// Copies header lines into a map. The parser has checked RFC 9110 §5.5.
pub(crate) fn header_map(lines: &[httparse::Header<'_>]) -> Result<HeaderMap, HandshakeError> {
    let too_many = |_| HandshakeError::BadHead("it has too many headers");
    let mut headers = HeaderMap::try_with_capacity(lines.len()).map_err(too_many)?;
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_bytes(line.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(HandshakeError::BadHead("a header line is malformed"));
        };
        headers.try_append(name, value).map_err(too_many)?;
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map holds fewer headers than a program may allow.
    #[test]
    fn more_headers_than_a_map_holds_are_an_error() {
        let line = httparse::Header { name: "a", value: b"b" };
        for (count, want) in [
            (1, Ok(1)),
            (1 << 14, Ok(1 << 14)),
            (1 << 15, Err(HandshakeError::BadHead("it has too many headers"))),
            (1 << 20, Err(HandshakeError::BadHead("it has too many headers"))),
        ] {
            assert_eq!(
                header_map(&vec![line; count]).map(|headers| headers.len()),
                want,
                "{count}"
            );
        }
    }

    #[test]
    fn the_end_is_found_whole_and_byte_by_byte() {
        for (rule, bytes, end) in [
            ("one line", &b"GET / HTTP/1.1\r\n\r\nframes"[..], 18),
            ("headers", b"HTTP/\r\nB: c\r\n\r\n", 15),
            ("bare LF", b"HTTP/\nB: c\n\n.", 12),
            ("mixed", b"HTTP/\r\nB: c\n\r\n.", 14),
            ("an empty line before the first", b"\r\nHTTP/\r\n\r\n", 11),
            ("CR alone is no end", b"HTTP/\r\r\nB\r\n\r\n", 13),
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
    fn what_is_no_http_is_told_by_its_first_byte_or_line() {
        for (bytes, want) in [
            (&b"G"[..], ""),
            (b"\r", ""),
            (b"\x16\x03\x01", "it is TLS, which this port does not speak"),
            (b"\x15\x03\x01", "it is TLS, so the URL begins with wss://"),
            (b" ", "it does not begin like HTTP"),
            (b"SSH-2.0-OpenSSH_9.6", ""),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "its first line is not HTTP/1"),
            (b"220 mail.example ESMTP\r\n", "its first line is not HTTP/1"),
            (b"\r\n-ERR unknown command\r\n", "its first line is not HTTP/1"),
            (b"HTTP/1.1 101 Switching Protocols\r\n", ""),
            (b"GET / HTTP/1.1\r\n", ""),
        ] {
            let fault = |pushed: Result<_, HandshakeError>| match pushed {
                Err(HandshakeError::BadHead(fault)) => fault,
                pushed => {
                    assert_eq!(pushed, Ok(None));
                    ""
                }
            };
            let whole = fault(Head::default().push(bytes, &Limits::default()));
            assert!(whole.starts_with(want) && whole.is_empty() == want.is_empty(), "{whole}");
            let mut head = Head::default();
            let mut pieces = bytes.chunks(1).map(|byte| head.push(byte, &Limits::default()));
            let cut = pieces.find(Result::is_err).map_or("", fault);
            assert_eq!(cut, whole, "byte by byte");
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
        // Bytes after the head do not count: frames may already have arrived.
        let behind = [&exact[..], &[0; 100]].concat();
        assert!(Head::default().push(&behind, &limits).is_ok_and(|head| head.is_some()));
    }

    #[test]
    fn section_5_2_a_fold_is_a_space() {
        for (rule, head, want) in [
            ("none", "S\r\nA: b\r\n\r\n", "S\r\nA: b\r\n\r\n"),
            ("a space", "S\r\nA: b\r\n c\r\n\r\n", "S\r\nA: b c\r\n\r\n"),
            ("a tab", "S\r\nA: b\r\n\tc\r\n\r\n", "S\r\nA: b c\r\n\r\n"),
            (
                "blanks around it",
                "S\r\nA: b \t\r\n \t c\r\nD: e\r\n\r\n",
                "S\r\nA: b c\r\nD: e\r\n\r\n",
            ),
            (
                "several",
                "S\r\nA: b\r\n c\r\n\td\r\nE: f\r\n g\r\n\r\n",
                "S\r\nA: b c d\r\nE: f g\r\n\r\n",
            ),
            ("before the value", "S\r\nA:\r\n b\r\n\r\n", "S\r\nA: b\r\n\r\n"),
            ("behind it", "S\r\nA: b\r\n \r\n\r\n", "S\r\nA: b \r\n\r\n"),
            ("nothing but blanks", "S\r\nA: b\r\n \r\n\t\r\n c\r\n\r\n", "S\r\nA: b c\r\n\r\n"),
            (
                "§2.2 behind the first line",
                "S\r\n A: b\r\n\tc\r\nD: e\r\n\r\n",
                "S\r\nD: e\r\n\r\n",
            ),
            ("§2.2 and nothing else", "S\r\n \r\n\r\n", "S\r\n\r\n"),
            ("§2.2 behind an empty line", "\r\nS\r\n A: b\r\n\r\n", "\r\nS\r\n\r\n"),
            ("before the first line", " S\r\n A: b\r\n\r\n", " S\r\n\r\n"),
            ("bare LF", "S\r\nA: b\n c\r\n\r\n", "S\r\nA: b\n c\r\n\r\n"),
            ("bare LF behind a fold", "S\r\nA: b\r\n c\n\r\n", "S\r\nA: b c\n\r\n"),
            ("bare LF behind the first line", "S\r\n A: b\n\r\n", "S\r\n A: b\n\r\n"),
            ("CR alone", "S\r\nA: b\r\r\n c\r\n\r\n", "S\r\nA: b\r c\r\n\r\n"),
        ] {
            let got = unfold(head.as_bytes());
            assert_eq!(
                got.escape_ascii().to_string(),
                want.as_bytes().escape_ascii().to_string(),
                "{rule}"
            );
        }
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
