//! Rows of frames and their outcome (RFC 6455 §5, §8.1, §10.4), for both roles, cut in many places.
//!
//! A row is `rule | frames | outcome`.
//!
//! - `81:abc` is a frame: its first byte (FIN, RSV, opcode) and its payload.
//! - `81/9:abc` is a frame of nine bytes of which three have arrived.
//! - `=\82\05` are the bytes themselves; `\e2` is a byte.
//! - What goes to a server is masked.
//!
//! The last byte of a row decides: the last event, or the error, comes with that byte.

mod allocations;
mod random;
mod streams;

use super::super::stream::Part;
use super::*;
use crate::proto::message::MessageKind;

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// Events and their payloads, in order. An error is last, and begins with `!`.
type Outcome = Vec<Vec<u8>>;

/// Parses bytes as rows write them.
fn bytes(text: &str) -> Vec<u8> {
    let mut pieces = text.split('\\');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    bytes
}

/// A frame of which `payload` has arrived.
fn frame(to: Role, first: u8, declared: u64, payload: &[u8]) -> Vec<u8> {
    let keys = [(0, [0; 4]), (0x80, [0x37, 0xfa, 0x21, 0x3d])];
    let (masked, key) = keys[usize::from(to == Role::Server)];
    let len = declared.to_be_bytes();
    let mut frame = match declared {
        0..126 => vec![first, masked | len[7]],
        126..65_536 => [&[first, masked | 0x7e], &len[6..]].concat(),
        _ => [&[first, masked | 0x7f], &len[..]].concat(),
    };
    frame.extend(key.iter().filter(|byte| **byte > 0));
    let key = key.iter().cycle();
    frame.extend(payload.iter().zip(key).map(|(byte, key)| byte ^ key));
    frame
}

fn frames(to: Role, text: &str) -> Vec<u8> {
    let one = |text: &str| {
        let (head, payload) = text.split_once(':').unwrap_or((text, ""));
        if let Some(raw) = head.strip_prefix('=') {
            let mut raw = bytes(raw);
            raw[1] |= u8::from(to == Role::Server) << 7;
            return raw;
        }
        let payload = bytes(payload);
        let (first, declared) = head.split_once('/').unwrap_or((head, ""));
        let first = u8::from_str_radix(first, 16).unwrap();
        let declared = declared.parse().unwrap_or(payload.len() as u64);
        frame(to, first, declared, &payload)
    };
    text.split_whitespace().flat_map(one).collect()
}

fn limits(message: usize, fragments: usize) -> Limits {
    let mut limits = Limits::default();
    (limits.message, limits.fragments) = (message, fragments);
    limits.stream = message as u64;
    limits
}

/// A small generator of numbers (xorshift), so that every run is the same.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as usize % n
    }

    fn cut<'a>(&mut self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let most = 1 + self.below(bytes.len() + 1);
        bytes.chunk_by(|_, _| self.below(most) > 0).collect()
    }
}

/// An `Inbound`, all its events, and the arrived part of a message where messages are read as
/// streams.
struct Receiver(Inbound, Outcome, Option<Vec<u8>>);

impl Receiver {
    fn new(role: Role, limits: Limits, already_read: &[u8]) -> Self {
        Self::begin(role, limits, already_read, None)
    }

    fn of_streams(role: Role, limits: Limits, already_read: &[u8]) -> Self {
        Self::begin(role, limits, already_read, Some(Vec::new()))
    }

    fn begin(role: Role, limits: Limits, already_read: &[u8], stream: Option<Vec<u8>>) -> Self {
        let inbound = Inbound::new(role, limits, already_read.to_vec());
        let mut receiver = Self(inbound, Vec::new(), stream);
        receiver.drain();
        receiver
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let space = self.0.space();
            let (piece, rest) = bytes.split_at(bytes.len().min(space.len()));
            space[..piece.len()].copy_from_slice(piece);
            self.0.filled(piece.len());
            self.drain();
            bytes = rest;
        }
    }

    fn drain(&mut self) {
        let ends = |last: &Vec<u8>| last.starts_with(b"close") || last.starts_with(b"!");
        while !self.1.last().is_some_and(ends) {
            match self.next() {
                Ok(Some((kind, payload))) => self.1.push([kind.as_bytes(), &payload].concat()),
                Ok(None) => return assert_eq!(self.0.advance(), Ok(None), "asked again"),
                // The rows are for messages that are read whole.
                Err(ProtocolError::StreamTooBig(most)) if self.2.is_some() => {
                    self.1.push(format!("!MessageTooBig({most})").into());
                }
                Err(broken) => self.1.push(format!("!{broken:?}").into()),
            }
        }
    }

    fn next(&mut self) -> Result<Option<(&'static str, Vec<u8>)>, ProtocolError> {
        if self.2.is_some() && self.0.part().is_none_or(|part| part.is_last) {
            self.0.want_stream();
        }
        let (kind, payload) = match self.0.advance()? {
            None => return Ok(None),
            Some(Incoming::Part) => {
                return self.take_part().map_or_else(|| self.next(), |message| Ok(Some(message)));
            }
            Some(Incoming::Message) => {
                let lent = self.0.lend().map(Message::from);
                assert_eq!(self.0.lend().map(Message::from), lent, "lent twice");
                if self.1.len() % 2 == 0 {
                    assert_eq!(self.0.take(), lent, "lent, then taken");
                }
                return lent.map(|message| match message {
                    Message::Text(text) => Some(("text:", text.into())),
                    Message::Binary(bytes) => Some(("binary:", bytes)),
                });
            }
            Some(Incoming::Ping(payload)) => ("ping:", payload),
            Some(Incoming::Pong(payload)) => ("pong:", payload),
            Some(Incoming::Close(None)) => ("close:", Box::new(ControlPayload::EMPTY)),
            Some(Incoming::Close(Some(frame))) => ("close:", Box::new(frame.payload())),
        };
        Ok(Some((kind, payload.as_slice().to_vec())))
    }
}

impl Receiver {
    /// Adds a part to its message. Returns the message at its end.
    fn take_part(&mut self) -> Option<(&'static str, Vec<u8>)> {
        let (part, stream) = (self.0.part().unwrap(), self.2.as_mut().unwrap());
        let Part { kind, bytes, is_last } = part;
        assert!(is_last || !bytes.is_empty(), "a part of nothing");
        stream.extend_from_slice(bytes);
        let name = if kind == MessageKind::Text { "text:" } else { "binary:" };
        let taken = bytes.len();
        self.0.take_part(taken);
        is_last.then(|| (name, std::mem::take(stream)))
    }
}

/// Feeds a row whole, byte by byte, cut in two everywhere and cut at random.
fn check(role: Role, limits: Limits, name: &str, bytes: &[u8], want: &Outcome) {
    let mut random = Random(bytes.len() as u64 + 1);
    let mut ways = vec![vec![bytes], bytes.chunks(1).collect()];
    ways.extend((1..bytes.len().min(150)).map(|n| vec![&bytes[..n], &bytes[n..]]));
    ways.extend((0..10).map(|_| random.cut(bytes)));
    for pieces in ways {
        let way = format!("{name} ({role:?}), in {} pieces", pieces.len());
        let (last, before) = pieces.split_last().unwrap();
        let mut receiver = Receiver::new(role, limits, b"");
        for piece in before {
            receiver.feed(piece);
        }
        assert_ne!(&receiver.1, want, "{way}, before its last byte");
        receiver.feed(last);
        assert_eq!(&receiver.1, want, "{way}");
        let mut streams = Receiver::of_streams(role, limits, b"");
        for piece in pieces {
            streams.feed(piece);
        }
        assert_eq!(&streams.1, want, "{way}, as streams");
    }
    let whole = Receiver::new(role, limits, bytes);
    assert_eq!(&whole.1, want, "{name}, with the handshake");
}

fn check_rows(limits: Limits, rows: &str) {
    for row in rows.lines().filter(|row| !row.is_empty()) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let want = cells[2].split_whitespace().map(bytes).collect();
        for role in ROLES {
            check(role, limits, cells[0], &frames(role, cells[1]), &want);
        }
    }
}

#[test]
fn section_5_2_every_form_of_length() {
    for len in [0, 1, 3, 4, 125, 126, 127, 255, 256, 65_535, 65_536, 100_000] {
        let a = "a".repeat(len);
        let c = &a[..len.min(125)];
        let rows = format!("{len} | 82:{a} 81:{a} 8a:{c} | binary:{a} text:{a} pong:{c}");
        check_rows(Limits::default(), &rows);
    }
}

#[test]
fn section_5_4_to_5_7_what_is_legal() {
    let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    assert_eq!(frames(Role::Server, "81:Hello"), masked, "§5.7");
    let rows = r"
fragments                    | 01:a 00:b 80:c               | text:abc
binary fragments             | 02:\ff 80:\00                | binary:\ff\00
fragments, all empty         | 01: 00: 80:                  | text:
an empty one first           | 02: 80:a                     | binary:a
an empty one between         | 02:a 00: 80:b                | binary:ab
an empty one last            | 01:a 80:                     | text:a
control frames in a message  | 01:a 89:1 00:b 8a:2 80:c     | ping:1 pong:2 text:abc
a close in a message         | 01:a 88:\03\e9               | close:\03\e9
several frames               | 81:a 82:b 01:c 80:d 89:      | text:a binary:b text:cd ping:
nothing carries over         | 01:é 80:é 82:\ff 81:é        | text:éé binary:\ff text:é
a pong unasked               | 8a:x                         | pong:x
an empty close               | 88:                          | close:
a close with a reason        | 88:\03\e8é                   | close:\03\e8é
§8.1 a character in pieces   | 01:\e2 00:\82 89: 80:\ac     | ping: text:€
§8.1 an empty piece within   | 01:\f0\9f 00: 80:\98\80      | text:😀
§8.1 the last of each length | 81:\7f߿\ef\bf\bf\f4\8f\bf\bf | text:\7f߿\ef\bf\bf\f4\8f\bf\bf
";
    check_rows(Limits::default(), rows);
}

#[test]
fn section_5_and_8_1_violations() {
    let rows = r"
RSV1                                  | c1/1:                                | !ReservedBits
RSV2                                  | a2/1:                                | !ReservedBits
RSV3                                  | 91/1:                                | !ReservedBits
RSV1 on a ping                        | c9/1:                                | !ReservedBits
RSV1 on a continuation                | 01:a c0/1:                           | !ReservedBits
2^63                                  | =\82\7f\80\00\00\00\00\00\00\00      | !LengthTopBit
2^64-1                                | =\82\7f\ff\ff\ff\ff\ff\ff\ff\ff      | !LengthTopBit
2^64-4                                | =\82\7f\ff\ff\ff\ff\ff\ff\ff\fc      | !LengthTopBit
2^63 in a continuation                | 02:a =\80\7f\80\00\00\00\00\00\00\00 | !LengthTopBit
64 bits for 65535                     | =\82\7f\00\00\00\00\00\00\ff\ff      | !LengthNotMinimal
16 bits for 125                       | =\81\7e\00\7d                        | !LengthNotMinimal
a stray continuation                  | 80/1:                                | !NothingToContinue
a stray fragment                      | 00/0:                                | !NothingToContinue
a continuation after the last         | 01:a 80:b 80/1:                      | text:ab !NothingToContinue
a continuation after a whole          | 81:a 80/1:                           | text:a !NothingToContinue
a text in a text                      | 01:a 81/1:                           | !MessageInMessage
a binary in a text                    | 01:a 02/1:                           | !MessageInMessage
a ping does not end a message         | 02:a 89: 82/1:                       | ping: !MessageInMessage
a ping of 126                         | =\89\7e                              | !ControlTooLong
a close of 2^16                       | 81:a =\88\7f                         | text:a !ControlTooLong
a pong in pieces                      | =\0a\00                              | !ControlFragmented
a close in pieces                     | 01:a =\08\02                         | !ControlFragmented
§7.4 a code never sent                | 88:\03\ed                            | !BadCloseCode(1005)
§7.4 a code not assigned              | 88:\0b\b7                            | !BadCloseCode(2999)
§5.5.1 a close of one byte            | 88:\03                               | !CloseTooShort
§5.5.1 a reason not UTF-8             | 88:\03\e8\ed\a0\80                   | !BadUtf8
§8.1 Autobahn 6.4.1, next fragment    | 01:κόσμε 00/11:\f4\90                | !BadUtf8
§8.1 Autobahn 6.4.2, cut in character | 01:κόσμε\f4 00/10:\90                | !BadUtf8
§8.1 Autobahn 6.4.3, in one frame     | 81/21:κόσμε\f4\90                    | !BadUtf8
§8.1 an overlong form                 | 81/9:a\e0\9f                         | !BadUtf8
§8.1 a surrogate                      | 81/70000:\ed\a0                      | !BadUtf8
§8.1 a surrogate in two fragments     | 01:\ed 80/9:\a0                      | !BadUtf8
§8.1 beyond U+10FFFF                  | 81/9:\f5                             | !BadUtf8
§8.1 a character cut by another       | 01:\e2\82 80/9:a                     | !BadUtf8
§8.1 a stray continuation byte        | 01:a 89: 80/9:\80                    | ping: !BadUtf8
§8.1 the second message               | 01:a 80:é 81/9:a\80                  | text:aé !BadUtf8
§8.1 unfinished at the end            | 81:a\e2\82                           | !BadUtf8
§8.1 unfinished at the last fragment  | 01:a 80:\f0\9f\98                    | !BadUtf8
§8.1 unfinished at an empty fragment  | 01:\c3 80:                           | !BadUtf8
";
    check_rows(Limits::default(), rows);
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        let row = format!("an opcode | 81:a =\\8{opcode:x}\\00 | text:a !ReservedOpcode({opcode})");
        check_rows(Limits::default(), &row);
    }
}

#[test]
fn section_5_1_masks() {
    for (n, want) in ["!Masked", "!Unmasked"].into_iter().enumerate() {
        for wrong in ["81/1:", "82/0:", "89/1:", "88/0:", "01/70000:"] {
            let bytes = [frames(ROLES[n], "82:good"), frames(ROLES[1 - n], wrong)].concat();
            let want = vec![b"binary:good".to_vec(), want.into()];
            check(ROLES[n], Limits::default(), wrong, &bytes, &want);
        }
    }
}

#[test]
fn section_10_4_limits() {
    let rows = r"
the limit exactly       | 82:0123456789                          | binary:0123456789
one more                | 82/11:                                 | !MessageTooBig(10)
text too                | 01/11:                                 | !MessageTooBig(10)
16 bits of length       | 82/65535:                              | !MessageTooBig(10)
2^63-1                  | 82/9223372036854775807:                | !MessageTooBig(10)
1 + (2^63-1)            | 02:0 80/9223372036854775807:           | !MessageTooBig(10)
exactly, in fragments   | 02:0123 80:456789                      | binary:0123456789
one more, in fragments  | 02:0123 00/7:                          | !MessageTooBig(10)
control frames are free | 02:0123456789 89:abc 00: 8a: 80:       | ping:abc pong: binary:0123456789
each message anew       | 02:01234567 00:8 80: 02:0 00:1 80:23456789 | binary:012345678 binary:0123456789
a fourth                | 01:a 00: 00: 00/0:                     | !TooManyFragments(3)
the last counts         | 01:a 00:b 00:c 80/1:                   | !TooManyFragments(3)
";
    check_rows(limits(10, 3), rows);
}

/// The allocation of the unfinished message, which is dropped.
fn room(inbound: &mut Inbound) -> usize {
    let message = inbound.message.take().unwrap().assembly.finish().unwrap();
    message.into_memory().capacity()
}

#[test]
fn section_10_4_a_declared_length_allocates_nothing() {
    let many = format!("82/1073741824:{}", "a".repeat(100_000));
    for (rule, sent, most) in [
        ("1 GiB", "82/1073741824:", 8 << 10),
        ("1 GiB of text", "01/1073741824:abc", 8 << 10),
        ("1 GiB behind a fragment", "02:a 80/1073741824:", 8 << 10),
        ("100 kB are there", &many, 500_000),
        #[cfg(target_pointer_width = "64")]
        ("1 + (2^63-1)", "02:a 00/9223372036854775807:b", 8 << 10),
    ] {
        for role in ROLES {
            let mut receiver = Receiver::new(role, limits(usize::MAX, usize::MAX), b"");
            receiver.feed(&frames(role, sent));
            assert!(receiver.1.is_empty(), "{rule}");
            let held = room(&mut receiver.0) + receiver.0.space().len();
            assert!(held <= most, "{rule}: {held} bytes are held");
        }
    }
}

#[test]
fn what_the_next_read_waits_for() {
    let message = Awaits::Message { holds_much: false };
    for (rule, bytes, want) in [
        ("nothing has come", &[][..], message),
        ("a whole message", &[0x82, 1, 0], message),
        ("a header whose length is missing", &[0x82], Awaits::Rest),
        ("a length that is not whole", &[0x81, 126, 1], Awaits::Rest),
        ("a ping's header", &[0x89], Awaits::Frame),
        ("a part of its payload", &[0x89, 2, 0], Awaits::Frame),
        ("a message's header", &[0x82, 2], Awaits::Rest),
        ("a part of its payload", &[0x82, 2, 0], Awaits::Rest),
        ("between fragments", &[0x02, 1, 0], Awaits::Rest),
        ("a ping's header between fragments", &[0x02, 1, 0, 0x89], Awaits::Rest),
    ] {
        let mut receiver = Receiver::new(Role::Client, Limits::default(), b"");
        receiver.feed(bytes);
        assert_eq!(receiver.0.awaits(), want, "{rule}");
    }
}
