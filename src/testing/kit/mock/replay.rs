//! Scripts made of a log: what a server said once, again.

use std::collections::BTreeMap;
use std::iter;

use super::super::peer::Peer;
use super::super::wire::Key;
use super::super::wire_log::WireEntry;
use super::super::wire_log::WireLog;
use crate::proto::rules::Role;
use crate::proto::wire::{BINARY, CLOSE, Frame, Head, PING, PONG, TEXT, Way, What};

/// Headers of a 101 that a mock makes itself.
const OWN: [&str; 3] = ["connection", "sec-websocket-accept", "upgrade"];

/// Headers that say where a body ends, and what comes then (RFC 9112 §6 and §9.6).
const FRAMING: [&str; 5] =
    ["connection", "content-length", "keep-alive", "trailer", "transfer-encoding"];

/// The entries of each connection in a log. If both ends of a connection are there, as in a log of a
/// proxy, those of the client's end.
pub(super) fn connections(log: &WireLog) -> Vec<Vec<WireEntry>> {
    let mut connections: BTreeMap<u64, Vec<WireEntry>> = BTreeMap::new();
    for entry in log.entries() {
        connections.entry(entry.connection()).or_default().push(entry);
    }
    if connections.values().any(|entries| is_of_client(entries)) {
        connections.retain(|_, entries| is_of_client(entries));
    }
    connections.into_values().collect()
}

/// Does what the server did, and expects what the client did.
#[track_caller]
pub(super) fn run(peer: &mut Peer, entries: &[WireEntry]) {
    let by_server = ways(entries);
    let mut message = Vec::new();
    let mut is_text = false;
    // RFC 6455 §5.4: pings and pongs may come between the frames of a message.
    let mut is_within = false;
    for entry in entries {
        let is_ours = entry.way() == Some(by_server);
        match entry.what() {
            What::Response(head) if is_ours => answer(peer, head),
            What::Frame(frame) if is_ours => {
                assert_whole(frame);
                let frame = entry.frame().expect("it is a frame").key(Key::Role);
                peer.frame(&frame);
            }
            What::Fin if is_ours => peer.half_close(),
            What::Frame(frame) => {
                assert_whole(frame);
                let content = &frame.content().bytes;
                match frame.header.opcode {
                    CLOSE => expect_close(peer, frame),
                    PING | PONG if is_within => {
                        let got = peer.expect_within_message(frame.header.opcode);
                        assert_eq!(&got, content, "the payload of a ping or pong");
                    }
                    PING => assert_eq!(&peer.expect_ping(), content, "the payload of a ping"),
                    PONG => assert_eq!(&peer.expect_pong(), content, "the payload of a pong"),
                    opcode => {
                        if matches!(opcode, TEXT | BINARY) {
                            (message, is_text) = (Vec::new(), opcode == TEXT);
                        }
                        message.extend_from_slice(content);
                        is_within = !frame.header.fin;
                        if frame.header.fin {
                            expect(peer, &message, is_text);
                        }
                    }
                }
            }
            // A client may hang up before its server or after it.
            What::Fin
            | What::Failed(_)
            | What::Opened { .. }
            | What::Request(_)
            | What::Response(_)
            | What::Bytes(_)
            | What::Note(_) => {}
        }
    }
}

/// The direction in which the server of a connection sent.
fn ways(entries: &[WireEntry]) -> Way {
    if is_of_client(entries) { Way::Received } else { Way::Sent }
}

fn is_of_client(entries: &[WireEntry]) -> bool {
    let mut what = entries.iter().map(WireEntry::what);
    what.any(|what| matches!(what, What::Opened { role: Role::Client, .. }))
}

/// Answers as the server did.
#[track_caller]
fn answer(peer: &mut Peer, head: &Head) {
    match head.status() {
        Some(101) => {
            let is_own = |name: &str| OWN.iter().any(|own| name.eq_ignore_ascii_case(own));
            let headers = head.headers.iter().filter(|(name, _)| !is_own(name));
            let headers: Vec<_> = headers.map(|(name, value)| (&name[..], &value[..])).collect();
            peer.open(&headers);
        }
        // The log has no body.
        Some(_) => peer.answer(refusal(head)),
        None => {}
    }
}

/// The head of an answer that is no 101, for an answer without a body.
fn refusal(head: &Head) -> String {
    let is_kept = |name: &str| !FRAMING.iter().any(|other| name.eq_ignore_ascii_case(other));
    let kept = head.headers.iter().filter(|(name, _)| is_kept(name));
    let kept = kept.map(|(name, value)| format!("{name}: {value}"));
    let own = ["Content-Length: 0", "Connection: close", "", ""].map(str::to_owned);
    let lines: Vec<_> = iter::once(head.line.clone()).chain(kept).chain(own).collect();
    lines.join("\r\n")
}

#[track_caller]
fn expect_close(peer: &mut Peer, frame: &Frame) {
    if let Some((code, _)) = frame.close() {
        peer.expect_close(code);
    } else {
        let came = peer.recv_frame().map(|frame| (frame.opcode, frame.payload));
        assert_eq!(
            came,
            Some((CLOSE, frame.payload.bytes.clone())),
            "a Close frame without a code"
        );
    }
}

#[track_caller]
fn expect(peer: &mut Peer, message: &[u8], is_text: bool) {
    match std::str::from_utf8(message) {
        Ok(text) if is_text => drop(peer.expect_text(text)),
        _ => drop(peer.expect_binary(message)),
    }
}

#[track_caller]
fn assert_whole(frame: &Frame) {
    let (payload, content) = (&frame.payload, frame.content());
    assert!(
        !payload.is_cut() && !content.is_cut(),
        "the log has only a part of a payload of {} bytes: make it with \
         WireLog::new().payloads(usize::MAX)",
        content.len
    );
}
