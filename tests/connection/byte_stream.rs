//! A connection as a stream of bytes.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair};
use blocking_ws::{
    ByteStream, Client, CloseCode, Duplex, Error, Hub, Message, MessageKind, Role, Server,
    Settings, Stream, WebSocket, connect,
};
use test_support::peer::open;
use test_support::within;

/// Longer than anything takes that comes at all.
const LONG: Duration = Duration::from_secs(60);
/// Long enough for something to happen that must not.
const SHORT: Duration = Duration::from_millis(60);

fn streams() -> (ByteStream, ByteStream) {
    let (near, far) = pair();
    (near.into_byte_stream().unwrap(), far.into_byte_stream().unwrap())
}

/// A connection over a pipe that holds little.
fn over_pipe(capacity: usize) -> (ByteStream<Pipe>, WebSocket<Pipe>) {
    let (near, far) = Pipe::new(capacity);
    let near = WebSocket::from_parts(near, Role::Client, Vec::new());
    (near.into_byte_stream().unwrap(), WebSocket::from_parts(far, Role::Server, Vec::new()))
}

/// The error of this library that is in an error of std's.
fn inner(error: io::Error) -> Error {
    Error::from(error)
}

#[test]
fn each_write_is_one_binary_message() {
    within(|| {
        let (near, mut far) = pair();
        let reading = thread::spawn(move || {
            let sizes: Vec<_> = far
                .messages()
                .map(|message| match message.unwrap() {
                    Message::Binary(bytes) => bytes.len(),
                    Message::Text(text) => panic!("{text}"),
                })
                .collect();
            (sizes, far)
        });
        let mut near = near.into_byte_stream().unwrap();
        let large = vec![5; 100_000];
        assert_eq!(near.write(b"one").unwrap(), 3);
        assert_eq!(near.write(b"").unwrap(), 0);
        let slices = [&b"t"[..], b"", b"w", b"o"].map(IoSlice::new);
        assert_eq!(near.write_vectored(&slices).unwrap(), 3);
        assert_eq!(near.write_slices(&[IoSlice::new(b"three")]).unwrap(), 5);
        assert_eq!(near.write_slices(&[]).unwrap(), 0);
        assert_eq!(near.write(&large).unwrap(), 65_536);
        assert_eq!(near.write_slices(&[IoSlice::new(&large), IoSlice::new(b"x")]).unwrap(), 65_536);
        assert_eq!(near.try_write(b"").unwrap(), 0);
        assert_eq!(near.try_write(b"four").unwrap(), 4);
        assert_eq!(near.try_write(&large).unwrap(), 16 << 10);
        near.flush().unwrap();
        near.try_flush().unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        let (sizes, far) = reading.join().unwrap();
        assert_eq!(sizes, [3, 3, 5, 65_536, 65_536, 4, 16 << 10]);
        assert_eq!(far.close_status().unwrap().code(), CloseCode::Normal);
    });
}

#[test]
fn reads_see_bytes_and_not_messages() {
    within(|| {
        for most in [1, 3, 100] {
            let (ws, mut peer) = open(Role::Server);
            let mut stream = ws.into_byte_stream().unwrap();
            peer.send(b"one ");
            peer.send(""); // a message without bytes is not the end
            peer.send("Grüße ");
            peer.ping("?");
            peer.frame(RawFrame::binary("th").fin(false));
            peer.ping("!");
            peer.frame(RawFrame::continuation("").fin(false));
            peer.frame(RawFrame::continuation("ree"));
            peer.pong("unasked");
            peer.close(1001, "leaving");
            let (mut bytes, mut buf) = (Vec::new(), vec![0; most]);
            loop {
                match stream.read(&mut buf).unwrap() {
                    0 => break,
                    n => bytes.extend_from_slice(&buf[..n]),
                }
            }
            assert_eq!(String::from_utf8(bytes).unwrap(), "one Grüße three", "{most}");
            assert_eq!(stream.read(&mut buf).unwrap(), 0, "it stays the end");
            assert_eq!(stream.try_read(&mut buf).unwrap(), 0, "it stays the end");
            assert_eq!(stream.read(&mut []).unwrap(), 0);
            // The latest pong answers both pings, or each has its own.
            stream.write_all(b"still open").unwrap();
            while peer.recv_frame().is_some_and(|frame| frame.opcode == 10) {}
            drop(stream);
            assert_eq!(peer.expect_close(1001), "leaving");
        }
    });
}

/// How a peer ends the connection.
type End = fn(&mut Peer);
/// The end of the stream, or the kind of the error and a part of its text.
type Outcome = Result<(), (ErrorKind, &'static str)>;

#[test]
fn only_an_orderly_close_is_the_end_of_the_stream() {
    let ends: [(&str, End, Outcome); 10] = [
        ("1000", |peer| peer.close(1000, "done"), Ok(())),
        ("1001", |peer| peer.close(1001, ""), Ok(())),
        ("no code", |peer| peer.frame(RawFrame::close_raw("")), Ok(())),
        (
            "1011",
            |peer| peer.close(1011, "disk full"),
            Err((
                ErrorKind::ConnectionAborted,
                "the peer closed the connection: 1011 (internal error): disk full",
            )),
        ),
        (
            "4000",
            |peer| peer.close(4000, "mine"),
            Err((ErrorKind::ConnectionAborted, "the peer closed the connection: 4000: mine")),
        ),
        ("no Close frame", Peer::cut, Err((ErrorKind::UnexpectedEof, "without a Close frame"))),
        (
            "within a message",
            |peer| {
                peer.frame(RawFrame::text("").fin(false));
                peer.close(1000, "");
            },
            Err((ErrorKind::UnexpectedEof, "the peer closed the connection within a message")),
        ),
        (
            "cut within a message",
            |peer| {
                peer.frame(RawFrame::text("").fin(false));
                peer.cut();
            },
            Err((ErrorKind::UnexpectedEof, "without a Close frame")),
        ),
        (
            "a broken rule",
            |peer| peer.frame(RawFrame::text("x").rsv(4)),
            Err((ErrorKind::InvalidData, "RFC 6455 5.2")),
        ),
        (
            "text that is none",
            |peer| peer.frame(RawFrame::text(b"\xff")),
            Err((ErrorKind::InvalidData, "RFC 6455 8.1")),
        ),
    ];
    within(move || {
        for (rule, end, want) in ends {
            let (ws, mut peer) = open(Role::Client);
            let mut stream = ws.into_byte_stream().unwrap();
            peer.send("before");
            end(&mut peer);
            let mut buf = [0; 6];
            stream.read_exact(&mut buf).unwrap();
            assert_eq!(&buf, b"before", "{rule}");
            match (stream.read(&mut buf), want) {
                (Ok(n), Ok(())) => assert_eq!(n, 0, "{rule}"),
                (Err(e), Err((kind, text))) => {
                    assert_eq!(e.kind(), kind, "{rule}: {e}");
                    assert!(e.to_string().contains(text), "{rule}: {e}");
                    assert!(!matches!(inner(e), Error::Io(_)), "{rule}: it is this library's");
                }
                (read, _) => panic!("{rule}: {read:?}"),
            }
            // An end stays one, and a failure does not become an orderly end.
            for _ in 0..2 {
                assert_eq!(stream.read(&mut buf).is_ok(), want.is_ok(), "{rule}: again");
            }
        }
    });
}

#[test]
fn a_read_that_timed_out_has_lost_nothing() {
    within(|| {
        let (ws, mut peer) = open(Role::Server);
        let mut stream = ws.into_byte_stream().unwrap();
        let clone = stream.try_clone().unwrap();
        clone.set_read_timeout(Some(SHORT)).unwrap();
        let mut buf = [0; 100];
        let begun = Instant::now();
        assert_eq!(stream.read(&mut buf).unwrap_err().kind(), ErrorKind::TimedOut);
        assert!((SHORT..LONG).contains(&begun.elapsed()));
        assert_eq!(stream.try_read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);

        let whole = RawFrame::binary("hello").to_bytes(Role::Client);
        let (start, end) = whole.split_at(whole.len() - 2);
        peer.bytes(start);
        assert_eq!(stream.read(&mut buf).unwrap(), 3);
        assert_eq!(&buf[..3], b"hel");
        assert_eq!(stream.read(&mut buf).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(stream.try_read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
        peer.bytes(end);
        clone.set_read_timeout(None).unwrap();
        assert_eq!(stream.read(&mut buf).unwrap(), 2);
        assert_eq!(&buf[..2], b"lo");
        peer.send("more");
        while stream.try_read(&mut buf).is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {}
        assert_eq!(&buf[..4], b"more");
    });
}

#[test]
fn a_timeout_of_zero_is_refused() {
    let (stream, _far) = streams();
    for refused in [
        stream.set_read_timeout(Some(Duration::ZERO)),
        stream.set_write_timeout(Some(Duration::ZERO)),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn a_write_to_a_peer_that_does_not_read_times_out() {
    within(|| {
        let (mut stream, _far) = over_pipe(1000);
        let clone = stream.try_clone().unwrap();
        clone.set_write_timeout(Some(SHORT)).unwrap();
        let begun = Instant::now();
        let error = stream.write_all(&vec![0; 100_000]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
        assert!((SHORT..LONG).contains(&begun.elapsed()));
        assert!(stream.write(b"x").is_err(), "a part of a frame is out");
    });
}

#[test]
fn writes_that_must_not_wait_take_what_fits() {
    within(|| {
        let (mut stream, mut peer) = over_pipe(1000);
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let reader = thread::spawn(move || {
            let mut came = Vec::new();
            while let Some(message) = peer.recv().unwrap() {
                came.extend_from_slice(message.as_bytes());
            }
            came
        });
        let (mut rest, mut has_waited) = (&bytes[..], false);
        while !rest.is_empty() {
            match stream.try_write(&rest[..rest.len().min(3000)]) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == ErrorKind::WouldBlock => has_waited = true,
                Err(e) => panic!("{e}"),
            }
        }
        assert!(has_waited, "the pipe holds less");
        while stream.try_flush().is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {}
        drop(stream);
        assert_eq!(reader.join().unwrap(), bytes);
    });
}

#[test]
fn a_write_that_must_not_wait_does_not_wait_for_a_writer() {
    within(|| {
        let (stream, mut peer) = over_pipe(1000);
        let mut writer = stream.try_clone().unwrap();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(writer.write_all(&vec![1; 50_000])));
        assert!(told.recv_timeout(SHORT).is_err());
        let mut stream = stream;
        let busy = stream.try_write(b"x").unwrap_err();
        assert_eq!(busy.kind(), ErrorKind::WouldBlock);
        // Neither does a close: the Close frame follows what the other handle writes.
        stream.close(CloseCode::Normal, "").unwrap();
        assert_eq!(peer.recv().unwrap(), Some(vec![1; 50_000].into()));
        told.recv().unwrap().unwrap();
        assert_eq!(peer.recv().unwrap(), None);
    });
}

#[test]
fn a_close_to_a_peer_that_does_not_read_ends_in_time() {
    within(|| {
        let (mut stream, _peer) = over_pipe(100);
        while stream.try_write(&[0; 50]).is_ok() {}
        stream.set_write_timeout(Some(SHORT)).unwrap();
        let begun = Instant::now();
        let closed = stream.close(CloseCode::Normal, "");
        assert!(matches!(closed, Err(Error::Timeout)), "{closed:?}");
        assert!(begun.elapsed() < LONG);
    });
}

#[test]
fn what_is_written_after_the_peers_close_still_arrives() {
    within(|| {
        let (mut near, mut far) = streams();
        near.write_all(b"question").unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(near.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_eq!(near.try_write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut text = String::new();
        far.read_to_string(&mut text).unwrap();
        assert_eq!(text, "question");
        let answering = thread::spawn(move || {
            far.write_all(b"an answer").unwrap();
            far.write_all(b" in two parts").unwrap();
            far.close(CloseCode::Normal, "").unwrap();
        });
        let mut text = String::new();
        near.read_to_string(&mut text).unwrap();
        assert_eq!(text, "an answer in two parts");
        answering.join().unwrap();
    });
}

#[test]
fn a_shutdown_wakes_threads_that_wait() {
    within(|| {
        let (stream, _peer) = over_pipe(1000);
        let (mut reader, mut second, mut writer) =
            (stream.try_clone().unwrap(), stream.try_clone().unwrap(), stream.try_clone().unwrap());
        let reading = thread::spawn(move || reader.read(&mut [0; 9]));
        let second = thread::spawn(move || second.read(&mut [0; 9]));
        let writing = thread::spawn(move || writer.write_all(&vec![0; 100_000]));
        thread::sleep(SHORT);
        stream.shutdown(Shutdown::Both).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 0);
        assert_eq!(second.join().unwrap().unwrap(), 0);
        assert!(writing.join().unwrap().is_err());
    });
    within(|| {
        let (mut stream, mut far) = streams();
        far.write_all(b"unread").unwrap();
        stream.shutdown(Shutdown::Read).unwrap();
        assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
        stream.write_all(b"can still write").unwrap();
        let mut buf = [0; 15];
        far.read_exact(&mut buf).unwrap();
    });
}

#[test]
fn of_two_handles_that_read_one_waits_for_the_other_as_long_as_it_may() {
    within(|| {
        let (mut stream, mut far) = streams();
        let mut second = stream.try_clone().unwrap();
        let reading = thread::spawn(move || {
            let mut buf = [0; 9];
            let n = stream.read(&mut buf).unwrap();
            (buf[..n].to_vec(), stream)
        });
        thread::sleep(SHORT);
        assert_eq!(second.try_read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::WouldBlock);
        second.set_read_timeout(Some(SHORT)).unwrap();
        assert_eq!(second.read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::TimedOut);
        second.set_read_timeout(None).unwrap();
        far.write_all(b"first").unwrap();
        let (read, _stream) = reading.join().unwrap();
        assert_eq!(read, b"first");
        far.write_all(b"second").unwrap();
        let mut buf = [0; 6];
        second.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"second");
    });
}

#[test]
fn a_borrowed_connection_goes_on_afterwards() {
    within(|| {
        let (mut near, mut far) = pair();
        far.send("read in part").unwrap();
        far.send("the next message").unwrap();
        let mut stream = near.byte_stream().unwrap();
        let mut buf = [0; 4];
        stream.read_exact(&mut buf).unwrap();
        stream.write_all(&buf).unwrap();
        drop(stream);
        assert_eq!(near.recv().unwrap(), Some("the next message".into()));
        near.send("a text").unwrap();
        assert_eq!(far.recv().unwrap(), Some(b"read".into()));
        assert_eq!(far.recv().unwrap(), Some("a text".into()));
        // The peer's Close frame is left to it as well.
        far.sender().unwrap().close(1000, "bye").unwrap();
        assert_eq!(near.byte_stream().unwrap().read(&mut buf).unwrap(), 0);
        let closing = thread::spawn(move || far.recv().map(|_| far.close_status().cloned()));
        near.close(4001, "see you").unwrap();
        let status = closing.join().unwrap().unwrap().unwrap();
        assert!(status.is_clean(), "{status}");
    });
}

#[test]
fn a_stream_with_one_handle_is_refused() {
    let (near, _far) = Pipe::new(100);
    let mut ws = WebSocket::from_parts(Stream::half(near), Role::Client, Vec::new());
    let refused = ws.byte_stream().map(drop).unwrap_err();
    assert!(matches!(&refused, Error::Io(e) if e.kind() == ErrorKind::Unsupported), "{refused:?}");
}

/// Sends much in both directions at once, each with a pattern of its own, and returns how long that
/// took.
fn exchange<S: Duplex + Send + 'static>(near: S, far: S, size: usize) {
    fn end<S: Duplex + Send + 'static>(
        stream: &S,
        size: usize,
        seed: u8,
    ) -> [thread::JoinHandle<()>; 2] {
        let pattern = move |seed: u8| (0..=250_u8).cycle().map(move |n| n ^ seed);
        let (mut writer, mut reader) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
        let writing = thread::spawn(move || {
            let bytes: Vec<u8> = pattern(seed).take(size).collect();
            writer.write_all(&bytes).unwrap();
            writer.flush().unwrap();
        });
        let reading = thread::spawn(move || {
            let want: Vec<u8> = pattern(seed ^ 1).take(size).collect();
            let mut bytes = vec![0; size];
            reader.read_exact(&mut bytes).unwrap();
            assert!(bytes == want);
        });
        [writing, reading]
    }
    let threads = end(&near, size, 0).into_iter().chain(end(&far, size, 1));
    for thread in threads {
        thread.join().unwrap();
    }
    drop((near, far));
}

#[test]
fn much_in_both_directions_at_once_does_not_deadlock() {
    within(|| {
        let (near, far) = Pipe::new(10_000);
        let [near, far] = [(near, Role::Client), (far, Role::Server)].map(|(pipe, role)| {
            WebSocket::from_parts(pipe, role, Vec::new()).into_byte_stream().unwrap()
        });
        // Far more than the pipe holds.
        exchange(near, far, 2 << 20);

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let far = listener.accept().unwrap().0;
        let [near, far] = [(near, Role::Client), (far, Role::Server)].map(|(socket, role)| {
            WebSocket::from_parts(socket, role, Vec::new()).into_byte_stream().unwrap()
        });
        exchange(near, far, 16 << 20);
    });
}

#[test]
fn a_websocket_inside_a_websocket() {
    within(|| {
        let (near, far) = streams();
        let server = thread::spawn(move || Settings::new().accept(far).unwrap());
        let mut ws = Client::new().connect_over("ws://inside/", near).unwrap();
        let mut server = server.join().unwrap();
        assert_eq!(server.request().uri().path(), "/");
        // A hub writes to it without waiting.
        let hub = Hub::new();
        let _seat = hub.join(&server).unwrap();
        for n in 0..100 {
            hub.broadcast(format!("{n} {}", "x".repeat(1000))).unwrap();
        }
        let reader = thread::spawn(move || {
            let echo = server.recv().unwrap();
            (echo, server)
        });
        for n in 0..100 {
            let message = ws.recv().unwrap().unwrap();
            assert!(message.as_text().unwrap().starts_with(&format!("{n} ")));
        }
        ws.ping_wait(LONG).unwrap();
        ws.send("hello").unwrap();
        let (echo, mut server) = reader.join().unwrap();
        assert_eq!(echo, Some("hello".into()));
        let closing = thread::spawn(move || ws.close(4000, "enough"));
        assert_eq!(server.recv().unwrap(), None);
        assert_eq!(server.close_status().unwrap().reason(), "enough");
        closing.join().unwrap().unwrap();
    });
    within(|| {
        let (near, far) = streams();
        let server = thread::spawn(move || Settings::new().accept(far).unwrap());
        let near = Client::new().connect_over("ws://inside/", near).unwrap();
        let far = server.join().unwrap().into_byte_stream().unwrap();
        exchange(near.into_byte_stream().unwrap(), far, 4 << 20);
    });
}

#[test]
#[cfg(feature = "deflate")]
fn a_connection_that_compresses() {
    use blocking_ws::Deflate;

    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().deflate(Deflate::new()).spawn(|ws| {
            let mut stream = ws.byte_stream()?;
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes)?;
            Ok(stream.write_all(&bytes)?)
        });
        let server = server.unwrap();
        let ws = Client::new().deflate(Deflate::new()).connect(server.url()).unwrap();
        let mut stream = ws.into_byte_stream().unwrap();
        let bytes = b"again and again".repeat(10_000);
        stream.write_all(&bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut came = Vec::new();
        stream.read_to_end(&mut came).unwrap();
        assert!(came == bytes);
    });
}

#[test]
fn a_message_of_any_length_needs_no_memory() {
    const SIZE: usize = 40 << 20;
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| {
            let mut stream = ws.send_stream(MessageKind::Binary);
            let part = vec![7; 1 << 16];
            for _ in 0..SIZE >> 16 {
                stream.write_all(&part)?;
            }
            stream.finish()
        });
        let server = server.unwrap();
        let mut ws = connect(server.url()).unwrap();
        ws.set_max_stream_size(None);
        let before = blocking_ws::buffered();
        let mut stream = ws.into_byte_stream().unwrap();
        let (mut buf, mut size) = (vec![0; 1 << 16], 0);
        loop {
            match stream.read(&mut buf).unwrap() {
                0 => break,
                n => size += n,
            }
            assert!(blocking_ws::buffered() < before + (8 << 20));
        }
        assert_eq!(size, SIZE);
    });
}
