//! Connections that are open.

use std::io::{self, Read, Write};
use std::time::Duration;

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair};
use blocking_ws::{
    Client, Deflate, Duplex, Error, Hub, Role, Server, Settings, Stream, WebSocket,
    set_max_buffered,
};
use test_support::peer::{open, peer_of};
use test_support::waits::ENDLESS;

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    // It takes longest, so it begins first.
    ("a message in too many frames", too_many_frames),
    ("waiting in vain", in_vain),
    ("a connection that is closed", closed),
    ("a peer that hangs up", hung_up),
    ("sending to a peer that has left", left),
    ("a server that shuts down", shut_down),
    ("errors after errors", afterwards),
    ("streams that panic", panics),
    ("rules that a peer breaks", broken_rules),
    ("messages that are not as expected", unexpected),
    ("streams with one handle", one_handle),
    ("streams of Read and Write", halves),
];

/// Runs after the others, because all connections of the process share what it sets.
pub(super) const ALONE: Scenario = ("a full process", no_room);

const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(100);

fn in_vain() -> Vec<Produced> {
    let (mut ws, _peer) = open(Role::Client);
    let timeout = failed(ws.recv_timeout(Duration::from_millis(1)));
    ws.set_ping_interval(SOON);
    ws.set_pong_timeout(SOON);
    let pong = failed(ws.recv());

    let (mut ws, _peer) = open(Role::Client);
    ws.set_close_timeout(SOON);
    let close = failed(ws.close(1000, ""));

    let (mut ws, _peer) = open(Role::Client);
    ws.set_write_timeout(SOON).unwrap();
    vec![timeout, pong, close, failed(ws.send(vec![0; ENDLESS]))]
}

fn closed() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Client);
    peer.close(1000, "");
    ws.recv().unwrap();
    let closed = failed(ws.send("late"));

    let (mut ws, mut peer) = open(Role::Client);
    peer.close(1011, "disk full");
    ws.recv().unwrap();
    vec![closed, failed(ws.close_result())]
}

fn hung_up() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Client);
    peer.cut();
    let lost = failed(ws.recv());
    let status = Produced::ended(ws.close_status().unwrap());

    // Within a second, so as often as a busy machine needs for that.
    let after_a_ping = || {
        let (mut ws, mut peer) = open(Role::Client);
        peer.ping("");
        peer.cut();
        let lost = ws.recv().unwrap_err();
        lost.to_string().contains("its ping").then_some((lost, ws))
    };
    let told = (0..100).find_map(|_| after_a_ping());
    let (late, ws) = told.expect("a busy machine has a quiet second");
    vec![lost, status, late.into(), Produced::ended(ws.close_status().unwrap())]
}

fn left() -> Vec<Produced> {
    let until_it_fails = |send: &mut dyn FnMut() -> blocking_ws::Result<()>| loop {
        if let Err(error) = send() {
            return Produced::from(error);
        }
    };
    let (near, far) = Pipe::new(1 << 10);
    let ws = WebSocket::from_parts(near, Role::Client, Vec::new());
    drop(far);
    let sender = ws.sender().unwrap();
    let gone = until_it_fails(&mut || sender.send("hello"));

    let (mut ws, mut peer) = open(Role::Client);
    peer.close(1011, "keepalive ping timeout");
    drop(peer);
    let told = until_it_fails(&mut || ws.send("hello"));

    let (mut ws, mut peer) = open(Role::Client);
    peer.frame(RawFrame::close_raw(""));
    drop(peer);
    let told_nothing = until_it_fails(&mut || ws.send("hello"));

    let (ws, _peer) = open(Role::Client);
    let sender = ws.sender().unwrap();
    drop(ws);
    vec![gone, told, told_nothing, failed(sender.send("late"))]
}

fn shut_down() -> Vec<Produced> {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let server = Server::bind("127.0.0.1:0").unwrap().close_timeout(LONG).spawn(move |ws| {
        let error = loop {
            if let Err(error) = ws.recv() {
                break error;
            }
            if ws.close_status().is_some() {
                break Error::other("it was closed in order");
            }
        };
        tell.lock().unwrap().send(error).unwrap();
        Ok(())
    });
    let server = server.unwrap();
    let mut peer = Peer::connect(server.url()).unwrap();
    peer.send("hello");
    server.shutdown(SOON);
    vec![told.recv().unwrap().into()]
}

fn afterwards() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Client);
    let sender = ws.sender().unwrap();
    peer.cut();
    drop(failed(ws.recv()));
    let receiver = failed(ws.send("late"));
    let sending = failed(sender.send("late"));
    drop(ws);
    let dropped = failed(sender.send("late"));

    // A ping that waits, when the connection ends.
    let (mut ws, mut peer) = open(Role::Client);
    let sender = ws.sender().unwrap();
    let waits = std::thread::spawn(move || failed(sender.ping_wait(LONG)));
    peer.expect_ping();
    peer.cut();
    drop(failed(ws.recv()));
    vec![receiver, sending, dropped, waits.join().unwrap()]
}

/// A stream of the program that panics in a read or a write.
struct Bomb {
    in_read: bool,
}

impl Read for Bomb {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        assert!(!self.in_read, "as the test wants it");
        Ok(0)
    }
}

impl Write for Bomb {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("as the test wants it")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that counts more bytes than it was given.
struct Liar;

impl Read for Liar {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(buf.len() + 1)
    }
}

impl Write for Liar {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(buf.len() + 1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn panics() -> Vec<Produced> {
    let caught = |work: &mut dyn FnMut()| {
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        assert!(unwound.is_err(), "the stream has not panicked");
    };
    let mut ws = WebSocket::from_parts(Bomb { in_read: true }, Role::Client, Vec::new());
    caught(&mut || drop(ws.recv()));
    let read = failed(ws.recv());
    let mut ws = WebSocket::from_parts(Bomb { in_read: false }, Role::Client, Vec::new());
    caught(&mut || drop(ws.send("hello")));
    let (sent, received) = (failed(ws.send("hello")), failed(ws.recv()));
    let mut ws = WebSocket::from_parts(Liar, Role::Client, Vec::new());
    vec![read, sent, received, failed(ws.recv())]
}

/// What breaks a rule, sent to a server.
fn breaches() -> Vec<RawFrame> {
    use blocking_ws::testing::{Key, Len};
    let text = || RawFrame::text("hello");
    vec![
        text().rsv(4),
        RawFrame::of(3, ""),
        text().len(Len::In16(5)),
        RawFrame::of(1, "").len(Len::In64(1 << 63)),
        text().key(Key::None),
        RawFrame::ping("").fin(false),
        RawFrame::ping([0; 126]),
        RawFrame::continuation("hello"),
        RawFrame::text([0xFF]),
        RawFrame::close_raw([3]),
        RawFrame::close(1005, ""),
    ]
}

fn broken_rules() -> Vec<Produced> {
    let mut all = Vec::new();
    for frame in breaches() {
        let (mut ws, mut peer) = open(Role::Server);
        peer.frame(frame);
        all.extend(told(&mut ws, &mut peer));
    }
    let (mut ws, mut peer) = open(Role::Client);
    peer.frame(RawFrame::text("hello").key(blocking_ws::testing::Key::Fixed([1; 4])));
    all.extend(told(&mut ws, &mut peer));

    let (mut ws, mut peer) = open(Role::Server);
    peer.frame(RawFrame::text("a").fin(false));
    peer.frame(RawFrame::text("b"));
    all.extend(told(&mut ws, &mut peer));

    let (mut ws, mut peer) = open(Role::Server);
    ws.set_max_message_size(10);
    peer.send("more than ten bytes");
    all.extend(told(&mut ws, &mut peer));

    if cfg!(feature = "deflate") {
        all.extend(corrupt());
    }
    all
}

/// A message in more frames than any limit allows.
fn too_many_frames() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Server);
    ws.set_read_timeout(Duration::from_millis(1));
    peer.frame(RawFrame::text("a").fin(false));
    let many = RawFrame::continuation("").fin(false).to_bytes(Role::Client).repeat(1 << 10);
    loop {
        peer.bytes(&many);
        match ws.recv() {
            Err(error) if error.is_timeout() => {}
            ended => {
                let error = ended.unwrap_err();
                return vec![Produced::closing(&error.close_frame().unwrap()), error.into()];
            }
        }
    }
}

/// A compressed message that cannot be inflated.
fn corrupt() -> [Produced; 2] {
    let settings = Settings::new().deflate(Deflate::new());
    let (mut ws, mut peer) = Peer::pair_with(Role::Server, &settings).unwrap();
    peer.within(LONG);
    peer.frame(RawFrame::text([0xFF; 10]).rsv(4));
    told(&mut ws, &mut peer)
}

/// The error of one end, and the Close frame that told the other.
fn told<S: Duplex>(ws: &mut WebSocket<S>, peer: &mut Peer) -> [Produced; 2] {
    let error = ws.recv().unwrap_err();
    let frame = error.close_frame().expect("an error that the peer is told");
    assert_eq!(test_support::peer::close_code(peer), u16::from(frame.code()));
    [error.into(), Produced::closing(&frame)]
}

fn unexpected() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Server);
    peer.send("{\"age\": \"old\"}");
    let short = failed(ws.recv_json::<std::collections::BTreeMap<String, u32>>());
    peer.send(format!("\"{}\"", "long ".repeat(200)));
    vec![short, failed(ws.recv_json::<u32>())]
}

fn one_handle() -> Vec<Produced> {
    let settings = Settings::new();
    let (near, far) = Pipe::new(1 << 10);
    let accepting = std::thread::spawn(move || settings.accept(Stream::half(far)).unwrap());
    let _client = Client::new().connect_over("ws://h/", near).unwrap();
    let mut server = accepting.join().unwrap();
    let mut all = vec![failed(server.sender()), failed(server.ping_wait(SOON))];

    let (near, far) = Pipe::new(1 << 10);
    let server = Server::unbound().unwrap().spawn(|ws| ws.recv().map(drop)).unwrap();
    server.adopt(Stream::half(far)).unwrap();
    let _client = Client::new().connect_over("ws://h/", near).unwrap();
    let connection = (0..).find_map(|_| server.connections().pop()).unwrap();
    all.push(failed(connection.sender().send("hello")));
    all
}

fn halves() -> Vec<Produced> {
    let half = Stream::half(Pipe::new(1).0);
    vec![
        failed(half.try_clone()),
        failed(half.set_read_timeout(Some(SOON))),
        failed(half.shutdown(std::net::Shutdown::Both)),
        failed(half.peer_addr()),
    ]
}

fn no_room() -> Vec<Produced> {
    set_max_buffered(1 << 20);
    let (near, far) = Pipe::new(4 << 20);
    let mut ws = WebSocket::from_parts(near, Role::Server, Vec::new());
    let mut peer = peer_of(Role::Server, far);
    peer.frame(RawFrame::binary(vec![1; 2 << 20]).fin(false));
    peer.half_close();
    let received = told(&mut ws, &mut peer);

    let hub = Hub::new();
    let (ws, _peer) = pair();
    let _seat = hub.join(&ws).unwrap();
    let full = failed(hub.broadcast(vec![0; 2 << 20]));
    set_max_buffered(1 << 30);
    received.into_iter().chain([full]).collect()
}
