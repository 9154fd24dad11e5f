//! Entries as lines of JSON. `from_jsonl` reads all that stands there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::entry::WireEntry;
use crate::proto::rules::Role;
use crate::proto::wire::{Frame, Head, Kept, Way, What};

/// The version of the format. What is only added to a line is no new version.
pub(super) const VERSION: u8 = 1;

/// The fields of an entry, in the order in which they are written.
type Fields = Vec<(&'static str, Value)>;

/// Returns an entry as one line, without the end of the line.
pub(super) fn line(entry: &WireEntry) -> String {
    // A microsecond is as exact as it can be.
    let since = (entry.stamp.since.as_secs_f64() * 1e6).round() / 1e6;
    let mut fields: Fields = vec![
        ("v", json!(VERSION)),
        ("t", json!(since)),
        ("time", json!(entry.stamp.date())),
        ("conn", json!(entry.connection)),
    ];
    if let Some(way) = entry.passed.way {
        let way = match way {
            Way::Sent => "sent",
            Way::Received => "received",
        };
        fields.push(("dir", json!(way)));
    }
    let (name, more) = of(&entry.passed.what);
    fields.push(("type", json!(name)));
    fields.extend(more);
    if !entry.passed.breaches.is_empty() {
        fields.push(("broken", json!(entry.breaches())));
    }
    let fields = fields.iter().map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

/// The type of an entry, and what entries of this type have.
fn of(what: &What) -> (&'static str, Fields) {
    match what {
        What::Opened { role, peer, tls } => {
            let role = match role {
                Role::Client => "client",
                Role::Server => "server",
            };
            ("open", vec![("role", json!(role)), ("peer", json!(peer)), ("tls", json!(tls))])
        }
        What::Request(it) => ("request", head(it)),
        What::Response(it) => ("response", head(it)),
        What::Bytes(bytes) => {
            let mut fields = vec![("len", json!(bytes.len))];
            fields.push(content(bytes, text(bytes)));
            if bytes.is_cut() {
                fields.push(truncated());
            }
            ("bytes", fields)
        }
        What::Frame(it) => ("frame", frame(it)),
        What::Fin => ("fin", Fields::new()),
        What::Failed(why) => ("error", vec![("text", json!(why))]),
        What::Note(text) => ("note", vec![("text", json!(text))]),
    }
}

fn head(head: &Head) -> Fields {
    let headers: Vec<_> = head.headers.iter().map(|(name, value)| [name, value]).collect();
    vec![("line", json!(head.line)), ("headers", json!(headers))]
}

fn frame(frame: &Frame) -> Fields {
    let header = &frame.header;
    let mut fields = vec![
        ("opcode", json!(header.opcode)),
        ("fin", json!(header.fin)),
        ("rsv", json!(header.rsv)),
        ("len", json!(header.len)),
    ];
    if !header.is_minimal() {
        fields.push(("bits", json!(header.bits)));
    }
    if let Some(key) = header.key {
        fields.push(("mask", json!(format!("{:08x}", u32::from_be_bytes(key)))));
    }
    if let Some(inflated) = &frame.inflated {
        fields.push(("inflated", json!(inflated.len)));
    }
    // The payload as it was, where the other fields do not give it.
    let mut needs_raw = frame.inflated.is_some();
    if let Some((code, reason)) = frame.close() {
        needs_raw |= std::str::from_utf8(reason).is_err();
        let reason = String::from_utf8_lossy(reason);
        fields.extend([("code", json!(code)), ("reason", json!(reason))]);
    } else {
        let text = if frame.reads_as_text() { text(frame.content()) } else { None };
        fields.push(content(frame.content(), text));
        if frame.is_text && text.is_none() {
            fields.push(("utf8", json!(false)));
        }
    }
    if frame.payload.is_cut() || frame.content().is_cut() {
        fields.push(truncated());
    }
    if needs_raw {
        fields.push(("raw", base64(&frame.payload)));
    }
    fields
}

/// A payload: as this text if it is one, and otherwise in base64.
fn content(kept: &Kept, text: Option<&str>) -> (&'static str, Value) {
    text.map_or_else(|| ("base64", base64(kept)), |text| ("text", json!(text)))
}

fn base64(kept: &Kept) -> Value {
    json!(STANDARD.encode(&kept.bytes))
}

fn truncated() -> (&'static str, Value) {
    ("truncated", json!(true))
}

/// The bytes as text, if they are that. A character that was cut off at the end does not count.
fn text(kept: &Kept) -> Option<&str> {
    let whole = match std::str::from_utf8(&kept.bytes) {
        Err(e) if kept.is_cut() && e.error_len().is_none() => &kept.bytes[..e.valid_up_to()],
        _ => &kept.bytes,
    };
    std::str::from_utf8(whole).ok()
}
