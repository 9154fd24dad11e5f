//! Receiving waits for nothing but its own time, whatever the peer leaves unread (RFC 6455 §5.5.2,
//! §5.5.3, §7.1).

#![cfg(unix)]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Key, Peer, Pipe, RawFrame};
use blocking_ws::{Duplex, Error, Hub, Phase, Role, Stream, WebSocket};
use test_support::peer::{PONG, close_code, peer_of};
use test_support::waits::{Call, waits};
use test_support::within;

/// What a call has.
const TIME: Duration = Duration::from_millis(20);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(2);

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    // A buffer that was set does not grow.
    socket2::SockRef::from(&near).set_send_buffer_size(64 << 10).unwrap();
    let far = listener.accept().unwrap().0;
    socket2::SockRef::from(&far).set_recv_buffer_size(64 << 10).unwrap();
    (near, far)
}

fn narrow_tcp() -> (TcpStream, TcpStream) {
    const LITTLE: usize = 4 << 10;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    far.set_recv_buffer_size(LITTLE).unwrap();
    far.connect(&listener.local_addr().unwrap().into()).unwrap();
    let near = listener.accept().unwrap().0;
    socket2::SockRef::from(&near).set_send_buffer_size(LITTLE).unwrap();
    (near, far.into())
}

#[cfg(any(feature = "tls", feature = "rustls"))]
fn tls(role: Role) -> (blocking_ws::TlsStream<Pipe>, blocking_ws::TlsStream<Pipe>) {
    let (client, server) = Pipe::new(64 << 10);
    let server = thread::spawn(move || {
        blocking_ws::TlsAcceptor::new(&test_support::pem::identity())
            .unwrap()
            .accept(server)
            .unwrap()
    });
    let client = test_support::pem::CONNECTOR.connect("localhost", client).unwrap();
    let server = server.join().unwrap();
    if role == Role::Client { (client, server) } else { (server, client) }
}

/// Makes the tests below for one kind of stream; `$open` makes two ends of it for a role.
macro_rules! receiving {
    ($transport:ident, $open:expr) => {
        receiving! { $transport, $open,
            section_5_5_2_pings_of_a_peer_that_does_not_read
            what_was_fed_lies_in_a_full_stream
            the_message_of_another_thread_is_stuck
            the_message_of_a_hub_is_stuck
            section_7_1_the_peer_closed_and_reads_later
            section_7_1_the_peer_closed_and_never_reads
            section_7_1_1_the_peer_closed_and_does_not_hang_up
            section_7_1_7_the_peer_broke_a_rule
            one_thread_polls_many
        }
    };
    ($transport:ident, $open:expr, $($test:ident)*) => {
        mod $transport {
            use super::*;
            $(
                #[test]
                fn $test() {
                    for role in [Role::Client, Role::Server] {
                        within(move || over::$test($open(role), role));
                    }
                }
            )*
        }
    };
}

receiving!(in_memory, |_| Pipe::new(64 << 10));
// TCP takes a few more bytes where it has just refused many. The tests that count on no room at all are
// not for it.
receiving! { over_tcp, |_| tcp(),
    the_message_of_another_thread_is_stuck
    the_message_of_a_hub_is_stuck
    section_7_1_the_peer_closed_and_reads_later
    section_7_1_1_the_peer_closed_and_does_not_hang_up
    section_7_1_7_the_peer_broke_a_rule
    one_thread_polls_many
}
// Where the peer's socket holds little, the room that is found again is little as well.
receiving! { over_narrow_tcp, |_| narrow_tcp(),
    what_was_fed_lies_in_a_full_stream
    section_7_1_the_peer_closed_and_never_reads
}
receiving!(over_unix, |_| UnixStream::pair().unwrap());
#[cfg(any(feature = "tls", feature = "rustls"))]
receiving!(over_tls, tls);

/// A connection in whose stream there is no more room, and how much lies there.
struct Full<S: Duplex> {
    ws: WebSocket<S>,
    peer: Peer,
    /// The peer's stream, of which it has read nothing yet.
    far: Stream,
    lies: usize,
}

/// Where there was no room for so long, there is none.
const QUIET: Duration = Duration::from_millis(50);

fn full<S: Duplex + Send + 'static>((mut near, far): (S, S), role: Role) -> Full<S> {
    let (mut lies, mut last, mut size) = (0, Instant::now(), 16 << 10);
    // The system moves bytes on from one socket to the other in its own time.
    while last.elapsed() < QUIET {
        match near.try_write(&[0; 16 << 10][..size]) {
            Ok(n) => (lies, last, size) = (lies + n, Instant::now(), 16 << 10),
            // TCP takes a few bytes where it has just refused many.
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                size = 1;
                thread::yield_now();
            }
            Err(e) => panic!("{e}"),
        }
    }
    let ws = WebSocket::from_parts(near, role, Vec::new());
    let peer = peer_of(role, far);
    let far = peer.get_ref().try_clone().unwrap();
    Full { ws, peer, far, lies }
}

/// The peer reads what lay there.
fn makes_room(far: &mut Stream, lies: usize) {
    far.read_exact(&mut vec![0; lies]).unwrap();
}

/// Calls that receive, and what each is given time by.
fn calls<S: Duplex>(ws: &mut WebSocket<S>, mut check: impl FnMut(&str, Option<Error>)) {
    type Call<S> = fn(&mut WebSocket<S>) -> Option<Error>;
    let rows: [(&str, Call<S>); 6] = [
        ("try_recv", |ws| ws.try_recv().err()),
        ("recv_timeout", |ws| ws.recv_timeout(TIME).err()),
        ("recv", |ws| ws.recv().err()),
        ("recv_ref", |ws| ws.recv_ref().err()),
        ("recv_stream", |ws| ws.recv_stream().err()),
        ("recv_event", |ws| {
            loop {
                if let Err(e) = ws.recv_event() {
                    return Some(e);
                }
            }
        }),
    ];
    ws.set_read_timeout(TIME);
    for (rule, call) in rows {
        let began = Instant::now();
        let error = call(ws);
        assert!(began.elapsed() < SLACK, "{rule}: {:?}", began.elapsed());
        check(rule, error);
    }
    ws.set_read_timeout(None);
}

/// All of them run out of time, and nothing else happens.
fn all_time_out<S: Duplex>(ws: &mut WebSocket<S>) {
    calls(ws, |rule, error| {
        assert!(error.as_ref().is_some_and(Error::is_timeout), "{rule}: {error:?}");
    });
}

/// It answers, writes what is left, and closes, all by itself.
fn receives_to_the_end<S: Duplex + Send>(ws: &mut WebSocket<S>) {
    assert_eq!(ws.recv().unwrap(), None);
    assert!(ws.close_status().unwrap().is_clean());
}

fn closes(peer: &mut Peer) {
    peer.close(1000, "");
    peer.expect_frame(RawFrame::close(1000, ""));
    peer.half_close();
}

mod over {
    use super::*;

    pub(super) fn section_5_5_2_pings_of_a_peer_that_does_not_read<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        let sender = (role == Role::Client).then(|| ws.sender().unwrap());
        for number in 0..100_u8 {
            peer.ping([number]);
        }
        all_time_out(&mut ws);
        peer.send("hello");
        assert_eq!(ws.try_recv().unwrap(), Some("hello".into()), "receiving goes on");
        for number in 100..200_u8 {
            peer.ping([number]);
        }
        all_time_out(&mut ws);
        thread::scope(|scope| {
            scope.spawn(|| receives_to_the_end(&mut ws));
            makes_room(&mut far, lies);
            // A socket may have had room for a frame or two at the edge.
            let mut pongs = 0;
            loop {
                pongs += 1;
                if peer.expect_pong() == [199] {
                    break;
                }
            }
            assert!(pongs <= 10, "the latest is enough, not {pongs}");
            closes(&mut peer);
        });
        drop(sender);
    }

    pub(super) fn what_was_fed_lies_in_a_full_stream<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        let fed: Vec<_> = (0..50_u8).map(|n| vec![n; 1000]).collect();
        for message in &fed {
            ws.feed(&message[..]).unwrap();
        }
        all_time_out(&mut ws);
        peer.ping("first");
        peer.ping("latest");
        all_time_out(&mut ws);
        thread::scope(|scope| {
            scope.spawn(|| receives_to_the_end(&mut ws));
            makes_room(&mut far, lies);
            for message in fed {
                peer.expect_frame(RawFrame::binary(message));
            }
            peer.expect_frame(RawFrame::pong("latest"));
            closes(&mut peer);
        });
    }

    pub(super) fn the_message_of_another_thread_is_stuck<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        let sender = ws.sender().unwrap();
        let large = vec![7; 1 << 20];
        thread::scope(|scope| {
            let sends = scope.spawn(|| sender.send(&large[..]).unwrap());
            peer.ping("first");
            peer.ping("latest");
            all_time_out(&mut ws);
            assert!(!sends.is_finished());
            scope.spawn(|| receives_to_the_end(&mut ws));
            makes_room(&mut far, lies);
            // The first pong may have gone out before the message began.
            let (mut frames, mut is_whole) = (Vec::new(), false);
            while !is_whole || frames.last() != Some(&b"latest".to_vec()) {
                let frame = peer.recv_frame().unwrap();
                match frame.opcode {
                    PONG => frames.push(frame.payload),
                    _ => is_whole = frame.key(Key::Role) == RawFrame::binary(&large),
                }
            }
            assert!(frames.len() <= 2, "{frames:?}");
            sends.join().unwrap();
            closes(&mut peer);
        });
    }

    pub(super) fn the_message_of_a_hub_is_stuck<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        let hub = Hub::new();
        let _seat = hub.join(&ws).unwrap();
        hub.broadcast("to all").unwrap();
        peer.ping("latest");
        all_time_out(&mut ws);
        thread::scope(|scope| {
            scope.spawn(|| receives_to_the_end(&mut ws));
            makes_room(&mut far, lies);
            let frames = [(); 2].map(|()| peer.recv_frame().unwrap().key(Key::Role));
            assert!(frames.contains(&RawFrame::pong("latest")), "{frames:?}");
            assert!(frames.contains(&RawFrame::text("to all")), "{frames:?}");
            closes(&mut peer);
        });
    }

    pub(super) fn section_7_1_the_peer_closed_and_reads_later<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        ws.set_close_timeout(Duration::from_secs(20));
        ws.feed("fed").unwrap();
        peer.close(1000, "");
        let began = Instant::now();
        let closing = ws.try_recv();
        assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
        assert!(closing.as_ref().is_err_and(Error::is_timeout), "{closing:?}");
        all_time_out(&mut ws);
        thread::scope(|scope| {
            scope.spawn(|| receives_to_the_end(&mut ws));
            makes_room(&mut far, lies);
            peer.expect_frame(RawFrame::text("fed"));
            peer.expect_frame(RawFrame::close(1000, ""));
            peer.half_close();
        });
    }

    pub(super) fn section_7_1_the_peer_closed_and_never_reads<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        const CLOSING: Duration = Duration::from_millis(300);
        let Full { mut ws, mut peer, .. } = full(ends, role);
        ws.set_close_timeout(CLOSING);
        // More than TCP may have room for after all.
        (0..50).for_each(|_| ws.feed([7; 1000]).unwrap());
        peer.close(1000, "");
        let began = Instant::now();
        let ended = loop {
            let call = Instant::now();
            let received = ws.try_recv();
            assert!(call.elapsed() < SLACK, "{:?}", call.elapsed());
            if !received.as_ref().is_err_and(Error::is_timeout) {
                break received;
            }
            // Others need the processor, too.
            thread::sleep(Duration::from_millis(1));
        };
        let took = began.elapsed();
        assert!(matches!(ended, Err(Error::Deadline(Phase::Write))), "{ended:?}");
        assert!(took >= CLOSING && took < CLOSING + SLACK, "{took:?}");
        assert!(!ws.close_status().unwrap().is_clean());
        assert_eq!(ws.recv().unwrap(), None, "and it stays so");
    }

    pub(super) fn section_7_1_1_the_peer_closed_and_does_not_hang_up<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        const CLOSING: Duration = Duration::from_millis(300);
        let (near, far) = ends;
        let mut ws = WebSocket::from_parts(near, role, Vec::new());
        ws.set_close_timeout(CLOSING);
        let mut peer = peer_of(role, far);
        peer.close(1000, "");
        let began = Instant::now();
        let ended = loop {
            let call = Instant::now();
            let received = ws.try_recv();
            assert!(call.elapsed() < SLACK, "{:?}", call.elapsed());
            if !received.as_ref().is_err_and(Error::is_timeout) {
                break received;
            }
            // Others need the processor, too.
            thread::sleep(Duration::from_millis(1));
        };
        let took = began.elapsed();
        assert!(matches!(ended, Ok(None)), "{ended:?}");
        // Nothing that was sent can be lost in memory, so there is nothing to wait for.
        let least = if ws.get_ref().keeps_sent() { Duration::ZERO } else { CLOSING };
        assert!(took >= least && took < CLOSING + SLACK, "{took:?}");
        assert!(ws.close_status().unwrap().is_clean());
        peer.expect_frame(RawFrame::close(1000, ""));
    }

    pub(super) fn section_7_1_7_the_peer_broke_a_rule<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, mut far, lies } = full(ends, role);
        ws.set_close_timeout(Duration::from_secs(20));
        // No opcode that there is.
        peer.frame(RawFrame::of(3, ""));
        let began = Instant::now();
        let broken = ws.try_recv();
        assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
        assert!(matches!(broken, Err(Error::Protocol(_))), "{broken:?}");
        thread::scope(|scope| {
            scope.spawn(|| ws.close(1000, "").unwrap());
            makes_room(&mut far, lies);
            assert_eq!(close_code(&mut peer), 1002, "it can read why");
            peer.half_close();
        });
        assert_eq!(ws.close_status().unwrap().code(), 1002);
    }

    pub(super) fn one_thread_polls_many<S>(ends: (S, S), role: Role)
    where
        S: Duplex + Send + 'static,
    {
        let Full { mut ws, mut peer, .. } = full(ends, role);
        // Those beside it read and write as they should.
        let mut others: Vec<_> = (0..10).map(|_| blocking_ws::testing::pair()).collect();
        for round in 0..10_u8 {
            peer.ping([round]);
            let began = Instant::now();
            assert!(ws.try_recv().unwrap_err().is_timeout());
            for (near, far) in &mut others {
                far.send([round]).unwrap();
                assert_eq!(near.try_recv().unwrap(), Some([round][..].into()));
            }
            assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
        }
    }
}

/// A stream in whose process a signal comes every few milliseconds: a wait that is longer ends with
/// `Interrupted`, and one that begins anew takes its whole time again.
struct Ticking {
    pipe: Pipe,
    read: std::sync::Arc<std::sync::Mutex<[Option<Duration>; 2]>>,
}

const TICK: Duration = Duration::from_millis(5);

impl Ticking {
    fn pair(capacity: usize) -> (Self, Pipe) {
        let (pipe, far) = Pipe::new(capacity);
        (Self { pipe, read: std::sync::Arc::default() }, far)
    }

    /// How one wait ends that nothing but a timeout or a signal ended.
    fn ended<T>(&self, which: usize, result: io::Result<T>) -> io::Result<T> {
        let is_short = self.read.lock().unwrap()[which].is_some_and(|timeout| timeout <= TICK);
        result.map_err(|e| match e.kind() {
            ErrorKind::WouldBlock if !is_short => ErrorKind::Interrupted.into(),
            _ => e,
        })
    }

    fn most(&self, which: usize) -> Duration {
        self.read.lock().unwrap()[which].map_or(TICK, |timeout| timeout.min(TICK))
    }
}

impl Read for Ticking {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.set_read_timeout(Some(self.most(0)))?;
        let read = self.pipe.read(buf);
        self.ended(0, read)
    }
}

impl Write for Ticking {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.pipe.set_write_timeout(Some(self.most(1)))?;
        let written = self.pipe.write(buf);
        self.ended(1, written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Ticking {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { pipe: self.pipe.try_clone()?, read: self.read.clone() })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.read.lock().unwrap()[0] = timeout;
        Ok(())
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.read.lock().unwrap()[1] = timeout;
        Ok(())
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.pipe.shutdown(how)
    }
}

const MILLIS: u64 = 200;
const BOUND: Duration = Duration::from_millis(MILLIS);

fn signals<S: Duplex + Send + 'static>(open: impl Fn() -> (S, Box<dyn Send>)) {
    let feeds: [(&str, Call<S>); 1] = [("feed", |ws| {
        ws.set_write_timeout(BOUND).unwrap();
        loop {
            if let Err(e) = ws.feed([0; 1000]) {
                return e;
            }
        }
    })];
    for (rule, call) in waits::<S, MILLIS>().into_iter().chain(feeds) {
        let (near, far) = open();
        let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
        let began = Instant::now();
        let error = call(&mut ws);
        let took = began.elapsed();
        let is_right = error.is_timeout() || matches!(error, Error::Deadline(_));
        assert!(is_right, "{rule}: {error:?}");
        assert!(took >= BOUND && took < BOUND + SLACK, "{rule}: {took:?}");
        drop(far);
    }
}

#[test]
fn signals_renew_no_deadline() {
    within(|| {
        signals(|| {
            let (near, far) = Ticking::pair(64 << 10);
            (near, Box::new(far))
        });
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
#[test]
fn signals_renew_no_deadline_under_tls() {
    within(|| {
        signals(|| {
            let (near, far) = Ticking::pair(64 << 10);
            let far = thread::spawn(move || {
                test_support::pem::CONNECTOR.connect("localhost", far).unwrap()
            });
            let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
            let near = acceptor.accept(near).unwrap();
            (near, Box::new(far.join().unwrap()))
        });
    });
}
