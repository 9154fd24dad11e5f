//! Compressed messages among frames of all kinds, on connections that share codecs
//! (RFC 7692 §6, §7.2).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::deflate::Context;
use super::{Agreed, Codecs, Deflate, Deflater, Deflation, Inflater, Inflation};
use crate::proto::frame::{FrameHeader, Opcode, RSV1};
use crate::proto::inbound::{Inbound, Incoming};
use crate::proto::message::{Allocation, Assembly, Message};
use crate::proto::rules::{Limits, ProtocolError, Role};

mod sharing;

/// Codecs that are lent and returned, and how many are lent.
#[derive(Debug, Default)]
struct Shelf {
    inflaters: Mutex<Vec<Inflater>>,
    deflaters: Mutex<Vec<Deflater>>,
    lent: AtomicUsize,
}

impl Codecs for Shelf {
    fn inflater(&self) -> Inflater {
        self.lent.fetch_add(1, Ordering::Relaxed);
        lock(&self.inflaters).pop().unwrap_or_else(Inflater::new)
    }

    fn return_inflater(&self, inflater: Inflater) {
        self.lent.fetch_sub(1, Ordering::Relaxed);
        lock(&self.inflaters).push(inflater);
    }

    fn deflater(&self, level: u32, window_bits: u8) -> Deflater {
        self.lent.fetch_add(1, Ordering::Relaxed);
        let mut all = lock(&self.deflaters);
        let fits = all.iter().position(|deflater| deflater.is(level, window_bits));
        fits.map_or_else(|| Deflater::new(level, window_bits), |at| all.remove(at))
    }

    fn return_deflater(&self, deflater: Deflater) {
        self.lent.fetch_sub(1, Ordering::Relaxed);
        lock(&self.deflaters).push(deflater);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shelf() -> &'static Shelf {
    Box::leak(Box::default())
}

fn agreed(takeover: bool, window_bits: u8, level: u32) -> Agreed {
    let context = Context { takeover, window_bits };
    Agreed { send: context, recv: context, level, min_size: 0, answer: String::new() }
}

/// A client's receiving half, which receives frames without a mask.
fn inbound(agreed: Option<&Agreed>, limit: usize, shelf: &'static Shelf) -> Inbound {
    let limits = Limits { message: limit, ..Limits::default() };
    let mut inbound = Inbound::new(Role::Client, limits, Vec::new());
    if let Some(agreed) = agreed {
        inbound.set_inflation(Inflation::new(agreed, shelf));
    }
    inbound
}

fn frame(fin: bool, rsv: u8, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    FrameHeader { fin, rsv, opcode, mask: None, len: payload.len() as u64 }.write(&mut frame);
    frame.extend(payload);
    frame
}

/// Feeds `bytes` in pieces of `size`. Returns the messages, and pings as binary messages.
fn feed(inbound: &mut Inbound, bytes: &[u8], size: usize) -> Result<Vec<Message>, ProtocolError> {
    let mut messages = Vec::new();
    for mut piece in bytes.chunks(size) {
        while !piece.is_empty() {
            let space = inbound.space();
            let n = space.len().min(piece.len());
            space[..n].copy_from_slice(&piece[..n]);
            inbound.filled(n);
            piece = &piece[n..];
            while let Some(incoming) = inbound.advance()? {
                messages.push(match incoming {
                    Incoming::Message => inbound.take()?,
                    Incoming::Ping(payload) => payload.as_slice().to_vec().into(),
                    other => panic!("{other:?}"),
                });
            }
        }
    }
    Ok(messages)
}

const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";

#[test]
fn section_6_1_which_frames_may_be_compressed() {
    use Opcode::{Binary, Continuation, Ping, Text};
    let [head, middle, end] = [&HELLO[..2], &HELLO[2..5], &HELLO[5..]];
    let hello = || Message::from("Hello");
    for (rule, compression, frames, want) in [
        ("a message", true, vec![(true, RSV1, Text, HELLO)], Ok(vec![hello()])),
        ("binary", true, vec![(true, RSV1, Binary, HELLO)], Ok(vec![b"Hello"[..].into()])),
        (
            "one that is not, and one that is",
            true,
            vec![(true, 0, Text, b"Hello"), (true, RSV1, Text, HELLO), (true, 0, Text, b"Hello")],
            Ok(vec![hello(); 3]),
        ),
        (
            "fragments, pings between them",
            true,
            vec![
                (false, RSV1, Text, head),
                (true, 0, Ping, b"1"),
                (false, 0, Continuation, middle),
                (true, 0, Ping, b"2"),
                (true, 0, Continuation, end),
            ],
            Ok(vec![b"1"[..].into(), b"2"[..].into(), hello()]),
        ),
        (
            "empty fragments",
            true,
            vec![
                (false, RSV1, Text, b""),
                (false, 0, Continuation, HELLO),
                (false, 0, Continuation, b""),
                (true, 0, Continuation, b""),
            ],
            Ok(vec![hello()]),
        ),
        ("an empty message", true, vec![(true, RSV1, Text, b"\0")], Ok(vec!["".into()])),
        (
            "marked again on a fragment",
            true,
            vec![(false, RSV1, Text, head), (true, RSV1, Continuation, end)],
            Err(ProtocolError::ReservedBits),
        ),
        (
            "marked on a fragment only",
            true,
            vec![(false, 0, Text, b"a"), (true, RSV1, Continuation, HELLO)],
            Err(ProtocolError::ReservedBits),
        ),
        ("a ping", true, vec![(true, RSV1, Ping, b"")], Err(ProtocolError::ReservedBits)),
        ("RSV2", true, vec![(true, 2, Text, HELLO)], Err(ProtocolError::ReservedBits)),
        ("RSV3", true, vec![(true, RSV1 | 1, Text, HELLO)], Err(ProtocolError::ReservedBits)),
        ("not agreed on", false, vec![(true, RSV1, Text, HELLO)], Err(ProtocolError::ReservedBits)),
        ("corrupt", true, vec![(true, RSV1, Text, b"\x07")], Err(ProtocolError::BadDeflate)),
        (
            "a message in a message",
            true,
            vec![(false, RSV1, Text, head), (true, RSV1, Text, HELLO)],
            Err(ProtocolError::MessageInMessage),
        ),
    ] {
        let frames =
            frames.into_iter().map(|(fin, rsv, opcode, bytes)| frame(fin, rsv, opcode, bytes));
        let bytes = frames.collect::<Vec<_>>().concat();
        for takeover in [false, true] {
            for size in [1, 2, 3, 1000] {
                let agreed = agreed(takeover, 15, 1);
                let agreed = compression.then_some(&agreed);
                let got = feed(&mut inbound(agreed, 1000, shelf()), &bytes, size);
                assert_eq!(got, want, "{rule}, pieces of {size}, takeover {takeover}");
            }
        }
    }
}

#[test]
fn section_8_1_inflated_text_fails_at_its_first_bad_byte() {
    let mut deflater = Deflater::new(0, 15);
    assert!(deflater.deflate(&[&[b'a'; 300][..], b"\xff", &[b'a'; 300]].concat()));
    let frame = frame(true, RSV1, Opcode::Text, deflater.output());
    let mut inbound = inbound(Some(&agreed(false, 15, 1)), 1000, shelf());
    let first = (0..frame.len()).find(|&at| feed(&mut inbound, &frame[at..=at], 1).is_err());
    // DEFLATE stores it uncompressed.
    assert_eq!(first, frame.iter().position(|byte| *byte == 0xff));
}

#[test]
fn section_10_4_the_limit_is_that_of_what_comes_out() {
    let mut deflater = Deflater::new(9, 15);
    for (len, limit, fits) in [(1000, 1000, true), (1001, 1000, false), (1 << 20, 1000, false)] {
        assert!(deflater.deflate(&vec![b'a'; len]));
        let half = deflater.output().len() / 2;
        let (head, end) = deflater.output().split_at(half);
        let frames =
            [frame(false, RSV1, Opcode::Binary, head), frame(true, 0, Opcode::Continuation, end)];
        let mut inbound = inbound(Some(&agreed(false, 15, 1)), limit, shelf());
        let got = feed(&mut inbound, &frames.concat(), 4096).map(|messages| messages.len());
        let want = if fits { Ok(1) } else { Err(ProtocolError::MessageTooBig(limit as u64)) };
        assert_eq!(got, want, "{len} bytes");
        deflater.forget();
    }
    // A message that does not compress is larger on the wire, and still within the limit.
    let mut random = Random(1000);
    let noise: Vec<u8> = (0..1000).map(|_| random.byte()).collect();
    let mut stored = Deflater::new(0, 15);
    assert!(stored.deflate(&noise) && stored.output().len() > 1000);
    let frame = frame(true, RSV1, Opcode::Binary, stored.output());
    let mut inbound = inbound(Some(&agreed(false, 15, 1)), 1000, shelf());
    assert_eq!(feed(&mut inbound, &frame, 100), Ok(vec![noise.into()]));
}

#[test]
fn section_10_4_a_limit_that_changes_holds_from_the_next_frame_on() {
    let mut stored = Deflater::new(0, 15);
    assert!(stored.deflate(&[b'a'; 58]));
    for (rsv, payload) in [(0, &[b'a'; 58][..]), (RSV1, stored.output())] {
        for (first, then, fits) in [(80, 58, true), (80, 20, false), (20, 57, false)] {
            let (head, end) = payload.split_at(if first < 58 { 10 } else { payload.len() });
            let mut inbound = inbound(Some(&agreed(false, 15, 1)), first, shelf());
            let begun = feed(&mut inbound, &frame(false, rsv, Opcode::Binary, head), 100);
            assert_eq!(begun, Ok(Vec::new()));
            inbound.limits_mut().message = then;
            let ended = feed(&mut inbound, &frame(true, 0, Opcode::Continuation, end), 100);
            let too_big = ProtocolError::MessageTooBig(then as u64);
            let want = if fits { Ok(1) } else { Err(too_big) };
            assert_eq!(ended.map(|all| all.len()), want, "{first}, {then}, {rsv}");
        }
    }
}

#[test]
fn section_10_4_a_message_that_never_comes_out_has_an_end() {
    // Empty blocks, in frames that declare more and more bytes.
    let blocks = b"\x00\x00\x00\xff\xff".repeat(1000);
    let mut inbound = inbound(Some(&agreed(false, 15, 1)), 1000, shelf());
    let first = frame(false, RSV1, Opcode::Binary, &blocks);
    assert_eq!(feed(&mut inbound, &first, 4096), Ok(Vec::new()));
    let next = frame(false, 0, Opcode::Continuation, &blocks);
    let refused = (0..100).find_map(|_| feed(&mut inbound, &next, 4096).err());
    assert_eq!(refused, Some(ProtocolError::MessageTooBig(1000)));
    for len in [100_000, 1 << 62, i64::MAX as u64] {
        let mut header = Vec::new();
        FrameHeader { fin: true, rsv: RSV1, opcode: Opcode::Binary, mask: None, len }
            .write(&mut header);
        let mut inbound = self::inbound(Some(&agreed(true, 15, 1)), 1000, shelf());
        let refused = feed(&mut inbound, &header, 100);
        assert_eq!(refused, Err(ProtocolError::MessageTooBig(1000)), "{len}");
    }
}

#[test]
fn a_message_is_compressed_only_where_that_pays() {
    let shelf = shelf();
    let settings = |min_size| Agreed { min_size, ..agreed(false, 15, 6) };
    let text = "the same and the same and the same and the same and the same";
    for (rule, agreed, message, pays) in [
        ("long enough", settings(60), text, true),
        ("too short", settings(61), text, false),
        ("nothing repeats", settings(0), "sphinx of black quartz", false),
        ("empty", settings(0), "", false),
    ] {
        let mut deflation = Deflation::new(&agreed, shelf).unwrap();
        let deflated = deflation.deflate(message.as_bytes());
        assert_eq!(deflated.is_some(), pays, "{rule}");
        if let Some(done) = deflated {
            deflation.done(done);
        }
        assert_eq!(shelf.lent.load(Ordering::Relaxed), 0, "{rule}: an idle end holds no codec");
    }
    let mut random = Random(15);
    let noise: Vec<u8> = (0..40_000).map(|_| random.byte()).collect();
    let mut deflation = Deflation::new(&agreed(true, 15, 1), shelf).unwrap();
    for (rule, message, pays) in [
        ("a text", text.as_bytes(), true),
        ("it again", text.as_bytes(), true),
        ("a short one that is still remembered", &noise[..100], true),
        ("a window full of noise", &noise, false),
        ("the text once more", text.as_bytes(), true),
    ] {
        let deflated = deflation.deflate(message);
        assert_eq!(deflated.is_some(), pays, "with takeover, {rule}");
        if let Some(done) = deflated {
            deflation.done(done);
        }
    }
    let small = Agreed { send: Context { takeover: true, window_bits: 8 }, ..settings(0) };
    assert!(Deflation::new(&small, shelf).is_none(), "no codec has a window of 8 bits");
    assert!(Deflation::new(&agreed(true, 15, 0), shelf).is_none(), "level 0 is no compression");
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

    fn byte(&mut self) -> u8 {
        self.below(256).to_le_bytes()[0]
    }
}

#[test]
fn what_a_client_and_a_server_agree_on_fits_together() {
    let kinds = [
        Deflate::new(),
        Deflate::new().send_takeover(true).recv_takeover(true),
        Deflate::new().send_takeover(true).send_window_bits(10).level(6),
        Deflate::new().recv_takeover(true).recv_window_bits(9).min_size(0),
    ];
    let header = |line: &str| {
        let name = http::header::SEC_WEBSOCKET_EXTENSIONS;
        http::HeaderMap::from_iter([(name, line.parse().unwrap())])
    };
    let words = ["near ", "nearer ", "far "];
    let mut random = Random(9);
    let text: String = (0..10_000).map(|_| words[random.below(3)]).collect();
    for client in &kinds {
        for server in &kinds {
            let at_server = server.answer(&header(&client.offer())).unwrap();
            let at_client = client.judge(&header(&at_server.answer)).unwrap().unwrap();
            for (sender, receiver) in [(&at_client, &at_server), (&at_server, &at_client)] {
                let mut deflation = Deflation::new(sender, shelf()).unwrap();
                let mut inflation = Inflation::new(receiver, shelf());
                for _ in 0..3 {
                    let deflated = deflation.deflate(text.as_bytes()).unwrap();
                    let mut out = Assembly::new(false, Allocation::default(), text.len() as u64);
                    inflation.finish(deflated.output(), &mut out).unwrap();
                    assert!(
                        out.finish().unwrap().as_message().as_bytes() == text.as_bytes(),
                        "{}",
                        at_server.answer
                    );
                    deflation.done(deflated);
                }
            }
        }
    }
}
