//! The other end of a connection, frame by frame (RFC 6455 §5.2), with none of the library's code.

use std::io::{Read, Write};

use blocking_ws::Role;

pub const TEXT: u8 = 0x81;

/// First byte and unmasked payload.
pub type Frame = (u8, Vec<u8>);

/// A peer that does as it is told.
pub struct Peer<S> {
    pub stream: S,
    masks: bool,
}

/// A frame as a client (`masks`) or a server writes it; `first` is its first byte.
pub fn frame(masks: bool, first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let bit = if masks { 0x80 } else { 0 };
    match payload.len() {
        len @ 0..=125 => bytes.push(bit + u8::try_from(len).unwrap()),
        len @ 126..=0xFFFF => {
            bytes.push(bit + 126);
            bytes.extend(u16::try_from(len).unwrap().to_be_bytes());
        }
        len => {
            bytes.push(bit + 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    let key = [0x37, 0xFA, 0x21, 0x3D];
    if masks {
        bytes.extend(key);
        bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k));
    } else {
        bytes.extend(payload);
    }
    bytes
}

impl<S: Read + Write> Peer<S> {
    /// The peer of a connection whose role is `role`.
    pub fn of(role: Role, stream: S) -> Self {
        let masks = role == Role::Server;
        Self { stream, masks }
    }

    pub fn send(&mut self, first: u8, payload: &[u8]) {
        self.stream.write_all(&frame(self.masks, first, payload)).unwrap();
    }

    /// The first byte of the next frame.
    pub fn begin(&mut self) -> Option<u8> {
        let mut first = [0];
        let read = self.stream.read(&mut first);
        (read.expect("an end, not a reset") == 1).then_some(first[0])
    }

    /// What follows the first byte of a frame.
    pub fn rest(&mut self, first: u8) -> Vec<u8> {
        let [second] = self.bytes();
        assert_eq!(second & 0x80 != 0, !self.masks, "frame {first:#x}: only clients mask");
        let len = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(self.bytes())),
            127 => u64::from_be_bytes(self.bytes()),
            len => u64::from(len),
        };
        let key = if self.masks { [0; 4] } else { self.bytes() };
        let mut payload = vec![0; usize::try_from(len).unwrap()];
        self.stream.read_exact(&mut payload).unwrap();
        if !self.masks {
            payload.iter_mut().zip(key.iter().cycle()).for_each(|(b, k)| *b ^= k);
        }
        payload
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}

/// The frames that come, up to an end in order; a reset fails the test.
impl<S: Read + Write> Iterator for Peer<S> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let first = self.begin()?;
        Some((first, self.rest(first)))
    }
}
