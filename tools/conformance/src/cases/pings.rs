//! Group 2: pings and pongs (RFC 6455 §5.5.2 and §5.5.3).

use std::time::Duration;

use super::draft::Draft;
use super::notation::{HELLO, NOT_TEXT, ping, pong, pong_back};
use crate::case::{Act, Case, Level, Payload, Writes};

const PING: &str = "RFC 6455 §5.5.2";
const PONG: &str = "RFC 6455 §5.5.3";
const UNASKED: &str = "unsolicited pong payload";

pub(super) fn cases() -> Vec<Case> {
    let answered = |id, title, payload: Payload| {
        Draft::legal(id, title, PING).frames([ping(payload.clone())]).wants([pong_back(payload)])
    };
    let longest = Payload::repeat(b"\xfe", 125);
    let unasked = |id, title, payload: &'static str| {
        let closes = Act::Close(Payload::from(&[0x03, 0xe8]));
        Draft::legal(id, title, PONG).frames([pong(payload)]).act(closes).case()
    };
    vec![
        answered("2.1", "empty ping", Payload::EMPTY).case(),
        answered("2.2", "ping with a text", HELLO.into()).case(),
        answered("2.3", "ping with bytes that are not UTF-8", NOT_TEXT.into()).case(),
        answered("2.4", "ping of 125 bytes, the most", longest.clone()).case(),
        Draft::illegal("2.5", "ping of 126 bytes, one too many", "RFC 6455 §5.5")
            .frames([ping(Payload::repeat(b"\xfe", 126))])
            .case(),
        answered("2.6", "ping of 125 bytes, byte by byte", longest)
            .written(Writes::Chopped(1))
            .closes_after(Duration::from_secs(2))
            .case(),
        unasked("2.7", "empty pong that no ping asked for, then Close", ""),
        unasked("2.8", "pong with a text that no ping asked for, then Close", UNASKED),
        Draft::legal("2.9", "pong that no ping asked for, then a ping", PONG)
            .frames([pong(UNASKED), ping("ping payload")])
            .wants([pong_back("ping payload")])
            .case(),
        ten_pings("2.10", "ten pings, a pong for each", Writes::Together),
        ten_pings("2.11", "ten pings byte by byte, a pong for each", Writes::Chopped(1)),
    ]
}

/// §5.5.3 lets a program answer only the last of several pings.
fn ten_pings(id: &str, title: &str, writes: Writes) -> Case {
    let payloads = || (0..10).map(|n| format!("payload-{n}"));
    Draft::legal(id, title, PONG)
        .frames(payloads().map(ping))
        .written(writes)
        .wants(payloads().map(pong_back))
        .closes_after(Duration::from_secs(3))
        .level(Level::Info)
        .case()
}
