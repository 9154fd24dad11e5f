//! [`Message`]: a message that is received, frame by frame.

use super::breach::Breach;
use crate::mutant::compression::{Agreed, Inflate, InflateError};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::text::{Utf8, refuses};

/// The most bytes of a message.
const LIMIT: usize = 64 << 20;
/// The most bytes for which room is kept from one message to the next.
const KEPT: usize = 1 << 20;

/// The message that is being received, or the one before it, which is finished.
#[derive(Debug)]
pub(super) struct Message {
    flags: Flags,
    inflate: Option<Inflate>,
    /// The most bytes that are taken.
    limit: usize,
    open: bool,
    pub(super) is_text: bool,
    compressed: bool,
    /// How many frames it has.
    pub(super) frames: usize,
    pub(super) bytes: Vec<u8>,
    /// Where the last frame begins in them.
    frame_at: usize,
    /// How many bytes its frames have on the wire.
    wire_len: usize,
    utf8: Utf8,
}

impl Message {
    pub(super) fn new(flags: Flags, agreed: Option<Agreed>) -> Self {
        let limit = match () {
            () if flags.has(Flag::Limit125) => 125,
            () if flags.has(Flag::Limit32k) => 32 << 10,
            () if flags.has(Flag::Limit1m) => 1 << 20,
            () => LIMIT,
        };
        Self {
            flags,
            inflate: agreed.map(|agreed| Inflate::new(agreed, flags)),
            limit,
            open: false,
            is_text: false,
            compressed: false,
            frames: 0,
            bytes: Vec::new(),
            frame_at: 0,
            wire_len: 0,
            utf8: Utf8::new(flags),
        }
    }

    /// Returns `true` if it is not finished.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Begins a message.
    pub(super) fn begin(&mut self, is_text: bool, compressed: bool) {
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        (self.open, self.is_text, self.compressed) = (true, is_text, compressed);
        (self.frames, self.wire_len) = (0, 0);
        self.utf8 = Utf8::new(self.flags);
    }

    /// Begins a frame of the message, whose header gives this length.
    pub(super) fn frame(&mut self, len: u64) -> Result<(), Breach> {
        let len = usize::try_from(len).map_err(|_| Breach::too_long())?;
        self.wire_len = self.wire_len.saturating_add(len);
        if self.wire_len > self.limit {
            return Err(Breach::too_long());
        }
        self.frames += 1;
        if self.frames > 100 && self.flags.has(Flag::Limit100Fragments) {
            return Err(Breach::policy("the message has too many fragments"));
        }
        self.frame_at = self.bytes.len();
        Ok(())
    }

    /// Adds a part of the frame's payload.
    pub(super) fn push(&mut self, part: &[u8]) -> Result<(), Breach> {
        let at = self.bytes.len();
        let limit = self.inflated_limit();
        match &mut self.inflate {
            Some(inflate) if self.compressed => {
                inflate.push(part, &mut self.bytes, limit).map_err(breach)?;
            }
            _ => self.bytes.extend_from_slice(part),
        }
        let checks_later =
            [Flag::NoUtf8, Flag::LateUtf8, Flag::Utf8AtFrameEnd].map(|flag| self.flags.has(flag));
        if checks_later.contains(&true) { Ok(()) } else { self.check(at) }
    }

    /// Ends the frame, and the message if it is the last.
    pub(super) fn end_frame(&mut self, fin: bool) -> Result<(), Breach> {
        let has = |flag| self.flags.has(flag);
        if self.frames == 2 && has(Flag::FragmentDropped) {
            self.bytes.truncate(self.frame_at);
        }
        if self.frames == 2 && has(Flag::FragmentsSwapped) {
            self.bytes.rotate_left(self.frame_at);
        }
        if has(Flag::Utf8AtFrameEnd) {
            self.check(self.frame_at)?;
        }
        if self.is_text && self.flags.has(Flag::Utf8PerFragment) && !self.utf8.is_whole() {
            return Err(Breach::text());
        }
        if fin || self.flags.has(Flag::InflatesEachFrame) {
            self.finish_inflating()?;
        }
        if fin { self.finish() } else { Ok(()) }
    }

    /// Takes what is there as if it were all, and goes on with an empty message.
    pub(super) fn cut(&mut self) {
        self.bytes.clear();
    }

    fn finish_inflating(&mut self) -> Result<(), Breach> {
        let at = self.bytes.len();
        let limit = self.inflated_limit();
        if let Some(inflate) = self.inflate.as_mut().filter(|_| self.compressed) {
            inflate.finish(&mut self.bytes, limit).map_err(breach)?;
        }
        let checks_now = !self.flags.has(Flag::NoUtf8) && !self.flags.has(Flag::LateUtf8);
        if checks_now { self.check(at) } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), Breach> {
        self.open = false;
        if !self.is_text || self.flags.has(Flag::NoUtf8) {
            return Ok(());
        }
        if self.flags.has(Flag::LateUtf8) {
            self.check(0)?;
        }
        if !self.utf8.is_whole() && !self.flags.has(Flag::CutCharacterOk) {
            return Err(Breach::text());
        }
        if refuses(self.flags, &self.bytes) { Err(Breach::text()) } else { Ok(()) }
    }

    /// Checks the text from here on.
    fn check(&mut self, at: usize) -> Result<(), Breach> {
        if self.is_text {
            self.utf8.push(&self.bytes[at..]).map_err(|_| Breach::text())?;
        }
        Ok(())
    }

    fn inflated_limit(&self) -> usize {
        if self.flags.has(Flag::BombOk) { usize::MAX } else { self.limit }
    }
}

fn breach(error: InflateError) -> Breach {
    match error {
        InflateError::Bad => Breach::data(),
        InflateError::TooLong => Breach::too_long(),
    }
}
