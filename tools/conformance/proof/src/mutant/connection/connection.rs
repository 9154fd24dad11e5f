//! [`Connection`]: reads frames and does what they ask for.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use blocking_ws::{Duplex, Role};

use super::breach::Breach;
use super::end::End;
use super::ending::answer;
use super::leave::{Below, Last, leave};
use super::message::Message;
use super::rules::{Rules, is_reserved};
use super::sink::Sink;
use crate::mutant::compression::Agreed;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;
use crate::mutant::wire::{CLOSE, CONTINUATION, Header, PING, PONG, Start, TEXT, mask};

/// The most bytes that are read at once.
const READ: usize = 128 << 10;
/// A peer that is silent for so long, with a frame or a message unfinished, is left.
const SILENCE: Duration = Duration::from_secs(30);
/// How long an answer is held by [`Flag::ReadsAhead`].
const HELD: Duration = Duration::from_millis(20);
/// How long a peer that goes on after its Close frame is heard by [`Flag::GoesOnAfterClose`].
const AFTER_CLOSE: Duration = Duration::from_millis(200);
/// How long an answer waits because of [`Flag::Slow1s`].
const SLOW: Duration = Duration::from_millis(1100);

/// What the opening handshake has come to.
#[derive(Debug)]
pub(in crate::mutant) struct Opened {
    pub(in crate::mutant) role: Role,
    pub(in crate::mutant) agreed: Option<Agreed>,
    /// The bytes behind the handshake.
    pub(in crate::mutant) glued: Vec<u8>,
}

/// A connection after the opening handshake.
#[derive(Debug)]
pub(in crate::mutant) struct Connection<S> {
    sink: Sink<S>,
    below: Below,
    role: Role,
    flags: Flags,
    /// What was read, and how much of it is not used.
    input: Vec<u8>,
    unused: usize,
    /// How long the peer may be silent in a frame or a message.
    silence: Duration,
    read_timeout: Option<Duration>,
    compression: bool,
    message: Message,
    frame: Option<Frame>,
    /// The payload of a control frame.
    control: Vec<u8>,
    /// The last control frame has more fragments, which are skipped.
    in_control: bool,
    /// Pings that are answered after the message.
    owed: Vec<Vec<u8>>,
    pings: usize,
    answered: usize,
    /// Messages that are kept instead of being sent back.
    kept: Option<Vec<Vec<u8>>>,
}

/// A frame that is being received.
#[derive(Clone, Copy, Debug)]
struct Frame {
    header: Header,
    /// How many bytes of its payload have come.
    done: usize,
}

impl<S: Duplex> Connection<S> {
    pub(in crate::mutant) fn new(stream: S, below: Below, flags: Flags, opened: Opened) -> Self {
        let Opened { role, agreed, glued } = opened;
        let unused = glued.len();
        let mut input = glued;
        input.resize(READ.max(unused), 0);
        Self {
            sink: Sink::new(stream, role, flags, agreed),
            below,
            role,
            flags,
            input,
            unused,
            silence: SILENCE,
            read_timeout: None,
            compression: agreed.is_some(),
            message: Message::new(flags, agreed),
            frame: None,
            control: Vec::new(),
            in_control: false,
            owed: Vec::new(),
            pings: 0,
            answered: 0,
            kept: None,
        }
    }

    /// Sends messages back until the connection ends.
    ///
    /// # Errors
    /// The peer has ended TCP without a Close frame, or the stream fails.
    pub(in crate::mutant) fn echo(mut self) -> io::Result<()> {
        self.run()
    }

    /// Keeps the messages until the connection ends.
    ///
    /// # Errors
    /// As [`echo`](Self::echo).
    pub(in crate::mutant) fn keep(mut self) -> io::Result<Vec<Vec<u8>>> {
        self.kept = Some(Vec::new());
        self.run()?;
        Ok(self.kept.unwrap_or_default())
    }

    fn run(&mut self) -> io::Result<()> {
        match self.receive() {
            End::Breach(breach) => self.fail(breach),
            End::Close(payload) => match answer(self.flags, &payload) {
                Ok(answer) => self.close(&answer),
                Err(breach) => self.fail(breach),
            },
            End::Dies => self.sink.stream.shutdown(Shutdown::Both),
            End::Io(e) => Err(e),
        }
    }

    /// Receives until there is a reason to end.
    fn receive(&mut self) -> End {
        loop {
            let mut input = std::mem::take(&mut self.input);
            let mut used = 0;
            let taken = self.take(&mut input[..self.unused], &mut used);
            input.copy_within(used..self.unused, 0);
            self.unused -= used;
            self.input = input;
            if let Err(end) = taken {
                return end;
            }
            let is_cut = self.unused > 0 || self.frame.is_some();
            if is_cut && self.flags.has(Flag::NeedsWholeFrames) {
                return End::Dies;
            }
            if let Err(e) = self.read() {
                return End::Io(e);
            }
        }
    }

    fn read(&mut self) -> io::Result<()> {
        loop {
            let holds = self.sink.holds();
            self.set_read_timeout(if holds { HELD } else { self.silence })?;
            match self.sink.stream.read(&mut self.input[self.unused..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    self.unused += n;
                    return Ok(());
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
                    if holds {
                        self.sink.flush()?;
                    } else if !self.is_idle() {
                        return Err(e);
                    }
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Returns `true` if the peer may be silent as long as it likes.
    fn is_idle(&self) -> bool {
        let is_between = self.unused == 0 && self.frame.is_none() && !self.message.is_open();
        is_between && self.silence == SILENCE
    }

    fn set_read_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        if self.read_timeout != Some(timeout) {
            self.sink.stream.set_read_timeout(Some(timeout))?;
            self.read_timeout = Some(timeout);
        }
        Ok(())
    }

    /// Uses what has been read, and says how much of it.
    fn take(&mut self, input: &mut [u8], used: &mut usize) -> Result<(), End> {
        loop {
            let rest = &mut input[*used..];
            let Some(frame) = &mut self.frame else {
                let Some(start) = Start::parse(rest) else { return Ok(()) };
                let rules = Rules {
                    role: self.role,
                    flags: self.flags,
                    compression: self.compression,
                    in_message: self.message.is_open(),
                    in_control: self.in_control,
                };
                rules.start(start)?;
                let Some((header, len)) = Header::parse(rest) else { return Ok(()) };
                rules.header(&header)?;
                *used += len;
                self.begin(header)?;
                continue;
            };
            let header = frame.header;
            let left = header.len - frame.done as u64;
            let part = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
            let payload = &mut rest[..part];
            if let Some(key) = header.key {
                mask(payload, key, frame.done);
            }
            frame.done += part;
            *used += part;
            if self.is_skipped(header.start) {
                // Nothing is kept of it.
            } else if header.start.is_control() {
                self.control.extend_from_slice(payload);
            } else {
                self.message.push(payload)?;
            }
            if left > part as u64 {
                return Ok(());
            }
            self.frame = None;
            self.end_frame(header.start)?;
        }
    }

    fn begin(&mut self, mut header: Header) -> Result<(), Breach> {
        header.len &= u64::MAX >> 1;
        self.frame = Some(Frame { header, done: 0 });
        let start = header.start;
        if start.is_control() || self.is_skipped(start) {
            self.control.clear();
            let may_go_on = self.flags.has(Flag::ControlFragments) && start.is_control();
            self.in_control |= may_go_on && !start.fin;
            // Only a flag lets it be so long.
            return if header.len > 0xFFFF { Err(Breach::too_long()) } else { Ok(()) };
        }
        let is_lone = start.opcode == CONTINUATION && !self.message.is_open();
        if start.opcode != CONTINUATION || is_lone {
            let is_text = start.opcode == TEXT || is_lone;
            self.message.begin(is_text, self.compression && start.rsv & 4 != 0);
        }
        self.message.frame(header.len)
    }

    fn end_frame(&mut self, start: Start) -> Result<(), End> {
        if self.is_skipped(start) {
            self.in_control &= !start.fin;
            return Ok(());
        }
        match start.opcode {
            CLOSE => self.end_close(),
            PING => Ok(self.ping()?),
            PONG if self.flags.has(Flag::PongFails) => {
                Err(Breach::protocol("no ping was sent").into())
            }
            PONG if self.flags.has(Flag::PongAnswered) => {
                let payload = std::mem::take(&mut self.control);
                Ok(self.sink.control(PONG, &payload)?)
            }
            PONG => Ok(()),
            opcode => {
                // A continuation that continues nothing is a message of its own.
                let is_lone = opcode == CONTINUATION && self.message.frames == 1;
                let fin = start.fin || is_lone;
                self.message.end_frame(fin)?;
                if fin {
                    return self.answer();
                }
                if self.flags.has(Flag::FragmentsApart) {
                    self.answer()?;
                    self.message.cut();
                }
                Ok(())
            }
        }
    }

    /// Returns `true` if a flag lets pass the frame, which has no meaning.
    fn is_skipped(&self, start: Start) -> bool {
        is_reserved(start.opcode) || self.in_control && start.opcode == CONTINUATION
    }

    fn end_close(&mut self) -> Result<(), End> {
        if self.flags.has(Flag::IgnoreClose) {
            return Ok(());
        }
        if self.flags.has(Flag::CloseSendsPart) && self.message.is_open() {
            self.answer()?;
        }
        Err(End::Close(std::mem::take(&mut self.control)))
    }

    /// Answers a ping (§5.5.3).
    fn ping(&mut self) -> io::Result<()> {
        let has = |flag| self.flags.has(flag);
        self.pings += 1;
        if has(Flag::NoPong) || self.pings > 1 && has(Flag::OnePong) {
            return Ok(());
        }
        let mut payload = std::mem::take(&mut self.control);
        payload.truncate(if has(Flag::EmptyPong) { 0 } else { 125 });
        if has(Flag::LatePong) && self.message.is_open() {
            self.owed.push(payload);
            return Ok(());
        }
        if has(Flag::PongTwice) {
            self.sink.control(PONG, &payload)?;
        }
        self.sink.control(PONG, &payload)
    }

    /// Sends the message back.
    fn answer(&mut self) -> Result<(), End> {
        let has = |flag| self.flags.has(flag);
        let message = &self.message;
        if let Some(kept) = &mut self.kept {
            kept.push(message.bytes.clone());
            return Ok(());
        }
        self.answered += 1;
        if self.answered > 100 && has(Flag::DiesAfter100) {
            return Err(End::Dies);
        }
        let is_text = if message.is_text {
            message.frames < 2 || !has(Flag::ContTypeLost)
        } else {
            has(Flag::EchoBinaryAsText)
        };
        let mut bytes = message.bytes.as_slice();
        if bytes.len() >= 16 << 20 && has(Flag::Truncates16m) {
            bytes = &bytes[..(16 << 20) - 1];
        }
        if has(Flag::Length16Bits) {
            bytes = &bytes[..bytes.len() & 0xFFFF];
        }
        if has(Flag::Slow1s) {
            thread::sleep(SLOW);
        }
        if !bytes.is_empty() || !has(Flag::EmptyLost) {
            self.sink.message(is_text, bytes)?;
        }
        for payload in std::mem::take(&mut self.owed) {
            self.sink.control(PONG, &payload)?;
        }
        Ok(())
    }

    /// Fails the connection (§7.1.7).
    fn fail(&mut self, breach: Breach) -> io::Result<()> {
        self.sink.forget();
        if !self.flags.has(Flag::BareDrop) {
            let code = if self.flags.has(Flag::WrongCode) { 1008 } else { breach.code };
            let code = code.to_be_bytes();
            self.sink.close(&[&code[..], breach.reason.as_bytes()].concat())?;
        }
        self.leave(Flag::FailNoDrop);
        Ok(())
    }

    /// Ends the closing handshake.
    fn close(&mut self, answer: &[u8]) -> io::Result<()> {
        self.sink.close(answer)?;
        if self.flags.has(Flag::GoesOnAfterClose) {
            self.go_on();
        }
        self.leave(Flag::NoDrop);
        Ok(())
    }

    /// Answers what still comes, as if nothing had been closed.
    fn go_on(&mut self) {
        self.silence = AFTER_CLOSE;
        while let End::Close(_) = self.receive() {}
    }

    fn leave(&mut self, holds: Flag) {
        if self.flags.has(Flag::CloseReset) {
            self.below.reset();
            return;
        }
        let last = if self.flags.has(holds) { Last::Peer } else { Last::Us };
        leave(&mut self.sink.stream, self.role, last);
    }
}
