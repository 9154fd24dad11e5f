//! The start of a response's body, for an error message (RFC 9112 §6, §7.1).

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Response, StatusCode};

use super::list;

/// The most bytes of a body that are kept.
const MOST: usize = 4 << 10;

/// A body that is arriving.
#[derive(Debug)]
pub(crate) struct Body {
    framing: Framing,
    read: Vec<u8>,
}

/// Where a body ends (§6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    ToTheEnd,
}

impl Body {
    /// Begins with the bytes that were read after the head of `response`.
    pub(crate) fn new(response: &Response<()>, read: Vec<u8>) -> Self {
        let headers = response.headers();
        let length = headers.get(CONTENT_LENGTH).and_then(|value| {
            // `parse` would accept a plus sign.
            let digits =
                value.to_str().ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            digits?.parse().ok()
        });
        let framing = match (response.status(), length) {
            (StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED, _) => Framing::Length(0),
            _ if list::lists(headers, &TRANSFER_ENCODING, "chunked") => Framing::Chunked,
            (_, Some(length)) => Framing::Length(length),
            (_, None) => Framing::ToTheEnd,
        };
        Self { framing, read }
    }

    /// Adds bytes that were read.
    pub(crate) fn push(&mut self, read: &[u8]) {
        self.read.extend_from_slice(read);
    }

    /// Returns `true` if enough of the body has arrived, so that the caller need not read more.
    pub(crate) fn is_enough(&self) -> bool {
        match self.framing {
            Framing::Length(length) => self.read.len() >= length.min(MOST),
            Framing::ToTheEnd => self.read.len() >= MOST,
            // Limits the work for many tiny chunks.
            Framing::Chunked => self.read.len() >= 4 * MOST || dechunk(&self.read).1,
        }
    }

    /// Returns what has arrived of the body, without its framing.
    pub(crate) fn start(self) -> Vec<u8> {
        let (mut body, most) = match self.framing {
            Framing::Length(length) => (self.read, length.min(MOST)),
            Framing::ToTheEnd => (self.read, MOST),
            Framing::Chunked => (dechunk(&self.read).0, MOST),
        };
        body.truncate(most);
        body
    }
}

/// Returns the data of the chunks that have arrived, and `true` if that is enough. It is enough
/// after the last chunk, after [`MOST`] bytes, and after bytes that are not a chunk.
fn dechunk(mut read: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while body.len() < MOST {
        let (line, size) = match httparse::parse_chunk_size(read) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return (body, false),
            Err(_) => return (body, true),
        };
        let data = &read[line..];
        if size == 0 {
            return (body, true);
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        body.extend_from_slice(&data[..size.min(data.len())]);
        // A line end follows the data of a chunk.
        let Some(next) = size.checked_add(2).and_then(|end| data.get(end..)) else {
            return (body, false);
        };
        read = next;
    }
    (body, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9112_6_3_where_a_body_ends() {
        let long = "x".repeat(2 * MOST);
        let chunks = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
        for (rule, status, header, read, want, enough) in [
            ("a length", 403, "content-length: 3", "no\nmore", "no\n", true),
            ("not all there", 403, "content-length: 3", "no", "no", false),
            ("to the end", 403, "x: y", "no", "no", false),
            ("no length", 403, "content-length: +2", "no", "no", false),
            ("no more than is kept", 403, "x: y", &long, &long[..MOST], true),
            ("a long one", 403, "content-length: 9999", &long, &long[..MOST], true),
            ("204 has none", 204, "x: y", "next", "", true),
            ("304 has none", 304, "content-length: 5", "", "", true),
            (
                "chunks",
                403,
                "transfer-encoding: chunked",
                "3\r\nabc\r\n1;e\r\nd\r\n0\r\n\r\n",
                "abcd",
                true,
            ),
            (
                "trailers, which nobody waits for",
                403,
                "transfer-encoding: chunked",
                "1\r\na\r\n0\r\nX: y\r\n z\r\n",
                "a",
                true,
            ),
            ("part of a chunk", 403, "transfer-encoding: chunked", "3\r\nab", "ab", false),
            ("part of a size", 403, "transfer-encoding: chunked", "3\r\nabc\r\n1", "abc", false),
            ("no chunk", 403, "transfer-encoding: chunked", "3\r\nabc\r\nx", "abc", true),
            ("2^64-1", 403, "transfer-encoding: chunked", "ffffffffffffffff\r\nab", "ab", false),
            ("long chunks", 403, "transfer-encoding: chunked", &chunks, &long[..MOST], true),
        ] {
            let (name, value) = header.split_once(": ").unwrap();
            let response = Response::builder().status(status).header(name, value).body(()).unwrap();
            let whole = Body::new(&response, read.as_bytes().to_vec());
            let mut slow = Body::new(&response, Vec::new());
            read.bytes().for_each(|byte| slow.push(&[byte]));
            assert_eq!((whole.is_enough(), slow.is_enough()), (enough, enough), "{rule}");
            assert_eq!(whole.start(), want.as_bytes(), "{rule}");
            assert_eq!(slow.start(), want.as_bytes(), "{rule}, byte by byte");
        }
    }
}
