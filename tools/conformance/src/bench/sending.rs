//! How a [`Bench`] sends frames.

use std::io;
use std::thread;
use std::time::Duration;

use blocking_ws::Role;
use blocking_ws::testing::{Key, RawFrame};

use super::bench::Bench;
use crate::case::Writes;

/// The most bytes of the header of a frame.
const LONGEST_HEADER: usize = 14;

/// How long the bytes of a header are apart.
const APART: Duration = Duration::from_millis(1);

impl Bench<'_> {
    /// Sends a frame. If the peer has gone, what it has said last is seen next.
    pub(super) fn send(&mut self, frame: RawFrame, writes: Writes) {
        let bytes = self.prepare(frame, writes, None);
        // An end shows when the peer's last words are read.
        let _ = self.write(&bytes, writes);
    }

    /// Notes a frame, and returns its bytes, with a key of its own if the role demands one.
    pub(super) fn prepare(
        &mut self,
        frame: RawFrame,
        writes: Writes,
        repeated: Option<usize>,
    ) -> Vec<u8> {
        let key = match frame.key {
            Key::Role => self.key(),
            Key::Fixed(key) => Some(key),
            Key::None => None,
        };
        let frame = frame.key(key.map_or(Key::None, Key::Fixed));
        self.link.log.sent(&frame, key, writes, repeated);
        frame.to_bytes(self.role)
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// The peer has gone.
    pub(super) fn write(&mut self, bytes: &[u8], writes: Writes) -> io::Result<()> {
        match writes {
            Writes::Together => self.link.write(bytes, false),
            Writes::Alone => self.link.write(bytes, true),
            Writes::Chopped(most) => {
                bytes.chunks(most).try_for_each(|piece| self.link.write(piece, false))
            }
            Writes::ChoppedHeader => {
                // The first bytes have the longest header, and more than that is no loss.
                let (header, rest) = bytes.split_at(bytes.len().min(LONGEST_HEADER));
                for byte in header.chunks(1) {
                    self.link.write(byte, false)?;
                    // Without a pause the system joins most of the bytes.
                    thread::sleep(APART);
                }
                if rest.is_empty() { Ok(()) } else { self.link.write(rest, false) }
            }
        }
    }

    /// A new key, if the role demands one.
    pub(super) fn key(&mut self) -> Option<[u8; 4]> {
        (self.role == Role::Client).then(|| self.random.bytes())
    }
}
