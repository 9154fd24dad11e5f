//! Messages as streams, in both directions: larger than memory, with control frames in between.

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Len, Pipe, RawFrame, pair, pair_with};
use blocking_ws::{
    CloseCode, Deflate, Error, Event, Hub, Message, MessageKind, ProtocolError, Role, Settings,
    WebSocket,
};
use test_support::peer::peer_of;
use test_support::within;

const PART: usize = 64 << 10;

/// Text of this many bytes, with characters of every length, that neither repeats nor is random.
fn text(size: usize) -> String {
    let mut text = String::with_capacity(size + 8);
    let mut number = 1_u32;
    while text.len() < size {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(['a', 'b', ' ', 'é', '€', '😀', 'x', '\n'][number as usize >> 29]);
    }
    while text.len() > size {
        text.pop();
    }
    "z".repeat(size - text.len()) + &text
}

fn stream_to<S: Read + Write>(
    ws: &mut WebSocket<S>,
    kind: MessageKind,
    bytes: &[u8],
    at_a_time: usize,
) {
    let mut stream = ws.send_stream(kind);
    for piece in bytes.chunks(at_a_time) {
        stream.write_all(piece).unwrap();
    }
    stream.finish().unwrap();
}

/// What is read of the next message, in buffers of a size of their own.
fn read_stream<S: Read + Write>(ws: &mut WebSocket<S>, at_a_time: usize) -> (MessageKind, Vec<u8>) {
    let mut stream = ws.recv_stream().unwrap().unwrap();
    let (mut bytes, mut buf) = (Vec::new(), vec![0; at_a_time]);
    loop {
        match stream.read(&mut buf).unwrap() {
            0 => break,
            n => bytes.extend_from_slice(&buf[..n]),
        }
    }
    assert_eq!(stream.read(&mut buf).unwrap(), 0, "an end stays one");
    (stream.kind(), bytes)
}

#[test]
fn section_5_4_what_is_streamed_is_the_same_message() {
    within(|| {
        let takeover = || Deflate::new().send_takeover(true).recv_takeover(true);
        for deflate in [None, Some(Deflate::new()), Some(takeover())] {
            let (mut near, mut far) = deflate
                .as_ref()
                .map_or_else(pair, |it| pair_with(&Settings::new().deflate(it.clone())).unwrap());
            let sizes = [0, 1, 63, 64, 125, 126, 4000, PART - 1, PART, PART + 1, 3 * PART, 300_000];
            let sender = thread::spawn(move || {
                for size in sizes {
                    let text = text(size);
                    for at_a_time in [7, 1000, PART, 300_000] {
                        if size / at_a_time > 1000 {
                            continue;
                        }
                        stream_to(&mut near, MessageKind::Text, text.as_bytes(), at_a_time);
                        stream_to(&mut near, MessageKind::Binary, text.as_bytes(), at_a_time);
                        near.send(&text[..]).unwrap();
                    }
                }
                near.close(CloseCode::Normal, "").unwrap();
            });
            for size in sizes {
                let text = text(size);
                for at_a_time in [7, 1000, PART, 300_000] {
                    if size / at_a_time > 1000 {
                        continue;
                    }
                    let way = format!("{size} bytes, {at_a_time} at a time, {deflate:?}");
                    let (kind, bytes) = read_stream(&mut far, at_a_time);
                    assert!(kind == MessageKind::Text && bytes == text.as_bytes(), "{way}");
                    let message = far.recv().unwrap().unwrap();
                    assert_eq!(message.kind(), MessageKind::Binary, "{way}");
                    assert!(message.as_bytes() == text.as_bytes(), "{way}");
                    let (kind, bytes) = read_stream(&mut far, PART);
                    assert!(kind == MessageKind::Text && bytes == text.as_bytes(), "{way}");
                }
            }
            assert!(far.recv_stream().unwrap().is_none());
            sender.join().unwrap();
        }
    });
}

#[test]
fn a_message_larger_than_the_limit_where_that_is_lifted_for_streams_alone() {
    within(|| {
        const SIZE: u64 = 50 << 20;
        let (mut near, mut far) = pair();
        far.set_max_message_size(1 << 10);
        far.set_max_stream_size(None);
        let sender = thread::spawn(move || {
            let mut stream = near.send_stream(MessageKind::Binary);
            io::copy(&mut io::repeat(7).take(SIZE), &mut stream).unwrap();
            stream.finish().unwrap();
            near.send(vec![7; 2 << 10]).unwrap();
            near.recv()
        });
        let mut stream = far.recv_stream().unwrap().unwrap();
        assert_eq!(io::copy(&mut stream, &mut io::sink()).unwrap(), SIZE);
        let refused = far.recv().unwrap_err();
        assert!(
            matches!(refused, Error::Protocol(ProtocolError::MessageTooBig(1024))),
            "{refused}"
        );
        drop(far);
        assert!(sender.join().unwrap().is_ok(), "1009 ends it");
    });
}

#[test]
fn section_10_4_a_stream_has_a_limit_of_its_own() {
    within(|| {
        for (limit, declared, most) in
            [(None, (16 << 20) + 1, 16 << 20), (Some(70_000), 70_001, 70_000)]
        {
            let (near, far) = Pipe::new(1 << 20);
            let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
            let mut peer = peer_of(Role::Client, far);
            if let Some(limit) = limit {
                ws.set_max_stream_size(limit);
            }
            peer.frame(RawFrame::binary("").len(Len::In64(declared)));
            drop(peer);
            let refused = ws.recv_stream().map(|_| ()).unwrap_err();
            let refusal =
                matches!(refused, Error::Protocol(ProtocolError::StreamTooBig(n)) if n == most);
            assert!(refusal, "{limit:?}: {refused}");
        }
    });
}

#[test]
fn section_5_4_pings_are_answered_between_the_parts_of_either_direction() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        let mut peer = peer_of(Role::Client, far);
        let sender = ws.sender().unwrap();
        let reader = thread::spawn(move || {
            let mut heard = String::new();
            ws.recv_stream().unwrap().unwrap().read_to_string(&mut heard).unwrap();
            assert!(ws.recv().unwrap().is_none());
            heard
        });
        let mut stream = sender.send_stream(MessageKind::Text);
        stream.write_all(b"one").unwrap();
        stream.flush().unwrap();
        peer.expect_frame(RawFrame::text("one").fin(false));
        // Nothing is written meanwhile: it is the reader who answers.
        peer.frame(RawFrame::text("he").fin(false));
        peer.ping("!");
        peer.expect_frame(RawFrame::pong("!"));
        sender.ping("?").unwrap();
        peer.expect_frame(RawFrame::ping("?"));
        peer.pong("?");
        peer.frame(RawFrame::continuation("ard"));
        stream.write_all(b"two").unwrap();
        stream.finish().unwrap();
        peer.expect_frame(RawFrame::continuation("two"));
        peer.frame(RawFrame::close_raw(""));
        peer.expect_frame(RawFrame::close_raw(""));
        drop(peer);
        assert_eq!(reader.join().unwrap(), "heard");
    });
}

#[test]
fn other_messages_wait_for_the_end_of_a_stream() {
    within(|| {
        let (near, mut far) = pair();
        let hub = Hub::new();
        let _seat = hub.join(&near).unwrap();
        let (sender, other) = (near.sender().unwrap(), near.sender().unwrap());
        let mut stream = sender.send_stream(MessageKind::Text);
        stream.write_all(b"stre").unwrap();
        stream.flush().unwrap();
        hub.broadcast("from the hub").unwrap();
        assert!(!hub.flush(Duration::from_millis(50)), "it is not there yet");
        let (tell, told) = mpsc::channel();
        let waiting = thread::spawn(move || {
            tell.send(()).unwrap();
            other.send("another").unwrap();
        });
        told.recv().unwrap();
        stream.write_all(b"amed").unwrap();
        stream.finish().unwrap();
        waiting.join().unwrap();
        assert!(hub.flush(Duration::from_secs(20)));
        assert_eq!(far.recv().unwrap(), Some("streamed".into()));
        let mut rest: Vec<Message> = (0..2).map(|_| far.recv().unwrap().unwrap()).collect();
        rest.sort_by_key(|message| message.as_bytes().len());
        assert_eq!(rest, ["another".into(), "from the hub".into()]);
    });
}

#[test]
fn a_stream_that_is_dropped_is_never_taken_for_a_whole_message() {
    within(|| {
        for flushes in [true, false] {
            let (mut near, mut far) = pair();
            let mut stream = near.send_stream(MessageKind::Binary);
            stream.write_all(b"half of it").unwrap();
            if flushes {
                stream.flush().unwrap();
            }
            drop(stream);
            if flushes {
                assert!(matches!(near.send("more"), Err(Error::Closed)));
                let mut stream = far.recv_stream().unwrap().unwrap();
                let mut read = Vec::new();
                let error = stream.read_to_end(&mut read).unwrap_err();
                assert_eq!(
                    (error.kind(), &read[..]),
                    (ErrorKind::UnexpectedEof, &b"half of it"[..])
                );
                // It says that the message is not whole, and what the peer said of that.
                let text = Error::from(error).to_string();
                assert!(text.contains("cut off") && text.contains("1011"), "{text}");
                assert!(text.contains("a message was not sent to its end"), "{text}");
                assert_eq!(far.recv().unwrap(), None);
                assert_eq!(far.close_status().unwrap().code(), CloseCode::Internal);
                assert_eq!(near.recv().unwrap(), None);
            } else {
                // Nothing of it had gone out.
                near.send("more").unwrap();
                assert_eq!(far.recv().unwrap(), Some("more".into()));
            }
        }
    });
}

#[test]
fn section_8_1_a_text_stream_is_text() {
    within(|| {
        let long = "é".repeat(PART);
        for (rule, pieces, finishes) in [
            ("a character in pieces", &[&b"\xe2"[..], b"\x82", b"\xac"][..], true),
            ("a long one, cut", &[&b"a"[..], long.as_bytes()], true),
            ("bad at the front", &[&b"\xff"[..]], false),
            ("a bad one far behind", &[long.as_bytes(), b"\x80"], false),
            ("no end", &[long.as_bytes(), b"\xe2\x82"], false),
            ("no end, short", &[&b"a\xe2\x82"[..]], false),
        ] {
            let (mut near, mut far) = pair();
            let reader = thread::spawn(move || far.recv().map(|got| got.map(Message::into_bytes)));
            let mut stream = near.send_stream(MessageKind::Text);
            let written = pieces.iter().try_for_each(|piece| stream.write_all(piece));
            let finished = written.map_err(Error::from).and_then(|()| stream.finish());
            if finishes {
                finished.unwrap();
                assert_eq!(reader.join().unwrap().unwrap(), Some(pieces.concat()), "{rule}");
                continue;
            }
            let is_it =
                matches!(&finished, Err(Error::Io(e)) if e.kind() == ErrorKind::InvalidData);
            assert!(is_it, "{rule}: {finished:?}");
            let begun = pieces[0].len() > PART;
            assert_eq!(near.send("more").is_err(), begun, "{rule}: only what had begun is closed");
            let heard = reader.join().unwrap().unwrap();
            assert_eq!(heard, (!begun).then(|| b"more".to_vec()), "{rule}");
        }
    });
}

#[test]
fn what_is_left_of_a_stream_is_skipped() {
    within(|| {
        let (mut near, mut far) = pair_with(&Settings::new().deflate(Deflate::new())).unwrap();
        let sender = thread::spawn(move || {
            for size in [0, 1, 100, 300_000] {
                stream_to(&mut near, MessageKind::Text, text(size).as_bytes(), 5000);
                near.send(format!("after {size}")).unwrap();
            }
            near.recv()
        });
        for size in [0, 1, 100, 300_000] {
            let mut stream = far.recv_stream().unwrap().unwrap();
            let mut first = vec![0; size.min(10)];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(far.recv().unwrap(), Some(format!("after {size}").into()));
        }
        // One that is not even dropped.
        drop(far);
        sender.join().unwrap().unwrap();
    });
}

#[test]
fn a_stream_may_be_left_anywhere_before_any_call() {
    type Receive = fn(&mut WebSocket<Pipe>) -> Option<Message>;
    const CALLS: [(&str, Receive); 7] = [
        ("recv", |ws| ws.recv().unwrap()),
        ("recv_ref", |ws| ws.recv_ref().unwrap().map(Message::from)),
        ("recv_event", |ws| match ws.recv_event().unwrap() {
            Some(Event::Message(message)) => Some(message),
            other => panic!("{other:?}"),
        }),
        ("messages", |ws| ws.messages().next().transpose().unwrap()),
        ("recv_timeout", |ws| ws.recv_timeout(Duration::from_secs(20)).unwrap()),
        ("try_recv", |ws| ws.try_recv().unwrap()),
        ("recv_stream", |ws| {
            let mut text = String::new();
            ws.recv_stream().unwrap()?.read_to_string(&mut text).unwrap();
            Some(text.into())
        }),
    ];
    // How much of the first frame is read before the other arrives, and how much of that.
    for left in [(0, 0), (2, 0), (3, 0), (3, 1), (3, 3), (3, 4)] {
        for (rule, receive) in CALLS {
            for has_all in [true, false] {
                within(move || {
                    let (near, far) = Pipe::new(1 << 20);
                    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
                    let mut peer = peer_of(Role::Server, far);
                    peer.frame(RawFrame::text("abc").fin(false));
                    if has_all {
                        peer.frame(RawFrame::continuation("def"));
                    }
                    let mut stream = ws.recv_stream().unwrap().unwrap();
                    stream.read_exact(&mut vec![0; left.0]).unwrap();
                    if !has_all {
                        peer.frame(RawFrame::continuation("def"));
                    }
                    let mut rest = vec![0; left.1];
                    let n = stream.read(&mut rest).unwrap();
                    assert_eq!(n, left.1.min(3), "{rule}, {left:?}");
                    ws.send("an answer").unwrap();
                    peer.send("next");
                    assert_eq!(receive(&mut ws), Some("next".into()), "{rule}, {left:?}");
                    peer.expect_frame(RawFrame::text("an answer"));
                });
            }
        }
    }
}

#[test]
fn a_loop_over_streams_can_answer_each() {
    within(|| {
        fn answers<S: Read + Write>(ws: &mut WebSocket<S>) -> blocking_ws::Result<()> {
            while let Some(mut part) = ws.recv_stream()? {
                let mut text = String::new();
                part.read_to_string(&mut text)?;
                ws.send(format!("got {text}"))?;
            }
            Ok(())
        }
        let (mut client, mut server) = pair();
        let handler = thread::spawn(move || answers(&mut server));
        for text in ["one", "", "three"] {
            client.send(text).unwrap();
            assert_eq!(client.recv().unwrap(), Some(format!("got {text}").into()));
        }
        client.close(1000, "").unwrap();
        handler.join().unwrap().unwrap();
    });
}

#[test]
fn a_timeout_within_a_stream_loses_nothing() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        ws.set_read_timeout(Duration::from_millis(5));
        assert!(ws.recv_stream().unwrap_err().is_timeout(), "nothing has begun");
        peer.frame(RawFrame::text(&"a\u{20ac}".as_bytes()[..2]).fin(false));
        assert!(ws.recv().unwrap_err().is_timeout(), "it is not whole");
        let mut stream = ws.recv_stream().unwrap().unwrap();
        let mut read = [0; 9];
        assert_eq!(stream.read(&mut read).unwrap(), 1);
        let error = stream.read(&mut read).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(Error::from(error).is_timeout());
        peer.frame(RawFrame::continuation(&"a\u{20ac}".as_bytes()[2..]));
        assert_eq!(stream.fill_buf().unwrap(), "\u{20ac}".as_bytes());
        stream.consume(3);
        assert_eq!(stream.read(&mut read).unwrap(), 0);
        peer.send("next");
        assert_eq!(ws.recv().unwrap(), Some("next".into()));
    });
}

#[test]
fn a_connection_that_is_lost_is_no_end_of_a_message() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        let mut peer = peer_of(Role::Client, far);
        peer.frame(RawFrame::binary("half").fin(false));
        drop(peer);
        let mut stream = ws.recv_stream().unwrap().unwrap();
        let mut read = Vec::new();
        let error = stream.read_to_end(&mut read).unwrap_err();
        assert_eq!((error.kind(), &read[..]), (ErrorKind::UnexpectedEof, &b"half"[..]));
        assert!(matches!(Error::from(error), Error::Lost(_)));
        let again = stream.read(&mut [0]).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::UnexpectedEof, "not an end the second time either");
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::Abnormal);
    });
}

// The text goes to the log, and the peer chooses a part of it.
#[test]
fn the_text_of_a_message_that_was_cut_off_is_one_line() {
    for (rule, reason, want) in [
        ("no reason", "", "the peer closed the connection: 4000"),
        ("a reason", "disk full", "the peer closed the connection: 4000: disk full"),
        ("controls", "a\nb\u{1b}[2J", "the peer closed the connection: 4000: a\\nb\\u{1b}[2J"),
    ] {
        within(move || {
            let (near, far) = Pipe::new(1 << 20);
            let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
            let mut peer = peer_of(Role::Client, far);
            peer.frame(RawFrame::binary("half").fin(false));
            peer.frame(RawFrame::close(4000, reason));
            let mut stream = ws.recv_stream().unwrap().unwrap();
            let error = Error::from(stream.read_to_end(&mut Vec::new()).unwrap_err());
            let text = "the connection was lost: the message was cut off before its end, because ";
            assert_eq!(error.to_string(), format!("{text}{want}"), "{rule}");
        });
    }
}

#[test]
fn a_small_stream_is_one_frame_and_fragments_are_as_small_as_asked_for() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        stream_to(&mut ws, MessageKind::Binary, b"small", 2);
        peer.expect_frame(RawFrame::binary("small"));
        stream_to(&mut ws, MessageKind::Binary, &vec![7; PART + 1], PART + 1);
        peer.expect_frame(RawFrame::binary(vec![7; PART]).fin(false));
        peer.expect_frame(RawFrame::continuation(vec![7]));
        ws.set_fragment_size(PART / 2);
        stream_to(&mut ws, MessageKind::Binary, &vec![7; PART], PART);
        peer.expect_frame(RawFrame::binary(vec![7; PART / 2]).fin(false));
        peer.expect_frame(RawFrame::continuation(vec![7; PART / 2]).fin(false));
        peer.expect_frame(RawFrame::continuation(""));
    });
}

#[test]
fn after_a_stream_that_was_left_comes_the_next_message_as_a_stream_too() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        peer.fragments(["first, ", "of which ", "one is left"]);
        peer.send("second");
        ws.recv_stream().unwrap().unwrap().read_exact(&mut [0; 3]).unwrap();
        let (kind, bytes) = read_stream(&mut ws, 3);
        assert_eq!((kind, &bytes[..]), (MessageKind::Text, &b"second"[..]));
    });
}

/// What happens to the two ends of a connection.
type End = fn(WebSocket, WebSocket);

#[test]
fn who_waits_for_the_end_of_a_stream_is_told_that_the_connection_is_over() {
    within(|| {
        let lost = |mut near: WebSocket, far: WebSocket| {
            drop(far);
            assert_eq!(near.recv().unwrap(), None);
        };
        let closed = |mut near: WebSocket, mut far: WebSocket| {
            let closing = thread::spawn(move || far.close(CloseCode::Normal, ""));
            assert_eq!(near.recv().unwrap(), None);
            closing.join().unwrap().unwrap();
        };
        let dropped = |near: WebSocket, _far: WebSocket| drop(near);
        for (rule, end) in [("lost", lost as End), ("closed", closed), ("dropped", dropped)] {
            let (near, far) = pair();
            let (sender, other) = (near.sender().unwrap(), near.sender().unwrap());
            let mut stream = sender.send_stream(MessageKind::Text);
            stream.write_all(b"x").unwrap();
            stream.flush().unwrap();
            let waiting = thread::spawn(move || other.send("another"));
            end(near, far);
            assert!(waiting.join().unwrap().is_err(), "{rule}");
        }
    });
}

#[test]
#[cfg(feature = "deflate")]
fn what_was_not_sent_at_all_costs_nothing() {
    within(|| {
        let takeover = Deflate::new().send_takeover(true).recv_takeover(true);
        for (rule, deflate, kind, piece) in [
            ("compressed to nothing", Deflate::new(), MessageKind::Binary, vec![0; 200_000]),
            ("the same with takeover", takeover, MessageKind::Text, vec![b'a'; 200_000]),
            ("half a character", Deflate::new(), MessageKind::Text, vec![0xe2]),
        ] {
            let (mut near, mut far) = pair_with(&Settings::new().deflate(deflate.clone())).unwrap();
            let mut stream = near.send_stream(kind);
            if piece.len() == 1 {
                stream = stream.uncompressed();
            }
            stream.write_all(&piece).unwrap();
            if piece.len() == 1 {
                stream.flush().unwrap();
            }
            drop(stream);
            let text = "a".repeat(1000);
            for _ in 0..2 {
                near.send(&text[..]).unwrap();
                assert_eq!(far.recv().unwrap(), Some(text[..].into()), "{rule}");
            }
        }
    });
}

#[test]
fn an_empty_buffer_waits_for_nothing() {
    within(|| {
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        peer.frame(RawFrame::binary("abc").fin(false));
        let mut stream = ws.recv_stream().unwrap().unwrap();
        stream.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(stream.read(&mut []).unwrap(), 0);
    });
}

#[test]
fn what_came_while_the_program_was_away_is_not_stalled() {
    within(|| {
        const STALL: Duration = Duration::from_millis(100);
        let (near, far) = Pipe::new(1 << 20);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        ws.set_read_timeout(Duration::from_millis(5));
        ws.set_stall_timeout(STALL);
        peer.frame(RawFrame::binary("abc").fin(false));
        let mut stream = ws.recv_stream().unwrap().unwrap();
        let mut read = [0; 3];
        stream.read_exact(&mut read).unwrap();
        assert_eq!(stream.read(&mut read).unwrap_err().kind(), ErrorKind::TimedOut);
        peer.frame(RawFrame::continuation("def").fin(false));
        thread::sleep(2 * STALL);
        assert_eq!(stream.read(&mut read).unwrap(), 3);
        assert_eq!(stream.read(&mut read).unwrap_err().kind(), ErrorKind::TimedOut);
        thread::sleep(2 * STALL);
        let stalled = Error::from(stream.read(&mut read).unwrap_err());
        assert!(matches!(stalled, Error::Protocol(ProtocolError::Stalled)), "{stalled}");
    });
}

#[test]
fn a_stream_that_compresses_well_shows_that_it_goes_on() {
    within(|| {
        let (near, mut far) = pair_with(&Settings::new().deflate(Deflate::new())).unwrap();
        let sender = near.sender().unwrap();
        let (tell, told) = mpsc::channel();
        let sending = thread::spawn(move || {
            let mut stream = sender.send_stream(MessageKind::Binary);
            io::copy(&mut io::repeat(0).take(2 << 20), &mut stream).unwrap();
            // It is not finished until something of it was seen.
            told.recv().unwrap();
            stream.finish().unwrap();
        });
        let mut stream = far.recv_stream().unwrap().unwrap();
        let mut size = stream.read(&mut [0; 1000]).unwrap() as u64;
        tell.send(()).unwrap();
        size += io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(size, 2 << 20);
        sending.join().unwrap();
    });
}

#[test]
fn giving_up_does_not_wait_for_a_peer_that_does_not_read() {
    within(|| {
        let (near, _far) = Pipe::new(100);
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        ws.set_write_timeout(Duration::from_secs(20)).unwrap();
        let mut stream = ws.send_stream(MessageKind::Binary);
        stream.write_all(&[0; 98]).unwrap();
        stream.flush().unwrap();
        let begun = Instant::now();
        drop(stream);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    });
}
