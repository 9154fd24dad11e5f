//! Entries as an HTTP Archive (HAR 1.2), which browsers open. Chrome's field `_webSocketMessages` has
//! the messages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::entry::WireEntry;
use crate::proto::wire::{BINARY, Frame, Head, TEXT, Way, What};

/// Returns the archive. Each connection is an entry of it.
pub(super) fn archive<'a>(entries: impl Iterator<Item = &'a WireEntry>) -> String {
    let mut connections: BTreeMap<u64, Connection<'_>> = BTreeMap::new();
    for entry in entries {
        connections.entry(entry.connection).or_default().add(entry);
    }
    let entries: Vec<_> =
        connections.iter().filter_map(|(number, connection)| connection.shown(*number)).collect();
    let creator = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    let archive = json!({ "log": { "version": "1.2", "creator": creator, "entries": entries } });
    format!("{archive:#}\n")
}

/// What is known of one connection.
#[derive(Default)]
struct Connection<'a> {
    first: Option<&'a WireEntry>,
    last: Option<&'a WireEntry>,
    is_secure: bool,
    request: Option<&'a Head>,
    response: Option<&'a Head>,
    messages: Vec<Value>,
    /// The messages that are not whole, one for each direction.
    begun: BTreeMap<bool, Begun>,
}

#[derive(Default)]
struct Begun {
    opcode: u8,
    content: Vec<u8>,
    left_out: u64,
}

impl<'a> Connection<'a> {
    fn add(&mut self, entry: &'a WireEntry) {
        self.first.get_or_insert(entry);
        self.last = Some(entry);
        match &entry.passed.what {
            What::Request(head) => self.request = Some(head),
            What::Response(head) => self.response = Some(head),
            What::Frame(frame) if !frame.header.is_control() => self.frame(frame, entry),
            What::Failed(why) => {
                let time = entry.stamp.unix();
                let message = json!({ "type": "error", "time": time, "opcode": -1, "data": why });
                self.messages.push(message);
            }
            What::Opened { tls, .. } => self.is_secure = *tls,
            What::Frame(_) | What::Bytes(_) | What::Fin | What::Note(_) => {}
        }
    }

    fn frame(&mut self, frame: &Frame, entry: &WireEntry) {
        let is_sent = entry.passed.way == Some(Way::Sent);
        let begun = self.begun.entry(is_sent).or_default();
        if matches!(frame.header.opcode, TEXT | BINARY) {
            *begun = Begun { opcode: frame.header.opcode, ..Begun::default() };
        }
        let content = frame.content();
        begun.content.extend_from_slice(&content.bytes);
        begun.left_out += content.len - content.bytes.len() as u64;
        if !frame.header.fin {
            return;
        }
        let Begun { opcode, content, left_out } = std::mem::take(begun);
        // What is not UTF-8, such as a character that was cut off, is replaced.
        let data = match opcode {
            TEXT => String::from_utf8_lossy(&content).into_owned(),
            _ => STANDARD.encode(&content),
        };
        let name = if is_sent { "send" } else { "receive" };
        let time = entry.stamp.unix();
        let mut message = json!({ "type": name, "time": time, "opcode": opcode, "data": data });
        if left_out > 0 {
            message["_leftOut"] = json!(left_out);
        }
        self.messages.push(message);
    }

    /// The connection as an entry of the archive.
    fn shown(&self, number: u64) -> Option<Value> {
        let (first, last) = (self.first?, self.last?);
        let lasted = last.stamp.since.saturating_sub(first.stamp.since).as_secs_f64() * 1e3;
        Some(json!({
            "startedDateTime": first.stamp.date(),
            "time": lasted,
            "request": self.request(),
            "response": self.response(),
            "cache": {},
            "timings": { "send": 0, "wait": 0, "receive": lasted },
            "connection": number.to_string(),
            "_resourceType": "websocket",
            "_webSocketMessages": self.messages,
        }))
    }

    fn request(&self) -> Value {
        let head = self.request;
        let mut words = head.map_or("GET / HTTP/1.1", |head| &head.line).split(' ');
        let (method, target) = (words.next(), words.next().unwrap_or("/"));
        let host = head.and_then(|head| head.first("host")).unwrap_or("unknown");
        let scheme = if self.is_secure { "wss" } else { "ws" };
        json!({
            "method": method,
            "url": format!("{scheme}://{host}{target}"),
            "httpVersion": words.next().unwrap_or("HTTP/1.1"),
            "cookies": [],
            "headers": headers(head),
            "queryString": query(target),
            "headersSize": -1,
            "bodySize": 0,
        })
    }

    fn response(&self) -> Value {
        let head = self.response;
        let line = head.map_or("HTTP/1.1", |head| &head.line);
        let text = line.splitn(3, ' ').nth(2).unwrap_or_default();
        json!({
            // Zero is for no answer.
            "status": head.and_then(Head::status).unwrap_or_default(),
            "statusText": text,
            "httpVersion": line.split(' ').next(),
            "cookies": [],
            "headers": headers(head),
            "content": { "size": 0, "mimeType": "x-unknown" },
            "redirectURL": head.and_then(|head| head.first("location")).unwrap_or_default(),
            "headersSize": -1,
            "bodySize": -1,
        })
    }
}

fn headers(head: Option<&Head>) -> Vec<Value> {
    let headers = head.into_iter().flat_map(|head| &head.headers);
    headers.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn query(target: &str) -> Vec<Value> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let parameters = query.split('&').filter(|it| !it.is_empty());
    let pairs = parameters.map(|it| it.split_once('=').unwrap_or((it, "")));
    pairs.map(|(name, value)| json!({ "name": name, "value": value })).collect()
}
