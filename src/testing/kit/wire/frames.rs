//! [`Frames`]: takes frames from bytes as they come.

use super::raw_frame::RawFrame;
use crate::proto::wire::Header;

/// The bytes of one direction that are not a whole frame yet.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// Where the next frame begins in them.
    at: usize,
}

impl Frames {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // What was taken goes before the rest grows.
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next frame, if it is whole.
    pub(crate) fn next(&mut self) -> Option<RawFrame> {
        let (frame, len) = RawFrame::parse(self.rest())?;
        self.at += len;
        Some(frame)
    }

    /// Takes an HTTP head, up to the empty line at its end, of at most this many bytes.
    pub(crate) fn head(&mut self, most: usize) -> Option<Vec<u8>> {
        let mut windows = self.rest().windows(4).take(most);
        let end = windows.position(|window| window == b"\r\n\r\n")? + 4;
        Some(self.take(end))
    }

    /// Takes bytes as they came, `most` of them or all that there are.
    pub(crate) fn take(&mut self, most: usize) -> Vec<u8> {
        let rest = self.rest();
        let taken = rest[..rest.len().min(most)].to_vec();
        self.at += taken.len();
        taken
    }

    /// Returns what is not taken.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Returns what is known of a frame that is not whole: its header, if that is whole, and how
    /// much of its payload is there. `None` if nothing is there.
    pub(crate) fn part(&self) -> Option<(Option<Header>, usize)> {
        let rest = self.rest();
        match Header::parse(rest) {
            _ if rest.is_empty() => None,
            Some((head, at)) => Some((Some(head), rest.len() - at)),
            None => Some((None, rest.len())),
        }
    }

    /// Returns `true` if no part of a frame is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }
}
