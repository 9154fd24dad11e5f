//! Bytes in, messages and control frames out (RFC 6455 §5).
//!
//! ```text
//!   space/filled           advance                lend/take
//! bytes -------> ReadBuffer -----> frame rules ---+--> a frame that lies whole in the buffer
//!                                                 +--> Assembly: everything else
//! ```
//!
//! `space` may let a read put the payload of a large frame straight into the assembly.
//!
//! As soon as a frame's header has arrived, and before memory is allocated for its payload, these
//! are checked: the role, the reserved bits, the order of fragments and the limits. A payload is
//! unmasked, checked and moved on piece by piece while it arrives. So when the next read is due,
//! the buffer holds at most the beginning of a header or control frame.

use std::ops::Range;

use super::unfinished::{LEAST, Purpose, StreamState, Target, Unfinished};
use crate::proto::bytes;
use crate::proto::bytes::{Budget, ReadBuffer, mask};
use crate::proto::close::CloseFrame;
use crate::proto::compression::Inflation;
use crate::proto::frame::ControlPayload;
use crate::proto::frame::{FrameHeader, Opcode, Parsed, RSV1};
use crate::proto::message::{Allocations, Assembled, Message, MessageRef};
use crate::proto::rules::{Limits, ProtocolError, Role};

/// A message, part or control frame that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A message. Get it with [`Inbound::lend`] or [`Inbound::take`] before the next `advance`.
    Message,
    /// The next part of a message that is read as a stream, or its end; see [`Inbound::part`].
    Part,
    // Boxed, so that this enum stays small: messages are much more frequent.
    Ping(Box<ControlPayload>),
    Pong(Box<ControlPayload>),
    Close(Option<CloseFrame>),
}

/// The receiving half of a connection, without its socket.
#[derive(Debug)]
pub(crate) struct Inbound {
    role: Role,
    pub(super) limits: Limits,
    /// There if the ends agreed on compression.
    inflation: Option<Box<Inflation>>,
    pub(super) buffer: ReadBuffer,
    /// The data frame whose payload is arriving.
    pub(super) frame: Option<Frame>,
    pub(super) message: Option<Unfinished>,
    pub(super) ready: Option<Ready>,
    pub(super) allocations: Allocations,
    pub(super) stream: StreamState,
    pub(super) target: Target,
    /// The last message was large, and the next can be read into its memory.
    pub(super) expects_large: bool,
    /// Counts frames that end no message, or one that is discarded.
    further_frames: u64,
}

#[derive(Debug)]
pub(super) struct Frame {
    fin: bool,
    mask: Option<[u8; 4]>,
    taken: usize,
    pub(super) left: u64,
}

impl Frame {
    /// Unmasks and counts the next bytes of the payload.
    pub(super) fn take(&mut self, piece: &mut [u8]) {
        if let Some(key) = self.mask {
            mask(piece, key, self.taken);
        }
        // Masking uses only the last two bits of this count.
        self.taken = self.taken.wrapping_add(piece.len());
        self.left -= piece.len() as u64;
    }
}

#[derive(Debug)]
pub(super) enum Ready {
    /// A message of one frame, still in the read buffer. Its text is not checked yet.
    InBuffer {
        text: bool,
        at: Range<usize>,
    },
    Assembled(Assembled),
}

/// What the next read waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// The beginning of a message. More memory may be held for it than a small message needs.
    Message { holds_much: bool },
    /// The rest of a message, of which perhaps only a part of a header has come.
    Rest,
    /// The rest of a control frame between messages.
    Frame,
}

impl Awaits {
    /// Returns `true` if a part of something has come.
    pub(crate) fn has_begun(self) -> bool {
        !matches!(self, Self::Message { .. })
    }
}

impl Inbound {
    /// Begins with the bytes that were read after the opening handshake.
    pub(crate) fn new(role: Role, limits: Limits, already_read: Vec<u8>) -> Self {
        Self {
            role,
            limits,
            inflation: None,
            buffer: ReadBuffer::new(already_read),
            frame: None,
            message: None,
            ready: None,
            allocations: Allocations::default(),
            stream: StreamState::Off,
            target: Target::Buffer,
            expects_large: false,
            further_frames: 0,
        }
    }

    pub(crate) fn limits_mut(&mut self) -> &mut Limits {
        &mut self.limits
    }

    /// Takes the memory of messages from a budget from now on.
    pub(crate) fn set_budget(&mut self, budget: &'static dyn Budget) {
        self.allocations.set_budget(budget);
    }

    /// Keeps the allocation of a large message for the next one from now on, as far as `spare`
    /// allows. Only lent messages are kept. The caller must call [`rest`](Self::rest) if nothing
    /// arrives for a while.
    pub(crate) fn keep_large(&mut self, spare: &'static dyn Budget) {
        self.allocations.keep_large(spare);
        self.buffer.take_spare(spare);
    }

    /// Accepts compressed messages from now on.
    pub(crate) fn set_inflation(&mut self, inflation: Inflation) {
        self.inflation = Some(Box::new(inflation));
    }

    /// Returns how many frames have arrived besides the last frames of messages: those that end no
    /// message, and control frames. The last frame of a message that is discarded counts too.
    pub(crate) fn further_frames(&self) -> u64 {
        self.further_frames
    }

    /// Returns what the next read waits for.
    pub(crate) fn awaits(&self) -> Awaits {
        if self.message.is_some() {
            Awaits::Rest
        } else if let Some(first) = self.buffer.unread().first() {
            // §5.2: the opcodes of control frames have this bit.
            if first & 0x08 == 0 { Awaits::Rest } else { Awaits::Frame }
        } else {
            let holds_much = self.allocations.has_large() || self.buffer.is_large();
            Awaits::Message { holds_much: self.allocations.keeps_large() && holds_much }
        }
    }

    /// Discards an unfinished message: nothing more will arrive.
    pub(crate) fn end(&mut self) {
        (self.frame, self.message) = (None, None);
        self.rest();
    }

    /// Frees memory while nothing arrives.
    pub(crate) fn rest(&mut self) {
        self.expects_large = false;
        self.allocations.rest();
        self.buffer.rest();
    }

    /// Goes on to the next message or control frame. Returns `None` if more bytes are needed.
    ///
    /// Drops the message that was ready before. Must not be called after an error or a Close frame
    /// (§7.1.7, §5.5.1).
    pub(crate) fn advance(&mut self) -> Result<Option<Incoming>, ProtocolError> {
        self.recycle();
        loop {
            if self.frame.is_some() {
                let is_complete = self.take_payload()?;
                if let Some(come) = self.come() {
                    return Ok(Some(come));
                }
                if !is_complete && self.buffer.unread().is_empty() {
                    return Ok(None);
                }
                if !is_complete {
                    continue;
                }
            }
            let unread = self.buffer.unread();
            let Parsed::Done(header, header_len) = FrameHeader::parse(unread)? else {
                return Ok(None);
            };
            let there = unread.len() - header_len;
            let whole = usize::try_from(header.len).ok().filter(|len| *len <= there);
            self.check_frame(&header)?;
            if header.opcode.is_control() {
                let Some(len) = whole else { return Ok(None) };
                self.buffer.take(header_len);
                return self.take_control(&header, len).map(Some);
            }
            self.check_message(&header)?;
            self.buffer.take(header_len);
            match whole {
                Some(len) if header.fin && header.rsv == 0 && self.is_alone() => {
                    self.take_whole(&header, len);
                    return Ok(Some(Incoming::Message));
                }
                _ => self.begin(&header),
            }
        }
    }

    /// Returns a reference to the message that [`advance`](Self::advance) announced. A text in the
    /// buffer is checked only here or in [`take`](Self::take), so one of the two must be called for
    /// each message.
    #[inline]
    pub(crate) fn lend(&mut self) -> Result<MessageRef<'_>, ProtocolError> {
        match &self.ready {
            Some(Ready::InBuffer { text, at }) => {
                let payload = self.buffer.get(at.clone());
                if *text {
                    bytes::check_utf8(payload).map(MessageRef::Text)
                } else {
                    Ok(MessageRef::Binary(payload))
                }
            }
            Some(Ready::Assembled(message)) => Ok(message.as_message()),
            None => unreachable!("advance announced a message"),
        }
    }

    /// Counts the message that [`advance`](Self::advance) announced as discarded.
    pub(crate) fn discard(&mut self) {
        self.further_frames += 1;
    }

    /// Returns the message that [`advance`](Self::advance) announced.
    pub(crate) fn take(&mut self) -> Result<Message, ProtocolError> {
        self.expects_large = false;
        match self.ready.take() {
            Some(Ready::Assembled(message)) => Ok(message.into_message()),
            in_buffer => {
                self.ready = in_buffer;
                self.lend().map(Message::from)
            }
        }
    }

    /// Checks what holds for every frame, data or control.
    fn check_frame(&self, header: &FrameHeader) -> Result<(), ProtocolError> {
        // RFC 7692 §6.1: RSV1 on the first frame marks a compressed message. No other frame has it.
        let begins = matches!(header.opcode, Opcode::Text | Opcode::Binary);
        let allowed = if begins && self.inflation.is_some() { RSV1 } else { 0 };
        if header.rsv & !allowed != 0 {
            return Err(ProtocolError::ReservedBits);
        }
        match (self.role.expects_masked(), header.mask.is_some()) {
            (true, false) => Err(ProtocolError::Unmasked),
            (false, true) => Err(ProtocolError::Masked),
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// Checks a data frame's place in its message (§5.4), and its size (§10.4).
    fn check_message(&self, header: &FrameHeader) -> Result<(), ProtocolError> {
        let (compressed, bytes, fragments) = match (&self.message, header.opcode) {
            (None, Opcode::Continuation) => return Err(ProtocolError::NothingToContinue),
            (Some(_), Opcode::Text | Opcode::Binary) => {
                return Err(ProtocolError::MessageInMessage);
            }
            (Some(message), _) => (message.compressed, message.bytes, message.fragments),
            (None, _) => (header.rsv == RSV1, 0, 0),
        };
        let purpose = self.purpose();
        let most = purpose.most(&self.limits);
        let on_the_wire = if compressed { Limits::compressed(most) } else { most };
        // Two lengths are never added, so nothing can overflow.
        if on_the_wire.checked_sub(bytes).is_none_or(|left| header.len > left) {
            return Err(purpose.name_limit(ProtocolError::MessageTooBig(most)));
        }
        let most = purpose.most_fragments(&self.limits, bytes);
        if fragments >= most { Err(ProtocolError::TooManyFragments(most)) } else { Ok(()) }
    }

    fn take_control(
        &mut self,
        header: &FrameHeader,
        len: usize,
    ) -> Result<Incoming, ProtocolError> {
        self.further_frames += 1;
        let at = self.buffer.take(len);
        let mut payload = ControlPayload::new(self.buffer.get(at))
            .expect("FrameHeader::parse refuses control frames of more than 125 bytes");
        if let Some(key) = header.mask {
            mask(payload.as_mut_slice(), key, 0);
        }
        match header.opcode {
            Opcode::Ping => Ok(Incoming::Ping(Box::new(payload))),
            Opcode::Pong => Ok(Incoming::Pong(Box::new(payload))),
            _ => CloseFrame::parse(payload.as_slice()).map(Incoming::Close),
        }
    }

    /// Leaves a message of one frame in the buffer.
    fn take_whole(&mut self, header: &FrameHeader, len: usize) {
        self.expects_large = false;
        let at = self.buffer.take(len);
        if let Some(key) = header.mask {
            mask(self.buffer.get_mut(at.clone()), key, 0);
        }
        self.ready = Some(Ready::InBuffer { text: header.opcode == Opcode::Text, at });
    }

    /// Begins a frame whose payload is moved into an assembly.
    fn begin(&mut self, header: &FrameHeader) {
        let (purpose, begins, allocations) =
            (self.purpose(), self.message.is_none(), &mut self.allocations);
        // Small frames may come by hundreds with one read.
        self.expects_large &= purpose == Purpose::Whole && header.len >= LEAST as u64;
        let declared = header.fin.then_some(header.len);
        let message = self
            .message
            .get_or_insert_with(|| Unfinished::new(header, purpose, allocations.take(declared)));
        message.begin_frame(header, &self.limits);
        if begins {
            self.began(purpose);
        }
        self.frame = Some(Frame { fin: header.fin, mask: header.mask, taken: 0, left: header.len });
    }

    /// Moves the arrived part of a frame's payload on. Returns `true` if the frame is complete.
    fn take_payload(&mut self) -> Result<bool, ProtocolError> {
        let (Some(frame), Some(message)) = (&mut self.frame, &mut self.message) else {
            return Ok(true);
        };
        let there = self.buffer.unread().len().min(message.appetite());
        let n = usize::try_from(frame.left).map_or(there, |left| left.min(there));
        let at = self.buffer.take(n);
        let piece = self.buffer.get_mut(at);
        frame.take(piece);
        let is_last = frame.fin && frame.left == 0;
        let pushed = message.push(piece, is_last, self.inflation.as_deref_mut());
        pushed.map_err(|broken| message.purpose.name_limit(broken))?;
        if frame.left > 0 {
            return Ok(false);
        }
        self.frame = None;
        self.further_frames += u64::from(!is_last || message.purpose == Purpose::Nothing);
        if !is_last {
            return Ok(true);
        }
        if let Some(message) = self.message.take() {
            let purpose = message.purpose;
            self.ready = Some(Ready::Assembled(message.assembly.finish()?));
            self.ended(purpose);
        }
        Ok(true)
    }

    /// Drops the last message, and keeps its allocation for the next one.
    #[inline]
    pub(super) fn recycle(&mut self) {
        match self.ready {
            None => {}
            Some(Ready::InBuffer { .. }) => self.ready = None,
            Some(Ready::Assembled(..)) => self.recycle_assembled(),
        }
        if self.stream != StreamState::Off {
            self.next_part();
        }
    }

    fn recycle_assembled(&mut self) {
        if let Some(Ready::Assembled(message)) = self.ready.take() {
            let is_binary = matches!(message.as_message(), MessageRef::Binary(_));
            self.allocations.keep(message);
            self.expects_large = is_binary && self.allocations.has_large();
        }
    }
}

#[cfg(test)]
mod tests;
