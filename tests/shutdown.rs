//! How a server ends all its connections at once (RFC 6455 §7.1.1, §7.4.1).

mod common;
#[path = "common/upgrade.rs"]
mod upgrade;
#[path = "common/wire.rs"]
mod wire;

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{ClosedBy, Error, Result, Role, Server, ServerHandle, WebSocket, connect};
use common::within;
use wire::{Peer, TEXT, frame};

const CLOSE: u8 = 0x88;

fn serve(handler: impl Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static) -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap();
    server.close_timeout(Duration::from_secs(20)).spawn(handler).unwrap()
}

fn raw_client(server: &ServerHandle) -> Peer<TcpStream> {
    let mut stream = TcpStream::connect(server.local_addr()).unwrap();
    upgrade::upgrade(&mut stream, "");
    Peer::of(Role::Server, stream)
}

/// Sends everything back.
fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

#[test]
fn shutdown_says_1001_to_everyone_and_lets_nobody_in() {
    within(|| {
        let server = serve(echo);
        let clients: Vec<_> = (0..20)
            .map(|_| {
                let mut client = connect(server.url()).unwrap();
                client.send("hello").unwrap();
                assert_eq!(client.recv().unwrap(), Some("hello".into()));
                thread::spawn(move || {
                    assert_eq!(client.recv().unwrap(), None);
                    client.close_status().cloned().unwrap()
                })
            })
            .collect();
        let report = server.shutdown(Duration::from_secs(10));
        assert_eq!((report.closed, report.cut), (20, 0));
        for client in clients {
            let status = client.join().unwrap();
            assert_eq!((status.by(), status.code().into()), (ClosedBy::Remote, 1001_u16));
            assert!(status.is_clean());
        }
        assert!(matches!(connect(server.url()), Err(Error::Connect(_))));
        let again = server.shutdown(Duration::from_secs(10));
        assert_eq!((again.closed, again.cut), (0, 0));
    });
}

#[test]
fn shutdown_cuts_those_who_do_not_answer() {
    const DEADLINE: Duration = Duration::from_millis(300);
    type Script = fn(&mut Peer<TcpStream>);
    let rows: [(&str, Script); 3] = [
        ("waits in recv", |_| {}),
        ("is stuck in a send to a peer that does not read", |peer| {
            peer.send(TEXT, b"much");
        }),
        ("is left with half a message", |peer| {
            peer.stream.write_all(&frame(true, TEXT, b"torn")[..7]).unwrap();
        }),
    ];
    for (rule, script) in rows {
        within(move || {
            let (ready, called) = mpsc::channel();
            let server = serve(move |ws| {
                ready.send(()).unwrap();
                while let Some(message) = ws.recv()? {
                    if message.as_text() == Some("much") {
                        ws.send(vec![0; 64 << 20])?;
                    }
                }
                Ok(())
            });
            let mut peer = raw_client(&server);
            called.recv().unwrap();
            script(&mut peer);
            if rule.starts_with("is stuck") {
                peer.begin().unwrap();
            }
            let began = Instant::now();
            let report = server.shutdown(DEADLINE);
            let took = began.elapsed();
            assert_eq!((report.closed, report.cut), (0, 1), "{rule}");
            assert!(took >= DEADLINE, "{rule}: too early, {took:?}");
            assert!(took < DEADLINE + Duration::from_secs(5), "{rule}: too late, {took:?}");
            if !rule.starts_with("is stuck") {
                let (first, payload) = peer.next().unwrap();
                assert_eq!((first, &payload[..2]), (CLOSE, &b"\x03\xe9"[..]), "{rule}");
                assert_eq!(peer.next(), None, "{rule}");
            }
        });
    }
}

#[test]
fn shutdown_cuts_handshakes_and_a_dropped_handle_shuts_down() {
    within(|| {
        let server = serve(echo);
        let mut silent = TcpStream::connect(server.local_addr()).unwrap();
        let mut open = connect(server.url()).unwrap();
        open.send("hello").unwrap();
        assert_eq!(open.recv().unwrap(), Some("hello".into()));
        let waits = thread::spawn(move || (open.recv().unwrap(), open));
        drop(server);
        let (received, open) = waits.join().unwrap();
        assert_eq!(received, None);
        assert_eq!(open.close_status().unwrap().code(), 1001.into());
        // A reset would do as well: nothing was promised yet.
        assert_eq!(std::io::Read::read(&mut silent, &mut [0]).unwrap_or(0), 0);
    });
}
