//! Heavy traffic in both directions, for any pair of streams.

use std::io::{ErrorKind, Read};
use std::net::Shutdown;
use std::sync::LazyLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{RawFrame, pair_over};
use blocking_ws::{Deflate, Duplex, Error, Message, Phase, Role, Settings, WebSocket};

use crate::noise::noise;
use crate::peer::{PONG, peer_of};

const MESSAGES: usize = 16;
const SIZE: usize = 4 << 20;

/// Makes the tests below, in a module for one transport; `$streams` opens two ends of it.
#[macro_export]
macro_rules! full_duplex {
    ($streams:expr) => {
        #[test]
        fn sixty_four_mebibytes_both_ways_at_once() {
            $crate::within(|| $crate::load::both_ways($crate::load::open($streams)));
        }

        #[test]
        fn sixty_four_mebibytes_both_ways_at_once_compressed() {
            $crate::within(|| $crate::load::both_ways($crate::load::compressed($streams)));
        }

        #[test]
        fn one_thread_sends_while_another_waits_in_recv() {
            $crate::within(|| $crate::load::sends_while_waiting($streams));
        }

        #[test]
        fn section_5_4_messages_of_many_threads_never_interleave() {
            $crate::within(|| $crate::load::crowd($streams));
        }

        #[test]
        fn section_5_5_3_a_pong_goes_between_the_frames_of_a_message() {
            $crate::within(|| $crate::load::pong_between($streams));
        }

        #[test]
        fn try_write_takes_what_there_is_room_for() {
            $crate::within(|| $crate::load::try_write($streams));
        }

        #[test]
        fn section_5_5_2_a_stuck_writer_does_not_stop_the_reader() {
            $crate::within(|| $crate::load::stuck_writer($streams));
        }
    };
}

/// Each message begins one byte later.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| noise(SIZE + MESSAGES));

pub fn open<S: Duplex>((client, server): (S, S)) -> (WebSocket<S>, WebSocket<S>) {
    let open = |stream, role| WebSocket::from_parts(stream, role, Vec::new());
    (open(client, Role::Client), open(server, Role::Server))
}

pub fn compressed<S: Duplex>(streams: (S, S)) -> (WebSocket<S>, WebSocket<S>) {
    pair_over(streams, &Settings::new().deflate(Deflate::new())).unwrap()
}

/// Sends 64 MiB and receives as much, at the same time. The peer does the same.
pub fn exchange<S: Duplex + Send + 'static>(ws: &mut WebSocket<S>) {
    let sender = ws.sender().unwrap();
    let message = |i: usize| &BYTES[i..i + SIZE];
    thread::scope(|scope| {
        scope.spawn(|| (0..MESSAGES).for_each(|i| sender.send(message(i)).unwrap()));
        for i in 0..MESSAGES {
            let got = ws.recv().unwrap().expect("a message");
            assert!(got.as_bytes() == message(i), "message {i} has other bytes");
        }
    });
}

pub fn both_ways<S>((mut client, mut server): (WebSocket<S>, WebSocket<S>))
where
    S: Duplex + Send + 'static,
{
    thread::scope(|scope| {
        scope.spawn(|| exchange(&mut client));
        exchange(&mut server);
    });
}

pub fn sends_while_waiting<S: Duplex + Send + 'static>(streams: (S, S)) {
    let (mut client, mut server) = open(streams);
    let sender = client.sender().unwrap();
    let (arrived, seen) = mpsc::channel();
    thread::scope(|scope| {
        // It gets nothing before the end, so it waits all the time.
        let waits = scope.spawn(move || client.recv().unwrap());
        scope.spawn(move || {
            for i in 0..200 {
                sender.send(i.to_string()).unwrap();
                assert_eq!(seen.recv(), Ok(Some(Message::Text(i.to_string()))));
            }
        });
        for _ in 0..200 {
            arrived.send(server.recv().unwrap()).unwrap();
        }
        server.send("the end").unwrap();
        assert_eq!(waits.join().unwrap(), Some("the end".into()));
    });
}

const THREADS: u16 = 8;
const EACH: u16 = 5_000;
/// The size of the frames in which a crowd's messages are, in bytes.
const FRAGMENT: usize = 64;

/// Of two to five frames, and now and then one that is larger than the queue.
fn numbered(thread: u16, number: u16) -> Vec<u8> {
    let size =
        if number % 1_000 == 7 { 70 << 10 } else { FRAGMENT + 1 + usize::from(number % 256) };
    let mut message = vec![thread.to_be_bytes()[1]; size];
    message[1..3].copy_from_slice(&number.to_be_bytes());
    message
}

pub fn crowd<S: Duplex + Send + 'static>(streams: (S, S)) {
    let (mut client, mut server) = open(streams);
    client.set_fragment_size(FRAGMENT);
    let sender = client.sender().unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let sender = sender.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    let message = numbered(thread, number);
                    if number % 8 > 0 {
                        sender.feed(message).unwrap();
                    } else {
                        sender.send(message).unwrap();
                    }
                }
                sender.flush().unwrap();
            });
        }
        // Its pongs go between the messages, and between their frames.
        scope.spawn(|| while client.recv().unwrap().is_some() {});

        let mut next = [0; THREADS as usize];
        for _ in 0..u32::from(THREADS) * u32::from(EACH) {
            let got = server.recv_ref().unwrap().expect("a message").as_bytes();
            let thread = u16::from(got[0]);
            let number = &mut next[usize::from(thread)];
            assert!(got == numbered(thread, *number), "thread {thread}, message {number}");
            *number += 1;
            if *number % 100 == 0 {
                server.ping(number.to_be_bytes()).unwrap();
            }
        }
        server.close(1000, "").unwrap();
    });
}

pub fn pong_between<S: Duplex + Send + 'static>((near, far): (S, S)) {
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    ws.set_fragment_size(1 << 20);
    let sender = ws.sender().unwrap();
    let writer = thread::spawn(move || sender.send(vec![7; ENDLESS]));
    peer.expect_start();

    // The peer does not read, so the writer is stuck in one of its frames.
    peer.ping("now");
    peer.send("hello");
    assert_eq!(ws.recv().unwrap(), Some("hello".into()));

    let mut frames: Vec<RawFrame> = Vec::new();
    while frames.last().is_none_or(|frame| !frame.fin || frame.opcode == PONG) {
        frames.push(peer.recv_frame().unwrap());
    }
    writer.join().unwrap().unwrap();
    let at = frames.iter().position(|frame| frame.opcode == PONG).expect("a pong between");
    assert_eq!(frames.remove(at), RawFrame::pong("now"));
    let last = frames.pop();
    let part = vec![7; 1 << 20];
    assert_eq!(frames.remove(0), RawFrame::binary(&part).fin(false), "more is to come");
    assert_eq!(frames, vec![RawFrame::continuation(&part).fin(false); (ENDLESS >> 20) - 2]);
    assert_eq!(last, Some(RawFrame::continuation(&part)));
}

/// A message that no buffer of any system takes whole.
const ENDLESS: usize = 32 << 20;

pub fn stuck_writer<S: Duplex + Send + 'static>((near, far): (S, S)) {
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    let sender = ws.sender().unwrap();
    let writer = thread::spawn(move || sender.send(vec![7; ENDLESS]));
    peer.expect_start();

    // From here to its end the writer holds the lock, for the peer does not read.
    peer.ping("first");
    peer.ping("latest");
    peer.send("hello");
    assert_eq!(ws.recv().unwrap(), Some("hello".into()));

    peer.expect_frame(RawFrame::binary(vec![7; ENDLESS]));
    // The latest only, and paid by the writer (§5.5.3).
    peer.expect_frame(RawFrame::pong("latest"));
    writer.join().unwrap().unwrap();

    peer.ping("free");
    peer.send("again");
    assert_eq!(ws.recv().unwrap(), Some("again".into()));
    // Paid by the reader.
    peer.expect_frame(RawFrame::pong("free"));
}

/// Fills the stream without waiting, and returns how many of `bytes` it took.
fn fill<S: Duplex>(stream: &mut S, bytes: &[u8]) -> usize {
    let mut taken = 0;
    loop {
        match stream.try_write(&bytes[taken..]) {
            Ok(n) => taken += n,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return taken,
            Err(e) => panic!("{e}"),
        }
    }
}

pub fn try_write<S: Duplex + Send + 'static>((mut near, mut far): (S, S)) {
    let asked = near.try_write(&[]);
    if cfg!(windows) && asked.as_ref().is_err_and(|e| e.kind() == ErrorKind::Unsupported) {
        // Windows knows no single call that does not wait, and a socket of std's waits.
        return;
    }
    assert_eq!(asked.unwrap(), 0);
    let bytes = BYTES.repeat(4);
    let taken = fill(&mut near, &bytes);
    assert!(taken > 0, "there is room at first, and an end of it");
    assert_eq!(near.try_write(b"x").unwrap_err().kind(), ErrorKind::WouldBlock);

    thread::scope(|scope| {
        // A write that may wait goes behind what was taken.
        scope.spawn(|| near.write_all(b"waits").unwrap());
        let mut got = vec![0; taken + 5];
        far.read_exact(&mut got).unwrap();
        assert!(got[..taken] == bytes[..taken] && got[taken..] == *b"waits");
    });

    let taken = fill(&mut near, &bytes);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut got = Vec::new();
            far.read_to_end(&mut got).unwrap();
            assert!(got == bytes[..taken]);
        });
        while let Err(e) = near.try_flush() {
            assert_eq!(e.kind(), ErrorKind::WouldBlock);
            thread::yield_now();
        }
        near.shutdown(Shutdown::Write).unwrap();
    });
    assert!(near.try_write(b"x").is_err(), "nothing follows the end");
}

/// A write timeout, and what a busy machine may add to it.
const BOUND: Duration = Duration::from_millis(100);
const SLACK: Duration = Duration::from_secs(5);

/// Sends more than fits to a peer that reads `piece` bytes at a time, with pauses.
pub fn bounded_write<S, R>((near, mut far): (S, R), piece: usize)
where
    S: Duplex + Send + 'static,
    R: Read + Send + 'static,
{
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    ws.set_write_timeout(BOUND).unwrap();
    let (done, told) = mpsc::channel::<()>();
    let reader = thread::spawn(move || {
        let mut room = vec![0; piece];
        while told.recv_timeout(BOUND / 10) == Err(RecvTimeoutError::Timeout) {
            _ = far.read(&mut room).unwrap();
        }
        far
    });
    let began = Instant::now();
    let error = ws.send(vec![0; ENDLESS]).unwrap_err();
    let took = began.elapsed();
    drop(done);
    let _far = reader.join().unwrap();
    assert!(matches!(error, Error::Deadline(Phase::Write)), "{error:?}");
    assert!(took >= BOUND, "{piece}: too early, {took:?}");
    assert!(took < BOUND + SLACK, "{piece}: too late, {took:?}");
    assert!(ws.send("after a torn message").is_err());
    assert!(ws.sender().unwrap().send("after a torn message").is_err());
}
