//! The check of answers for throughput: the frames of a server, in whatever pieces they come (RFC 6455 §5).
//!
//! Per frame it looks at the header only. A sample of the messages is compared byte by byte.

use super::frames::pong;
use super::script::Script;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const PING: u8 = 9;
const PONG: u8 = 10;
const LONGEST_HEADER: usize = 10;

/// What has come on a connection.
#[derive(Default)]
pub(crate) struct Answers {
    /// A header of which more bytes are needed.
    partial: Vec<u8>,
    frame: Option<Frame>,
    /// A message has begun, and its last frame has not.
    is_inside: bool,
    /// How many bytes of the message have come.
    have: usize,
    /// The payload of a control frame.
    control: Vec<u8>,
    /// The number of the message that comes next or has begun.
    number: usize,
    /// Pongs that must be sent.
    pub(crate) pongs: Vec<u8>,
}

/// A frame that is not yet complete.
#[derive(Clone, Copy)]
struct Frame {
    first: u8,
    /// How many bytes of its payload have not come.
    left: usize,
}

impl Answers {
    /// Checks bytes, and returns how many messages have ended in them.
    pub(crate) fn take(&mut self, mut bytes: &[u8], script: &Script) -> Result<usize, String> {
        let before = self.number;
        loop {
            let mut frame = match self.frame {
                Some(frame) => frame,
                None => match self.begin(&mut bytes, script)? {
                    Some(frame) => frame,
                    None => return Ok(self.number - before),
                },
            };
            let (now, rest) = bytes.split_at(frame.left.min(bytes.len()));
            self.payload(frame, now, script)?;
            bytes = rest;
            frame.left -= now.len();
            if frame.left > 0 {
                self.frame = Some(frame);
                return Ok(self.number - before);
            }
            self.frame = None;
            self.end(frame, script)?;
        }
    }

    /// Returns `true` if this answer is compared byte by byte.
    fn is_in_sample(number: usize, size: usize) -> bool {
        let every = match size {
            ..0x4000 => 61,
            0x4000..0x10_0000 => 16,
            _ => 4,
        };
        number % every == 0
    }

    /// Takes a header, or as much of it as has come.
    fn begin(&mut self, bytes: &mut &[u8], script: &Script) -> Result<Option<Frame>, String> {
        let found = if self.partial.is_empty() {
            header(bytes)?
        } else {
            let known = self.partial.len();
            self.partial.extend(bytes.iter().take(LONGEST_HEADER - known));
            header(&self.partial)?.map(|(frame, used)| (frame, used - known))
        };
        let Some((frame, used)) = found else {
            if self.partial.is_empty() {
                self.partial.extend(*bytes);
            }
            return Ok(None);
        };
        self.partial.clear();
        *bytes = &bytes[used..];
        let wanted = if self.is_inside { CONTINUATION } else { script.opcode };
        match frame.first & !FIN {
            opcode if opcode == wanted => {}
            PING | PONG if frame.first & FIN != 0 && frame.left <= 125 => self.control.clear(),
            _ => {
                return Err(format!(
                    "the server sent a frame that begins with the byte {:#04x}, and not the answer to a \
                     message",
                    frame.first
                ));
            }
        }
        Ok(Some(frame))
    }

    fn payload(&mut self, frame: Frame, bytes: &[u8], script: &Script) -> Result<(), String> {
        if is_control(frame) {
            self.control.extend(bytes);
            return Ok(());
        }
        let size = script.exchange.size;
        let end = self.have + bytes.len();
        if self.have.saturating_add(frame.left) > size {
            return Err(format!("an answer is longer than the message, which has {size} bytes"));
        }
        if Self::is_in_sample(self.number, size)
            && script.payload(self.number)[self.have..end] != *bytes
        {
            return Err(format!("answer {} has other bytes than the message", self.number));
        }
        self.have = end;
        Ok(())
    }

    fn end(&mut self, frame: Frame, script: &Script) -> Result<(), String> {
        if is_control(frame) {
            if frame.first & !FIN == PING {
                self.pongs.extend(pong(&self.control));
            }
            return Ok(());
        }
        self.is_inside = frame.first & FIN == 0;
        if !self.is_inside {
            let size = script.exchange.size;
            if self.have != size {
                return Err(format!(
                    "an answer has {} bytes, and the message has {size}",
                    self.have
                ));
            }
            self.have = 0;
            self.number += 1;
        }
        Ok(())
    }
}

fn is_control(frame: Frame) -> bool {
    matches!(frame.first & !FIN, PING | PONG)
}

/// Returns the frame that begins here, and the length of its header. `None` if more bytes are needed.
fn header(bytes: &[u8]) -> Result<Option<(Frame, usize)>, String> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (left, header) = match second {
        ..126 => (Some(u64::from(*second)), 2),
        126 => (rest.first_chunk().map(|it| u16::from_be_bytes(*it).into()), 4),
        127 => (rest.first_chunk().map(|it| u64::from_be_bytes(*it)), 10),
        _ => return Err("the server sent a frame with a mask".into()),
    };
    let Some(left) = left else { return Ok(None) };
    let left = usize::try_from(left).map_err(|_| "the server sent a frame that is too long")?;
    Ok(Some((Frame { first: *first, left }, header)))
}
