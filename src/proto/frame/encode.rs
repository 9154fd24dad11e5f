//! Encodes messages and control frames (RFC 6455 §5.2, §5.3; RFC 7692 §6.1).
//!
//! `close/closing` decides what may be sent when. The callers supply the mask keys.

use super::header::{FrameHeader, MOST_HEADER, Opcode, RSV1};
use crate::proto::bytes;
use crate::proto::bytes::mask;
use crate::proto::frame::ControlPayload;

/// A payload that is being written; its header was written before.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    rest: &'a [u8],
    key: Option<[u8; 4]>,
    masked: usize,
}

impl<'a> Payload<'a> {
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Appends the next bytes of the payload, at most `most`. Masks them if there is a key.
    #[inline]
    pub(crate) fn write(&mut self, most: usize, out: &mut Vec<u8>) {
        let (piece, rest) = self.rest.split_at(self.rest.len().min(most));
        self.rest = rest;
        let Some(key) = self.key else { return bytes::append(out, piece) };
        out.reserve(piece.len());
        // Small pieces, so that the copied bytes are still in the cache when they are masked.
        for piece in piece.chunks(bytes::PIECE) {
            let start = out.len();
            out.extend_from_slice(piece);
            mask(&mut out[start..], key, self.masked);
            self.masked += piece.len();
        }
    }

    /// The rest of the payload if it can be sent without a copy. That needs a payload without a
    /// mask.
    pub(crate) fn as_it_lies(&self) -> Option<&'a [u8]> {
        self.key.is_none().then_some(self.rest)
    }
}

/// The frames of one message, which may be of unknown length (§5.4).
#[derive(Debug)]
pub(crate) struct Series {
    /// The opcode of the next frame.
    opcode: Opcode,
    rsv: u8,
}

impl Series {
    pub(crate) fn new(opcode: Opcode) -> Self {
        Self { opcode, rsv: 0 }
    }

    /// A series whose payload is compressed. Only its first frame says so (RFC 7692 §6.1).
    pub(crate) fn deflated(opcode: Opcode) -> Self {
        Self { opcode, rsv: RSV1 }
    }

    /// Appends the header of the next frame. The payload must be written next.
    pub(crate) fn frame<'a>(
        &mut self,
        is_last: bool,
        payload: &'a [u8],
        key: Option<[u8; 4]>,
        out: &mut Vec<u8>,
    ) -> Payload<'a> {
        let payload = frame(is_last, self.opcode, self.rsv, payload, key, out);
        (self.opcode, self.rsv) = (Opcode::Continuation, 0);
        payload
    }
}

/// A message that is being sent, in one frame or in several (§5.4).
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    series: Series,
    /// `None` once the last frame was made.
    rest: Option<&'a [u8]>,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self { series: Series::new(opcode), rest: Some(payload) }
    }

    /// A message whose payload is compressed.
    pub(crate) fn deflated(opcode: Opcode, payload: &'a [u8]) -> Self {
        Self { series: Series::deflated(opcode), rest: Some(payload) }
    }

    /// Returns how many bytes of the payload are in no frame yet.
    pub(crate) fn len(&self) -> usize {
        self.rest.map_or(0, <[u8]>::len)
    }

    /// Returns `true` if the last frame was made.
    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_none()
    }

    /// Appends the header of the next frame, which carries at most `most` bytes. The payload must
    /// be written next.
    pub(crate) fn frame(
        &mut self,
        most: usize,
        key: Option<[u8; 4]>,
        out: &mut Vec<u8>,
    ) -> Payload<'a> {
        let rest = self.rest.take().unwrap_or_default();
        let (payload, behind) = rest.split_at(rest.len().min(most));
        self.rest = (!behind.is_empty()).then_some(behind);
        self.series.frame(self.is_done(), payload, key, out)
    }

    /// Returns the message as one frame.
    pub(crate) fn whole(mut self, key: Option<[u8; 4]>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() + MOST_HEADER);
        let mut payload = self.frame(usize::MAX, key, &mut bytes);
        payload.write(payload.len(), &mut bytes);
        bytes
    }
}

/// Appends a whole control frame.
pub(crate) fn encode_control(
    opcode: Opcode,
    payload: &ControlPayload,
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) {
    encode_plain(opcode, payload.as_slice(), key, out);
}

/// Appends a whole frame that is neither compressed nor part of a longer message.
#[inline]
pub(crate) fn encode_plain(
    opcode: Opcode,
    payload: &[u8],
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) {
    out.reserve(MOST_HEADER + payload.len());
    let mut payload = frame(true, opcode, 0, payload, key, out);
    match payload.as_it_lies() {
        Some(bytes) => bytes::append(out, bytes),
        None => payload.write(payload.len(), out),
    }
}

#[inline]
fn frame<'a>(
    fin: bool,
    opcode: Opcode,
    rsv: u8,
    payload: &'a [u8],
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) -> Payload<'a> {
    FrameHeader { fin, rsv, opcode, mask: key, len: payload.len() as u64 }.write(out);
    Payload { rest: payload, key, masked: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_5_7_examples() {
        let key = Some([0x37, 0xfa, 0x21, 0x3d]);
        let hello = ControlPayload::new(b"Hello").unwrap();
        let (mut plain, mut masked, mut ping) = (Vec::new(), Vec::new(), Vec::new());
        let text = || Outgoing::new(Opcode::Text, b"Hello");
        text().frame(5, None, &mut plain).write(5, &mut plain);
        text().frame(5, key, &mut masked).write(5, &mut masked);
        encode_control(Opcode::Ping, &hello, None, &mut ping);
        assert_eq!(plain, b"\x81\x05Hello");
        assert_eq!(masked, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(ping, b"\x89\x05Hello");
    }

    #[test]
    fn section_5_4_a_message_in_several_frames() {
        let rows: [(&str, Outgoing<'_>, usize, &[u8]); 5] = [
            ("nothing", Outgoing::new(Opcode::Text, b""), 3, b"\x81\0"),
            ("as much as fits", Outgoing::new(Opcode::Text, b"Hel"), 3, b"\x81\x03Hel"),
            ("more", Outgoing::new(Opcode::Text, b"Hello"), 3, b"\x01\x03Hel\x80\x02lo"),
            ("much more", Outgoing::new(Opcode::Binary, b"abc"), 1, b"\x02\x01a\0\x01b\x80\x01c"),
            ("RSV1", Outgoing::deflated(Opcode::Text, b"Hello"), 3, b"\x41\x03Hel\x80\x02lo"),
        ];
        for (rule, mut message, most, want) in rows {
            let mut out = Vec::new();
            while !message.is_done() {
                let mut payload = message.frame(most, None, &mut out);
                payload.write(payload.len(), &mut out);
            }
            assert_eq!(out, want, "{rule}");
        }
    }

    #[test]
    fn a_payload_in_pieces_is_masked_as_one() {
        let bytes: Vec<u8> = (0..100).collect();
        for most in 1..100 {
            let mut out = Vec::new();
            let mut message = Outgoing::new(Opcode::Binary, &bytes);
            let mut payload = message.frame(usize::MAX, Some([9, 8, 7, 6]), &mut out);
            assert_eq!(payload.as_it_lies(), None, "a masked payload never goes out as it lies");
            let header = out.len();
            while payload.len() > 0 {
                payload.write(most, &mut out);
            }
            mask(&mut out[header..], [9, 8, 7, 6], 0);
            assert_eq!(out[header..], bytes, "pieces of {most}");
        }
    }
}
