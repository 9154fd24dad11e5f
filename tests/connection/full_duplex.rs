//! Full duplex: one thread receives while others send, on every transport; `tests/transport/tls.rs` has `wss://`.
//! What is queued, and when it goes out (RFC 6455 §5.4, §5.5.2, §5.5.3).

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Pipe, RawFrame, pair};
use blocking_ws::{CloseCode, Duplex, Error, Event, Role, Server, WebSocket};
use test_support::load;
use test_support::peer::peer_of;
use test_support::within;

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

mod over_tcp {
    test_support::full_duplex!(super::tcp());
}

mod in_memory {
    test_support::full_duplex!(super::Pipe::new(64 << 10));
}

#[cfg(unix)]
mod over_unix {
    test_support::full_duplex!(std::os::unix::net::UnixStream::pair().unwrap());
}

#[test]
fn server_and_client_exchange_sixty_four_mebibytes_at_once() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap();
        let server = server.spawn(|ws| {
            load::exchange(ws);
            Ok(())
        });
        let server = server.unwrap();
        let mut client = blocking_ws::connect(server.url()).unwrap();
        load::exchange(&mut client);
        assert_eq!(client.recv().unwrap(), None);
        let status = client.close_status().unwrap();
        assert_eq!((status.code(), status.is_clean()), (CloseCode::Normal, true));
    });
}

/// What has been written to the other end of a pipe: that is known at once.
fn written(far: &mut Pipe) -> Vec<u8> {
    far.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let mut bytes = Vec::new();
    far.read_to_end(&mut bytes).unwrap_err();
    bytes
}

#[test]
fn what_is_fed_goes_out_when_it_should() {
    const THERE: &[u8] = b"\x81\x80\0\0\0\0";
    type Act = fn(&mut WebSocket<Pipe>);
    let rows: [(&str, &[u8], Act, &[u8]); 8] = [
        ("feed alone waits", b"", |_| {}, b""),
        ("flush", b"", |ws| ws.flush().unwrap(), b"\x81\x03fed"),
        ("a sender's flush", b"", |ws| ws.sender().unwrap().flush().unwrap(), b"\x81\x03fed"),
        ("send, behind it", b"", |ws| ws.send("x").unwrap(), b"\x81\x03fed\x81\x01x"),
        ("ping, behind it", b"", |ws| ws.ping("x").unwrap(), b"\x81\x03fed\x89\x01x"),
        ("a sender feeds more", b"", |ws| ws.sender().unwrap().feed("x").unwrap(), b""),
        ("recv that has to wait", b"", |ws| _ = ws.try_recv().unwrap_err(), b"\x81\x03fed"),
        ("recv that need not wait", THERE, |ws| _ = ws.recv().unwrap(), b""),
    ];
    for (rule, there, act, want) in rows {
        within(move || {
            let (near, mut far) = Pipe::new(1024);
            let mut ws = WebSocket::from_parts(near, Role::Server, there.to_vec());
            ws.feed("fed").unwrap();
            act(&mut ws);
            assert_eq!(written(&mut far), want, "{rule}");
        });
    }
}

#[test]
fn replies_to_a_burst_are_never_held_back() {
    within(|| {
        let (mut client, mut server) = pair();
        let sender = server.sender().unwrap();
        let echo = thread::spawn(move || {
            while let Some(message) = server.recv_ref().unwrap() {
                sender.feed(message).unwrap();
            }
        });
        for burst in [1_u8, 2, 50] {
            (0..burst).for_each(|i| client.feed([i]).unwrap());
            client.flush().unwrap();
            for i in 0..burst {
                assert_eq!(client.recv().unwrap(), Some(vec![i].into()), "of {burst}");
            }
        }
        client.close(1000, "").unwrap();
        echo.join().unwrap();
    });
}

#[test]
fn section_5_5_a_ping_carries_at_most_125_bytes() {
    within(|| {
        let (mut client, mut server) = pair();
        let sender = client.sender().unwrap();
        assert!(matches!(client.ping([0; 126]), Err(Error::Invalid(_))));
        assert!(matches!(sender.ping([0; 126]), Err(Error::Invalid(_))));
        // Nothing of them went out.
        client.ping([1; 125]).unwrap();
        sender.ping("").unwrap();
        client.send("next").unwrap();
        assert_eq!(server.recv_event().unwrap(), Some(Event::Ping(vec![1; 125])));
        assert_eq!(server.recv_event().unwrap(), Some(Event::Ping(vec![])));
        assert_eq!(server.recv().unwrap(), Some("next".into()));
        assert_eq!(client.recv_event().unwrap(), Some(Event::Pong(vec![1; 125])));
        assert_eq!(client.recv_event().unwrap(), Some(Event::Pong(vec![])));
    });
}

#[test]
fn section_5_5_3_a_pong_repeats_the_payload_between_fragments_too() {
    within(|| {
        let (near, far) = Pipe::new(1024);
        let mut ws = WebSocket::from_parts(near, Role::Client, Vec::new());
        let mut peer = peer_of(Role::Client, far);
        peer.frame(RawFrame::text("half").fin(false));
        peer.ping("now");
        peer.pong("unasked");
        peer.frame(RawFrame::continuation("way"));
        assert_eq!(ws.recv().unwrap(), Some("halfway".into()));
        peer.expect_frame(RawFrame::pong("now"));
    });
}

#[test]
fn a_write_is_bounded_however_little_the_peer_reads() {
    for piece in [0, 1, 1000] {
        within(move || load::bounded_write(tcp(), piece));
        within(move || load::bounded_write(Pipe::new(64 << 10), piece));
    }
}
