//! How a [`Bench`] does what a case says.

use std::io;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::MessageKind;
use blocking_ws::testing::{Key, Len, RawFrame};

use super::bench::Bench;
use super::ending::State;
use super::matcher::{Came, Matcher};
use crate::case::{Act, Frame, Payload, Timer, Until, Want, Writes};
use crate::connection::opcode::{BINARY, CLOSE, CONTINUATION, TEXT};
use crate::report::WireEvent;

/// Frames that may leave together do so up to this many bytes.
const TOGETHER: usize = 64 << 10;

/// The payload of a frame that is sent in parts.
struct Begun {
    key: Option<[u8; 4]>,
    /// How much of the payload was sent.
    sent: usize,
}

impl<'a> Bench<'a> {
    /// Does what the case says, and waits for the end.
    pub(super) fn act(&mut self, acts: &[Act], timer: Timer, want: &'a Want) {
        self.matcher = Some(Matcher::new(want));
        // A peer that has gone shows when its last words are read.
        let _ = self.all(acts);
        self.set_timer(timer);
        self.wait_for_the_end();
    }

    /// Handles what happens until TCP has ended.
    pub(super) fn wait_for_the_end(&mut self) {
        while self.state != State::Closed {
            self.step(None);
        }
    }

    fn all(&mut self, acts: &[Act]) -> io::Result<()> {
        let mut begun = None;
        for act in acts {
            match act {
                Act::Frame(frame) => self.send_frame(frame)?,
                Act::Repeated { frame, count } => {
                    for _ in 0..*count {
                        self.send_frame(frame)?;
                        self.flush_if_much()?;
                    }
                }
                Act::Bytes(payload) => self.out.extend(payload.bytes()),
                Act::Idle(time) => {
                    self.flush()?;
                    thread::sleep(self.patience.of(*time));
                }
                Act::Fin => {
                    self.flush()?;
                    self.link.fin();
                }
                Act::Message { kind, payload, fragment } => {
                    self.send_message(*kind, &payload.bytes(), *fragment, false)?;
                }
                Act::Begin { fin, opcode, len, payload } => {
                    begun = Some(self.begin(*fin, *opcode, *len, payload));
                }
                Act::More(payload) => {
                    if let Some(begun) = &mut begun {
                        self.more(begun, payload);
                    }
                }
                Act::Close(payload) if self.state == State::Open => {
                    self.flush()?;
                    self.begin_close_with(&payload.bytes());
                }
                Act::Close(payload) => {
                    let frame = RawFrame::of(CLOSE, payload.bytes());
                    self.queue(frame, None);
                }
                Act::Pause { tag, most, until } => {
                    self.flush()?;
                    if !self.pause(*tag, *most, *until) {
                        return Ok(());
                    }
                }
            }
            self.flush_if_much()?;
        }
        self.flush()
    }

    /// Writes what is queued.
    fn flush(&mut self) -> io::Result<()> {
        let mut out = mem::take(&mut self.out);
        let written = if out.is_empty() { Ok(()) } else { self.write(&out, Writes::Together) };
        out.clear();
        self.out = out;
        written
    }

    fn flush_if_much(&mut self) -> io::Result<()> {
        if self.out.len() >= TOGETHER { self.flush() } else { Ok(()) }
    }

    /// Queues a frame, which leaves together with others.
    fn queue(&mut self, frame: RawFrame, repeated: Option<usize>) -> usize {
        let bytes = self.prepare(frame, Writes::Together, repeated);
        self.out.extend_from_slice(&bytes);
        bytes.len()
    }

    fn send_frame(&mut self, frame: &Frame) -> io::Result<()> {
        let Frame { fin, rsv, opcode, payload, key, len, writes } = frame;
        let repeated = payload.is_repeated().then(|| payload.len());
        let frame = RawFrame::of(*opcode, payload.bytes());
        let frame = frame.fin(*fin).rsv(*rsv).key(*key).len(*len);
        if *writes == Writes::Together {
            self.queue(frame, repeated);
            return Ok(());
        }
        self.flush()?;
        let bytes = self.prepare(frame, *writes, repeated);
        self.write(&bytes, *writes)
    }

    /// Sends the frames of a message.
    pub(super) fn send_message(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        fragment: Option<usize>,
        is_compressed: bool,
    ) -> io::Result<()> {
        let mut opcode = if kind == MessageKind::Text { TEXT } else { BINARY };
        let mut rsv = if is_compressed { 4 } else { 0 };
        let (mut rest, most) = (payload, fragment.unwrap_or(payload.len()));
        self.sent.payload_bytes += payload.len() as u64;
        loop {
            let (part, behind) = rest.split_at(rest.len().min(most));
            // A message that is an exact multiple ends in an empty frame, unless it is one frame.
            let fin = part.len() < most || payload.len() <= most;
            let frame = RawFrame::of(opcode, part).fin(fin).rsv(rsv);
            self.sent.frames += 1;
            self.sent.wire_bytes += self.queue(frame, None) as u64;
            if fin || self.out.len() >= TOGETHER {
                self.flush()?;
            }
            if fin {
                return Ok(());
            }
            (rest, opcode, rsv) = (behind, CONTINUATION, 0);
        }
    }

    /// Queues the header of a frame that is longer than what follows now.
    fn begin(&mut self, fin: bool, opcode: u8, len: usize, payload: &Payload) -> Begun {
        let given = match (u8::try_from(len), u16::try_from(len)) {
            (Ok(len @ 0..=125), _) => Len::In7(len),
            (_, Ok(len)) => Len::In16(len),
            _ => Len::In64(len as u64),
        };
        let bytes = payload.bytes();
        let sent = bytes.len();
        let key = self.key();
        let frame = RawFrame::of(opcode, bytes).fin(fin).len(given);
        self.queue(frame.key(key.map_or(Key::None, Key::Fixed)), None);
        Begun { key, sent }
    }

    /// Queues more of the payload of a frame, masked where it stands.
    fn more(&mut self, begun: &mut Begun, payload: &Payload) {
        let mut bytes = payload.bytes();
        if let Some(key) = begun.key {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte ^= key[(begun.sent + at) % 4];
            }
        }
        begun.sent += bytes.len();
        self.out.extend(bytes);
    }

    /// Waits. Returns `true` if the connection is open afterwards.
    fn pause(&mut self, tag: Option<&'static str>, most: Duration, until: Until) -> bool {
        let most = self.patience.of(most);
        let most = match until {
            Until::Answered => most.min(self.patience.until_answered()),
            Until::Pong | Until::Closed => most,
        };
        self.link.log.note(WireEvent::Wait { most, tag: tag.map(str::to_owned) });
        let (deadline, pongs) = (Instant::now() + most, self.pongs);
        while self.state == State::Open && Instant::now() < deadline {
            if until == Until::Pong && self.pongs > pongs {
                break;
            }
            self.step(Some(deadline));
        }
        let is_open = self.state == State::Open;
        if is_open {
            self.link.log.note(WireEvent::WaitEnd { tag: tag.map(str::to_owned) });
            if let Some(tag) = tag {
                self.came(&Came::Timeout(tag));
            }
        }
        is_open
    }
}
