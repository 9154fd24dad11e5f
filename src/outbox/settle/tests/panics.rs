//! Panics in code that a program hands in: at most one connection is lost, and no lock stays held.

use std::io::Write;
use std::thread;
use std::time::Duration;

use super::script::{Act, Call, LONG, NO_ROOM, Script};
use crate::connection::WebSocket;
use crate::error::Error;
use crate::hub::{Hub, Seat};
use crate::process::caught;
use crate::proto::frame::ControlPayload;
use crate::proto::message::{AsMessage, MessageKind, MessageRef};
use crate::proto::rules::Role;

const PANICS: [Act; 2] = [Act::Panics, Act::Explodes];

fn open(script: &Script) -> WebSocket<Script> {
    WebSocket::from_parts(script.handle(), Role::Server, Vec::new())
}

fn member(hub: &Hub, script: &Script) -> (WebSocket<Script>, Seat) {
    let ws = open(script);
    let seat = hub.join(&ws).unwrap();
    (ws, seat)
}

/// A message that panics in `may_be_compressed`, and with `true` also in `as_message`.
struct Secretive(bool);

impl AsMessage for Secretive {
    fn as_message(&self) -> MessageRef<'_> {
        assert!(!self.0, "as told");
        MessageRef::Text("secret")
    }

    fn may_be_compressed(&self) -> bool {
        panic!("as told")
    }
}

fn texts(texts: &[&str]) -> Vec<u8> {
    let frame =
        |text: &&str| [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    texts.iter().flat_map(frame).collect()
}

#[test]
fn a_stream_of_a_member_that_panics_costs_the_hub_that_member() {
    for panics in PANICS {
        for call in [Call::Probe, Call::TryWrite, Call::TryFlush, Call::Slices, Call::Flush] {
            let rule = format!("{call:?} {panics:?}");
            let hub = Hub::new();
            let (odd, good) = (Script::new(), Script::new());
            let (_odd, odd_seat) = member(&hub, &odd);
            let (_good, _good_seat) = member(&hub, &good);
            if matches!(call, Call::Slices | Call::Flush) {
                // The hub's writer thread for this member panics.
                odd.be_unable();
            }
            odd.always(call, panics);
            assert_eq!(hub.broadcast("a").unwrap().reached, 2, "{rule}");
            assert!(hub.flush(LONG), "{rule}");
            assert_eq!(hub.broadcast("b").unwrap().reached, 1, "{rule}");
            assert!(hub.flush(LONG), "{rule}");
            // Leaving the hub writes unsent data, and so calls the stream.
            drop(odd_seat);
            assert_eq!(hub.broadcast("c").unwrap().reached, 1, "{rule}");
            assert!(hub.flush(LONG), "{rule}");
            assert_eq!(good.wire(), texts(&["a", "b", "c"]), "{rule}");
        }
    }
}

#[test]
fn a_seat_may_be_dropped_by_a_panic_and_its_stream_panic_then() {
    for panics in PANICS {
        let hub = Hub::new();
        let (odd, good) = (Script::new(), Script::new());
        let (ws, seat) = member(&hub, &odd);
        let (_good, _seat) = member(&hub, &good);
        ws.sender().unwrap().feed("what is left").unwrap();
        odd.always(Call::Probe, panics);
        let left = caught(move || {
            let _seat = seat;
            panic!("as told")
        });
        assert_eq!((left, hub.len()), (None::<()>, 1));
        assert_eq!(hub.broadcast("a").unwrap().reached, 1);
        assert!(hub.flush(LONG));
        assert_eq!(good.wire(), texts(&["a"]));
    }
}

#[test]
fn a_stream_that_panics_whatever_it_is_asked_is_asked_no_more() {
    for panics in PANICS {
        for owes in [true, false] {
            let hub = Hub::new();
            let script = Script::new();
            let (ws, _seat) = member(&hub, &script);
            let sender = ws.sender().unwrap();
            // A part of the hub's message is out, and the hub must come back for the rest.
            script.next(Call::TryWrite, &[Act::Takes(1)]);
            script.always(Call::TryWrite, NO_ROOM);
            hub.broadcast("to all").unwrap();
            script.wait_for_bytes(1);
            while ws.driver.outbox.sink.lock().writer.keeper().is_none() {
                thread::yield_now();
            }
            for call in [Call::Probe, Call::TryWrite, Call::Slices, Call::Flush, Call::TryFlush] {
                script.always(call, panics);
            }
            if owes {
                ws.driver.outbox.owe_pong(Box::new(ControlPayload::new(b"p").unwrap()));
            }
            assert!(hub.flush(LONG), "the hub is done with a member that panics");
            let _ = caught(|| sender.send("x"));
            script.behave();
            let wire = script.wire();
            assert!(matches!(sender.send("x"), Err(Error::Lost(_))));
            assert!(matches!(sender.feed("x"), Err(Error::Lost(_))));
            assert!(matches!(sender.flush(), Err(Error::Lost(_))));
            assert!(sender.send_stream(MessageKind::Text).finish().is_err());
            drop(ws);
            assert_eq!(script.wire(), wire, "nothing follows, whatever it was that panicked");
        }
    }
}

#[test]
fn a_clone_that_panics_leaves_the_connection_as_it_was() {
    for panics in PANICS {
        let script = Script::new();
        let mut ws = open(&script);
        let hub = Hub::new();
        script.next(Call::Clone, &[panics, panics]);
        assert!(caught(|| ws.sender()).is_none());
        assert!(caught(|| hub.join(&ws)).is_none());
        assert!(hub.is_empty());
        ws.send("a").unwrap();
        let _seat = hub.join(&ws).unwrap();
        ws.sender().unwrap().send("b").unwrap();
        hub.broadcast("c").unwrap();
        assert!(hub.flush(LONG));
        assert_eq!(script.wire(), texts(&["a", "b", "c"]));
    }
}

#[test]
fn a_message_that_panics_is_not_sent_and_nothing_else_is_lost() {
    for message in [Secretive(true), Secretive(false)] {
        let hub = Hub::new();
        let script = Script::new();
        let (mut ws, _seat) = member(&hub, &script);
        let sender = ws.sender().unwrap();
        assert!(caught(|| hub.broadcast(&message)).is_none());
        assert!(caught(|| sender.send(&message)).is_none());
        assert!(caught(|| sender.feed(&message)).is_none());
        assert!(caught(|| ws.send(&message)).is_none());
        sender.send("a").unwrap();
        assert_eq!(hub.broadcast("b").unwrap().reached, 1);
        assert!(hub.flush(LONG));
        ws.send("c").unwrap();
        assert_eq!(script.wire(), texts(&["a", "b", "c"]));
    }
}

#[test]
fn setting_a_timeout_may_panic_and_no_lock_stays_held() {
    for panics in PANICS {
        let script = Script::new();
        let mut ws = open(&script);
        let sender = ws.sender().unwrap();
        script.next(Call::WriteTimeout, &[panics]);
        assert!(caught(|| ws.set_write_timeout(Duration::from_secs(1))).is_none());
        sender.send("a").unwrap();
        assert_eq!(script.wire(), texts(&["a"]));

        // A server's goodbye sets a timeout for its Close frame.
        ws.set_write_timeout(LONG).unwrap();
        script.be_unable();
        script.always(Call::WriteTimeout, panics);
        let frame = crate::proto::close::CloseFrame::new(1001, "").unwrap();
        assert!(caught(|| sender.try_close(frame, Duration::from_millis(1))).is_none());
        script.behave();
        thread::scope(|scope| {
            scope.spawn(|| sender.send("b").unwrap_err()).join().unwrap();
        });
        assert!(ws.driver.outbox.sink.try_lock().is_some());
    }
}

#[test]
fn who_waits_for_a_turn_is_told_when_a_stream_panics_in_the_middle_of_a_message() {
    for panics in PANICS {
        for call in [Call::Slices, Call::Flush] {
            let script = Script::new();
            let ws = open(&script);
            let sender = ws.sender().unwrap();
            let mut stream = sender.send_stream(MessageKind::Binary);
            stream.write_all(&vec![0; 64 << 10]).unwrap();
            script.always(call, panics);
            thread::scope(|scope| {
                let waits = scope.spawn(|| sender.send("another"));
                assert!(caught(move || stream.write_all(&vec![0; 64 << 10])).is_none());
                waits.join().unwrap().unwrap_err();
            });
        }
    }
}

#[test]
fn nothing_is_received_behind_a_read_that_panicked() {
    for panics in PANICS {
        for shares in [false, true] {
            let script = Script::new();
            let mut ws = open(&script);
            let sender = shares.then(|| ws.sender().unwrap());
            script.ping(1);
            script.next(Call::Read, &[panics]);
            assert!(caught(|| ws.recv()).is_none());
            let told = ws.recv().unwrap_err();
            assert!(told.to_string().contains("panicked while it was read"), "{told}");
            assert_eq!(ws.recv().unwrap(), None);
            if let Some(sender) = sender {
                sender.send("more").unwrap_err();
            }
            ws.send("more").unwrap_err();
            assert_eq!(script.wire(), b"");
        }
    }
}

#[test]
fn a_stream_all_of_which_panics_ends_with_its_own_connection() {
    const ALL: [Call; 10] = [
        Call::Read,
        Call::Write,
        Call::Slices,
        Call::Flush,
        Call::TryWrite,
        Call::TryFlush,
        Call::Probe,
        Call::Clone,
        Call::WriteTimeout,
        Call::Shutdown,
    ];

    for panics in PANICS {
        for (shares, by_itself) in [(false, true), (true, true), (false, false), (true, false)] {
            let script = Script::new();
            let mut ws = open(&script);
            ws.set_close_timeout(LONG);
            ws.set_write_timeout(LONG).unwrap();
            let sender = shares.then(|| ws.sender().unwrap());
            let odd = script.handle();
            // A second panic while the first unwinds would abort the program.
            let sent = caught(move || {
                let mut stream = ws.send_stream(MessageKind::Binary);
                stream.write_all(&vec![0; 64 << 10]).unwrap();
                for call in ALL {
                    odd.always(call, panics);
                }
                assert!(by_itself, "as told");
                stream.write_all(&vec![0; 64 << 10]).unwrap();
            });
            assert!(sent.is_none());
            if let Some(sender) = sender {
                sender.send("more").unwrap_err();
            }
            assert_eq!(script.handles(), 1, "shared: {shares}, by itself: {by_itself}");
        }
    }
}
