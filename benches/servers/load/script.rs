//! What a client sends for throughput: messages in frames that are masked before the clock starts
//! (RFC 6455 §5.2).

use std::ops::Range;

use blocking_ws::Message;
use test_support::content::Content;
use test_support::noise::noise;

use super::frames::masked;

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CONTINUATION: u8 = 0;

/// How many bytes the messages have together, if there are enough of them and not too many.
const TOGETHER: usize = 128 << 10;
/// How many different messages there are at least and at most.
const VARIANTS: (usize, usize) = (2, 509);

/// The messages of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    pub(crate) content: Content,
    /// The size of a message in bytes.
    pub(crate) size: usize,
    /// In how many frames a message is sent.
    pub(crate) frames: usize,
    /// How many messages are in flight at most.
    pub(crate) in_flight: usize,
}

/// Numbered messages as bytes one after another, which begin again after the last message.
pub(crate) struct Script {
    pub(crate) exchange: Exchange,
    /// The opcode of all messages.
    pub(crate) opcode: u8,
    payloads: Vec<Vec<u8>>,
    /// All messages, and the first messages once more, so that what is due is in one piece.
    bytes: Vec<u8>,
    /// Where each message begins, and where the last message ends.
    starts: Vec<usize>,
}

impl Script {
    pub(crate) fn new(exchange: Exchange) -> Self {
        let (least, most) = VARIANTS;
        let variants = (TOGETHER / exchange.size).clamp(least, most);
        let messages = exchange.content.messages(exchange.size, variants);
        let payloads: Vec<_> = messages.into_iter().map(payload).collect();
        let opcode = if exchange.content == Content::Binary { BINARY } else { TEXT };
        let (mut bytes, mut starts) = (Vec::new(), vec![0]);
        // What is due begins at any message.
        for payload in payloads.iter().cycle().take(variants + exchange.in_flight - 1) {
            write(&mut bytes, opcode, payload, exchange.frames);
            starts.push(bytes.len());
        }
        Self { exchange, opcode, payloads, bytes, starts }
    }

    /// How many messages a client sends at once: half of those in flight. So all servers get messages in
    /// bursts of the same size, no matter how they send their answers.
    pub(crate) fn burst(&self) -> usize {
        self.exchange.in_flight.div_ceil(2)
    }

    /// Where the frames of some messages are, of which the first has this number. There are at most as many
    /// as may be in flight.
    pub(crate) fn range(&self, number: usize, count: usize) -> Range<usize> {
        let first = number % self.payloads.len();
        self.starts[first]..self.starts[first + count]
    }

    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// The payload of the message with this number.
    pub(crate) fn payload(&self, number: usize) -> &[u8] {
        &self.payloads[number % self.payloads.len()]
    }
}

fn payload(message: Message) -> Vec<u8> {
    match message {
        Message::Text(text) => text.into_bytes(),
        Message::Binary(bytes) => bytes,
    }
}

fn write(bytes: &mut Vec<u8>, opcode: u8, payload: &[u8], frames: usize) {
    let keys = noise(4 * frames);
    let pieces = payload.chunks(payload.len().div_ceil(frames));
    let last = pieces.len() - 1;
    for ((at, piece), key) in pieces.enumerate().zip(keys.chunks_exact(4)) {
        let opcode = if at == 0 { opcode } else { CONTINUATION };
        bytes.extend(masked(if at == last { FIN | opcode } else { opcode }, key, piece));
    }
}
