//! How much a connection says it has received and sent.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{pair, pair_with};
use blocking_ws::{Hub, MessageKind, Settings, Stats, Traffic, WebSocket};
use test_support::within;

/// Sends in one way or another.
type Way = fn(&mut WebSocket) -> blocking_ws::Result<()>;

/// (rule, how the client sends, messages, frames, bytes); the Close frame is not among the frames.
const WAYS: [(&str, Way, u64, u64, u64); 11] = [
    ("nothing", |_| Ok(()), 0, 0, 0),
    ("one that is sent", |ws| ws.send("hello"), 1, 1, 5),
    ("an empty one", |ws| ws.send(""), 1, 1, 0),
    ("some that are fed", |ws| (0..5).try_for_each(|_| ws.feed("hello")), 5, 5, 25),
    ("a large one", |ws| ws.send(vec![7; 300_000]), 1, 1, 300_000),
    ("one that repeats itself", |ws| ws.send("again ".repeat(10_000)), 1, 1, 60_000),
    ("a ping", |ws| ws.ping("are you there?"), 0, 1, 0),
    (
        "one in several frames",
        |ws| {
            ws.set_fragment_size(1000);
            ws.send(vec![7_u8; 3500])
        },
        1,
        4,
        3500,
    ),
    ("a part at a time", |ws| stream(ws, &["one", "two", "three"]), 1, 4, 11),
    ("as a sender", |ws| ws.sender()?.send("hello"), 1, 1, 5),
    (
        "from a hub",
        |ws| {
            let hub = Hub::new();
            let _seat = hub.join(ws)?;
            hub.broadcast("to all")?;
            assert!(hub.flush(Duration::from_secs(10)));
            Ok(())
        },
        1,
        1,
        6,
    ),
];

fn stream(ws: &mut WebSocket, parts: &[&str]) -> blocking_ws::Result<()> {
    let mut stream = ws.send_stream(MessageKind::Text);
    for part in parts {
        stream.write_all(part.as_bytes())?;
        stream.flush()?;
    }
    stream.finish()
}

/// Receives in one way or another, until the end.
const ENDS: [(&str, Way); 4] = [
    ("taken", |ws| {
        while ws.recv()?.is_some() {}
        Ok(())
    }),
    ("lent", |ws| {
        while ws.recv_ref()?.is_some() {}
        Ok(())
    }),
    ("as events", |ws| {
        while ws.recv_event()?.is_some() {}
        Ok(())
    }),
    ("as streams", |ws| {
        while let Some(mut stream) = ws.recv_stream()? {
            stream.read_to_end(&mut Vec::new())?;
        }
        Ok(())
    }),
];

/// Runs both ends to the close. Returns what the client and the server have counted.
fn run(settings: &Settings, send: Way, receive: Way) -> (Stats, Stats) {
    let (mut client, mut server) = pair_with(settings).unwrap();
    let receives = thread::spawn(move || {
        receive(&mut server).unwrap();
        server.stats()
    });
    send(&mut client).unwrap();
    client.close(1000, "").unwrap();
    (client.stats(), receives.join().unwrap())
}

#[test]
fn what_one_end_sends_the_other_receives() {
    within(|| {
        for (rule, send, messages, frames, bytes) in WAYS {
            for (how, receive) in ENDS {
                let (client, server) = run(&Settings::new(), send, receive);
                assert_eq!(client.sent, server.received, "{rule}, {how}");
                assert_eq!(client.received, server.sent, "{rule}, {how}");
                let Traffic { messages: m, frames: f, bytes: b, wire_bytes, .. } = client.sent;
                assert_eq!((m, f - 1, b), (messages, frames, bytes), "{rule}, {how}");
                assert!(wire_bytes >= bytes + 6 * f, "{rule}, {how}: {wire_bytes}");
            }
        }
    });
}

/// A compressed stream has other frames, but the same bytes.
#[cfg(feature = "deflate")]
#[test]
fn bytes_are_counted_inflated_and_on_the_wire_as_they_are() {
    within(|| {
        for (rule, send, messages, _, bytes) in WAYS {
            for (how, receive) in ENDS {
                for takeover in [false, true] {
                    let deflate =
                        blocking_ws::Deflate::new().send_takeover(takeover).recv_takeover(takeover);
                    let settings = Settings::new().deflate(deflate);
                    let (client, server) = run(&settings, send, receive);
                    assert_eq!(client.sent, server.received, "{rule}, {how}");
                    assert_eq!((client.sent.messages, client.sent.bytes), (messages, bytes));
                    if bytes > 50_000 {
                        assert!(client.sent.wire_bytes < bytes / 10, "{rule}: {client:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn what_the_program_does_not_get_is_no_message_but_has_frames() {
    within(|| {
        let (mut client, mut server) = pair();
        client.send("one").unwrap();
        client.set_fragment_size(2);
        client.send("three").unwrap();
        let closes = thread::spawn(move || {
            client.close(1000, "").unwrap();
            client.stats().sent
        });
        // It discards both.
        server.close(1000, "").unwrap();
        let (sent, received) = (closes.join().unwrap(), server.stats().received);
        assert_eq!((received.messages, received.bytes), (0, 0));
        assert_eq!((received.frames, received.wire_bytes), (sent.frames, sent.wire_bytes));

        // A stream that is left counts what was read of it.
        let (mut client, mut server) = pair();
        client.send("a long story").unwrap();
        client.send("another").unwrap();
        let mut stream = server.recv_stream().unwrap().unwrap();
        assert_eq!(stream.read(&mut [0; 6]).unwrap(), 6);
        assert_eq!(server.recv().unwrap(), Some("another".into()));
        let received = server.stats().received;
        assert_eq!((received.frames, received.bytes), (2, 6 + 7));
    });
}
