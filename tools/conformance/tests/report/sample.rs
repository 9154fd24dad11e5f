//! Reports made by hand: one case of each outcome, with what is hard to write.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use ws_conformance::case::{By, Excerpt, Level, Received};
use ws_conformance::report::{
    Behavior, BehaviorClose, CaseReport, Closing, ExpectedClose, FrameEntry, Late, OneWay, Options,
    Outcome, Report, Stats, Tested, Traffic, WireEntry, WireEvent,
};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\n\r\n";
const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nX-Odd: <b>\u{1b}[31m\u{0}\r\n\r\n";

/// 2026-11-29T12:03:44.517Z.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_953_824_517)
}

fn micros(time: u64) -> Duration {
    Duration::from_micros(time)
}

fn entry(at: u64, what: WireEvent) -> WireEntry {
    WireEntry { at: micros(at), what }
}

fn frame(at: u64, sent: bool, opcode: u8, payload: &[u8]) -> WireEntry {
    let mask = sent.then_some([0x37, 0xfa, 0x21, 0x3d]);
    let payload = Excerpt::of(payload);
    let frame = FrameEntry {
        sent,
        opcode,
        fin: true,
        rsv: 0,
        mask,
        payload,
        chopped: None,
        alone: false,
        repeated: None,
    };
    entry(at, WireEvent::Frame(frame))
}

fn octets(at: u64, sent: bool, bytes: &[u8]) -> WireEntry {
    entry(at, WireEvent::Octets { sent, bytes: Excerpt::of(bytes), alone: false })
}

fn text(payload: &str) -> Received {
    Received::Message { binary: false, payload: Excerpt::of(payload.as_bytes()) }
}

/// A case that has passed.
pub(crate) fn passed(id: &str, title: &str) -> CaseReport {
    CaseReport {
        id: id.parse().unwrap(),
        title: title.to_owned(),
        rule: "RFC 6455 §5.4".to_owned(),
        level: Level::Must,
        behavior: Behavior::Ok,
        behavior_close: BehaviorClose::Ok,
        outcome: Outcome::Pass,
        reasons: Vec::new(),
        failed_before: Vec::new(),
        started: start() + micros(1_000),
        duration: micros(2_345),
        sent: vec!["Sends a text frame with \"Hi\".".to_owned()],
        wished: "What comes is a text message with \"Hi\".".to_owned(),
        non_strict: None,
        received: vec![text("Hi")],
        closing: Closing {
            closed_by_me: true,
            local_code: Some(1000),
            remote_code: Some(1000),
            drop_after: Some(micros(120)),
            ..Closing::default()
        },
        expected_close: ExpectedClose {
            by: By::Us,
            codes: vec![1000],
            clean: true,
            wrong_end_is_fatal: false,
        },
        is_server: false,
        request: REQUEST.to_owned(),
        response: RESPONSE.to_owned(),
        stats: Stats {
            octets_received: BTreeMap::from([(4, 2), (129, 1)]),
            octets_sent: BTreeMap::from([(8, 2), (243, 1)]),
            frames_received: BTreeMap::from([(1, 1), (8, 1)]),
            frames_sent: BTreeMap::from([(1, 1), (8, 1)]),
        },
        traffic: None,
        wire: vec![
            octets(200, true, REQUEST.as_bytes()),
            octets(900, false, RESPONSE.as_bytes()),
            frame(1_000, true, 1, b"Hi"),
            frame(1_500, false, 1, b"Hi"),
            frame(1_600, true, 8, b"\x03\xe8"),
            frame(2_100, false, 8, b"\x03\xe8"),
            entry(2_300, WireEvent::Dropped { by_me: false, error: None }),
        ],
    }
}

fn not_strict() -> CaseReport {
    let tag = || Some("A".to_owned());
    CaseReport {
        rule: "RFC 6455 §8.1".to_owned(),
        behavior: Behavior::NonStrict,
        outcome: Outcome::NonStrict,
        reasons: vec!["RFC 6455 §8.1: the peer found the bad UTF-8 late.".to_owned()],
        duration: micros(1_001_900),
        wished: "What comes is an open connection at the end of pause A.".to_owned(),
        non_strict: Some("An open connection at the end of the pauses A and B.".to_owned()),
        received: vec![
            Received::Timeout { tag: "A".to_owned() },
            Received::Timeout { tag: "B".to_owned() },
        ],
        closing: Closing {
            dropped_by_me: true,
            local_code: Some(1000),
            remote_code: Some(1007),
            remote_reason: Some("bad UTF-8".to_owned()),
            ..Closing::default()
        },
        expected_close: ExpectedClose {
            by: By::Peer,
            codes: vec![1007],
            clean: false,
            wrong_end_is_fatal: true,
        },
        wire: vec![
            entry(1_000, WireEvent::FailIn { time: micros(1_000_000) }),
            entry(1_100, WireEvent::Wait { most: micros(500_000), tag: tag() }),
            entry(501_000, WireEvent::WaitEnd { tag: tag() }),
            frame(900_000, false, 8, b"\x03\xefbad UTF-8"),
        ],
        ..passed("6.4.1", "a bad character in the second of three fragments")
    }
}

fn failed() -> CaseReport {
    CaseReport {
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::Failed,
        outcome: Outcome::Fail,
        reasons: vec![
            "RFC 6455 §5.4: a continuation needs a message to continue; the peer echoed text \
             \"fragment2fragment3\"."
                .to_owned(),
            "The wrong end closed the connection.".to_owned(),
        ],
        sent: (1..=10)
            .map(|n| format!("Sends a continuation frame with \"fragment{n}\"."))
            .collect(),
        wished: "Nothing comes.".to_owned(),
        received: vec![text("fragment2fragment3")],
        expected_close: ExpectedClose {
            by: By::Peer,
            codes: vec![1002],
            clean: false,
            wrong_end_is_fatal: false,
        },
        ..passed("5.17", "a final continuation without a message, twice")
    }
}

/// A peer that sends what terminals, XML and HTML take for commands.
fn odd() -> CaseReport {
    let odd = "\u{1b}[2J\u{0}]]></failure><script>alert(1)</script>\u{202e}\u{ffff}";
    let close = [b"\x03\xf0".as_slice(), odd.as_bytes()].concat();
    CaseReport {
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::WrongCode,
        outcome: Outcome::Fail,
        reasons: vec![format!("RFC 6455 §5.5: a ping has 125 bytes at most; it said {odd}")],
        received: vec![
            Received::Pong { payload: Excerpt::of(&[0xfe; 126]) },
            Received::Message {
                binary: true,
                payload: Excerpt { len: 16 << 20, hex: vec![0; Excerpt::MOST] },
            },
            text(odd),
        ],
        closing: Closing {
            remote_code: Some(1008),
            remote_reason: Some(odd.to_owned()),
            unclean: Some(odd.to_owned()),
            ..Closing::default()
        },
        wire: vec![
            frame(1_000, false, 8, &close),
            frame(1_010, false, 2, &[0xff; 300]),
            entry(1_020, WireEvent::Breach { rule: format!("RFC 6455 §5.5: {odd}") }),
            entry(1_030, WireEvent::Silence),
            entry(1_040, WireEvent::Dropped { by_me: false, error: Some(odd.to_owned()) }),
        ],
        ..passed("2.5", "a ping of 126 bytes & more <than> \"125\"")
    }
}

fn unanswered() -> CaseReport {
    CaseReport {
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::Failed,
        outcome: Outcome::Fail,
        reasons: vec!["The opening handshake has not come in time.".to_owned()],
        received: Vec::new(),
        closing: Closing {
            late: Some(Late::Opening),
            unclean: Some("no handshake".to_owned()),
            ..Closing::default()
        },
        response: String::new(),
        stats: Stats::default(),
        wire: vec![octets(200, true, REQUEST.as_bytes())],
        ..passed("1.1.1", "an empty text message")
    }
}

fn limited() -> CaseReport {
    CaseReport {
        behavior: Behavior::Failed,
        behavior_close: BehaviorClose::WrongCode,
        outcome: Outcome::Limit,
        reasons: vec![
            "The peer closed with 1009: a message of 16 MiB is too big for it.".to_owned(),
        ],
        duration: micros(12_300_000),
        closing: Closing { remote_code: Some(1009), ..Closing::default() },
        ..passed("9.1.6", "a text message of 16 MiB")
    }
}

fn unimplemented() -> CaseReport {
    CaseReport {
        rule: "RFC 7692 §7.1".to_owned(),
        behavior: Behavior::Unimplemented,
        outcome: Outcome::Unimplemented,
        reasons: vec!["The peer agrees to no compression.".to_owned()],
        received: Vec::new(),
        ..passed("13.3.1", "a window of 9 bits")
    }
}

fn compressed() -> CaseReport {
    let way = OneWay {
        messages: 1000,
        frames: 1000,
        app_bytes: 64_000,
        payload_bytes: 49_489,
        wire_bytes: 55_489,
    };
    CaseReport {
        traffic: Some(Traffic { sent: way.clone(), received: way }),
        ..passed("12.1.2", "1000 texts of 64 bytes")
    }
}

fn reported() -> CaseReport {
    CaseReport {
        level: Level::Info,
        behavior: Behavior::Informational,
        behavior_close: BehaviorClose::Informational,
        outcome: Outcome::Info,
        ..passed("7.1.6", "a large message, a Close frame and a ping")
    }
}

/// A report with a case of each outcome.
pub(crate) fn report() -> Report {
    let mut cases = vec![
        unanswered(),
        odd(),
        passed("5.3", "a text message in two fragments"),
        failed(),
        not_strict(),
        reported(),
        limited(),
        compressed(),
        unimplemented(),
    ];
    cases.sort_by(|one, other| one.id.cmp(&other.id));
    of(cases)
}

/// A report with these cases.
pub(crate) fn of(cases: Vec<CaseReport>) -> Report {
    Report {
        tested: Tested {
            agent: "My Server/1.0".to_owned(),
            role: "server".to_owned(),
            url: "ws://127.0.0.1:9001/".to_owned(),
        },
        started: start(),
        duration: micros(8_234_567),
        options: Options {
            patience: 1.5,
            round_trip: micros(123),
            jobs: 8,
            full: false,
            no_echo: false,
            seed: 42,
        },
        cases,
        unfinished: None,
    }
}
