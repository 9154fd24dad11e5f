//! F3 to F7 and F11: masks, reserved bits, opcodes and the order of fragments (RFC 6455 §5).

use blocking_ws::Role;
use blocking_ws::testing::Key;

use crate::case::{Act, Case, End, Frame, Level, Payload, Until};
use crate::cases::draft::Draft;
use crate::cases::notation::{
    HELLO, SECOND, binary, continuation, ping, pong, pong_back, text, text_back,
};

const MASKS: &str = "RFC 6455 §5.1";
const BITS: &str = "RFC 6455 §5.2";
const CONTROL: &str = "RFC 6455 §5.5";
const ORDER: &str = "RFC 6455 §5.4";
const ALL: &str = "RFC 6455 §5";

/// A Close frame with 1000.
fn close() -> Frame {
    Frame::of(8, b"\x03\xe8")
}

pub(super) fn cases() -> Vec<Case> {
    [masks(), bits(), opcodes(), order(), vec![every_frame()]].concat()
}

/// F3 and F4: who masks, and who does not. §5.1 leaves the code of the Close frame to the program.
fn masks() -> Vec<Case> {
    let frames = || {
        [
            ("text", vec![], text(HELLO)),
            ("empty text", vec![], text("")),
            ("binary", vec![], binary(HELLO)),
            ("continuation", vec![text(HELLO).not_fin()], continuation(HELLO)),
            ("ping", vec![], ping(HELLO)),
            ("Close", vec![], close()),
        ]
    };
    let kinds: [(u8, &str, Key, &[Role]); 2] = [
        (3, "without a mask", Key::None, &[Role::Server]),
        (4, "with a mask", Key::Fixed([0x37, 0xfa, 0x21, 0x3d]), &[Role::Client]),
    ];
    let mut cases = Vec::new();
    for (row, how, key, roles) in kinds {
        for (at, (name, before, frame)) in (1..).zip(frames()) {
            let any_code = End { codes: Vec::new(), ..End::peer() };
            let draft = Draft::illegal(format!("F{row}.{at}"), format!("{name} {how}"), MASKS)
                .frames(before)
                .frames([frame.key(key)])
                .instead(Level::Should, [], any_code)
                .roles(roles);
            cases.push(draft.case());
        }
    }
    cases
}

/// F5: reserved bits of frames that no extension can use them for.
fn bits() -> Vec<Case> {
    let frames = [
        ("ping", vec![], ping(HELLO)),
        ("pong", vec![], pong(HELLO)),
        ("Close", vec![], close()),
        ("continuation", vec![text(HELLO).not_fin()], continuation(HELLO)),
    ];
    let rows = frames.into_iter().flat_map(|(name, before, frame)| {
        [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")]
            .map(|(bit, bit_name)| (name, before.clone(), frame.clone().rsv(bit), bit_name))
    });
    (1..)
        .zip(rows)
        .map(|(at, (name, before, frame, bit)): (u8, _)| {
            Draft::illegal(format!("F5.{at}"), format!("{name} with {bit}"), BITS)
                .frames(before)
                .frames([frame])
                .case()
        })
        .collect()
}

/// F6: control frames without FIN, and opcodes without a meaning.
fn opcodes() -> Vec<Case> {
    let control =
        [("ping", ping("")), ("pong", pong("")), ("Close", close())].map(|(name, frame)| {
            (CONTROL, format!("{name} without FIN, alone"), vec![frame.not_fin()])
        });
    let reserved = || (3..=7).chain(11..=15);
    let without_fin = reserved().map(|opcode| {
        let frame = Frame::of(opcode, HELLO).not_fin();
        (BITS, format!("opcode {opcode} without FIN"), vec![frame])
    });
    let inside = reserved().map(|opcode| {
        let frames = vec![text(HELLO).not_fin(), Frame::of(opcode, HELLO), continuation(HELLO)];
        (BITS, format!("opcode {opcode} inside a message"), frames)
    });
    let rows = control.into_iter().chain(without_fin).chain(inside);
    (1..)
        .zip(rows)
        .map(|(at, (rule, title, frames)): (u8, _)| {
            Draft::illegal(format!("F6.{at}"), title, rule).frames(frames).case()
        })
        .collect()
}

/// F7: fragments that no message can be made of.
fn order() -> Vec<Case> {
    let part = || text("fragment1").not_fin();
    vec![
        Draft::illegal("F7.1", "binary in the middle of a text", ORDER)
            .frames([part(), binary("fragment2")])
            .case(),
        Draft::illegal("F7.2", "ping, then a text, in the middle of a text", ORDER)
            .frames([part(), ping("between"), text("fragment2")])
            .wants([pong_back("between")])
            .or([])
            .case(),
        Draft::illegal("F7.3", "three continuations after a text that is whole", ORDER)
            .frames([part(), continuation("fragment2")])
            .frames([continuation("").not_fin(), continuation("").not_fin(), continuation("")])
            .wants([text_back("fragment1fragment2")])
            .or([])
            .case(),
    ]
}

/// F11: frames of all kinds, to see those of the program. Breaches in other cases of the run count
/// here too.
fn every_frame() -> Case {
    let long = Payload::repeat(b"*", 1 << 16);
    let pong_first = || Act::Pause { tag: None, most: SECOND, until: Until::Pong };
    // A pong may overtake a text, so that the pings come first.
    Draft::legal("F11", "every frame that the program sends, in all cases of the run", ALL)
        .frames([ping("")])
        .act(pong_first())
        .frames([ping(HELLO)])
        .act(pong_first())
        .frames([text(""), text(HELLO), text(Payload::repeat(b"*", 126))])
        .frames([text("fragment1").not_fin(), continuation("fragment2"), text(long.clone())])
        .wants([pong_back(""), pong_back(HELLO), text_back(""), text_back(HELLO)])
        .wants([text_back(Payload::repeat(b"*", 126)), text_back("fragment1fragment2")])
        .wants([text_back(long)])
        .case()
}
