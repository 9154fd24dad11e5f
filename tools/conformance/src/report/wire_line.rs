//! A [`WireEntry`] as a line of text.

use std::fmt;

use super::wire::{FrameEntry, WireEntry, WireEvent};
use super::words::printable;
use crate::case::{Excerpt, time};

/// The most bytes of a payload that a line shows.
const SHOWN: usize = 64;

/// `+0.0021 -> TEXT  fin len=13 mask=37fa213d "Hello, world!"`: seconds since the connection was
/// opened, the direction, and what passed. Control characters are escaped.
impl fmt::Display for WireEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{:.4} ", self.at.as_secs_f64())?;
        match &self.what {
            WireEvent::Octets { sent, bytes, alone } => {
                write!(f, "{} {} octets", arrow(*sent), bytes.len)?;
                write!(f, "{} ", if *alone { ", alone" } else { "" })?;
                // A handshake has ends of lines.
                let is_text = |byte: &u8| !byte.is_ascii_control() || b"\r\n\t".contains(byte);
                text_or_hex(f, bytes, bytes.hex.iter().all(is_text))
            }
            WireEvent::Frame(frame) => frame.fmt(f),
            WireEvent::Wait { most, tag } => {
                write!(f, "   pause{} begins, {} at most", named(tag.as_deref()), time(*most))
            }
            WireEvent::WaitEnd { tag } => write!(f, "   pause{} is over", named(tag.as_deref())),
            WireEvent::FailIn { time: after } => {
                write!(f, "   the connection fails in {}", time(*after))
            }
            WireEvent::Fail => f.write_str("   the timer fails the connection"),
            WireEvent::CloseIn { time: after } => {
                write!(f, "   the connection is closed in {}", time(*after))
            }
            WireEvent::Close => f.write_str("   the timer closes the connection"),
            WireEvent::Silence => f.write_str("   from here on not every entry is kept"),
            WireEvent::Dropped { by_me, error: None } => write!(f, "{} FIN", arrow(*by_me)),
            WireEvent::Dropped { by_me, error: Some(error) } => {
                write!(f, "{} END   {}", arrow(*by_me), printable(error))
            }
            WireEvent::Breach { rule } => {
                write!(f, "   the peer breaks a rule: {}", printable(rule))
            }
        }
    }
}

/// The line of a frame without its time.
impl fmt::Display for FrameEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:<5}", arrow(self.sent), short_name(self.opcode))?;
        if self.fin {
            f.write_str(" fin")?;
        }
        if self.rsv != 0 {
            write!(f, " rsv={}", self.rsv)?;
        }
        write!(f, " len={}", self.repeated.unwrap_or(self.payload.len))?;
        if let Some([a, b, c, d]) = self.mask {
            write!(f, " mask={a:02x}{b:02x}{c:02x}{d:02x}")?;
        }
        match (self.opcode, self.payload.hex.as_slice()) {
            (8, [high, low, reason @ ..]) => {
                write!(f, " {}", u16::from_be_bytes([*high, *low]))?;
                if !reason.is_empty() {
                    f.write_str(" ")?;
                    let len = self.payload.len - 2;
                    text_or_hex(f, &Excerpt { len, hex: reason.to_vec() }, true)?;
                }
            }
            (_, []) => {}
            _ => {
                f.write_str(" ")?;
                text_or_hex(f, &self.payload, self.opcode != 2)?;
            }
        }
        if self.repeated.is_some_and(|len| len > self.payload.len) {
            f.write_str(", repeated")?;
        }
        if let Some(most) = self.chopped {
            write!(f, ", in writes of {most}")?;
        }
        f.write_str(if self.alone { ", alone" } else { "" })
    }
}

/// The last entries that say something: frames, the end, and what was waited for. Octets are shown if
/// no frame passed, as in a handshake that failed.
pub(super) fn last(wire: &[WireEntry], most: usize) -> Vec<&WireEntry> {
    let is_octets = |entry: &WireEntry| matches!(entry.what, WireEvent::Octets { .. });
    let has_frames = wire.iter().any(|entry| matches!(entry.what, WireEvent::Frame(_)));
    let shown: Vec<_> = wire.iter().filter(|entry| !has_frames || !is_octets(entry)).collect();
    shown[shown.len().saturating_sub(most)..].to_vec()
}

fn arrow(sent: bool) -> &'static str {
    if sent { "->" } else { "<-" }
}

fn named(tag: Option<&str>) -> String {
    tag.map_or_else(String::new, |tag| format!(" {}", printable(tag)))
}

fn short_name(opcode: u8) -> String {
    match opcode {
        0 => "CONT".to_owned(),
        1 => "TEXT".to_owned(),
        2 => "BIN".to_owned(),
        8 => "CLOSE".to_owned(),
        9 => "PING".to_owned(),
        10 => "PONG".to_owned(),
        other => format!("OP{other}"),
    }
}

/// Writes text in quotes if it is text: with escapes, or, if escapes are for text only, without
/// control characters. Else hexadecimal digits.
fn text_or_hex(f: &mut fmt::Formatter<'_>, bytes: &Excerpt, escapes: bool) -> fmt::Result {
    let shown = &bytes.hex[..bytes.hex.len().min(SHOWN)];
    let is_cut = shown.len() < bytes.len;
    let rest = if is_cut { "…" } else { "" };
    let text = match std::str::from_utf8(shown) {
        Ok(text) => Some(text),
        // The cut is within a character.
        Err(e) if is_cut && e.error_len().is_none() => {
            std::str::from_utf8(&shown[..e.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let is_text = |text: &&str| escapes || !text.contains(|c: char| c.is_control());
    if let Some(text) = text.filter(is_text) {
        return write!(f, "\"{}{rest}\"", text.escape_debug());
    }
    f.write_str("0x")?;
    shown.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
    f.write_str(rest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn frame(sent: bool, opcode: u8, payload: &[u8]) -> FrameEntry {
        FrameEntry {
            sent,
            opcode,
            fin: true,
            rsv: 0,
            mask: None,
            payload: Excerpt::of(payload),
            chopped: None,
            alone: false,
            repeated: None,
        }
    }

    fn line(what: WireEvent) -> String {
        WireEntry { at: Duration::from_micros(2_100), what }.to_string()
    }

    #[test]
    fn frames_are_lines() {
        let masked = FrameEntry { mask: Some([0x37, 0xfa, 0x21, 0x3d]), ..frame(true, 1, b"Hi") };
        let odd = FrameEntry { fin: false, rsv: 5, alone: true, ..frame(true, 3, b"") };
        let long = Excerpt { len: 16 << 20, hex: vec![b'*'; 256] };
        let long = FrameEntry { payload: long, chopped: Some(64), ..frame(true, 2, b"") };
        let part = FrameEntry { repeated: Some(262_144), ..frame(true, 1, b"BAsd7&jh23") };
        let cut = [&[b'a'; 63][..], "é".as_bytes()].concat();
        let stars = "*".repeat(64);
        for (frame, want) in [
            (masked, r#"+0.0021 -> TEXT  fin len=2 mask=37fa213d "Hi""#),
            (odd, "+0.0021 -> OP3   rsv=5 len=0, alone"),
            (frame(false, 8, b"\x03\xeaa\"b\n"), r#"+0.0021 <- CLOSE fin len=6 1002 "a\"b\n""#),
            (frame(false, 8, b"\x03\xea\xff"), "+0.0021 <- CLOSE fin len=3 1002 0xff"),
            (frame(false, 8, b"\x03"), r#"+0.0021 <- CLOSE fin len=1 "\u{3}""#),
            (frame(false, 8, b""), "+0.0021 <- CLOSE fin len=0"),
            (frame(false, 2, b"\x1b[2J"), "+0.0021 <- BIN   fin len=4 0x1b5b324a"),
            (frame(false, 1, b"\x1b[2J"), r#"+0.0021 <- TEXT  fin len=4 "\u{1b}[2J""#),
            (long, &format!("+0.0021 -> BIN   fin len=16777216 \"{stars}…\", in writes of 64")),
            (part, "+0.0021 -> TEXT  fin len=262144 \"BAsd7&jh23\", repeated"),
            (
                frame(false, 1, &cut),
                &format!("+0.0021 <- TEXT  fin len=65 \"{}…\"", "a".repeat(63)),
            ),
        ] {
            assert_eq!(line(WireEvent::Frame(frame)), want);
        }
    }

    #[test]
    fn events_are_lines() {
        let second = Duration::from_secs(1);
        let tag = || Some("A".to_owned());
        let bytes = Excerpt::of(b"\x88\x00");
        for (event, want) in [
            (WireEvent::Octets { sent: true, bytes, alone: true }, "-> 2 octets, alone 0x8800"),
            (WireEvent::Wait { most: second, tag: tag() }, "   pause A begins, 1 s at most"),
            (WireEvent::WaitEnd { tag: None }, "   pause is over"),
            (WireEvent::Fail, "   the timer fails the connection"),
            (WireEvent::Dropped { by_me: false, error: None }, "<- FIN"),
            (
                WireEvent::Dropped { by_me: false, error: Some("reset\u{202e}\n".to_owned()) },
                "<- END   reset\\u{202e}\\n",
            ),
        ] {
            assert_eq!(line(event), format!("+0.0021 {want}"));
        }
    }

    #[test]
    fn octets_are_left_out_beside_frames() {
        let entry = |what| WireEntry { at: Duration::ZERO, what };
        let octets =
            entry(WireEvent::Octets { sent: true, bytes: Excerpt::of(b"GET\r\n"), alone: false });
        let end = entry(WireEvent::Dropped { by_me: true, error: None });
        let frame = entry(WireEvent::Frame(frame(true, 1, b"")));
        assert_eq!(last(&[octets.clone(), end.clone()], 6), [&octets, &end]);
        assert_eq!(octets.to_string(), r#"+0.0000 -> 5 octets "GET\r\n""#);
        assert_eq!(last(&[octets.clone(), frame.clone(), octets, end.clone()], 6), [&frame, &end]);
        assert_eq!(last(&[frame, end.clone()], 1), [&end]);
    }
}
