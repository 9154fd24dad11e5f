//! No thread starves at the sink's lock, and no member is disconnected for what this side holds
//! back.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::script::{Act, Call, LONG, NO_ROOM, Script};
use crate::connection::WebSocket;
use crate::error::Error;
use crate::hub::{Hub, Overflow};
use crate::outbox::terms::Terms;
use crate::outbox::writer::{MessageQueue, PreparedMessage, Progress};
use crate::process::Lock;
use crate::proto::close::CloseFrame;
use crate::proto::frame::ControlPayload;
use crate::proto::message::MessageKind;
use crate::proto::rules::Role;

fn open(script: &Script) -> WebSocket<Script> {
    WebSocket::from_parts(script.handle(), Role::Server, Vec::new())
}

fn texts(texts: &[&str]) -> Vec<u8> {
    let frame =
        |text: &&str| [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    texts.iter().flat_map(frame).collect()
}

/// The first byte and the payload of each frame of a server.
fn frames(wire: &[u8]) -> Vec<(u8, &[u8])> {
    let (mut rest, mut frames) = (wire, Vec::new());
    while let [first, len, behind @ ..] = rest {
        let (len, behind) = match len {
            126 => (usize::from(u16::from_be_bytes([behind[0], behind[1]])), &behind[2..]),
            127 => (
                usize::try_from(u64::from_be_bytes(behind[..8].try_into().unwrap())).unwrap(),
                &behind[8..],
            ),
            len => (usize::from(*len), behind),
        };
        frames.push((*first, &behind[..len]));
        rest = &behind[len..];
    }
    frames
}

fn put(queue: &Lock<MessageQueue>, text: &str) {
    queue.lock().push(Arc::new(PreparedMessage::new(&text).unwrap()));
}

#[test]
fn a_thread_that_sends_without_pause_brings_the_mail_between_two_messages() {
    let script = Script::new();
    let ws = open(&script);
    let sender = ws.sender().unwrap();
    let queue = Arc::default();
    ws.driver.outbox.add_queue(Arc::clone(&queue));
    let all = Act::Takes(usize::MAX);
    script.next(Call::Slices, &[all, all, Act::Waits]);
    thread::scope(|scope| {
        let busy = scope.spawn(|| (0..6).for_each(|at| sender.send(at.to_string()).unwrap()));
        script.wait_at_gate(1);
        put(&queue, "to all");
        // The hub need not come back.
        assert_eq!(ws.driver.outbox.try_deliver(&queue).unwrap(), Progress::ByAnother);
        script.open_gate();
        busy.join().unwrap();
    });
    assert_eq!(script.wire(), texts(&["0", "1", "2", "to all", "3", "4", "5"]));
}

#[test]
fn mail_that_never_ends_lets_everything_else_through() {
    let script = Script::unable();
    let ws = open(&script);
    let outbox = &ws.driver.outbox;
    let sender = ws.sender().unwrap();
    let queue: Arc<Lock<MessageQueue>> = Arc::default();
    outbox.add_queue(Arc::clone(&queue));
    let text = "m".repeat(10_000);
    (0..100).for_each(|_| put(&queue, &text));
    script.next(Call::Slices, &[Act::Waits]);
    thread::scope(|scope| {
        let hub_writer = scope.spawn(|| outbox.deliver(&queue));
        script.wait_at_gate(1);
        outbox.owe_pong(Box::new(ControlPayload::new(b"p").unwrap()));
        assert_eq!(outbox.out().settle(Terms::patient()).unwrap(), Progress::ByAnother);
        script.open_gate();
        hub_writer.join().unwrap().unwrap();
    });
    let wire = script.wire();
    assert_eq!(
        frames(&wire).last(),
        Some(&(0x8A, &b"p"[..])),
        "who writes for hubs pays for the reader"
    );
    assert!(wire.len() < 100_000, "one visit carries what one write should: {}", wire.len());

    // A sender writes some of the queue, and not all.
    outbox.owe_queues();
    sender.send("direct").unwrap();
    let wire = script.wire();
    assert!(wire.len() < 300_000, "{}", wire.len());
    assert!(frames(&wire).contains(&(0x81, b"direct")));

    outbox.owe_queues();
    sender.close(1000, "").unwrap();
    let wire = script.wire();
    assert_eq!(frames(&wire).last(), Some(&(0x88, &[0x03, 0xE8][..])));
    assert!(wire.len() < 400_000, "{}", wire.len());
    assert!(matches!(outbox.deliver(&queue), Err(Error::Closed)));
    assert_eq!(script.wire(), wire);
}

#[test]
fn endless_broadcasts_beside_a_pong_a_message_and_a_close() {
    for able in [true, false] {
        let script = if able { Script::new() } else { Script::unable() };
        let ws = open(&script);
        let hub = Hub::new().max_queued_messages(16).overflow(Overflow::DropOldest);
        let _seat = hub.join(&ws).unwrap();
        let sender = ws.sender().unwrap();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            // The broadcasts go on until everything else is written.
            let shouter = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    hub.broadcast("to all").unwrap();
                }
            });
            script.wait_for_bytes(1);
            for number in 0..20 {
                sender.send(number.to_string()).unwrap();
                sender.ping("ping").unwrap();
            }
            ws.driver.outbox.owe_pong(Box::new(ControlPayload::new(b"pong").unwrap()));
            while ws.driver.outbox.out().settle(Terms::patient()).unwrap() != Progress::All {
                thread::yield_now();
            }
            sender.close(1000, "").unwrap();
            while ws.driver.outbox.closing().may_send() {
                thread::yield_now();
            }
            is_over.store(true, Ordering::Relaxed);
            shouter.join().unwrap();
        });
        let wire = script.wire();
        let frames = frames(&wire);
        let own: Vec<_> = frames.iter().filter(|frame| frame.1 != b"to all").collect();
        assert_eq!(own.len(), 42, "writes without waiting: {able}");
        assert_eq!(own.last(), frames.last().as_ref(), "writes without waiting: {able}");
    }
}

#[test]
fn a_message_with_pauses_beside_a_hub_costs_nobody_anything() {
    const MOST: usize = 4;

    for able in [true, false] {
        let script = if able { Script::new() } else { Script::unable() };
        let ws = open(&script);
        let hub = Hub::new().max_queued_messages(MOST);
        let _seat = hub.join(&ws).unwrap();
        let sender = ws.sender().unwrap();
        let mut stream = sender.send_stream(MessageKind::Binary);
        let mut number = 0_u8;
        for _ in 0..3 {
            stream.write_all(b"part").unwrap();
            stream.flush().unwrap();
            // Far more than the queue holds, while the message is under way.
            for _ in 0..5 * MOST {
                let told = hub.broadcast([number]).unwrap();
                assert_eq!((told.reached, told.disconnected), (1, 0), "{able}");
                number += 1;
            }
        }
        stream.finish().unwrap();
        assert!(hub.flush(LONG), "{able}");
        let wire = script.wire();
        let from_hub: Vec<_> =
            frames(&wire).iter().filter(|frame| frame.0 == 0x82).map(|frame| frame.1[0]).collect();
        let want: Vec<_> = (0..number).collect();
        assert_eq!(from_hub, want, "writes without waiting: {able}");
    }
}

#[test]
fn a_peer_whose_own_slowness_fills_the_queue_is_disconnected() {
    for (rule, sends) in [("nothing else is sent", false), ("in the middle of a message", true)] {
        // On Windows a write that has timed out is not tried again.
        if cfg!(windows) && sends {
            continue;
        }
        let script = Script::new();
        let mut ws = open(&script);
        ws.set_write_timeout(LONG).unwrap();
        let hub = Hub::new().max_queued_messages(4);
        let _seat = hub.join(&ws).unwrap();
        let sender = ws.sender().unwrap();
        // The peer takes a part, and then nothing more.
        script.next(Call::Slices, &[Act::Takes(1)]);
        script.always(Call::Slices, NO_ROOM);
        script.always(Call::TryWrite, NO_ROOM);
        thread::scope(|scope| {
            let busy = sends.then(|| scope.spawn(|| sender.send("long")));
            if sends {
                script.wait_for_bytes(1);
            }
            // With a message under way, this takes until the peer counts as slow.
            while hub.broadcast("to all").unwrap().disconnected == 0 {
                thread::yield_now();
            }
            script.behave();
            if let Some(busy) = busy {
                busy.join().unwrap().unwrap();
            }
        });
        assert!(hub.flush(LONG), "{rule}");
        // The thread that holds the sink last writes the Close frame.
        while ws.driver.outbox.closing().may_send() {
            thread::yield_now();
        }
        let wire = script.wire();
        let last = frames(&wire).last().copied();
        let close = CloseFrame::new(1008, "too slow: the queue of messages is full").unwrap();
        assert_eq!(last, Some((0x88, close.payload().as_slice())), "{rule}");
    }
}

#[test]
fn what_this_side_held_back_counts_against_nobody_until_it_is_out() {
    const MOST: usize = 4;

    for joins_first in [true, false] {
        let script = Script::new();
        let ws = open(&script);
        let hub = Hub::new().max_queued_messages(MOST);
        let mut seat = joins_first.then(|| hub.join(&ws).unwrap());
        let sender = ws.sender().unwrap();
        let mut stream = sender.send_stream(MessageKind::Binary);
        stream.write_all(b"part").unwrap();
        stream.flush().unwrap();
        // A streamed message may have begun before its connection joins the hub.
        seat.get_or_insert_with(|| hub.join(&ws).unwrap());
        for number in 0..5 * MOST {
            let told = hub.broadcast(number.to_string()).unwrap();
            assert_eq!((told.reached, told.disconnected), (1, 0), "{joins_first}");
        }
        // The message ends, and the hub is held at the first message that waited.
        script.next(Call::TryWrite, &[Act::Waits]);
        script.next(Call::Slices, &[Act::Takes(usize::MAX), Act::Waits]);
        thread::scope(|scope| {
            let ends = scope.spawn(|| stream.finish().unwrap());
            script.wait_at_gate(1);
            let told = hub.broadcast("late").unwrap();
            script.open_gate();
            ends.join().unwrap();
            assert_eq!((told.reached, told.disconnected), (1, 0), "{joins_first}");
        });
        assert!(hub.flush(LONG), "{joins_first}");
        assert_eq!(frames(&script.wire()).last(), Some(&(0x81, &b"late"[..])), "{joins_first}");
    }
}

#[test]
fn nobody_is_disconnected_between_the_end_of_a_message_and_what_it_held_back() {
    const MOST: usize = 4;

    for able in [true, false] {
        for streams in [true, false] {
            let rule = format!("writes without waiting: {able}, streams: {streams}");
            let script = if able { Script::new() } else { Script::unable() };
            let ws = open(&script);
            let hub = Hub::new().max_queued_messages(MOST);
            let _seat = hub.join(&ws).unwrap();
            let sender = ws.sender().unwrap();
            for round in 0..20 {
                let shout = || {
                    for _ in 0..2 * MOST {
                        assert_eq!(hub.broadcast("to all").unwrap().reached, 1, "{rule}, {round}");
                    }
                };
                if streams {
                    let mut stream = sender.send_stream(MessageKind::Binary);
                    stream.write_all(b"part").and_then(|()| stream.flush()).unwrap();
                    shout();
                    stream.finish().unwrap();
                } else {
                    script.close_gate();
                    script.next(Call::Slices, &[Act::Waits]);
                    thread::scope(|scope| {
                        let busy = scope.spawn(|| sender.send("long"));
                        script.wait_at_gate(round + 1);
                        shout();
                        script.open_gate();
                        busy.join().unwrap().unwrap();
                    });
                }
                let told = hub.broadcast("at once").unwrap();
                assert_eq!((told.reached, told.disconnected), (1, 0), "{rule}, {round}");
                assert!(hub.flush(LONG), "{rule}, {round}");
            }
        }
    }
}

#[test]
fn two_threads_that_send_without_pause_both_get_through() {
    let script = Script::new();
    let ws = open(&script);
    let sender = ws.sender().unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let greedy = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                sender.send("greedy").unwrap();
            }
        });
        script.wait_for_bytes(1);
        (0..20).for_each(|_| sender.send("modest").unwrap());
        is_over.store(true, Ordering::Relaxed);
        greedy.join().unwrap();
    });
}
