//! A frame in words (RFC 6455 §5).

use std::time::Duration;

use blocking_ws::testing::{Key, Len, RawFrame};
use blocking_ws::{CloseCode, Role};

use super::connection::{Answers, Begun, Connection, name, other};
use super::payload::{count, hex, quoted};

const TEXT: u8 = 1;

/// A frame, with what the log knows of it.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) by: Role,
    pub(super) at: Duration,
    pub(super) frame: RawFrame,
    /// The payload, inflated if the message is compressed.
    pub(super) content: &'a [u8],
    /// The code and the reason of a Close frame.
    pub(super) close: Option<(u16, String)>,
    /// The log keeps only the first bytes of the payload.
    pub(super) is_cut: bool,
    /// The stream has ended before the whole payload came.
    pub(super) is_part: bool,
}

/// Explains a frame: what it means, the bytes of its header, and the mask where that is new.
pub(super) fn explain(seen: &Seen<'_>, connection: &mut Connection) -> Vec<String> {
    let mut lines = vec![meaning(seen, connection), header(seen, connection.has_deflate)];
    if let (Key::Fixed(key), false) = (seen.frame.key, connection.has_explained_masks) {
        connection.has_explained_masks = true;
        lines.push(masked(key, &seen.frame.payload));
    }
    lines
}

/// The first line: what the frame is for.
fn meaning(seen: &Seen<'_>, connection: &mut Connection) -> String {
    if seen.is_part {
        let (has, len) = (count(seen.frame.payload.len() as u64), length(&seen.frame));
        return format!("A frame of which only {has} of {len} have come. [RFC 6455 §5.2]");
    }
    let words = match seen.frame.opcode {
        0..=2 => data(seen, connection),
        8 => closing(seen, connection),
        9 => {
            let pong = connection.ping(seen.by, &seen.frame.payload, seen.at);
            let answer = match pong {
                Some(at) => format!("Its pong is noted above, at +{:.4}.", at.as_secs_f64()),
                None => format!("The {} must send it back in a pong.", name(other(seen.by))),
            };
            format!("Ping{}: are you there? {answer} [RFC 6455 §5.5.2]", shown(seen))
        }
        10 => pong(seen, connection),
        other => {
            let bytes = bytes(&seen.frame.payload, false);
            format!("Opcode {other}, which RFC 6455 does not define{bytes} [RFC 6455 §11.8]")
        }
    };
    let is_control = seen.frame.opcode >= 8;
    if is_control && connection.of(seen.by).begun.is_some() {
        return words
            + " It stands between two fragments, as only a control frame may. [RFC 6455 §5.4]";
    }
    words
}

/// A frame of a message.
fn data(seen: &Seen<'_>, connection: &mut Connection) -> String {
    let frame = &seen.frame;
    let len = length(frame);
    let has_deflate = connection.has_deflate;
    let direction = connection.of(seen.by);
    if frame.opcode != 0 {
        direction.begun = Some(Begun {
            is_text: frame.opcode == TEXT,
            is_compressed: is_compressed(frame, has_deflate),
            fragments: 0,
            len: 0,
        });
    }
    let Some(begun) = &mut direction.begun else {
        return format!("A fragment{} of no message. [RFC 6455 §5.4]", shown(seen));
    };
    begun.fragments += 1;
    begun.len = begun.len.saturating_add(len);
    let kind = if begun.is_text { "text" } else { "binary" };
    let (fragments, all, is_text) = (begun.fragments, begun.len, begun.is_text);
    let is_inflated = begun.is_compressed && seen.content != &frame.payload[..];
    let shown = match (begun.is_compressed, is_inflated) {
        (true, true) => {
            let least = if seen.is_cut { "at least " } else { "" };
            let inflated = count(seen.content.len() as u64);
            let content = bytes(seen.content, is_text);
            format!(" ({} on the wire, {least}{inflated} decompressed){content}", count(len))
        }
        (true, false) => format!(" ({}, compressed){}", count(len), bytes(seen.content, false)),
        (false, _) => format!(" ({}){}", count(len), bytes(seen.content, is_text)),
    };
    if frame.fin {
        direction.begun = None;
    }
    let words = match (fragments, frame.fin) {
        (1, true) => {
            let kind = if is_text { "Text" } else { "Binary" };
            format!("{kind} message, whole in one frame{shown} [RFC 6455 §5.6]")
        }
        (1, false) => format!("First fragment of a {kind} message{shown} [RFC 6455 §5.4]"),
        (_, false) => format!("Fragment {fragments} of the {kind} message{shown} [RFC 6455 §5.4]"),
        (_, true) => format!(
            "Last fragment of the {kind} message{shown} The message is whole now: {fragments} fragments, \
             {}. [RFC 6455 §5.4]",
            count(all)
        ),
    };
    let ends_within = std::str::from_utf8(seen.content).is_err_and(|e| e.error_len().is_none());
    if is_text && !frame.fin && !seen.is_cut && ends_within {
        return words
            + " It ends within a character: only the whole message must be UTF-8. [RFC 6455 §5.6]";
    }
    words
}

fn pong(seen: &Seen<'_>, connection: &mut Connection) -> String {
    match connection.pong(seen.by, &seen.frame.payload, seen.at) {
        Answers::Ping(at, before) => {
            let others = match before {
                0 => String::new(),
                1 => " The ping before it needs no pong any more.".to_owned(),
                more => format!(" The {more} pings before it need no pong any more."),
            };
            let at = at.as_secs_f64();
            format!(
                "Pong{}: it answers the ping of +{at:.4}.{others} [RFC 6455 §5.5.3]",
                shown(seen)
            )
        }
        Answers::Nothing => format!(
            "Pong{} that answers no ping above. That is allowed: it says that its sender is there. \
             [RFC 6455 §5.5.3]",
            shown(seen)
        ),
    }
}

fn closing(seen: &Seen<'_>, connection: &mut Connection) -> String {
    let what = match &seen.close {
        Some((code, reason)) => {
            let reason = match &reason[..] {
                "" => String::new(),
                reason => format!(", reason {}", quoted(reason.as_bytes())),
            };
            format!(
                "Close with the code {}{reason}: {}.",
                CloseCode::from(*code),
                code_means(*code)
            )
        }
        None if seen.frame.payload.is_empty() => {
            "Close without a code. Programs report this as 1005.".to_owned()
        }
        None => format!("Close with half a code{}.", shown(seen)),
    };
    let (by, peer) = (name(seen.by), name(other(seen.by)));
    let step = if connection.of(seen.by).has_closed {
        format!("The {by} has sent a Close before.")
    } else if connection.of(other(seen.by)).has_closed {
        format!("It answers the {peer}'s Close. No message follows; the server ends TCP.")
    } else {
        format!("The {by} sends no more messages; the {peer} answers with a Close.")
    };
    connection.of(seen.by).has_closed = true;
    format!("{what} {step} [RFC 6455 §5.5.1, §7.4]")
}

/// What a close code says (§7.4).
fn code_means(code: u16) -> &'static str {
    match code {
        1000 => "all is done",
        1001 => "a server stops, or a browser leaves the page",
        1002 => "the other end has broken a rule of the protocol",
        1003 => "this kind of data is not accepted",
        1007 => "the data do not fit their kind, such as a text that is not UTF-8",
        1008 => "the message is against the rules of the program",
        1009 => "the message is too large",
        1010 => "the client needs an extension that the server has not agreed to",
        1011 => "the program has met an error",
        1012 => "the service restarts",
        1013 => "the service is overloaded: try again later",
        1014 => "a gateway has got an invalid response from the server behind it",
        1005 | 1006 | 1015 => "programs report this code, and no frame may carry it",
        3000..=3999 => "a code that a library or framework has registered with IANA",
        4000..=4999 => "a code of the program's own",
        _ => "a code that is not defined",
    }
}

/// The second line: the header, byte by byte and bit by bit (§5.2).
fn header(seen: &Seen<'_>, has_deflate: Option<bool>) -> String {
    let frame = &seen.frame;
    let bytes = frame.to_bytes(seen.by);
    let header = &bytes[..bytes.len() - frame.payload.len()];
    let fin = match (frame.fin, frame.opcode) {
        (true, 8..) => "FIN 1 (a control frame is always whole)",
        (true, 1 | 2) => "FIN 1 (a whole message)",
        (true, 0) => "FIN 1 (the last fragment)",
        (true, _) => "FIN 1 (no fragment follows)",
        (false, _) => "FIN 0 (more fragments follow)",
    };
    let mut parts = vec![fin.to_owned()];
    for (bit, name) in [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")] {
        let means = match (name, is_compressed(frame, has_deflate)) {
            ("RSV1", true) => "compressed, RFC 7692 §6",
            (_, _) => "it has no meaning here",
        };
        if frame.rsv & bit != 0 {
            parts.push(format!("{name} 1 ({means})"));
        }
    }
    parts.push(format!("opcode 0x{:X} ({})", frame.opcode, opcode(frame.opcode)));
    parts.push(match frame.key {
        Key::Fixed(key) => format!("MASK 1 with the key {}", hex(&key)),
        Key::None | Key::Role => "MASK 0".to_owned(),
    });
    let form = match header[1] & 0x7F {
        126 => "the 7 bits say 126: it follows in 16 bits",
        127 => "the 7 bits say 127: it follows in 64 bits",
        _ => "in 7 bits",
    };
    parts.push(format!("length {} ({form})", length(frame)));
    format!("Header {}: {} [RFC 6455 §5.2]", hex(header), parts.join(", "))
}

/// The third line: what a mask is for, and how it is used (§5.3).
fn masked(key: [u8; 4], payload: &[u8]) -> String {
    let why = "Masked: each byte is XORed with a byte of the key, which is random for each frame, so that \
               no script can choose which bytes a proxy sees.";
    let first = payload.first().map_or_else(String::new, |byte| {
        format!(
            " The first byte on the wire is {:02x} = {byte:02x} XOR {:02x}.",
            byte ^ key[0],
            key[0]
        )
    });
    format!("{why}{first} [RFC 6455 §5.3, §10.3]")
}

/// Returns `true` if the frame begins a compressed message (RFC 7692 §6).
fn is_compressed(frame: &RawFrame, has_deflate: Option<bool>) -> bool {
    frame.rsv & 4 != 0 && matches!(frame.opcode, 1 | 2) && has_deflate != Some(false)
}

fn opcode(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        TEXT => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "not defined",
    }
}

/// The length that the header gives.
fn length(frame: &RawFrame) -> u64 {
    match frame.len {
        Len::Minimal => frame.payload.len() as u64,
        Len::In7(len) => len.into(),
        Len::In16(len) => len.into(),
        Len::In64(len) => len,
    }
}

/// The payload of a control frame.
fn shown(seen: &Seen<'_>) -> String {
    if seen.frame.payload.is_empty() {
        return String::new();
    }
    let payload = &seen.frame.payload[..];
    format!(
        " {}",
        if std::str::from_utf8(payload).is_ok() { quoted(payload) } else { hex(payload) }
    )
}

/// The payload of a frame of a message, behind a colon.
fn bytes(content: &[u8], is_text: bool) -> String {
    match (content, is_text) {
        ([], _) => String::new(),
        (_, true) => format!(": {}", quoted(content)),
        (_, false) => format!(": {}", hex(content)),
    }
}
