//! Rows of the wire log.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::wire::{FrameEntry, WireEntry, WireEvent};
use crate::case::Excerpt;

/// The most bytes that a row shows.
const MOST: usize = 64;

/// Bytes that leave no room for the mark of a cut are cut, though they would fit.
const WHOLE: usize = 60;

/// The row of an entry. What ended TCP is in other fields there.
pub(super) fn row(entry: &WireEntry) -> Option<Value> {
    Some(match &entry.what {
        WireEvent::Octets { sent: true, bytes, alone } => {
            json!(["TO", [bytes.len, hex(bytes)], alone])
        }
        WireEvent::Octets { sent: false, bytes, .. } => json!(["RO", [bytes.len, hex(bytes)]]),
        WireEvent::Frame(frame) => frame_row(frame),
        WireEvent::Wait { most, tag } => json!(["CT", seconds(*most), tag]),
        WireEvent::WaitEnd { tag } => json!(["CTE", tag]),
        WireEvent::FailIn { time } => json!(["KL", seconds(*time)]),
        WireEvent::Fail => json!(["KLE"]),
        WireEvent::CloseIn { time } => json!(["TI", seconds(*time)]),
        WireEvent::Close => json!(["TIE"]),
        WireEvent::Silence => json!(["WLM", false]),
        WireEvent::Dropped { .. } | WireEvent::Breach { .. } => return None,
    })
}

fn frame_row(frame: &FrameEntry) -> Value {
    let payload = json!([frame.payload.len, payload(&frame.payload)]);
    let FrameEntry { opcode, fin, rsv, chopped, alone, repeated, .. } = frame;
    let mask = frame.mask.map(|[a, b, c, d]| format!("{a:02x}{b:02x}{c:02x}{d:02x}"));
    if frame.sent {
        json!(["TF", payload, opcode, fin, rsv, mask, repeated, chopped, alone])
    } else {
        json!(["RF", payload, opcode, fin, rsv, mask.is_some(), mask])
    }
}

/// Bytes as text if they are UTF-8, and else as hexadecimal digits behind `0x`.
pub(super) fn payload(bytes: &Excerpt) -> String {
    let (shown, rest) = shown(bytes);
    match std::str::from_utf8(shown) {
        Ok(text) => format!("{text}{rest}"),
        Err(_) => format!("0x{}", hex(bytes)),
    }
}

fn hex(bytes: &Excerpt) -> String {
    let (shown, rest) = shown(bytes);
    let mut digits = String::with_capacity(2 * MOST + rest.len());
    for byte in shown {
        // A String takes everything.
        let _ = write!(digits, "{byte:02x}");
    }
    digits + rest
}

fn shown(bytes: &Excerpt) -> (&[u8], &str) {
    let shown = &bytes.hex[..bytes.hex.len().min(MOST)];
    if bytes.len > WHOLE { (shown, " ...") } else { (shown, "") }
}

/// A whole number if it is one: the suite has `1` and `0.5`.
fn seconds(time: Duration) -> Value {
    if time.subsec_nanos() == 0 { json!(time.as_secs()) } else { json!(time.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_cut_as_the_suite_does() {
        let stars = |n: usize| Excerpt::of(&b"*".repeat(n));
        assert_eq!(payload(&stars(60)), "*".repeat(60));
        assert_eq!(payload(&stars(61)), format!("{} ...", "*".repeat(61)));
        assert_eq!(payload(&stars(65)), format!("{} ...", "*".repeat(64)));
        assert_eq!(hex(&Excerpt { len: 16 << 20, hex: vec![0xfe; 256] }).len(), 128 + 4);
        assert_eq!(payload(&Excerpt::of(b"\x03\xe8")), "0x03e8");
        assert_eq!(payload(&Excerpt::of(b"\x01")), "\u{1}");
    }

    #[test]
    fn rows() {
        let frame = FrameEntry {
            sent: true,
            opcode: 1,
            fin: true,
            rsv: 0,
            mask: Some([0x38, 0xcb, 0xf7, 0xaf]),
            payload: Excerpt::of(b"BAsd7&jh23"),
            chopped: None,
            alone: false,
            repeated: Some(262_144),
        };
        let received = FrameEntry { sent: false, mask: None, repeated: None, ..frame.clone() };
        let octets =
            |sent| WireEvent::Octets { sent, bytes: Excerpt::of(b"\x88\x00"), alone: true };
        let tag = || Some("A".to_owned());
        for (what, want) in [
            (
                WireEvent::Frame(frame),
                json!(["TF", [10, "BAsd7&jh23"], 1, true, 0, "38cbf7af", 262_144, null, false]),
            ),
            (
                WireEvent::Frame(received),
                json!(["RF", [10, "BAsd7&jh23"], 1, true, 0, false, null]),
            ),
            (octets(true), json!(["TO", [2, "8800"], true])),
            (octets(false), json!(["RO", [2, "8800"]])),
            (WireEvent::Wait { most: Duration::from_secs(1), tag: tag() }, json!(["CT", 1, "A"])),
            (WireEvent::WaitEnd { tag: None }, json!(["CTE", null])),
            (WireEvent::FailIn { time: Duration::from_millis(500) }, json!(["KL", 0.5])),
            (WireEvent::Fail, json!(["KLE"])),
            (WireEvent::CloseIn { time: Duration::from_secs(60) }, json!(["TI", 60])),
            (WireEvent::Close, json!(["TIE"])),
            (WireEvent::Silence, json!(["WLM", false])),
        ] {
            assert_eq!(row(&WireEntry { at: Duration::ZERO, what }), Some(want));
        }
        let dropped = WireEvent::Dropped { by_me: true, error: None };
        assert_eq!(row(&WireEntry { at: Duration::ZERO, what: dropped }), None);
    }
}
