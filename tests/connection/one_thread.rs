//! Both ends of a connection in one thread (RFC 6455 §7.1.1): over a stream that keeps what was sent, the
//! end waits for no peer.

use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair, pair_over};
use blocking_ws::{ClosedBy, Deflate, Duplex, Error, ProtocolError, Role, Settings, WebSocket};
use test_support::ending::ROLES;
use test_support::peer::{close_code, peer_of};
use test_support::within;

/// How long the end of a connection waits for a peer where it does.
const LINGER: Duration = Duration::from_secs(2);

#[cfg(any(feature = "tls", feature = "rustls"))]
fn tls(
    (client, server): (Pipe, Pipe),
) -> (blocking_ws::TlsStream<Pipe>, blocking_ws::TlsStream<Pipe>) {
    let acceptor = blocking_ws::TlsAcceptor::new(&test_support::pem::identity()).unwrap();
    let server = std::thread::spawn(move || acceptor.accept(server).unwrap());
    let client = test_support::pem::CONNECTOR.connect("localhost", client).unwrap();
    (client, server.join().unwrap())
}

fn status<S: Duplex>(ws: &WebSocket<S>) -> (ClosedBy, u16, bool) {
    let status = ws.close_status().unwrap();
    (status.by(), status.code().into(), status.is_clean())
}

/// Does all of it before a wait for the peer could be over.
fn at_once(rule: &str, act: impl FnOnce()) {
    let began = Instant::now();
    act();
    let took = began.elapsed();
    assert!(took < LINGER, "{rule}: {took:?}");
}

fn ends<S: Duplex>((mut client, mut server): (WebSocket<S>, WebSocket<S>), client_begins: bool) {
    let (near, far) =
        if client_begins { (&mut client, &mut server) } else { (&mut server, &mut client) };
    near.send("one").unwrap();
    near.sender().unwrap().close(4000, "that is all").unwrap();
    far.send("on its way").unwrap();
    assert_eq!(far.recv().unwrap(), Some("one".into()));
    assert_eq!(far.recv().unwrap(), None);
    assert_eq!(near.recv().unwrap(), Some("on its way".into()), "what was sent is not lost");
    assert_eq!(near.recv().unwrap(), None);
    assert_eq!(status(far), (ClosedBy::Remote, 4000, true));
    assert_eq!(status(near), (ClosedBy::Local, 4000, true));
    assert_eq!(far.close_status().unwrap().reason(), "that is all");
}

#[test]
fn section_7_1_1_one_thread_closes_both_ends_at_once() {
    for client_begins in [true, false] {
        within(move || at_once("a pair", || ends(pair(), client_begins)));
        within(move || {
            let pair =
                pair_over(Pipe::new(1 << 10), &Settings::new().deflate(Deflate::new())).unwrap();
            at_once("compressed", || ends(pair, client_begins));
        });
        #[cfg(any(feature = "tls", feature = "rustls"))]
        within(move || {
            let streams = tls(Pipe::new(64 << 10));
            at_once("TLS", || {
                ends(
                    pair_over(streams, &Settings::new().deflate(Deflate::new())).unwrap(),
                    client_begins,
                );
            });
        });
    }
}

/// Only a socket can reset what was sent.
#[test]
#[cfg(unix)]
fn section_7_1_1_over_a_socket_the_end_waits() {
    within(|| {
        let ends = std::os::unix::net::UnixStream::pair().unwrap();
        let (client, mut server) =
            pair_over(ends, &Settings::new().deflate(Deflate::new())).unwrap();
        server.set_close_timeout(Duration::from_millis(100));
        client.sender().unwrap().close(1000, "").unwrap();
        let began = Instant::now();
        assert_eq!(server.recv().unwrap(), None);
        assert!(began.elapsed() >= Duration::from_millis(100), "{:?}", began.elapsed());
    });
}

#[test]
fn an_end_in_one_thread_takes_no_time_whatever_it_is() {
    type Act = fn(&mut WebSocket<Pipe>, &mut Peer);
    let rows: [(&str, Act, u16); 5] = [
        (
            "the peer's Close frame, answered by close",
            |ws, peer| {
                peer.close(1000, "");
                ws.recv_event().unwrap();
                ws.close(4001, "").unwrap();
            },
            4001,
        ),
        (
            "a broken rule",
            |ws, peer| {
                peer.frame(RawFrame::of(3, ""));
                peer.send("unread");
                let error = ws.recv().unwrap_err();
                assert!(matches!(error, Error::Protocol(ProtocolError::ReservedOpcode(3))));
            },
            1002,
        ),
        (
            "a text that is none",
            |ws, peer| {
                peer.frame(RawFrame::text(b"\xff"));
                assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
            },
            1007,
        ),
        (
            "a message that is too large, of which the rest is still to come",
            |ws, peer| {
                ws.set_max_message_size(10);
                peer.frame(RawFrame::text([b'x'; 5000]));
                assert!(matches!(ws.recv(), Err(Error::Protocol(_))));
            },
            1009,
        ),
        (
            "a receiving call without time",
            |ws, peer| {
                peer.close(1000, "");
                assert_eq!(ws.try_recv().unwrap(), None);
            },
            1000,
        ),
    ];
    for (rule, act, code) in rows {
        for role in ROLES {
            within(move || {
                let (near, far) = Pipe::new(64 << 10);
                let mut ws = WebSocket::from_parts(near, role, Vec::new());
                ws.set_close_timeout(Duration::from_secs(20));
                let mut peer = peer_of(role, far);
                peer.called(rule);
                ws.send("sent before").unwrap();
                at_once(rule, || act(&mut ws, &mut peer));
                at_once(rule, || drop(ws));
                peer.expect_frame(RawFrame::text("sent before"));
                assert_eq!(close_code(&mut peer), code, "{rule}");
                peer.expect_end();
            });
        }
    }
}

#[test]
fn a_drop_in_one_thread_takes_no_time() {
    for role in [Role::Client, Role::Server] {
        within(move || {
            let (client, server) = pair();
            let (dropped, mut left) =
                if role == Role::Client { (client, server) } else { (server, client) };
            left.send("unread").unwrap();
            at_once("a drop", || drop(dropped));
            at_once("the other end", || assert_eq!(left.recv().unwrap(), None));
            assert_eq!(left.close_status().unwrap().code(), 1001);
        });
    }
}

#[test]
fn close_still_waits_for_the_peers_frame() {
    within(|| {
        let (mut client, mut server) = pair();
        client.set_close_timeout(Duration::from_millis(100));
        let began = Instant::now();
        assert!(client.close(1000, "").is_err(), "it does not answer");
        assert!(began.elapsed() >= Duration::from_millis(100));
        assert_eq!(server.recv().unwrap(), None);
    });
}
