//! Close frames that the library sends by itself, and how connections end.

use std::sync::mpsc;
use std::time::Duration;

use blocking_ws::testing::Peer;
use blocking_ws::{CloseFrame, Error, Events, Hub, Outgoing, Role, Server, WebSocket};
use test_support::peer::{CLOSE, open};

use super::Scenario;
use crate::produced::Produced;

pub(super) const SCENARIOS: &[Scenario] = &[
    ("every code, as a peer sends it", received),
    ("ends without a code", without_code),
    ("ends that are not in order", not_in_order),
    ("handlers that return", handlers),
    ("ends that a setting asks for", settings),
    ("a server that shuts down", shut_down),
    ("a WebSocket that is dropped", dropped),
    ("a member of a hub that is too slow", slow),
    ("events that nobody takes", not_taken),
    ("an outgoing queue", outgoing),
];

/// The Close frame that comes next, behind whatever else comes.
fn frame(peer: &mut Peer) -> Produced {
    loop {
        let frame = peer.recv_frame().expect("a Close frame before the end");
        if frame.opcode != CLOSE {
            continue;
        }
        let code = u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
        let reason = String::from_utf8(frame.payload[2..].to_vec()).unwrap();
        return Produced::closing(&CloseFrame::new(code, &reason).unwrap());
    }
}

fn received() -> Vec<Produced> {
    let codes =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000];
    let end = |code| {
        let (mut ws, mut peer) = open(Role::Client);
        peer.close(code, "why");
        ws.recv().unwrap();
        Produced::ended(ws.close_status().unwrap())
    };
    codes.into_iter().map(end).collect()
}

fn without_code() -> Vec<Produced> {
    let (mut ws, mut peer) = open(Role::Client);
    peer.frame(blocking_ws::testing::RawFrame::close_raw(""));
    ws.recv().unwrap();
    let none = Produced::ended(ws.close_status().unwrap());
    let (mut ws, mut peer) = open(Role::Client);
    peer.cut();
    ws.recv().unwrap_err();
    vec![none, Produced::ended(ws.close_status().unwrap())]
}

fn not_in_order() -> Vec<Produced> {
    let (mut ws, _peer) = open(Role::Client);
    ws.set_close_timeout(Duration::from_millis(30));
    ws.close(1000, "").unwrap_err();
    let unanswered = Produced::ended(ws.close_status().unwrap());

    let (near, far) = blocking_ws::testing::Pipe::new(1 << 10);
    let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
    let mut peer = test_support::peer::peer_of(Role::Client, far);
    peer.close(1001, "");
    drop(peer);
    let _ = ws.recv();
    vec![unanswered, Produced::ended(ws.close_status().unwrap())]
}

/// What a client of a server is told at the end.
fn told(server: Server, handler: fn(&mut WebSocket) -> blocking_ws::Result<()>) -> Produced {
    let server = server.spawn(handler).unwrap();
    let mut peer = Peer::connect(server.url()).unwrap();
    peer.within(Duration::from_secs(100));
    peer.send("hello");
    frame(&mut peer)
}

fn listen() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

fn handlers() -> Vec<Produced> {
    let handlers: [fn(&mut WebSocket) -> blocking_ws::Result<()>; 4] = [
        |ws| ws.recv().map(drop),
        |_| Err(Error::other("disk full")),
        |ws| ws.recv_json::<u32>().map(drop),
        |_| panic!("as the test wants it"),
    ];
    handlers.into_iter().map(|handler| told(listen(), handler)).collect()
}

fn settings() -> Vec<Produced> {
    let receive: fn(&mut WebSocket) -> blocking_ws::Result<()> = |ws| {
        while ws.recv()?.is_some() {}
        Ok(())
    };
    let soon = Duration::from_millis(30);
    vec![told(listen().idle_timeout(soon), receive), told(listen().max_lifetime(soon), receive)]
}

fn shut_down() -> Vec<Produced> {
    let server = listen().spawn(|ws| ws.recv().map(drop)).unwrap();
    let mut peer = Peer::connect(server.url()).unwrap();
    let ending = std::thread::spawn(move || server.shutdown(Duration::from_secs(100)));
    let told = frame(&mut peer);
    drop(peer);
    ending.join().unwrap();
    vec![told]
}

fn dropped() -> Vec<Produced> {
    let (ws, mut peer) = open(Role::Client);
    drop(ws);
    vec![frame(&mut peer)]
}

fn slow() -> Vec<Produced> {
    let hub = Hub::new().max_queued_messages(1);
    let (ws, mut peer) = open(Role::Server);
    let _seat = hub.join(&ws).unwrap();
    // More than the stream takes while the peer does not read.
    for _ in 0..100 {
        let _ = hub.broadcast(vec![0; 64 << 10]).unwrap();
    }
    let reading = std::thread::spawn(move || frame(&mut peer));
    let mut ws = ws;
    let _ = ws.recv();
    vec![reading.join().unwrap()]
}

fn not_taken() -> Vec<Produced> {
    let events = Events::new();
    let (ws, mut peer) = open(Role::Server);
    let _kept = events.add(ws).unwrap();
    drop(events);
    let gone = frame(&mut peer);

    let (tell, ended) = mpsc::channel();
    let events = Events::new();
    std::thread::spawn(move || {
        let (near, _far) = blocking_ws::testing::Pipe::new(1 << 10);
        let stream = blocking_ws::Stream::new(Bomb(near)).unwrap();
        let ws = WebSocket::from_parts(stream, Role::Server, Vec::new());
        let _peer = events.add(ws).unwrap();
        while let Some(event) = events.recv() {
            if let blocking_ws::PeerEvent::Closed(_, status) = event {
                tell.send(Produced::ended(&status)).unwrap();
                return;
            }
        }
    });
    vec![gone, ended.recv().unwrap()]
}

/// A stream of the program that panics when it is read.
struct Bomb(blocking_ws::testing::Pipe);

impl std::io::Read for Bomb {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        panic!("as the test wants it")
    }
}

impl std::io::Write for Bomb {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl blocking_ws::Duplex for Bomb {
    fn try_clone(&self) -> std::io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> std::io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    fn shutdown(&self, how: std::net::Shutdown) -> std::io::Result<()> {
        self.0.shutdown(how)
    }
}

/// A message that panics when it is sent.
struct Unsendable;

impl blocking_ws::AsMessage for Unsendable {
    fn as_message(&self) -> blocking_ws::MessageRef<'_> {
        panic!("as the test wants it")
    }
}

fn outgoing() -> Vec<Produced> {
    let queue = Outgoing::new(10);
    let (mut ws, mut peer) = open(Role::Client);
    queue.send_over(&mut ws, |_, (): &()| -> String { panic!("as the test wants it") }).unwrap();
    queue.push(()).unwrap();
    let encoded = frame(&mut peer);

    let queue = Outgoing::new(10);
    let (mut ws, mut peer) = open(Role::Client);
    queue.send_over(&mut ws, |_, (): &()| Unsendable).unwrap();
    queue.push(()).unwrap();
    vec![encoded, frame(&mut peer)]
}
