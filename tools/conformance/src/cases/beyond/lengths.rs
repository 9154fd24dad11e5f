//! F1, F2, F8, F9 and F10: lengths, keys and many fragments (RFC 6455 §5.2 to §5.4).

use std::time::Duration;

use blocking_ws::testing::{Key, Len};
use blocking_ws::{MessageKind, Role};

use crate::case::{Act, Case, End, Expected, Frame, Level, Payload, Writes};
use crate::cases::draft::Draft;
use crate::cases::notation::{binary, continuation, size_name, text};

const LENGTHS: &str = "RFC 6455 §5.2";
const KEYS: &str = "RFC 6455 §5.3";
const FRAGMENTS: &str = "RFC 6455 §5.4";

/// How many fragments are many.
const MANY: usize = 1 << 16;

/// Enough time for many frames.
const LONG: Duration = Duration::from_secs(30);

pub(super) fn cases() -> Vec<Case> {
    [longer_forms(), top_bit(), many_fragments(), cut_headers(), keys()].concat()
}

/// F1: the MUST of the shortest form binds the sender, so that an echo is not strict.
fn longer_forms() -> Vec<Case> {
    let in_16 = [0, 1, 125].map(|len: u16| (Len::In16(len), usize::from(len), "16"));
    let in_64 = [0, 126, 65_535].map(|len: u16| (Len::In64(len.into()), usize::from(len), "64"));
    let case = |(at, (form, len, bits)): (u8, (Len, usize, &str))| {
        let payload = Payload::repeat(b"*", len);
        let back = Expected::Message(MessageKind::Binary, payload.clone());
        let title = format!("length {len} in {bits} bits, longer than it need be");
        Draft::illegal(format!("F1.{at}"), title, LENGTHS)
            .frames([binary(payload).len(form)])
            .instead(Level::Should, [back], End::us())
            .level(Level::Should)
            .case()
    };
    (1..).zip(in_16.into_iter().chain(in_64)).map(case).collect()
}

/// F2: a length with the top bit set. Its payload never comes.
fn top_bit() -> Vec<Case> {
    let lengths = [(1 << 63, "2^63"), (u64::MAX, "2^64 - 1")];
    let case = |(at, (is_first, (len, name))): (u8, (bool, (u64, &str)))| {
        let (begin, title) = if is_first {
            (vec![binary("").len(Len::In64(len))], format!("binary with the length {name}"))
        } else {
            let rest = continuation("").len(Len::In64(len));
            (vec![binary("*").not_fin(), rest], format!("continuation with the length {name}"))
        };
        Draft::illegal(format!("F2.{at}"), title, LENGTHS).frames(begin).codes([1002, 1009]).case()
    };
    let rows = [true, false].into_iter().flat_map(|first| lengths.map(|length| (first, length)));
    (1..).zip(rows).map(case).collect()
}

/// F8: more fragments than a program may want to take.
fn many_fragments() -> Vec<Case> {
    let ones = Draft::legal("F8.1", format!("{MANY} fragments of one byte"), FRAGMENTS).echoed(
        MessageKind::Binary,
        Payload::repeat(b"*", MANY),
        Some(1),
    );
    let empty = Draft::legal("F8.2", format!("{MANY} empty fragments"), FRAGMENTS)
        .frames([binary("").not_fin()])
        .act(Act::Repeated { frame: continuation("").not_fin(), count: MANY - 2 })
        .frames([continuation("")])
        .wants([Expected::Message(MessageKind::Binary, Payload::EMPTY)]);
    [ones, empty].map(|draft| draft.closes_after(LONG).level(Level::Info).case()).into()
}

/// F9: TCP may cut a header anywhere.
fn cut_headers() -> Vec<Case> {
    let case = |(at, len): (u8, usize)| {
        let payload = Payload::repeat(b"*", len);
        let title = format!("text of {}, its header in writes of 1 byte", size_name(len));
        let back = Expected::Message(MessageKind::Text, payload.clone());
        Draft::legal(format!("F9.{at}"), title, LENGTHS)
            .frames([text(payload).writes(Writes::ChoppedHeader)])
            .wants([back])
            .case()
    };
    (1..).zip([0, 1, 125, 126, 127, 65_535, 65_536]).map(case).collect()
}

/// F10: odd masking keys, and payloads that end anywhere in them.
fn keys() -> Vec<Case> {
    let case = |(at, key): (u8, [u8; 4])| {
        let [a, b, c, d] = key;
        let payload = |len| Payload::from((0..len).collect::<Vec<u8>>());
        let frame = |len| Frame::of(2, payload(len)).key(Key::Fixed(key));
        let title = format!("payloads of 0 to 40 bytes with the key {a:02x}{b:02x}{c:02x}{d:02x}");
        Draft::legal(format!("F10.{at}"), title, KEYS)
            .frames((0..=40).map(frame))
            .wants((0..=40).map(|len| Expected::Message(MessageKind::Binary, payload(len))))
            .roles(&[Role::Server])
            .case()
    };
    (1..).zip([[0; 4], [0xff; 4], [0, 0xff, 0, 0xff]]).map(case).collect()
}
