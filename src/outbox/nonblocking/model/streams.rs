//! Streamed messages beside other writers.

use super::*;
use crate::proto::frame::Opcode;

/// Streams a message of two parts, or only its first. Returns `false` if a Close frame came
/// between.
fn stream(outbox: &Outbox<Record>, finishes: bool) -> bool {
    let Ok(mut streaming) = outbox.out().begin_stream(Opcode::Text, true) else { return false };
    let sent = outbox.out().stream_part(&mut streaming, b"x", false).and_then(|()| {
        if finishes { outbox.out().stream_part(&mut streaming, b"y", true) } else { Ok(()) }
    });
    match sent {
        Ok(()) if finishes => outbox.out().end_stream(streaming),
        _ => outbox.out().abort_stream(streaming),
    }
    sent.is_ok()
}

#[test]
fn only_control_frames_go_between_the_parts_of_a_stream() {
    crowd(|outbox, record| {
        let streamer = start(outbox, |outbox| assert!(stream(outbox, true)));
        let sender = start(outbox, |outbox| outbox.out().send(&"a", true).unwrap());
        answer(outbox, "p");
        streamer.join().unwrap();
        sender.join().unwrap();
        assert_eq!(record.count(PONG), 1);
        let frames: Vec<_> = record.frames().into_iter().filter(|(one, _)| *one != PONG).collect();
        let texts: Vec<_> = frames.iter().map(|(_, payload)| &payload[..]).collect();
        assert!(matches!(texts[..], ["a", "x", "y"] | ["x", "y", "a"]), "{texts:?}");
    });
}

#[test]
fn whoever_ends_a_stream_pays_for_the_reader() {
    model(ROOM, |outbox, record| {
        let streamer = start(outbox, |outbox| assert!(stream(outbox, true)));
        answer(outbox, "p");
        wait(outbox);
        streamer.join().unwrap();
        assert_eq!(record.count(PONG), 1);
    });
}

#[test]
fn a_close_frame_at_the_end_of_a_stream_is_sent() {
    model(ROOM, |outbox, record| {
        let streamer = start(outbox, |outbox| {
            stream(outbox, true);
        });
        close(outbox);
        wait(outbox);
        streamer.join().unwrap();
        assert_eq!(record.count(CLOSE), 1);
    });
}

#[test]
fn who_waits_for_the_end_of_a_stream_is_told_that_the_connection_is_over() {
    model(ROOM, |outbox, record| {
        let streaming = outbox.out().begin_stream(Opcode::Text, true).unwrap();
        let sender = start(outbox, |outbox| {
            assert!(!may_be_closed(outbox.out().send(&"a", true)));
        });
        close(outbox);
        // The source of the stream has nothing for a while.
        sender.join().unwrap();
        assert_eq!((record.count(CLOSE), record.count(TEXT)), (1, 0));
        outbox.out().abort_stream(streaming);
    });
}

#[test]
fn nothing_but_a_close_frame_follows_a_stream_that_was_given_up() {
    crowd(|outbox, record| {
        let streamer = start(outbox, |outbox| assert!(stream(outbox, false)));
        let sender = start(outbox, |outbox| {
            may_be_closed(outbox.out().send(&"a", true));
        });
        answer(outbox, "p");
        streamer.join().unwrap();
        sender.join().unwrap();
        let frames: Vec<_> = record.frames().into_iter().filter(|(one, _)| *one != PONG).collect();
        let opcodes: Vec<_> = frames.iter().map(|(one, _)| *one).collect();
        assert!(matches!(opcodes[..], [TEXT, CLOSE] | [TEXT, TEXT, CLOSE]), "{frames:?}");
        assert_eq!(frames[frames.len() - 2].1, "x", "{frames:?}");
    });
}

#[test]
fn a_close_frame_does_not_wait_for_the_end_of_a_stream() {
    crowd(|outbox, record| {
        let streamer = start(outbox, |outbox| {
            stream(outbox, true);
        });
        let sender = start(outbox, |outbox| {
            may_be_closed(outbox.out().send(&"a", true));
        });
        close(outbox);
        streamer.join().unwrap();
        sender.join().unwrap();
        let frames = record.frames();
        assert_eq!(record.count(CLOSE), 1, "{frames:?}");
        assert_eq!(frames.last().map(|(opcode, _)| *opcode), Some(CLOSE), "{frames:?}");
    });
}
