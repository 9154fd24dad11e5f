//! The rules of the benchmark `servers`: percentiles, the schedule, frames, and numbers for people. They
//! are here because a benchmark has no test harness, and its dependencies take long to build.

use std::time::Duration;

use figures::{Sorted, Spread};
use frames::{Frames, PAYLOAD, Received, first, pong};
use number::number;
use schedule::{Due, Schedule};

#[path = "../benches/servers/figures.rs"]
mod figures;
#[path = "../benches/servers/load/frames.rs"]
mod frames;
#[path = "../benches/servers/report/number.rs"]
mod number;
#[path = "../benches/servers/schedule.rs"]
mod schedule;

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
        (0.0, "0.00"),
        (-0.5, "-0.50"),
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
