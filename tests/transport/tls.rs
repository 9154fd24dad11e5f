//! `wss://`: full duplex, and the end of a connection, through TLS.

#![cfg(any(feature = "tls", feature = "rustls"))]

use std::io::Read;
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Key, Pipe, RawFrame};
use blocking_ws::{
    CloseCode, Duplex, Error, Hub, Identity, Message, Overflow, Phase, Role, Server, TlsAcceptor,
    TlsStream, WebSocket,
};
use test_support::folder::Folder;
use test_support::load;
use test_support::peer::{close_code, upgraded};
use test_support::pem::{CONNECTOR, PEM, client, identity};
use test_support::socket::tcp;
use test_support::within;

/// Speaks TLS over a pair of streams: the client's end and the server's.
fn secured<S: Duplex + Send + 'static>((near, far): (S, S)) -> (TlsStream<S>, TlsStream<S>) {
    let server = thread::spawn(|| TlsAcceptor::new(&identity()).unwrap().accept(far).unwrap());
    let client = CONNECTOR.connect("localhost", near).unwrap();
    (client, server.join().unwrap())
}

mod over_tcp {
    test_support::full_duplex!(super::secured(super::tcp()));
}

mod in_memory {
    test_support::full_duplex!(super::secured(super::Pipe::new(64 << 10)));
}

#[test]
fn certificates_and_key_are_read_from_files() {
    within(|| {
        let folder = Folder::new();
        let [chain, key] = ["chain.pem", "key.pem"].map(|name| folder.file(name));
        std::fs::write(&chain, &PEM.0).unwrap();
        std::fs::write(&key, &PEM.1).unwrap();
        let identity = Identity::from_pem_files(&chain, &key).unwrap();
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity).unwrap();
        let server = server.spawn(|ws| ws.send("hello")).unwrap();
        assert_eq!(client().connect(server.url()).unwrap().recv().unwrap(), Some("hello".into()));
    });
}

#[test]
fn server_and_client_exchange_sixty_four_mebibytes_at_once() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap();
        let server = server.spawn(|ws| {
            load::exchange(ws);
            Ok(())
        });
        let server = server.unwrap();
        let mut client = client().connect(server.url()).unwrap();
        assert!(client.get_ref().is_tls());
        load::exchange(&mut client);
        assert_eq!(client.recv().unwrap(), None);
        let status = client.close_status().unwrap();
        assert_eq!((status.code(), status.is_clean()), (CloseCode::Normal, true));
    });
}

#[test]
fn section_7_1_7_the_close_frame_outlives_what_the_peer_had_sent() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap();
        let (result, results) = mpsc::sync_channel(1);
        let server = server.spawn(move |ws| {
            let received = ws.recv();
            result.send(matches!(received, Err(Error::Protocol(_)))).unwrap();
            received.map(drop)
        });
        let server = server.unwrap();
        let stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let mut peer = upgraded(CONNECTOR.connect("localhost", stream).unwrap(), &[]);
        // All of this is written before anything is read.
        peer.frame(RawFrame::text(vec![0; 8 << 20]).key(Key::None));
        assert_eq!(close_code(&mut peer), 1002);
        // close_notify, then the end.
        peer.expect_end();
        assert_eq!(results.recv(), Ok(true));
    });
}

#[test]
fn a_silent_peer_is_pinged_and_given_up() {
    const SHORT: Duration = Duration::from_millis(50);
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap();
        let (result, results) = mpsc::sync_channel(1);
        let server = server.ping_interval(SHORT).pong_timeout(SHORT).spawn(move |ws| {
            result.send(matches!(ws.recv(), Err(Error::Deadline(Phase::Pong)))).unwrap();
            Ok(())
        });
        let server = server.unwrap();
        let stream = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let mut peer = upgraded(CONNECTOR.connect("localhost", stream).unwrap(), &[]);
        assert_eq!(peer.expect_ping().len(), 8);
        assert_eq!(results.recv(), Ok(true));
    });
}

#[test]
fn a_lost_connection_is_no_orderly_close() {
    within(|| {
        let (near, far) = secured(tcp());
        let mut ws = blocking_ws::WebSocket::from_parts(near, Role::Client, Vec::new());
        // TLS ends in order, the WebSocket does not (§7.1.5).
        far.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(matches!(ws.recv(), Err(Error::Lost(_))));
        assert_eq!(ws.recv().unwrap(), None);
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::Abnormal);
    });
}

#[test]
fn a_drop_says_goodbye_through_tls_too() {
    within(|| {
        let (near, mut far) = secured(tcp());
        let ws = blocking_ws::WebSocket::from_parts(near, Role::Server, Vec::new());
        let sender = ws.sender().unwrap();
        drop(ws);
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, RawFrame::close(1001, "").to_bytes(Role::Server));
        assert!(sender.send("late").is_err());
    });
}

/// A connection through TLS to a peer that is only a stream of ciphertext.
fn unread<S: Duplex + Send + 'static>((near, far): (S, S)) -> (TlsStream<S>, S) {
    let ciphertext = far.try_clone().unwrap();
    (secured((near, far)).0, ciphertext)
}

#[test]
fn a_write_over_tcp_is_bounded_however_little_the_peer_reads() {
    for piece in [0, 1, 1000] {
        within(move || load::bounded_write(unread(tcp()), piece));
    }
}

#[test]
fn a_write_in_memory_is_bounded_however_little_the_peer_reads() {
    for piece in [0, 100] {
        within(move || load::bounded_write(unread(Pipe::new(64 << 10)), piece));
    }
}

#[test]
fn a_hub_serves_tls_members_and_waits_for_none() {
    // More than any socket takes, in records that will lie half written.
    const LARGE: usize = 1 << 20;
    const COUNT: u8 = 60;
    within(|| {
        let hub = Hub::new().overflow(Overflow::DropOldest);
        let open = || {
            let (client, server) = secured(tcp());
            let end = |stream, role| WebSocket::from_parts(stream, role, Vec::new());
            let (client, server) = (end(client, Role::Client), end(server, Role::Server));
            let seat = hub.join(&server).unwrap();
            (client, server, seat)
        };
        let (mut slow, mut quick) = (open(), open());
        for number in 0..COUNT {
            assert_eq!(hub.broadcast(vec![number; LARGE]).unwrap().reached, 2);
            let got = quick.0.recv().unwrap().unwrap();
            assert!(got.as_bytes() == vec![number; LARGE], "{number}");
        }
        // The slow one still receives, and its own messages follow what is half written.
        slow.0.send("are you there?").unwrap();
        assert_eq!(slow.1.recv().unwrap(), Some("are you there?".into()));
        let sender = slow.1.sender().unwrap();
        let answering = thread::spawn(move || sender.send("yes").unwrap());
        let mut last = None;
        let mut is_answered = false;
        while !is_answered || last != Some(COUNT - 1) {
            match slow.0.recv().unwrap().unwrap() {
                Message::Text(text) => is_answered = text == "yes",
                Message::Binary(bytes) => {
                    assert!(bytes.iter().all(|byte| *byte == bytes[0]) && bytes.len() == LARGE);
                    assert!(last < Some(bytes[0]), "in order");
                    last = Some(bytes[0]);
                }
            }
        }
        answering.join().unwrap();
        assert!(hub.flush(Duration::from_secs(10)));
    });
}

#[test]
fn a_shutdown_in_the_middle_of_broadcasts_is_clean_for_those_who_answer() {
    const CLIENTS: usize = 8;
    within(|| {
        let hub = Hub::new();
        let room = hub.clone();
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap();
        let server = server.spawn(move |ws| {
            let _seat = room.join(ws)?;
            while ws.recv()?.is_some() {}
            Ok(())
        });
        let server = server.unwrap();
        let url = server.url().replace("127.0.0.1", "localhost");
        let clients: Vec<_> = (0..CLIENTS).map(|_| client().connect(&url).unwrap()).collect();
        thread::scope(|scope| {
            for mut ws in clients {
                scope.spawn(move || while ws.recv().unwrap().is_some() {});
            }
            while hub.len() < CLIENTS {
                thread::yield_now();
            }
            scope.spawn(|| {
                while !hub.is_empty() {
                    hub.broadcast([7; 3000]).unwrap();
                    thread::sleep(Duration::from_micros(200));
                }
            });
            let report = server.shutdown(Duration::from_secs(10));
            assert_eq!((report.closed, report.cut, report.refused), (CLIENTS, 0, 0));
        });
    });
}

#[test]
fn a_server_does_not_start_with_a_key_of_another_certificate() {
    let other =
        rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
    let identity = Identity::from_pem(PEM.0.as_bytes(), other.as_bytes()).unwrap();
    let refused = Server::bind("127.0.0.1:0").unwrap().tls(&identity).unwrap_err();
    assert!(refused.to_string().contains("certificate and key mismatch"), "{refused}");
}

#[test]
fn rfc_6066_section_3_a_host_as_a_url_may_have_it() {
    within(|| {
        let server = Server::bind("127.0.0.1:0").unwrap().tls(&identity()).unwrap();
        let server = server.spawn(|_| Ok(())).unwrap();
        let port = server.local_addr().unwrap().port();
        for host in ["localhost", "LocalHost", "127.0.0.1"] {
            let mut ws = client().connect(&format!("wss://{host}:{port}/")).unwrap();
            assert_eq!(ws.recv().unwrap(), None, "{host}");
        }
    });
}
