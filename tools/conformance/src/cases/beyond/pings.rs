//! P: pings and pongs, many and at odd moments (RFC 6455 §5.5.2 and §5.5.3).

use std::time::Duration;

use crate::case::{Act, Case, Expected, Frame, Level, Until};
use crate::cases::draft::Draft;
use crate::cases::notation::{HELLO, SECOND, continuation, ping, pong, pong_back, text, text_back};

const PING: &str = "RFC 6455 §5.5.2";
const PONG: &str = "RFC 6455 §5.5.3";
const CLOSE: &str = "RFC 6455 §5.5.1";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Draft::legal("P1", "ping in a message that goes on once the pong is there", PING)
            .frames([text("fragment1").not_fin(), ping("now")])
            .act(Act::Pause { tag: None, most: SECOND, until: Until::Pong })
            .frames([continuation("fragment2")])
            .wants([pong_back("now"), text_back("fragment1fragment2")])
            .level(Level::Should)
            .case(),
        Draft::legal("P2", "100 pings and a text in one write", PONG)
            .frames(pings(100))
            .frames([text(HELLO)])
            .wants(pongs(100))
            .wants([text_back(HELLO)])
            .skips_pongs()
            .case(),
        Draft::legal("P3.1", "1000 pongs that nobody asked for, and a text", PONG)
            .act(Act::Repeated { frame: pong("nobody asked"), count: 1000 })
            .frames([text(HELLO)])
            .wants([text_back(HELLO)])
            .case(),
        Draft::legal("P3.2", "10000 pings whose pongs are read late, and a text", PONG)
            .frames(pings(10_000))
            .act(Act::Idle(Duration::from_millis(300)))
            .frames([text(HELLO)])
            .wants(pongs(10_000))
            .wants([text_back(HELLO)])
            .skips_pongs()
            .closes_after(Duration::from_secs(5))
            .case(),
        Draft::legal("P4", "Close, and 100 pings behind it", CLOSE)
            .act(Act::Close(b"\x03\xe8".into()))
            .act(Act::Repeated { frame: ping("too late"), count: 100 })
            .closed_by_acts()
            .fails_after(SECOND)
            .level(Level::Should)
            .case(),
    ]
}

fn pings(count: usize) -> impl Iterator<Item = Frame> {
    (0..count).map(|at| ping(at.to_string()))
}

fn pongs(count: usize) -> impl Iterator<Item = Expected> {
    (0..count).map(|at| pong_back(at.to_string()))
}
