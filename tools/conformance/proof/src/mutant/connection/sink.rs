//! [`Sink`]: what a connection sends.

use std::io::{self, Write};

use blocking_ws::Role;

use crate::mutant::compression::{Agreed, Deflate};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::wire::{BINARY, CLOSE, CONTINUATION, Form, Outgoing, TEXT};

/// The most bytes for which room is kept from one message to the next.
const KEPT: usize = 1 << 20;

/// The sending half of a connection.
#[derive(Debug)]
pub(super) struct Sink<S> {
    pub(super) stream: S,
    role: Role,
    flags: Flags,
    deflate: Option<Deflate>,
    /// What is not written yet.
    out: Vec<u8>,
    compressed: Vec<u8>,
}

impl<S: Write> Sink<S> {
    pub(super) fn new(stream: S, role: Role, flags: Flags, agreed: Option<Agreed>) -> Self {
        let deflate = agreed.map(|agreed| Deflate::new(agreed, flags));
        Self { stream, role, flags, deflate, out: Vec::new(), compressed: Vec::new() }
    }

    /// Sends a control frame.
    pub(super) fn control(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        self.frame(Outgoing { fin: true, rsv: 0, opcode, payload })?;
        self.flush_unless_held()
    }

    /// Sends a Close frame, and what a flag sends behind it.
    pub(super) fn close(&mut self, payload: &[u8]) -> io::Result<()> {
        self.frame(Outgoing { fin: true, rsv: 0, opcode: CLOSE, payload })?;
        if self.flags.has(Flag::CloseTwice) {
            self.frame(Outgoing { fin: true, rsv: 0, opcode: CLOSE, payload })?;
        }
        if self.flags.has(Flag::DataAfterClose) {
            self.frame(Outgoing { fin: true, rsv: 0, opcode: TEXT, payload: b"too late" })?;
        }
        self.flush()
    }

    /// Sends a message.
    pub(super) fn message(&mut self, is_text: bool, payload: &[u8]) -> io::Result<()> {
        let opcode = if is_text { TEXT } else { BINARY };
        let Some(deflate) = &mut self.deflate else {
            self.frame(Outgoing { fin: true, rsv: 0, opcode, payload })?;
            return self.flush_unless_held();
        };
        let mut compressed = std::mem::take(&mut self.compressed);
        compressed.clear();
        deflate.message(payload, &mut compressed);
        if self.flags.has(Flag::Rsv1EachFrame) {
            let (first, last) = compressed.split_at(compressed.len() / 2);
            self.frame(Outgoing { fin: false, rsv: 4, opcode, payload: first })?;
            self.frame(Outgoing { fin: true, rsv: 4, opcode: CONTINUATION, payload: last })?;
        } else {
            self.frame(Outgoing { fin: true, rsv: 4, opcode, payload: &compressed })?;
        }
        if compressed.capacity() <= KEPT {
            self.compressed = compressed;
        }
        self.flush_unless_held()
    }

    /// Returns `true` if something waits until the peer has sent more.
    pub(super) fn holds(&self) -> bool {
        !self.out.is_empty()
    }

    /// Writes what is held.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let written = self.stream.write_all(&self.out);
        self.forget();
        written
    }

    /// Forgets what is held.
    pub(super) fn forget(&mut self) {
        self.out.clear();
        self.out.shrink_to(KEPT);
    }

    fn flush_unless_held(&mut self) -> io::Result<()> {
        if self.flags.has(Flag::ReadsAhead) { Ok(()) } else { self.flush() }
    }

    fn frame(&mut self, frame: Outgoing<'_>) -> io::Result<()> {
        let has = |flag| self.flags.has(flag);
        let is_masked = match self.role {
            Role::Client => !has(Flag::NoMaskAsClient),
            Role::Server => has(Flag::MaskAsServer),
        };
        let key = match is_masked {
            true if has(Flag::SameKey) => Some([1, 2, 3, 4]),
            true => Some(getrandom::u32().map_err(io::Error::other)?.to_ne_bytes()),
            false => None,
        };
        let is_data = frame.opcode < CLOSE;
        let form =
            if is_data && has(Flag::NonminimalSend) { Form::Longest } else { Form::Shortest };
        frame.write(key, form, &mut self.out);
        Ok(())
    }
}
