//! The short forms in which the tables are written: frames, what comes back, and ids.

use std::time::Duration;

use blocking_ws::MessageKind;

use crate::case::{CaseId, Expected, Frame, Payload, Writes};

/// The ways in which the frames of a case leave, and how a title says so.
pub(in crate::cases) const WAYS: [(Writes, &str); 3] = [
    (Writes::Together, ""),
    (Writes::Alone, ", a write for each frame"),
    (Writes::Chopped(1), ", byte by byte"),
];

/// A text with two commonplace words.
pub(in crate::cases) const HELLO: &str = "Hello, world!";

/// Eight bytes that are not UTF-8.
pub(in crate::cases) const NOT_TEXT: &[u8; 8] = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";

/// A Greek word, whose characters have two and three bytes.
pub(in crate::cases) const GREEK: &[u8; 11] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

/// One second.
pub(in crate::cases) const SECOND: Duration = Duration::from_secs(1);

/// Reads the id of a case.
pub(in crate::cases) fn id(text: &str) -> CaseId {
    text.parse().expect("the tables have only ids that can be read")
}

/// A final frame of text.
pub(in crate::cases) fn text(payload: impl Into<Payload>) -> Frame {
    Frame::of(1, payload)
}

/// A final frame of bytes.
pub(in crate::cases) fn binary(payload: impl Into<Payload>) -> Frame {
    Frame::of(2, payload)
}

/// A final continuation frame.
pub(in crate::cases) fn continuation(payload: impl Into<Payload>) -> Frame {
    Frame::of(0, payload)
}

/// A ping.
pub(in crate::cases) fn ping(payload: impl Into<Payload>) -> Frame {
    Frame::of(9, payload)
}

/// A pong.
pub(in crate::cases) fn pong(payload: impl Into<Payload>) -> Frame {
    Frame::of(10, payload)
}

/// A text that comes back.
pub(in crate::cases) fn text_back(payload: impl Into<Payload>) -> Expected {
    Expected::Message(MessageKind::Text, payload.into())
}

/// A pong that comes back.
pub(in crate::cases) fn pong_back(payload: impl Into<Payload>) -> Expected {
    Expected::Pong(payload.into())
}

/// How titles call the two kinds of messages.
pub(in crate::cases) fn kind_name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Text => "text",
        MessageKind::Binary => "binary",
    }
}

/// How titles say a number of bytes.
pub(in crate::cases) fn size_name(bytes: usize) -> String {
    const KIB: usize = 1 << 10;
    const MIB: usize = 1 << 20;
    match bytes {
        1 => "1 byte".to_owned(),
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        KIB.. if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}
