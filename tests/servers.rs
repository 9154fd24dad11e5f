//! The rules of the benchmark `servers`: percentiles, comparisons, the schedule, frames, the check of answers,
//! frames of the floor, and numbers for people. They
//! are here because a benchmark has no test harness, and its dependencies take long to build.

use std::time::Duration;

use answers::Answers;
use figures::{Better, Sorted, Spread};
use floor::{Frame, header_len, unmask, write_header};
use frames::{Frames, PAYLOAD, Received, first, pong};
use number::number;
use schedule::{Due, Schedule};
use script::{Exchange, Script};
use test_support::content::Content;

#[path = "../benches/servers/load/answers.rs"]
mod answers;
#[path = "../benches/servers/figures.rs"]
mod figures;
#[path = "../benches/servers/server/built_in/floor/frame.rs"]
mod floor;
#[path = "../benches/servers/load/frames.rs"]
mod frames;
#[path = "../benches/servers/report/number.rs"]
mod number;
#[path = "../benches/servers/schedule.rs"]
mod schedule;
#[path = "../benches/servers/load/script.rs"]
mod script;

#[test]
fn a_percentile_is_the_nearest_rank() {
    for (rule, count, thousandths, want) in [
        ("the only time is all percentiles", 1, 500, 1.0),
        ("the only time is the longest", 1, 1000, 1.0),
        ("of an even number, half do not exceed the lower middle", 10, 500, 5.0),
        ("of an odd number, the middle", 11, 500, 6.0),
        ("one of a hundred exceeds p99", 100, 990, 99.0),
        ("p99 of few times is the longest", 50, 990, 50.0),
        ("one of a thousand exceeds p99.9", 1000, 999, 999.0),
        ("rounds up to a rank", 1001, 999, 1000.0),
        ("1000 gives the longest", 1001, 1000, 1001.0),
        ("0 gives the shortest", 1001, 0, 1.0),
    ] {
        // In descending order, so that the order of the input does not matter.
        let times = (1..=count).rev().map(Duration::from_micros).collect();
        let got = Sorted::new(times).expect("some").percentile(thousandths);
        assert!((got - want).abs() < 1e-6, "{rule}: {got}, not {want}");
    }
    assert!(Sorted::new(Vec::new()).is_none());
}

#[test]
fn a_spread_has_the_median_and_both_ends() {
    for (runs, want) in [
        (&[2.0][..], [2.0, 2.0, 2.0]),
        (&[3.0, 1.0], [2.0, 1.0, 3.0]),
        (&[9.0, 1.0, 2.0], [2.0, 1.0, 9.0]),
        (&[4.0, 1.0, 9.0, 2.0], [3.0, 1.0, 9.0]),
    ] {
        let [median, lowest, highest] = want;
        assert_eq!(Spread::of(runs), Some(Spread { median, lowest, highest }), "{runs:?}");
    }
    assert_eq!(Spread::of(&[]), None);
}

#[test]
fn a_ratio_says_how_many_times_as_good_a_value_is() {
    for (rule, better, value, other, want) in [
        ("half the time is twice as good", Better::Less, 1.0, 2.0, Some(2.0)),
        ("half the rate is half as good", Better::More, 1.0, 2.0, Some(0.5)),
        ("this program's values are not compared", Better::Neither, 1.0, 2.0, None),
        ("no multiple of nothing", Better::Less, 1.0, 0.0, None),
        ("memory that was returned is no multiple", Better::Less, -1.0, 2.0, None),
    ] {
        assert_eq!(better.times_as_good(value, other), want, "{rule}");
    }
    let spread = Spread { median: 2.0, lowest: 1.0, highest: 3.0 };
    let best = [Better::More, Better::Less].map(|better| better.best(&spread));
    assert_eq!(best.map(f64::to_bits), [3.0_f64, 1.0].map(f64::to_bits));
}

const COUNT: u32 = 100_000;

fn dues(rate: f64, connections: usize, seed: u64) -> Vec<Due> {
    let mut schedule = Schedule::new(rate, connections, seed);
    (0..COUNT).map(|_| schedule.next()).collect()
}

#[test]
fn messages_come_in_order_and_at_the_rate() {
    for rate in [0.5, 1000.0, 250_000.0] {
        let dues = dues(rate, 64, 1);
        assert!(dues.is_sorted_by_key(|due| due.after), "{rate}");
        let last = dues.last().expect("many").after.as_secs_f64();
        let got = f64::from(COUNT) / last;
        assert!((got / rate - 1.0).abs() < 0.02, "{got} a second, not {rate}");
    }
}

#[test]
fn gaps_have_an_exponential_distribution() {
    let dues = dues(1000.0, 1, 2);
    let gaps =
        || dues.windows(2).map(|two| two[1].after.as_secs_f64() - two[0].after.as_secs_f64());
    for (times, share) in [(0.1, 0.904_837), (1.0, 0.367_879), (3.0, 0.049_787)] {
        let longer = gaps().filter(|gap| *gap > times / 1000.0).count();
        let got = f64::from(u32::try_from(longer).expect("few")) / f64::from(COUNT);
        assert!((got - share).abs() < 0.01, "{got} of the gaps exceed {times} means");
    }
}

#[test]
fn each_connection_gets_its_share() {
    let mut counts = [0_u32; 64];
    for due in dues(1000.0, counts.len(), 3) {
        counts[due.connection] += 1;
    }
    let fair = COUNT / 64;
    assert!(counts.iter().all(|count| count.abs_diff(fair) < fair / 5), "{counts:?}");
}

#[test]
fn a_seed_decides_all() {
    assert_eq!(dues(1000.0, 64, 4), dues(1000.0, 64, 4));
    assert_ne!(dues(1000.0, 64, 4), dues(1000.0, 64, 5));
}

/// What a server does with a frame: it takes the mask away.
fn echo(sent: &[u8]) -> Vec<u8> {
    let (header, rest) = sent.split_at(2);
    let (key, payload) = rest.split_at(4);
    let mut echo = vec![header[0], header[1] & 0x7F];
    echo.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    echo
}

#[test]
fn an_echo_is_that_of_one_message_only() {
    let frames = Frames::new();
    for number in 0..251 {
        let echo = echo(frames.sent(number));
        assert_eq!(echo.len(), 2 + PAYLOAD);
        assert!(frames.is_echo(number, &echo) && frames.is_echo(number + 251, &echo));
        assert!(!frames.is_echo(number + 1, &echo));
        assert_eq!(frames.number(&echo), Some(number));
        let mut wrong = echo.clone();
        wrong[PAYLOAD + 1] ^= 1;
        assert!(!frames.is_echo(number, &wrong));
        assert_eq!(frames.number(&wrong), None);
    }
}

#[test]
fn frames_are_found_in_what_came() {
    let frames = Frames::new();
    let echo = &echo(frames.sent(7))[..];
    let two = &[echo, echo].concat()[..];
    for (rule, bytes, want) in [
        ("nothing", &[][..], Ok(Received::Short)),
        ("half a header", &echo[..1], Ok(Received::Short)),
        ("less than a frame", &echo[..126], Ok(Received::Short)),
        ("a frame", echo, Ok(Received::Message(echo))),
        ("more than a frame", two, Ok(Received::Message(echo))),
        ("a ping", &[0x89, 2, b'h', b'i'], Ok(Received::Ping(b"hi"))),
        ("an empty ping", &[0x89, 0], Ok(Received::Ping(b""))),
    ] {
        assert_eq!(first(bytes), want, "{rule}");
    }
    for (rule, bytes) in [
        ("text", [0x81, 125]),
        ("a Close", [0x88, 2]),
        ("a fragment", [0x02, 125]),
        ("a longer message", [0x82, 126]),
        ("a mask", [0x82, 0xFD]),
    ] {
        assert!(first(&bytes).is_err(), "{rule}");
    }
}

#[test]
fn a_pong_has_the_payload_of_the_ping() {
    assert_eq!(echo(&pong(b"hi")), [0x8A, 2, b'h', b'i']);
}

#[test]
fn a_number_has_few_digits_and_commas() {
    for (value, want) in [
        (0.0, "0.000"),
        (0.0678, "0.068"),
        (-0.5, "-0.500"),
        (1.0, "1.00"),
        (9.994, "9.99"),
        (10.0, "10.0"),
        (999.94, "999.9"),
        (1000.0, "1,000"),
        (-123_456.0, "-123,456"),
        (1_234_567.8, "1,234,568"),
    ] {
        assert_eq!(number(value), want);
    }
}

const EXCHANGES: [Exchange; 5] = [
    exchange(Content::Binary, 16, 1, 256),
    exchange(Content::Ascii, 1024, 1, 64),
    exchange(Content::Letters, 70_000, 1, 1),
    exchange(Content::Binary, 4096, 64, 4),
    exchange(Content::Letters, 1000, 7, 3),
];

const fn exchange(content: Content, size: usize, frames: usize, in_flight: usize) -> Exchange {
    Exchange { content, size, frames, in_flight }
}

/// How many messages are in flight in a test of answers.
const SOME: usize = 3;

/// What the floor makes of frames: the same frames, without masks.
fn unmasked(mut bytes: &[u8]) -> Vec<u8> {
    let mut answers = Vec::new();
    while let Some(frame) = Frame::read(bytes) {
        let end = frame.header + frame.payload;
        let mut answer = bytes[..end].to_vec();
        unmask(&mut answer, frame.header, frame.header, frame.payload, frame.key, 0);
        let start = write_header(&mut answer, frame.header, frame.first, frame.payload);
        answers.extend(&answer[start..]);
        bytes = &bytes[end..];
    }
    assert!(bytes.is_empty(), "a frame of the script is not complete");
    answers
}

/// The answers to the first messages of a script.
fn echoes(script: &Script, count: usize) -> Vec<u8> {
    let count = count.min(script.exchange.in_flight);
    unmasked(script.bytes(script.range(0, count)))
}

#[test]
fn a_script_begins_again_after_its_last_message() {
    for exchange in EXCHANGES {
        let script = Script::new(exchange);
        for number in [0, 1, 7, 508, 509, 100_000] {
            for count in [1, script.burst(), exchange.in_flight] {
                let range = script.range(number, count);
                let answers = unmasked(script.bytes(range));
                let mut payloads = (number..number + count).flat_map(|it| script.payload(it));
                let mut bytes = &answers[..];
                let mut frames = 0;
                while let [first, second, rest @ ..] = bytes {
                    let (len, used) = match second {
                        126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), 2),
                        127 => (usize::from(u16::from_be_bytes([rest[6], rest[7]])) + 0x1_0000, 8),
                        len => (usize::from(*len), 0),
                    };
                    let (payload, rest) = rest[used..].split_at(len);
                    assert!(payload.iter().eq(payloads.by_ref().take(len)), "{exchange:?}");
                    let begins = frames % exchange.frames == 0;
                    let ends = frames % exchange.frames == exchange.frames - 1;
                    let opcode = if begins { script.opcode } else { 0 };
                    assert_eq!(*first, if ends { 0x80 | opcode } else { opcode });
                    frames += 1;
                    bytes = rest;
                }
                assert_eq!(payloads.next(), None);
                assert_eq!(frames, count * exchange.frames);
            }
        }
    }
}

#[test]
fn answers_are_found_wherever_they_are_cut() {
    for exchange in EXCHANGES {
        let script = Script::new(exchange);
        let bytes = echoes(&script, SOME);
        let want = SOME.min(exchange.in_flight);
        for piece in [1, 2, 3, 5, 17, 4096, bytes.len()] {
            let mut answers = Answers::default();
            let counts = bytes.chunks(piece).map(|piece| answers.take(piece, &script));
            let count: usize = counts.map(|it| it.expect("answers")).sum();
            assert_eq!(count, want, "{exchange:?} in pieces of {piece}");
            assert!(answers.pongs.is_empty());
        }
    }
}

#[test]
fn answers_may_have_other_frames_than_messages() {
    let script = Script::new(exchange(Content::Binary, 16, 1, 2));
    let payload = script.payload(0);
    let frame = |first: u8, payload: &[u8]| {
        let len = u8::try_from(payload.len()).expect("a short frame");
        [&[first, len], payload].concat()
    };
    let ping = frame(0x89, b"hi");
    let bytes =
        [frame(0x02, &payload[..5]), ping, frame(0, b""), frame(0x80, &payload[5..])].concat();
    let mut answers = Answers::default();
    assert_eq!(answers.take(&bytes, &script), Ok(1));
    assert_eq!(answers.pongs, pong(b"hi"));

    let wrong = |at: usize| {
        let mut payload = payload.to_vec();
        payload[at] ^= 1;
        payload
    };
    for (rule, bytes) in [
        ("a shorter answer", frame(0x82, &payload[1..])),
        ("a longer answer", frame(0x82, &[payload, b"x"].concat())),
        ("a longer answer in frames", [frame(0x02, payload), frame(0x80, b"x")].concat()),
        ("another first byte", frame(0x82, &wrong(0))),
        ("another last byte", frame(0x82, &wrong(15))),
        ("text", frame(0x81, payload)),
        ("a reserved bit", frame(0xC2, payload)),
        ("a continuation of nothing", frame(0x80, payload)),
        ("a message inside a message", [frame(0x02, b"a"), frame(0x82, payload)].concat()),
        ("a Close", frame(0x88, &[])),
        ("a ping in fragments", frame(0x09, &[])),
        ("a mask", vec![0x82, 0x90]),
    ] {
        assert!(Answers::default().take(&bytes, &script).is_err(), "{rule}");
    }
}

#[test]
fn a_sample_of_answers_is_compared() {
    for (size, every) in [(16, 61), (0x4000, 16), (0x10_0000, 4)] {
        let script = Script::new(exchange(Content::Binary, size, 1, 1));
        let mut answers = Answers::default();
        for number in 0..=every {
            let mut echo = unmasked(script.bytes(script.range(number, 1)));
            let last = echo.len() - 1;
            echo[last] ^= u8::from(number > 0);
            let is_compared = number == every;
            assert_eq!(answers.take(&echo, &script).is_err(), is_compared, "{size} {number}");
        }
    }
}

#[test]
fn the_floor_reads_headers_and_writes_those_of_answers() {
    for (payload, header) in
        [(0, 2), (125, 2), (126, 4), (0xFFFF, 4), (0x1_0000, 10), (0x100_0000, 10)]
    {
        let masked = frames::masked(0x82, &[1, 2, 3, 4], &vec![0; payload]);
        let want = Frame { first: 0x82, key: [1, 2, 3, 4], header: header + 4, payload };
        assert_eq!(Frame::read(&masked), Some(want));
        assert_eq!(want.len(), masked.len());
        assert!((0..want.header).all(|end| Frame::read(&masked[..end]).is_none()));

        let mut answer = masked.clone();
        assert_eq!(header_len(payload), header);
        assert_eq!(write_header(&mut answer, want.header, 0x82, payload), 4);
        assert_eq!(answer[4], 0x82);
        // The same length as the client's, without the bit of the mask.
        assert_eq!(answer[5], masked[1] & 0x7F);
        assert_eq!(answer[6..want.header], masked[2..header]);
    }
    assert_eq!(Frame::read(&[0x82, 0, 0, 0, 0, 0]), None, "no mask");
}

#[test]
fn the_floor_moves_what_it_unmasks() {
    let key = [0x11, 0x22, 0x33, 0x44];
    for len in [0, 1, 3, 4, 63, 64, 65, 127, 128, 300] {
        for (from, to) in [(0, 0), (9, 9), (6, 2), (70, 3), (200, 0)] {
            for done in [0, 1, 6, 64] {
                let payload: Vec<u8> = (0..=255).cycle().take(len).collect();
                let masked = payload.iter().zip(key.iter().cycle().skip(done)).map(|(b, k)| b ^ k);
                let mut buffer = vec![0xEE; 600];
                buffer.splice(from..from + len, masked);
                unmask(&mut buffer, from, to, len, key, done);
                assert_eq!(
                    buffer[to..to + len],
                    payload,
                    "{len} bytes from {from} to {to}, {done}"
                );
                assert!(buffer[..to].iter().all(|byte| *byte == 0xEE));
                assert!(buffer[from + len..].iter().all(|byte| *byte == 0xEE));
            }
        }
    }
}
