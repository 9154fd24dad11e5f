//! What a handle keeps alive once the connection is over, and streams whose calls are interrupted.

use std::io::{self, ErrorKind, Read, Write};
use std::thread;

use super::script::{Act, Call, LONG, Script};
use crate::connection::WebSocket;
use crate::error::Error;
use crate::hub::Hub;
use crate::process::caught;
use crate::proto::message::MessageKind;
use crate::proto::rules::Role;

fn open(script: &Script) -> WebSocket<Script> {
    WebSocket::from_parts(script.handle(), Role::Server, Vec::new())
}

/// A stream that can be read and written, and nothing else.
struct Plain(Script);

impl Read for Plain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Plain {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The test's own handle.
const OWN: usize = 1;

#[test]
fn what_is_kept_holds_no_stream_once_the_websocket_is_dropped() {
    for sends in [false, true] {
        for (rule, joins, has_sender) in [
            ("a sender", false, true),
            ("a seat", true, false),
            ("a seat and a sender", true, true),
        ] {
            let script = Script::new();
            let ws = open(&script);
            let sender = has_sender.then(|| ws.sender().unwrap());
            let hub = Hub::new();
            let seat = joins.then(|| hub.join(&ws).unwrap());
            if sends {
                if let Some(sender) = &sender {
                    sender.feed("fed").unwrap();
                }
                hub.broadcast("to all").unwrap();
                assert!(hub.flush(LONG));
            }
            drop(ws);
            assert_eq!(script.handles(), OWN, "{rule}, {sends}");
            if let Some(sender) = sender {
                sender.send("more").unwrap_err();
                sender.flush().unwrap_err();
            }
            let wire = script.wire();
            drop(seat);
            assert_eq!((script.handles(), script.wire()), (OWN, wire), "{rule}, {sends}");
        }
    }
}

#[test]
fn a_writer_that_is_at_work_lets_go_of_the_stream_when_it_ends() {
    for (rule, call) in [("a sender", Call::Slices), ("a hub", Call::TryWrite)] {
        let script = Script::new();
        let ws = open(&script);
        let sender = ws.sender().unwrap();
        let hub = Hub::new();
        let seat = hub.join(&ws).unwrap();
        script.next(call, &[Act::Waits]);
        thread::scope(|scope| {
            let writer = (call == Call::Slices).then(|| scope.spawn(|| sender.send("long")));
            if writer.is_none() {
                hub.broadcast("long").unwrap();
            }
            script.wait_at_gate(1);
            // This cuts the connection, which wakes the writer.
            drop(ws);
            if let Some(writer) = writer {
                writer.join().unwrap().unwrap_err();
            }
        });
        assert!(hub.flush(LONG));
        // `send` waits for the sink: the hub's thread may not have dropped the stream yet.
        assert!(sender.send("more").is_err(), "{rule}");
        assert_eq!(script.handles(), OWN, "{rule}");
        drop(seat);
    }
}

#[test]
fn a_writer_that_panics_lets_go_of_the_stream_as_well() {
    let script = Script::new();
    let ws = open(&script);
    let sender = ws.sender().unwrap();
    script.next(Call::Slices, &[Act::WaitsAndPanics]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| caught(|| sender.send("long")));
        script.wait_at_gate(1);
        // This cuts the connection, which wakes the writer.
        drop(ws);
        assert!(writer.join().unwrap().is_none());
    });
    assert_eq!(script.handles(), OWN);
}

#[test]
fn who_waits_for_a_turn_is_told_that_the_connection_is_lost_or_closed() {
    for closes in [false, true] {
        let script = Script::new();
        let mut ws = open(&script);
        let sender = ws.sender().unwrap();
        let mut stream = sender.send_stream(MessageKind::Text);
        stream.write_all(b"part").unwrap();
        stream.flush().unwrap();
        thread::scope(|scope| {
            let waits = scope.spawn(|| sender.send("another"));
            if closes {
                sender.close(1000, "").unwrap();
            } else {
                script.end_input();
                ws.recv().unwrap_err();
            }
            let told = waits.join().unwrap().unwrap_err();
            assert_eq!(matches!(told, Error::Closed), closes, "{told}");
            assert_eq!(matches!(told, Error::Lost(_)), !closes, "{told}");
        });
        drop(stream);
    }
}

#[test]
fn nothing_is_sent_once_a_connection_is_lost_whatever_the_stream() {
    let script = Script::new();
    script.end_input();
    let mut ws = WebSocket::from_parts(Plain(script.handle()), Role::Server, Vec::new());
    assert!(matches!(ws.recv(), Err(Error::Lost(_))));
    assert!(matches!(ws.send("late"), Err(Error::Lost(_))));
    assert!(matches!(ws.feed("late"), Err(Error::Lost(_))));
    assert!(matches!(ws.flush(), Err(Error::Lost(_))));
    assert!(matches!(ws.ping(b""), Err(Error::Lost(_))));
    drop(ws);
    assert_eq!(script.wire(), b"");
}

#[test]
fn a_call_that_is_interrupted_is_made_again() {
    for call in [Call::Write, Call::Slices, Call::Flush, Call::TryWrite, Call::TryFlush] {
        for times in [1, 3] {
            for able in [true, false] {
                let rule = format!("{call:?}, {times} times, writes without waiting: {able}");
                let script = if able { Script::new() } else { Script::unable() };
                let mut ws = open(&script);
                script.next(call, &vec![Act::Fails(ErrorKind::Interrupted); times]);
                ws.send("a").unwrap();
                let sender = ws.sender().unwrap();
                sender.send("b").unwrap();
                let hub = Hub::new();
                let seat = hub.join(&ws).unwrap();
                hub.broadcast("c").unwrap();
                assert!(hub.flush(LONG), "{rule}");
                let mut stream = sender.send_stream(MessageKind::Text);
                stream.write_all(b"d").unwrap();
                stream.finish().unwrap();
                drop(seat);
                let want: Vec<u8> = (b'a'..=b'd').flat_map(|one| [0x81, 1, one]).collect();
                assert_eq!(script.wire(), want, "{rule}");
            }
        }
    }
}
