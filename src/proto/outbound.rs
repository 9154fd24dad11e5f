//! Messages and control frames to bytes (RFC 6455 §5.2, §5.3; RFC 7692 §6.1).
//!
//! What may be sent when is `closing`'s to say; where mask keys come from, the shell's.

use super::close::ControlPayload;
use super::header::{FrameHeader, Opcode, RSV1};
use super::mask::mask;
use super::message::MessageRef;

/// A payload on its way out, behind a header that was written already.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    rest: &'a [u8],
    key: Option<[u8; 4]>,
    written: usize,
}

impl<'a> Payload<'a> {
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Appends the next bytes of the payload, `most` at most, masked if there is a key.
    pub(crate) fn write(&mut self, most: usize, out: &mut Vec<u8>) {
        let (piece, rest) = self.rest.split_at(self.rest.len().min(most));
        let start = out.len();
        out.extend_from_slice(piece);
        if let Some(key) = self.key {
            mask(&mut out[start..], key, self.written);
        }
        self.written += piece.len();
        self.rest = rest;
    }

    /// The rest of the payload if it may go out as it lies, which is so without a key.
    pub(crate) fn as_it_lies(&self) -> Option<&'a [u8]> {
        self.key.is_none().then_some(self.rest)
    }
}

/// Appends the header of a message in one frame; its payload must follow, which is `deflated` where
/// the message is sent compressed.
pub(crate) fn message<'a>(
    message: MessageRef<'a>,
    deflated: Option<&'a [u8]>,
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) -> Payload<'a> {
    let opcode = match message {
        MessageRef::Text(_) => Opcode::Text,
        MessageRef::Binary(_) => Opcode::Binary,
    };
    match deflated {
        Some(deflated) => frame(opcode, RSV1, deflated, key, out),
        None => frame(opcode, 0, message.as_bytes(), key, out),
    }
}

/// Appends a whole control frame.
pub(crate) fn control(
    opcode: Opcode,
    payload: &ControlPayload,
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) {
    let mut payload = frame(opcode, 0, payload.as_slice(), key, out);
    payload.write(payload.len(), out);
}

fn frame<'a>(
    opcode: Opcode,
    rsv: u8,
    payload: &'a [u8],
    key: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) -> Payload<'a> {
    FrameHeader { fin: true, rsv, opcode, mask: key, len: payload.len() as u64 }.write(out);
    Payload { rest: payload, key, written: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_5_7_examples() {
        let key = Some([0x37, 0xfa, 0x21, 0x3d]);
        let hello = ControlPayload::new(b"Hello").unwrap();
        let (mut plain, mut masked, mut ping) = (Vec::new(), Vec::new(), Vec::new());
        message(MessageRef::Text("Hello"), None, None, &mut plain).write(5, &mut plain);
        message(MessageRef::Text("Hello"), None, key, &mut masked).write(5, &mut masked);
        control(Opcode::Ping, &hello, None, &mut ping);
        assert_eq!(plain, b"\x81\x05Hello");
        assert_eq!(masked, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(ping, b"\x89\x05Hello");
    }

    #[test]
    fn a_payload_in_pieces_is_masked_as_one() {
        let bytes: Vec<u8> = (0..100).collect();
        for most in 1..100 {
            let mut out = Vec::new();
            let mut payload =
                message(MessageRef::Binary(&bytes), None, Some([9, 8, 7, 6]), &mut out);
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
