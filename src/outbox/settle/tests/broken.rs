//! Nothing is written after a torn frame, whichever thread tore it, and every later call fails.

use std::fmt::Debug;
use std::io::{ErrorKind, Write};
use std::time::Duration;

use super::super::super::writer::MaskKeys;
use super::script::{Act, Call, LONG, NO_ROOM, Script};
use crate::connection::{Sender, WebSocket};
use crate::error::Error;
use crate::hub::{Hub, Seat};
use crate::process::caught;
use crate::proto::message::MessageKind;
use crate::proto::rules::Role;

/// The thread that meets the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    /// A `WebSocket` without other handles: nothing is known of the stream except `Write`.
    Alone,
    Sender,
    /// A sender, in the second frame of a message.
    Fragments,
    /// A sender, in the second part of a streamed message.
    Stream,
    /// The reader, while it answers a ping.
    Reader,
    Hub,
    /// A hub's writer thread, for a stream that cannot write without waiting.
    HubWriter,
}

struct Scene {
    script: Script,
    ws: WebSocket<Script>,
    shared: Option<(Sender<Script>, Hub, Seat)>,
}

impl Scene {
    fn new(actor: Actor, role: Role) -> Self {
        let script = if actor == Actor::HubWriter { Script::unable() } else { Script::new() };
        let mut ws = WebSocket::from_parts(script.handle(), role, Vec::new());
        ws.set_fragment_size(if actor == Actor::Fragments { Some(20_000) } else { None });
        let shared = (actor != Actor::Alone).then(|| {
            let hub = Hub::new();
            let seat = hub.join(&ws).unwrap();
            (ws.sender().unwrap(), hub, seat)
        });
        Self { script, ws, shared }
    }

    fn act(&mut self, actor: Actor, prepare: impl FnOnce(&Script)) {
        let Self { script, ws, shared } = self;
        if actor == Actor::Alone {
            prepare(script);
            ws.send("message").unwrap_err();
            return;
        }
        let (sender, hub, _) = shared.as_ref().unwrap();
        match actor {
            Actor::Alone => unreachable!("returned above"),
            Actor::Sender => {
                prepare(script);
                sender.send("message").unwrap_err();
            }
            Actor::Fragments => {
                script.next(Call::Slices, &[Act::Takes(usize::MAX)]);
                prepare(script);
                sender.send(vec![0; 50_000]).unwrap_err();
            }
            Actor::Stream => {
                let mut stream = sender.send_stream(MessageKind::Binary);
                stream.write_all(&vec![0; 64 << 10]).unwrap();
                prepare(script);
                stream.write_all(&vec![0; 64 << 10]).unwrap_err();
                stream.write_all(b"more").unwrap_err();
                stream.finish().unwrap_err();
            }
            Actor::Reader => {
                prepare(script);
                script.ping(b'p');
                // The read succeeds or times out, whatever happens to the pong.
                let _ = ws.recv_timeout(Duration::from_millis(1));
            }
            Actor::Hub | Actor::HubWriter => {
                prepare(script);
                hub.broadcast("message").unwrap();
                assert!(hub.flush(LONG), "the hub waits for nobody");
            }
        }
    }

    /// Tries every call of every handle.
    fn try_all(&mut self, rule: &str) {
        let wire = self.script.wire();
        self.script.behave();
        let Self { script, ws, shared } = self;
        // A broken connection can still be shared.
        let sender = ws.sender().unwrap();
        let hub = shared.as_ref().map_or_else(Hub::new, |(_, hub, _)| hub.clone());
        let seat = hub.join(ws).unwrap();

        told(rule, "feed", sender.feed("feed"));
        told(rule, "flush", sender.flush());
        told(rule, "send", sender.send("send"));
        told(rule, "ping", sender.ping("ping"));
        told(rule, "feed by the reader", ws.feed("feed"));
        told(rule, "flush by the reader", ws.flush());
        told(rule, "send by the reader", ws.send("send"));
        told(rule, "ping by the reader", ws.ping("ping"));
        for kind in [MessageKind::Text, MessageKind::Binary] {
            let mut stream = sender.send_stream(kind);
            stream.write_all(b"part").unwrap();
            told(rule, "flush a stream", stream.flush());
            told(rule, "finish a stream", stream.finish());
            let stream = ws.send_stream(kind);
            told(rule, "finish an empty stream", stream.finish());
        }
        hub.broadcast("broadcast").unwrap();
        assert!(hub.flush(LONG), "{rule}: the hub waits for nobody");
        assert_eq!(hub.broadcast("broadcast").unwrap().reached, 0, "{rule}: nobody is left");
        script.ping(b'q');
        let _ = ws.recv_timeout(Duration::from_millis(1));
        told(rule, "close", sender.close(1000, ""));
        told(rule, "send after that", sender.send("send"));
        told(rule, "close once more", sender.close(1000, ""));
        if ws.close_status().is_none() {
            ws.set_close_timeout(Duration::from_millis(1));
            told(rule, "close by the reader", ws.close(1000, ""));
        }
        drop(seat);
        assert_eq!(script.wire(), wire, "{rule}: nothing follows");
    }
}

fn told<T: Debug, E>(rule: &str, what: &str, done: Result<T, E>) {
    if let Ok(done) = done {
        panic!("{rule}: {what} says {done:?}");
    }
}

/// How a call fails in the middle of a frame.
const FAULTS: [(&str, &[Act]); 4] = [
    ("fails at once", &[Act::Fails(ErrorKind::Other)]),
    ("fails in the middle", &[Act::Takes(1), Act::Fails(ErrorKind::ConnectionReset)]),
    ("panics in the middle", &[Act::Takes(1), Act::Panics]),
    ("explodes", &[Act::Explodes]),
];

#[test]
fn whoever_writes_when_the_stream_fails() {
    for (actor, calls) in [
        (Actor::Alone, &[Call::Write, Call::Flush][..]),
        (Actor::Sender, &[Call::Slices, Call::Flush]),
        (Actor::Fragments, &[Call::Slices, Call::Flush]),
        (Actor::Stream, &[Call::Slices, Call::Flush]),
        (Actor::Reader, &[Call::TryWrite, Call::TryFlush]),
        (Actor::Hub, &[Call::TryWrite, Call::TryFlush]),
        (Actor::HubWriter, &[Call::Slices, Call::Flush]),
    ] {
        for &call in calls {
            for (fault, acts) in FAULTS {
                let is_flush = matches!(call, Call::Flush | Call::TryFlush);
                let acts = if is_flush { &acts[acts.len() - 1..] } else { acts };
                let rule = format!("{actor:?}: {call:?} {fault}");
                let mut scene = Scene::new(actor, Role::Server);
                // A panic of the stream reaches the caller.
                let _ = caught(|| scene.act(actor, |script| script.next(call, acts)));
                scene.try_all(&rule);
                let script = scene.script.handle();
                let wire = script.wire();
                drop(scene);
                assert_eq!(script.wire(), wire, "{rule}: nor when it is dropped");
            }
        }
    }
}

#[test]
fn whoever_writes_when_time_is_over() {
    for actor in [
        Actor::Sender,
        Actor::Fragments,
        Actor::Stream,
        Actor::Reader,
        Actor::Hub,
        Actor::HubWriter,
    ] {
        let rule = format!("{actor:?}");
        let mut scene = Scene::new(actor, Role::Server);
        scene.ws.set_write_timeout(Duration::from_millis(20)).unwrap();
        scene.act(actor, |script| {
            for call in [Call::Slices, Call::TryWrite] {
                if actor == Actor::HubWriter && call == Call::TryWrite {
                    continue;
                }
                script.next(call, &[Act::Takes(1)]);
                script.always(call, NO_ROOM);
            }
        });
        while actor == Actor::Reader && scene.script.calls(Call::Shutdown) == 0 {
            let _ = scene.ws.recv_timeout(Duration::from_millis(1));
        }
        assert!(scene.script.calls(Call::Shutdown) > 0, "{rule}: it is cut");
        scene.try_all(&rule);
    }
}

#[test]
fn whoever_writes_when_there_is_no_key() {
    // How many keys there are before the message fails.
    for (actor, keys) in [
        (Actor::Alone, 0),
        (Actor::Sender, 0),
        (Actor::Fragments, 1),
        (Actor::Stream, 1),
        (Actor::Hub, 0),
        (Actor::HubWriter, 0),
    ] {
        let rule = format!("{actor:?}");
        let mut scene = Scene::new(actor, Role::Client);
        scene.ws.driver.outbox.out().configure(|writer| writer.keys = MaskKeys::Few(keys));
        scene.act(actor, |_| {});
        scene.try_all(&rule);
    }
}

#[test]
fn a_failure_is_named_the_first_time() {
    let script = Script::new();
    let ws = WebSocket::from_parts(script.handle(), Role::Server, Vec::new());
    let sender = ws.sender().unwrap();
    script.next(Call::Slices, &[Act::Fails(ErrorKind::ConnectionReset)]);
    let first = sender.send("message").unwrap_err();
    assert!(matches!(&first, Error::Lost(e) if e.kind() == ErrorKind::ConnectionReset), "{first}");
    let second = sender.send("message").unwrap_err();
    assert!(matches!(&second, Error::Lost(e) if e.kind() == ErrorKind::BrokenPipe), "{second}");
}
