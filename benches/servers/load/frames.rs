//! The messages, as frames that are masked before the clock starts, and their echoes (RFC 6455 §5.2).

use test_support::noise::noise;

/// The size of a message in bytes: the largest whose length fits in the second byte of its frame.
pub(crate) const PAYLOAD: usize = 125;

/// How many messages are different. A prime, so that messages do not repeat with the order of connections.
const VARIANTS: usize = 251;

const BINARY: u8 = 0x82;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
const MASKED: u8 = 0x80;
/// The length follows in this number of bytes.
const TWO_BYTES: u8 = 0x7E;
const EIGHT_BYTES: u8 = 0x7F;
const HEADER: usize = 2;
const KEY: usize = 4;

/// Numbered messages. The numbers of messages with the same bytes are far apart.
pub(crate) struct Frames {
    sent: Vec<Vec<u8>>,
    echoed: Vec<Vec<u8>>,
}

/// The first frame of a server.
#[derive(Debug, PartialEq)]
pub(crate) enum Received<'a> {
    /// More bytes are needed.
    Short,
    /// A message with these bytes, header and payload.
    Message(&'a [u8]),
    /// A ping, and its payload.
    Ping(&'a [u8]),
}

impl Frames {
    pub(crate) fn new() -> Self {
        let noise = noise(VARIANTS * (KEY + PAYLOAD));
        let parts = || noise.chunks_exact(KEY + PAYLOAD).map(|part| part.split_at(KEY)).enumerate();
        let payload = |number: usize, bytes: &[u8]| {
            let mut payload = bytes.to_vec();
            // No two are equal, and an error can name the message.
            payload[0] = number.to_le_bytes()[0];
            payload
        };
        let sent =
            parts().map(|(number, (key, bytes))| masked(BINARY, key, &payload(number, bytes)));
        let echoed = parts().map(|(number, (_, bytes))| {
            let payload = payload(number, bytes);
            [&[BINARY, length(&payload)][..], &payload].concat()
        });
        Self { sent: sent.collect(), echoed: echoed.collect() }
    }

    /// The frame that a client sends for the message with this number.
    pub(crate) fn sent(&self, number: usize) -> &[u8] {
        &self.sent[number % VARIANTS]
    }

    /// Returns `true` if this is the echo of the message with this number.
    pub(crate) fn is_echo(&self, number: usize, frame: &[u8]) -> bool {
        self.echoed[number % VARIANTS] == frame
    }

    /// Returns the number, below the number of variants, of the message whose echo this is.
    pub(crate) fn number(&self, frame: &[u8]) -> Option<usize> {
        let number = usize::from(*frame.get(HEADER)?);
        (number < VARIANTS && self.is_echo(number, frame)).then_some(number)
    }
}

/// Reads the first frame of these bytes. Fails if a server must not send it here.
pub(crate) fn first(bytes: &[u8]) -> Result<Received<'_>, String> {
    let [opcode, length, ..] = *bytes else { return Ok(Received::Short) };
    let end = HEADER + usize::from(length);
    match opcode {
        BINARY | PING if usize::from(length) <= PAYLOAD => match bytes.get(..end) {
            None => Ok(Received::Short),
            Some(frame) if opcode == BINARY => Ok(Received::Message(frame)),
            Some(frame) => Ok(Received::Ping(&frame[HEADER..])),
        },
        _ => Err(format!(
            "the server sent a frame that begins with the bytes {opcode:#04x} {length:#04x}, and not an \
             echo of a binary message of {PAYLOAD} bytes"
        )),
    }
}

/// The answer to a ping (§5.5.3).
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    masked(PONG, &[0; KEY], payload)
}

/// A frame of a client. `first` is its first byte.
pub(crate) fn masked(first: u8, key: &[u8], payload: &[u8]) -> Vec<u8> {
    let len = payload.len();
    let mut frame = vec![first];
    match (u16::try_from(len), len) {
        (_, ..126) => frame.push(MASKED | length(payload)),
        (Ok(len), _) => {
            frame.push(MASKED | TWO_BYTES);
            frame.extend(len.to_be_bytes());
        }
        (Err(_), len) => {
            frame.push(MASKED | EIGHT_BYTES);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn length(payload: &[u8]) -> u8 {
    u8::try_from(payload.len()).expect("at most 125 bytes")
}
