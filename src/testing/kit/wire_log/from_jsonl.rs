//! Entries made of lines of JSON, as `jsonl` writes them. What a later version may add to the format
//! is passed over.

use std::io::BufRead;
use std::time::Duration;

use serde_json::Value;

use super::entry::WireEntry;
use super::line::{Fault, Line};
use super::stamp::Stamp;
use crate::error::{Error, Result};
use crate::proto::rules::Role;
use crate::proto::wire::{Breach, Frame, Head, Header, Kept, Passed, Way, What};

/// Reads lines until the end, and returns their entries in the order of time.
pub(super) fn entries(reader: impl BufRead) -> Result<Vec<WireEntry>> {
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(reader.split(b'\n')) {
        let line = line.map_err(Error::Io)?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let told = |fault| Error::Invalid(format!("line {number} of the log {fault}").into());
        entries.push(entry(&line).map_err(told)?);
    }
    // Two threads that follow a log may write their lines in another order.
    entries.sort_by_key(|entry| entry.stamp.since);
    Ok(entries)
}

fn entry(line: &[u8]) -> Result<WireEntry, Fault> {
    let line = Line::parse(line)?;
    let since = line.field("t", |value| Duration::try_from_secs_f64(value.as_f64()?).ok())?;
    let time = line.field("time", |value| humantime::parse_rfc3339(value.as_str()?).ok())?;
    let breaches = line.optional("broken", Line::texts)?.unwrap_or_default();
    Ok(WireEntry {
        connection: line.number("conn", u64::MAX)?,
        stamp: Stamp { since, time },
        passed: Passed {
            way: line.optional("dir", way)?,
            what: what(&line)?,
            breaches: breaches.into_iter().map(|rule| Breach(rule.into())).collect(),
        },
    })
}

fn way(line: &Line<'_>, name: &str) -> Result<Way, Fault> {
    line.field(name, |value| match value.as_str()? {
        "sent" => Some(Way::Sent),
        "received" => Some(Way::Received),
        _ => None,
    })
}

fn what(line: &Line<'_>) -> Result<What, Fault> {
    Ok(match &line.text("type")?[..] {
        "open" => What::Opened {
            role: line.field("role", role)?,
            peer: line.optional("peer", Line::text)?,
            tls: line.flag("tls")?,
        },
        "request" => What::Request(head(line)?),
        "response" => What::Response(head(line)?),
        "bytes" => What::Bytes(kept(line, content(line)?, "len")?),
        "frame" => What::Frame(frame(line)?),
        "fin" => What::Fin,
        "error" => What::Failed(line.text("text")?),
        "note" => What::Note(line.text("text")?),
        // Of a later version.
        _ => What::Note(line.written()),
    })
}

fn role(value: &Value) -> Option<Role> {
    match value.as_str()? {
        "client" => Some(Role::Client),
        "server" => Some(Role::Server),
        _ => None,
    }
}

fn head(line: &Line<'_>) -> Result<Head, Fault> {
    let pair = |pair: &Value| match &pair.as_array()?[..] {
        [name, value] => Some((name.as_str()?.to_owned(), value.as_str()?.to_owned())),
        _ => None,
    };
    let headers = line.field("headers", |value| value.as_array()?.iter().map(pair).collect())?;
    Ok(Head { line: line.text("line")?, headers })
}

fn frame(line: &Line<'_>) -> Result<Frame, Fault> {
    let header = header(line)?;
    let (payload, inflated) = if line.has("inflated") {
        (line.base64("raw")?, Some(kept(line, content(line)?, "inflated")?))
    } else if line.has("code") {
        (close(line)?, None)
    } else {
        (content(line)?, None)
    };
    let is_text = line.has("text") || line.says("utf8", false);
    Ok(Frame {
        header,
        payload: kept(line, payload, "len")?,
        inflated,
        // A control frame is part of no text, although its payload may stand there as one.
        is_text: is_text && !header.is_control(),
    })
}

fn header(line: &Line<'_>) -> Result<Header, Fault> {
    let len = line.number("len", u64::MAX)?;
    Ok(Header {
        fin: line.flag("fin")?,
        rsv: line.number("rsv", 7)?,
        opcode: line.number("opcode", 15)?,
        key: line.optional("mask", key)?,
        len,
        bits: line.optional("bits", bits)?.unwrap_or_else(|| Header::shortest(len)),
    })
}

fn key(line: &Line<'_>, name: &str) -> Result<[u8; 4], Fault> {
    line.field(name, |value| {
        let key = value.as_str().filter(|key| key.len() == 8)?;
        u32::from_str_radix(key, 16).ok().map(u32::to_be_bytes)
    })
}

fn bits(line: &Line<'_>, name: &str) -> Result<u8, Fault> {
    line.field(name, |value| [16, 64].into_iter().find(|bits| value == bits))
}

/// The payload of a Close frame.
fn close(line: &Line<'_>) -> Result<Vec<u8>, Fault> {
    if line.has("raw") {
        return line.base64("raw");
    }
    let code: u16 = line.number("code", u16::MAX.into())?;
    Ok([&code.to_be_bytes()[..], line.text("reason")?.as_bytes()].concat())
}

/// What stands there as text or in base64.
fn content(line: &Line<'_>) -> Result<Vec<u8>, Fault> {
    if line.has("text") { line.text("text").map(String::into_bytes) } else { line.base64("base64") }
}

/// The bytes, with the length that they had before some were left out.
fn kept(line: &Line<'_>, bytes: Vec<u8>, len: &str) -> Result<Kept, Fault> {
    let kept = Kept { len: line.number(len, u64::MAX)?, bytes };
    let is_longer = kept.bytes.len() as u64 > kept.len;
    if is_longer || kept.is_cut() && !line.says("truncated", true) {
        return Err(format!(
            "has {} bytes where `{len}` says {}: set `{len}` if the payload was changed by hand, \
             and otherwise record the log again",
            kept.bytes.len(),
            kept.len
        ));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::super::jsonl;
    use super::*;

    /// A line with these fields behind those that each line has.
    fn line(fields: &str) -> String {
        format!(r#"{{"v":1,"t":0.000125,"time":"2026-11-29T12:03:44.517Z","conn":7,{fields}}}"#)
    }

    fn read(text: &str) -> Result<Vec<WireEntry>> {
        entries(text.as_bytes())
    }

    #[test]
    fn a_line_comes_back_as_it_was() {
        let rows = [
            r#""type":"open","role":"client","peer":null,"tls":true"#,
            r#""type":"open","role":"server","peer":"127.0.0.1:80","tls":false"#,
            r#""dir":"sent","type":"request","line":"GET / HTTP/1.1","headers":[["Host","h"],["A",""]]"#,
            r#""dir":"received","type":"response","line":"HTTP/1.1 503 Busy","headers":[]"#,
            r#""dir":"sent","type":"bytes","len":3,"text":"SSH""#,
            r#""dir":"sent","type":"bytes","len":9,"base64":"AP8=","truncated":true"#,
            r#""dir":"sent","type":"frame","opcode":1,"fin":true,"rsv":0,"len":2,"text":"\n\u0007""#,
            r#""dir":"sent","type":"frame","opcode":0,"fin":false,"rsv":0,"len":2,"mask":"0000ff01","base64":"AP8=""#,
            r#""dir":"sent","type":"frame","opcode":0,"fin":false,"rsv":0,"len":1,"base64":"ww==","utf8":false"#,
            r#""dir":"sent","type":"frame","opcode":3,"fin":true,"rsv":7,"len":1,"bits":16,"base64":"AA==""#,
            r#""dir":"sent","type":"frame","opcode":2,"fin":true,"rsv":0,"len":0,"bits":64,"base64":"""#,
            r#""dir":"sent","type":"frame","opcode":9,"fin":true,"rsv":0,"len":70000,"text":"a","truncated":true"#,
            r#""dir":"sent","type":"frame","opcode":8,"fin":true,"rsv":0,"len":0,"text":"""#,
            r#""dir":"sent","type":"frame","opcode":8,"fin":true,"rsv":0,"len":2,"code":1000,"reason":"""#,
            r#""dir":"sent","type":"frame","opcode":8,"fin":true,"rsv":0,"len":9,"code":1000,"reason":"by","truncated":true"#,
            r#""dir":"sent","type":"frame","opcode":8,"fin":true,"rsv":0,"len":3,"code":1000,"reason":"�","raw":"A+j/""#,
            r#""dir":"sent","type":"frame","opcode":1,"fin":true,"rsv":4,"len":7,"inflated":5,"text":"Hello","raw":"8kjNycn/AA==""#,
            r#""dir":"sent","type":"frame","opcode":1,"fin":true,"rsv":4,"len":7,"inflated":9,"text":"Hello","truncated":true,"raw":"8kjNycn/AA==""#,
            r#""dir":"sent","type":"frame","opcode":2,"fin":true,"rsv":4,"len":7,"inflated":1,"base64":"/w==","truncated":true,"raw":"8kg=""#,
            r#""dir":"received","type":"fin","broken":["RFC 6455 §7.1.5: the end without a Close frame"]"#,
            r#""dir":"received","type":"fin","broken":["a rule of a later version","and another"]"#,
            r#""dir":"received","type":"error","text":"connection reset""#,
            r#""type":"note","text":"DROP""#,
        ];
        for row in rows {
            let line = line(row);
            let entries = read(&line).unwrap();
            assert_eq!(entries.iter().map(jsonl::line).collect::<Vec<_>>(), [line], "{row}");
        }
    }

    #[test]
    fn what_a_later_version_adds_is_no_fault() {
        let known = line(r#""type":"note","text":"DROP""#);
        let more = line(r#""type":"note","more":[{}],"text":"DROP""#);
        let entries = read(&format!("\n{more}\r\n\n")).unwrap();
        assert_eq!(entries.iter().map(jsonl::line).collect::<Vec<_>>(), [known]);
        let unknown = line(r#""dir":"sent","type":"reset","text":["?"]"#);
        let entries = read(&format!("{unknown}\r\n")).unwrap();
        let [entry] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!(entry.way(), Some(Way::Sent));
        assert_eq!(entry.what(), &What::Note(unknown));
    }

    #[test]
    fn lines_are_put_in_the_order_of_time() {
        let note = |at: &str| line(r#""type":"note","text":"""#).replace("0.000125", at);
        let entries = read(&[note("0.2"), note("0.1"), note("3")].join("\n")).unwrap();
        let times: Vec<_> = entries.iter().map(|it| it.since().as_millis()).collect();
        assert_eq!(times, [100, 200, 3000]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        const FRAME: &str = r#""dir":"sent","type":"frame","opcode":1,"fin":true,"rsv":0,"len":1"#;
        let frame = |fields: &str| line(&format!("{FRAME},{fields}"));
        let rows = [
            (r#"{"v":1,"t":0.1"#.to_owned(), "is not JSON at column 14: remove the line if"),
            ("\u{feff}{}".to_owned(), "is not JSON at column 1"),
            ("[]".to_owned(), "has no version `v`: only what WireLog::to_jsonl"),
            (r#"{"v":2}"#.to_owned(), "has version 2 of the format, and only version 1"),
            (r#"{"v":1}"#.to_owned(), "has no value for `t`: record the log again"),
            (line(r#""dir":"up","type":"fin""#), "has another value than it can have for `dir`"),
            (line(r#""text":"a""#), "has no value for `type`"),
            (line(r#""type":"open","tls":true,"role":"proxy""#), "can have for `role`"),
            (line(r#""type":"fin""#).replace("0.000125", "-1"), "can have for `t`"),
            (line(r#""type":"fin""#).replace("2026-11-29T", ""), "for `time`"),
            (line(r#""type":"fin""#).replace(":7", ":-7"), "can have for `conn`"),
            (line(r#""type":"fin","broken":[1]"#), "can have for `broken`"),
            (line(r#""type":"request","line":"GET","headers":[["a"]]"#), "for `headers`"),
            (frame(r#""base64":"?""#), "can have for `base64`"),
            (frame(r#""none":0"#), "has no value for `base64`"),
            (frame(r#""text":"ab""#), "has 2 bytes where `len` says 1: set `len` if"),
            (frame(r#""text":"""#), "has 0 bytes where `len` says 1"),
            (frame(r#""text":"a","inflated":1"#), "has no value for `raw`"),
            (frame(r#""text":"a","inflated":2,"raw":"AA==""#), "where `inflated` says 2"),
            (frame(r#""text":"a","mask":"1234""#), "for `mask`"),
            (frame(r#""text":"a","bits":8"#), "can have for `bits`"),
            (frame(r#""text":"a""#).replace(r#""opcode":1"#, r#""opcode":16"#), "for `opcode`"),
            (frame(r#""text":"a""#).replace(r#""rsv":0"#, r#""rsv":8"#), "for `rsv`"),
        ];
        let fine = line(r#""type":"note","text":"""#);
        for (bad, want) in rows {
            match read(&format!("{fine}\n\n{bad}\n{fine}\n")) {
                Err(Error::Invalid(text)) => {
                    let text = text.strip_prefix("line 3 of the log ");
                    assert!(text.is_some_and(|text| text.contains(want)), "{text:?} of {bad}");
                }
                outcome => panic!("{outcome:?} of {bad}"),
            }
        }
        assert!(matches!(entries(&b"\"\xFF\""[..]), Err(Error::Invalid(_))));
    }
}
