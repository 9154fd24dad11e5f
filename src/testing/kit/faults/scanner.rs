//! [`Scanner`]: where in the bytes of one direction an HTTP head and frames end (RFC 6455 §5.2).
//!
//! It looks at each byte once, remembers no more than the header of a frame, and can be copied to
//! look ahead.

use crate::proto::wire::Header;

/// The most bytes of a frame's header: 2, a length of 8 and a key of 4.
const HEADER: usize = 14;

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanner {
    /// A byte of no structure.
    Raw,
    /// A byte of an HTTP head, after `matched` bytes of the empty line at its end.
    Head { matched: usize },
    /// A byte of a frame's header, after these.
    Header { bytes: [u8; HEADER], len: usize },
    /// A byte of a frame's payload, of which `left` bytes are left.
    Payload { left: u64 },
}

/// The end of an HTTP head.
const END: &[u8] = b"\r\n\r\n";

/// Between two frames.
const BETWEEN: Scanner = Scanner::Header { bytes: [0; HEADER], len: 0 };

impl Scanner {
    /// Looks for the end of an HTTP head from here on, unless one is being read.
    pub(super) fn begin_head(&mut self) {
        if !matches!(self, Self::Head { .. }) {
            *self = Self::Head { matched: 0 };
        }
    }

    /// Takes the next byte for the first of a frame, unless it is known to belong to one.
    pub(super) fn begin_frames(&mut self) {
        if matches!(self, Self::Raw | Self::Head { .. }) {
            *self = BETWEEN;
        }
    }

    /// Returns `true` if the next byte is the first of a frame.
    pub(super) fn is_between_frames(&self) -> bool {
        *self == BETWEEN
    }

    /// Goes up to the end of the head or frame in which it is, and returns how many bytes that
    /// took. `None` if the bytes end before that.
    pub(super) fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self {
                Self::Raw => return None,
                Self::Head { matched } => {
                    let (&byte, _) = rest.split_first()?;
                    at += 1;
                    // Within the pattern only its first byte can begin it anew.
                    *matched = match byte {
                        byte if byte == END[*matched] => *matched + 1,
                        b'\r' => 1,
                        _ => 0,
                    };
                    if *matched == END.len() {
                        *self = Self::Raw;
                        return Some(at);
                    }
                }
                Self::Header { bytes: header, len } => {
                    let (&byte, _) = rest.split_first()?;
                    at += 1;
                    header[*len] = byte;
                    *len += 1;
                    if let Some((header, _)) = Header::parse(&header[..*len]) {
                        *self = Self::Payload { left: header.len };
                    }
                }
                Self::Payload { left: 0 } => {
                    *self = BETWEEN;
                    return Some(at);
                }
                Self::Payload { left } => {
                    if rest.is_empty() {
                        return None;
                    }
                    let there = (rest.len() as u64).min(*left);
                    *left -= there;
                    // At most the length of a slice.
                    at += usize::try_from(there).unwrap_or(rest.len());
                }
            }
        }
    }

    /// Goes over all of these bytes.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) {
        while let Some(len) = self.find_end(bytes) {
            bytes = &bytes[len..];
            if bytes.is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::rules::Role;
    use crate::testing::{Len, RawFrame};

    /// The ends that a scanner finds, if it gets `chunk` bytes at once.
    fn ends(mut scanner: Scanner, bytes: &[u8], chunk: usize) -> Vec<usize> {
        let (mut ends, mut at) = (Vec::new(), 0);
        for piece in bytes.chunks(chunk) {
            let mut rest = piece;
            while let Some(len) = scanner.find_end(rest) {
                rest = &rest[len..];
                ends.push(at + piece.len() - rest.len());
                if scanner == Scanner::Raw {
                    scanner.begin_frames();
                }
            }
            at += piece.len();
        }
        ends
    }

    #[test]
    fn heads_and_frames_end_where_they_do() {
        let mut bytes = b"GET / HTTP/1.1\r\r\n\n\r\n\rX: \r\n\r\n".to_vec();
        let mut want = vec![bytes.len()];
        for frame in [
            RawFrame::text("hello"),
            RawFrame::ping(""),
            RawFrame::binary(vec![0; 125]),
            RawFrame::binary(vec![0; 126]).fin(false).rsv(7),
            RawFrame::continuation(vec![0; 65_535]),
            RawFrame::binary(vec![0; 65_536]),
            RawFrame::text("long form").len(Len::In64(9)),
            RawFrame::of(0xF, "?"),
        ] {
            for role in [Role::Client, Role::Server] {
                bytes.extend(frame.to_bytes(role));
                want.push(bytes.len());
            }
        }
        for chunk in [1, 2, 3, 7, 1000, bytes.len()] {
            assert_eq!(ends(Scanner::Head { matched: 0 }, &bytes, chunk), want, "{chunk}");
        }
    }

    #[test]
    fn a_length_beyond_all_bytes_ends_nowhere() {
        let bytes = RawFrame::text("a").len(Len::In64(u64::MAX)).to_bytes(Role::Server);
        assert_eq!(ends(BETWEEN, &bytes, 4), Vec::<usize>::new());
        assert_eq!(ends(Scanner::Raw, &[0; 100], 4), Vec::<usize>::new());
    }
}
