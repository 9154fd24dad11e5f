//! Faults of tungstenite that the kit finds. Its version is locked: a version that mends one of them makes
//! that test fail, and the test goes.

use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use blocking_ws::Role;
use blocking_ws::testing::{Len, MockServer, Peer, Pipe, RawFrame};
use test_support::within;

/// A peer of their server, which echoes until an error.
fn their_server() -> Peer {
    let (near, far) = Pipe::new(4096);
    thread::spawn(move || {
        let mut ws = tungstenite::accept(far).expect("their handshake");
        while let Ok(message) = ws.read() {
            if message.is_text() {
                ws.send(message).unwrap();
            }
        }
    });
    Peer::connect_over("ws://localhost/", near, &[]).unwrap()
}

/// It has no deadline for the opening handshake.
#[test]
fn their_client_waits_for_a_silent_server() {
    within(|| {
        let mock = MockServer::new().unwrap().within(Duration::from_millis(300)).silent();
        let url = mock.url();
        let stream = TcpStream::connect(url.strip_prefix("ws://").unwrap().trim_end_matches('/'));
        // Until the mock has enough.
        tungstenite::client(&url, stream.unwrap()).unwrap_err();
        let report = catch_unwind(AssertUnwindSafe(|| mock.verify())).unwrap_err();
        let report = report.downcast_ref::<String>().unwrap();
        assert!(report.contains("the client has not given up within 300ms"), "{report}");
    });
}

/// §5.2: "the minimal number of bytes MUST be used to encode the length".
#[test]
fn their_server_takes_a_length_that_is_not_in_its_shortest_form() {
    within(|| {
        for len in [Len::In16(2), Len::In64(2)] {
            let mut peer = their_server();
            peer.frame(RawFrame::text("hi").len(len));
            peer.expect_text("hi");
        }
    });
}

/// §7.1.7: an endpoint that fails the connection should say why in a Close frame.
#[test]
fn their_server_leaves_without_a_word_if_a_rule_is_broken() {
    within(|| {
        for frame in [RawFrame::text("a").rsv(4), RawFrame::of(3, ""), RawFrame::text([0xff])] {
            let mut peer = their_server();
            peer.frame(frame);
            peer.expect_end();
        }
    });
}

/// Code 1014 is registered since RFC 6455.
#[test]
fn their_server_does_not_know_a_registered_code() {
    within(|| {
        let mut peer = their_server();
        peer.close(1014, "");
        peer.expect_close(1002);

        let (mut ours, mut peer) = Peer::pair(Role::Server);
        peer.close(1014, "");
        assert_eq!(ours.recv().unwrap(), None);
        peer.expect_close(1014);
    });
}
