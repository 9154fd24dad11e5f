//! Group 5: messages in fragments, and control frames between them (RFC 6455 §5.4).

use super::draft::Draft;
use super::notation::{HELLO, SECOND, WAYS, continuation, ping, pong, pong_back, text, text_back};
use crate::case::{Act, Case, Frame, Until, Writes};

const RULE: &str = "RFC 6455 §5.4";
const CONTROL: &str = "RFC 6455 §5.5";
const PING: &str = "ping payload";
const STRAY: &str = "non-continuation payload";

pub(super) fn cases() -> Vec<Case> {
    [in_pieces(), in_three_ways(), out_of_order(), with_a_pause()].concat()
}

/// Control frames that are not whole.
fn in_pieces() -> Vec<Case> {
    [("5.1", "ping", ping("fragment1")), ("5.2", "pong", pong("fragment1"))]
        .map(|(id, kind, frame)| {
            Draft::illegal(id, format!("{kind} in two fragments"), CONTROL)
                .frames([frame.not_fin(), continuation("fragment2")])
                .case()
        })
        .into()
}

/// Four cases, in each of the ways in which frames can leave.
fn in_three_ways() -> Vec<Case> {
    let [f1, f2] = ["fragment1", "fragment2"];
    let whole = || text_back("fragment1fragment2");
    let ways = WAYS.into_iter().enumerate();
    ways.flat_map(|(at, (writes, how))| {
        let [plain, pinged, stray, open] = [3, 6, 9, 12].map(|first| format!("5.{}", first + at));
        [
            Draft::legal(plain, format!("text in two fragments{how}"), RULE)
                .frames([text(f1).not_fin(), continuation(f2)])
                .wants([whole()]),
            Draft::legal(pinged, format!("ping between two fragments{how}"), RULE)
                .frames([text(f1).not_fin(), ping(PING), continuation(f2)])
                .wants([pong_back(PING), whole()]),
            Draft::illegal(stray, format!("continuation of nothing, then a text{how}"), RULE)
                .frames([continuation(STRAY), text(HELLO)]),
            Draft::illegal(open, format!("unfinished continuation of nothing, text{how}"), RULE)
                .frames([continuation(STRAY).not_fin(), text(HELLO)]),
        ]
        .map(|draft| draft.written(writes).case())
    })
    .collect()
}

/// Fragments that no message can be made of.
fn out_of_order() -> Vec<Case> {
    let [f1, f2, f3, f4] = ["fragment1", "fragment2", "fragment3", "fragment4"];
    let twice = |frames: [Frame; 3]| [frames.clone(), frames].concat();
    vec![
        Draft::illegal("5.15", "text in two fragments, continuation of nothing, text", RULE)
            .frames([text(f1).not_fin(), continuation(f2)])
            .frames([continuation(f3).not_fin(), text(f4)])
            .wants([text_back("fragment1fragment2")])
            .or([])
            .case(),
        Draft::illegal("5.16", "unfinished continuation before a text in fragments, twice", RULE)
            .frames(twice([continuation(f1).not_fin(), text(f2).not_fin(), continuation(f3)]))
            .case(),
        Draft::illegal("5.17", "final continuation before a text in fragments, twice", RULE)
            .frames(twice([continuation(f1), text(f2).not_fin(), continuation(f3)]))
            .case(),
        Draft::illegal("5.18", "text in the middle of a text", RULE)
            .frames([text(f1).not_fin(), text(f2)])
            .case(),
    ]
}

/// A message that takes its time, with two pings in it.
fn with_a_pause() -> Vec<Case> {
    let [p1, p2] = ["pongme 1!", "pongme 2!"];
    let legal = |id, title: &str, writes| {
        Draft::legal(id, title, RULE)
            .frames([text("fragment1").not_fin(), continuation("fragment2").not_fin(), ping(p1)])
            .act(Act::Pause { tag: None, most: SECOND, until: Until::Pong })
            .frames([
                continuation("fragment3").not_fin(),
                continuation("fragment4").not_fin(),
                ping(p2),
                continuation("fragment5"),
            ])
            .written(writes)
            .wants([pong_back(p1), pong_back(p2)])
            .wants([text_back("fragment1fragment2fragment3fragment4fragment5")])
            .case()
    };
    vec![
        legal("5.19", "text in five fragments, two pings and a pause within", Writes::Together),
        legal(
            "5.20",
            "text in five fragments, two pings and a pause within, a write for each frame",
            Writes::Alone,
        ),
    ]
}
