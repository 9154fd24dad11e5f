//! The hazards of slow peers through TLS: a deadline holds over the pieces of a record, too.

#![cfg(any(feature = "tls", feature = "rustls"))]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::Pipe;
use blocking_ws::{
    Duplex, Error, MessageKind, Phase, ProtocolError, Role, Server, TlsAcceptor, TlsStream,
    WebSocket,
};
use test_support::pace;
use test_support::pem::{CONNECTOR, identity};
use test_support::within;

const BOUND: Duration = Duration::from_millis(200);
/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);

fn server() -> Server {
    Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap()
}

fn by_client<S: Duplex>(stream: S) -> TlsStream<S> {
    CONNECTOR.connect("localhost", stream).unwrap()
}

fn by_server<S: Duplex>(stream: S) -> TlsStream<S> {
    TlsAcceptor::new(&identity()).unwrap().accept(stream).unwrap()
}

#[test]
fn a_write_timeout_is_about_progress_of_a_server() {
    within(|| pace::from_server(server(), by_client));
}

#[test]
fn a_write_timeout_is_about_progress_of_a_client() {
    within(|| pace::from_client(test_support::pem::client(), "wss", by_server));
}

#[test]
fn a_write_timeout_is_about_progress_in_memory() {
    for role in [Role::Client, Role::Server] {
        within(move || {
            let (near, far) = Pipe::new(64 << 10);
            let server = thread::spawn(move || by_server(far));
            let (client, server) = (by_client(near), server.join().unwrap());
            let ends = if role == Role::Client { (client, server) } else { (server, client) };
            pace::steady(ends, role);
        });
    }
}

#[test]
fn shutdown_lets_a_message_in_flight_arrive_whole() {
    within(|| pace::in_flight(server(), by_client));
}

/// How a wire passes on what comes: byte by byte once it drips, and nothing more once it stops.
#[derive(Default)]
struct Wire {
    drips: AtomicBool,
    stops: AtomicBool,
}

/// One direction of a wire.
fn forward<S: Duplex>(mut from: S, mut to: S, wire: &Wire) {
    let mut buf = [0; 1 << 10];
    while let Ok(n @ 1..) = from.read(&mut buf) {
        let drips = wire.drips.load(Ordering::SeqCst);
        for piece in buf[..n].chunks(if drips { 1 } else { n }) {
            let stops = wire.stops.load(Ordering::SeqCst);
            if !stops && to.write_all(piece).is_err() {
                return;
            }
            if drips {
                thread::sleep(BOUND / 40);
            }
        }
    }
    // It may be down already.
    let _ = to.shutdown(Shutdown::Write);
}

/// A wire between two streams; what goes to the second one drips once that is set.
fn wire<S: Duplex + Send + 'static>(client: S, server: S) -> Arc<Wire> {
    let wire = Arc::new(Wire::default());
    let (back_from, back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || forward(back_from, back_to, &Wire::default()));
    let theirs = Arc::clone(&wire);
    thread::spawn(move || forward(client, server, &theirs));
    wire
}

/// Both ends of TLS with a wire between them.
fn dripping() -> (TlsStream<Pipe>, TlsStream<Pipe>, Arc<Wire>) {
    let (client, near) = Pipe::new(64 << 10);
    let (far, server) = Pipe::new(64 << 10);
    let wire = wire(near, far);
    let server = thread::spawn(move || by_server(server));
    (by_client(client), server.join().unwrap(), wire)
}

/// It fits into one record, which takes more than a minute to drip.
const RECORD: usize = 14 << 10;

#[test]
fn a_record_that_drips_in_does_not_renew_the_deadline_of_a_read() {
    type Call = fn(&mut WebSocket<TlsStream<Pipe>>) -> Error;
    type Check = fn(&Error) -> bool;
    let rows: [(&str, Call, Check); 3] = [
        ("recv_timeout", |ws| ws.recv_timeout(BOUND).unwrap_err(), Error::is_timeout),
        (
            "read timeout",
            |ws| {
                ws.set_read_timeout(BOUND);
                ws.recv().unwrap_err()
            },
            Error::is_timeout,
        ),
        (
            "close",
            |ws| {
                ws.set_close_timeout(BOUND);
                ws.close(1000, "").unwrap_err()
            },
            |error| matches!(error, Error::Deadline(Phase::Close)),
        ),
    ];
    for (rule, call, is_right) in rows {
        within(move || {
            let (client, server, wire) = dripping();
            let mut peer = WebSocket::from_parts(client, Role::Client, Vec::new());
            let mut ws = WebSocket::from_parts(server, Role::Server, Vec::new());
            peer.send("whole").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("whole".into()), "{rule}");
            wire.drips.store(true, Ordering::SeqCst);
            peer.send(vec![0; RECORD]).unwrap();
            let began = Instant::now();
            let error = call(&mut ws);
            let took = began.elapsed();
            assert!(is_right(&error), "{rule}: {error:?}");
            assert!(took >= BOUND, "{rule}: too early, {took:?}");
            assert!(took < BOUND + SLACK, "{rule}: too late, {took:?}");
        });
    }
}

/// How long a peer may be silent, and how much longer than that a record takes here.
const SILENCE: Duration = Duration::from_secs(2);
const LONGER: Duration = Duration::from_secs(3);

/// Bytes of a record that is not whole come in and stop after a while: how a call ends that waits for
/// it, and for so long at most.
fn until_it_stops(ws: &mut WebSocket<TlsStream<Pipe>>, stops: &AtomicBool) -> Error {
    let early = ws.recv_timeout(LONGER).unwrap_err();
    assert!(early.is_timeout(), "bytes come: {early:?}");
    assert_eq!(ws.close_status(), None);
    stops.store(true, Ordering::SeqCst);
    let began = Instant::now();
    let error = ws.recv_timeout(SILENCE + 2 * LONGER + SLACK).unwrap_err();
    let took = began.elapsed();
    assert!(took >= SILENCE / 2, "too early, {took:?}");
    assert!(took < SILENCE + 2 * LONGER, "too late, {took:?}");
    error
}

#[test]
fn a_record_that_drips_in_is_a_sign_of_life_until_it_stops() {
    type Row = (&'static str, fn(&mut WebSocket<TlsStream<Pipe>>), fn(&Error) -> bool);
    let rows: [Row; 2] = [
        (
            "keepalive",
            |ws| {
                ws.set_ping_interval(BOUND);
                ws.set_pong_timeout(SILENCE);
            },
            |error| matches!(error, Error::Deadline(Phase::Pong)),
        ),
        (
            "stall",
            |ws| ws.set_stall_timeout(SILENCE),
            |error| matches!(error, Error::Protocol(ProtocolError::Stalled)),
        ),
    ];
    within(move || {
        thread::scope(|scope| {
            for (rule, set, is_right) in rows {
                scope.spawn(move || {
                    let (client, server, wire) = dripping();
                    let mut peer = WebSocket::from_parts(client, Role::Client, Vec::new());
                    let mut ws = WebSocket::from_parts(server, Role::Server, Vec::new());
                    ws.set_close_timeout(BOUND);
                    peer.send("whole").unwrap();
                    assert_eq!(ws.recv().unwrap(), Some("whole".into()), "{rule}");
                    // A message whose first part comes at once, and the next one does not.
                    let mut stream = peer.send_stream(MessageKind::Binary);
                    stream.write_all(b"begun").unwrap();
                    stream.flush().unwrap();
                    assert!(ws.recv_timeout(BOUND).unwrap_err().is_timeout(), "{rule}");
                    wire.drips.store(true, Ordering::SeqCst);
                    stream.write_all(&[0; RECORD]).unwrap();
                    stream.flush().unwrap();
                    set(&mut ws);
                    let error = until_it_stops(&mut ws, &wire.stops);
                    assert!(is_right(&error), "{rule}: {error:?}");
                    // Else it says that the message is given up.
                    std::mem::forget(stream);
                });
            }
        });
    });
}

/// A client whose every byte to the server passes a wire.
fn through_wire(server: std::net::SocketAddr) -> (TcpStream, Arc<Wire>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (near, far) = (listener.accept().unwrap().0, TcpStream::connect(server).unwrap());
    far.set_nodelay(true).unwrap();
    (client, wire(near, far))
}

#[test]
fn a_record_that_drips_in_does_not_renew_the_handshake_timeout() {
    for (rule, tls_drips) in [("the ClientHello", true), ("the request", false)] {
        within(move || {
            // Long enough for TLS where that does not drip.
            let bound = if tls_drips { BOUND } else { 15 * BOUND };
            let server = server().handshake_timeout(bound).spawn(|_| Ok(())).unwrap();
            let began = Instant::now();
            let (client, wire) = through_wire(server.local_addr().unwrap());
            wire.drips.store(tls_drips, Ordering::SeqCst);
            let secured = CONNECTOR.connect("localhost", client);
            assert_eq!(secured.is_err(), tls_drips, "{rule}: {secured:?}");
            if let Ok(mut client) = secured {
                wire.drips.store(true, Ordering::SeqCst);
                let request = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(RECORD));
                client.write_all(request.as_bytes()).unwrap();
                let _ = client.read_to_end(&mut Vec::new());
            }
            let took = began.elapsed();
            assert!(took >= bound, "{rule}: too early, {took:?}");
            assert!(took < bound + SLACK, "{rule}: too late, {took:?}");
        });
    }
}
