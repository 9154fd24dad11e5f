//! Messages as streams, and connections as streams of bytes.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use blocking_ws::testing::{RawFrame, pair};
use blocking_ws::{MessageKind, Role};
use test_support::peer::{close_code, open};

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("streams that are too long", too_long),
    ("messages that stop", stalled),
    ("messages that are cut off", cut_off),
    ("messages that are not written to their end", unfinished),
    ("text that is none", no_text),
    ("senders that wait for a message", waiting),
    ("streams of bytes", bytes),
];

fn too_long() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Server);
    ws.set_max_stream_size(10);
    peer.send("more than ten bytes");
    let error = ws.recv_stream().unwrap_err();
    let frame = error.close_frame().unwrap();
    assert_eq!(close_code(&mut peer), u16::from(frame.code()));
    vec![error.into(), Produced::closing(&frame)]
}

fn stalled() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Server);
    ws.set_stall_timeout(Duration::from_millis(30));
    peer.frame(RawFrame::text("a").fin(false));
    let error = ws.recv().unwrap_err();
    let frame = error.close_frame().unwrap();
    vec![error.into(), Produced::closing(&frame)]
}

fn cut_off() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Server);
    peer.frame(RawFrame::text("a").fin(false));
    peer.close(1011, "a message was not sent to its end");
    let mut stream = ws.recv_stream().unwrap().unwrap();
    vec![failed(stream.read_to_end(&mut Vec::new()))]
}

fn unfinished() -> Vec<Produced> {
    let (mut near, mut far) = pair();
    let mut stream = near.send_stream(MessageKind::Binary);
    stream.write_all(b"some").unwrap();
    stream.flush().unwrap();
    drop(stream);
    assert!(far.recv().unwrap().is_none());
    let status = far.close_status().unwrap();
    let frame = blocking_ws::CloseFrame::new(status.code(), status.reason()).unwrap();
    let told = Produced::closing(&frame);

    let (mut near, _far) = pair();
    let mut stream = near.send_stream(MessageKind::Text);
    drop(failed(stream.write_all(&vec![0xFF; 1 << 17])));
    vec![told, failed(stream.write_all(b"more"))]
}

fn no_text() -> Vec<Produced> {
    let (mut near, _far) = pair();
    let mut stream = near.send_stream(MessageKind::Text);
    vec![failed(stream.write_all(&vec![0xFF; 1 << 17]))]
}

fn waiting() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Client);
    let (sender, other) = (ws.sender().unwrap(), ws.sender().unwrap());
    let mut stream = sender.send_stream(MessageKind::Binary);
    stream.write_all(b"some").unwrap();
    stream.flush().unwrap();
    peer.expect_start();
    let waits = std::thread::spawn(move || failed(other.send("late")));
    peer.cut();
    drop(failed(ws.recv()));
    vec![waits.join().unwrap()]
}

fn bytes() -> Vec<Produced> {
    let (ws, mut peer) = open(Role::Server);
    let mut stream = ws.into_byte_stream().unwrap();
    peer.frame(RawFrame::binary("a").fin(false));
    peer.close(1000, "");
    vec![failed(stream.read_to_end(&mut Vec::new()))]
}
