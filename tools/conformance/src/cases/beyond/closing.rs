//! C: the end of a connection, in order and not (RFC 6455 §5.5.1 and §7).

use std::time::Duration;

use blocking_ws::{MessageKind, Role};

use crate::case::{Act, Case, End, Expected, Fatal, Level, Payload};
use crate::cases::draft::Draft;
use crate::cases::notation::{HELLO, SECOND, binary, text, text_back};

const FRAME: &str = "RFC 6455 §5.5.1";
const CODES: &str = "RFC 6455 §7.4.1";
const ORDER: &str = "RFC 6455 §5.4";
const TCP: &str = "RFC 6455 §7.1.1";
const FAIL: &str = "RFC 6455 §7.1.7";
const ABNORMAL: &str = "RFC 6455 §7.1";
const REASON: &str = "RFC 6455 §7.1.6";

/// A program that is left alone lets go within this time.
const LETS_GO: Duration = Duration::from_secs(30);

/// What the peer sends stays on the way for this time.
const UNREAD: Duration = Duration::from_millis(500);

pub(super) fn cases() -> Vec<Case> {
    [codes(), payloads(), in_a_message(), nothing_is_lost(), cut_off(), left_alone()].concat()
}

fn close(code: u16, reason: &[u8]) -> Act {
    Act::Close([&code.to_be_bytes(), reason].concat().into())
}

/// Begins a case that the acts close.
fn closing(id: impl Into<String>, title: impl Into<String>, rule: &'static str) -> Draft {
    Draft::legal(id, title, rule).fails_after(SECOND).closed_by_acts()
}

/// An end by the peer with any of these codes, or without a Close frame.
fn by_peer(codes: &[u16]) -> End {
    End { codes: codes.to_vec(), ..End::peer() }
}

/// C1 and C2: codes that are registered, or that only one end may send.
fn codes() -> Vec<Case> {
    let refused = || End { codes: vec![1002], clean: false, ..End::us() };
    let registered = |(at, code): (u8, u16)| {
        closing(format!("C1.{at}"), format!("Close with {code}, which is registered"), CODES)
            .act(close(code, b""))
            .codes([1000, code])
            .instead(Level::Should, [], refused())
            .level(Level::Should)
            .case()
    };
    let mut cases: Vec<Case> = (1..).zip([1012, 1013, 1014]).map(registered).collect();
    cases.extend([
        closing("C2.1", "Close with 1015, which no end may send", CODES)
            .act(close(1015, b""))
            .end(refused())
            .fatal(Fatal::WrongCode)
            .case(),
        closing("C2.2", "Close with 1010, which only a client has a use for", CODES)
            .act(close(1010, b""))
            .codes([1000, 1010])
            .roles(&[Role::Client])
            .level(Level::Info)
            .case(),
    ]);
    cases
}

/// C3: payloads of Close frames. §5.5.1 says that the answer typically has the same code.
fn payloads() -> Vec<Case> {
    let emoji = ["🦀".repeat(30).as_bytes(), b"..."].concat();
    vec![
        closing("C3.1", "Close without a code", FRAME).act(Act::Close(Payload::EMPTY)).case(),
        closing("C3.2", "Close with 4000 and a reason", FRAME)
            .act(close(4000, b"r"))
            .codes([4000])
            .instead(Level::Info, [], End::us())
            .case(),
        closing("C3.3", "Close with a reason of 123 bytes, most of them emoji", FRAME)
            .act(close(1000, &emoji))
            .case(),
    ]
}

/// C4: Close in a message that is not whole.
fn in_a_message() -> Vec<Case> {
    let case = |id, title: &str, frame| {
        closing(id, title, ORDER)
            .frames([frame])
            .act(close(1000, b""))
            .fatal(Fatal::WrongCode)
            .case()
    };
    vec![
        case("C4.1", "Close in a text that is not whole", text("part").not_fin()),
        case("C4.2", "Close in a binary that is not whole", binary("part").not_fin()),
    ]
}

/// C5, C6, C7 and C9: who ends TCP, when, and what is lost to that.
fn nothing_is_lost() -> Vec<Case> {
    let piece = || Payload::repeat(b"*", 16 << 10);
    let back = (0..64).map(|_| Expected::Message(MessageKind::Binary, piece()));
    let bad = || text(HELLO).rsv(2);
    vec![
        Draft::legal("C5", "text and the closing handshake; the server ends TCP in a second", TCP)
            .frames([text(HELLO)])
            .wants([text_back(HELLO)])
            .roles(&[Role::Server])
            .level(Level::Should)
            .case(),
        closing("C6", "64 binaries of 16 KiB and Close, read late: nothing is lost", TCP)
            .act(Act::Repeated { frame: binary(piece()), count: 64 })
            .act(close(1000, b""))
            .act(Act::Idle(UNREAD))
            .wants(back)
            .roles(&[Role::Server])
            .fails_after(2 * SECOND)
            .case(),
        Draft::illegal(
            "C7",
            "text with RSV2 and 256 KiB behind it, read late: Close is there",
            FAIL,
        )
        .frames([bad(), binary(Payload::repeat(b"*", 256 << 10))])
        .act(Act::Idle(UNREAD))
        .end(End { clean: true, ..End::peer() })
        .level(Level::Should)
        .case(),
        closing("C9", "text with RSV2, and Close at once", ABNORMAL)
            .frames([bad()])
            .act(close(1000, b""))
            .end(End { codes: vec![1000, 1002], clean: false, ..End::us() })
            .fails_after(2 * SECOND)
            .case(),
    ]
}

/// C8: TCP ends without a Close frame, anywhere.
fn cut_off() -> Vec<Case> {
    let begun = Act::Begin { fin: true, opcode: 1, len: 10, payload: "half".into() };
    let acts = [
        ("after the opening handshake", vec![]),
        ("in a header", vec![Act::Bytes(b"\x81".into())]),
        ("in a payload", vec![begun]),
        ("in a message", vec![Act::Frame(text("part").not_fin())]),
    ];
    let mut cases = Vec::new();
    for (at, (place, before)) in (1_u8..).zip(acts) {
        let title = format!("the end of TCP {place}");
        let mut draft = Draft::illegal(format!("C8.{at}"), title, ABNORMAL);
        for act in before {
            draft = draft.act(act);
        }
        let draft = draft.act(Act::Fin).end(by_peer(&[])).fails_after(2 * SECOND);
        cases.push(draft.case());
    }
    cases
}

/// C10 and C11: what a program does when it is left alone, and what it says of errors.
fn left_alone() -> Vec<Case> {
    let bad = || text(HELLO).rsv(2);
    vec![
        Draft::illegal("C10.1", "text with RSV2; the Close frame is never answered", ABNORMAL)
            .frames([bad()])
            .end(by_peer(&[]))
            .fails_after(LETS_GO)
            .lingers()
            .level(Level::Should)
            .case(),
        closing("C10.2", "the closing handshake; the server never ends TCP", ABNORMAL)
            .act(close(1000, b""))
            .end(End::us())
            .fails_after(LETS_GO)
            .lingers()
            .roles(&[Role::Client])
            .level(Level::Should)
            .case(),
        Draft::illegal("C11", "text with RSV2; the reason of the Close frame is reported", REASON)
            .frames([bad()])
            .informational()
            .case(),
    ]
}
