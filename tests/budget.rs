//! What all connections of a process may buffer together. One test, alone in its process, whose budget
//! it is.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair_with};
use blocking_ws::{
    Deflate, Error, Hub, ProtocolError, Role, Server, Settings, WebSocket, buffered, connect,
    set_max_buffered,
};
use test_support::peer::{close_code, peer_of};
use test_support::within;

const KIB: usize = 1 << 10;
const LONG: Duration = Duration::from_secs(20);

fn open() -> (WebSocket<Pipe>, Peer) {
    let (near, far) = Pipe::new(4096 * KIB);
    (WebSocket::from_parts(near, Role::Server, Vec::new()), peer_of(Role::Server, far))
}

#[test]
fn the_messages_of_all_connections_share_one_budget() {
    within(|| {
        set_max_buffered(1024 * KIB);
        half_a_message_holds_what_it_takes();
        if cfg!(feature = "deflate") {
            inflated_bytes_count();
        }
        a_hub_counts_a_message_once_until_the_last_member_has_it();
        frames_of_ones_own_count_while_they_are_written();
        a_lent_message_counts_until_it_is_not_needed();
        assert_eq!(buffered(), 0);
    });
}

fn half_a_message_holds_what_it_takes() {
    let (mut one, mut peer) = open();
    one.set_read_timeout(Duration::from_millis(1));
    let half = |one: &mut WebSocket<Pipe>, peer: &mut Peer| {
        peer.frame(RawFrame::binary(vec![1; 600 * KIB]).fin(false));
        while buffered() < 600 * KIB {
            assert!(one.recv().unwrap_err().is_timeout());
        }
    };
    half(&mut one, &mut peer);

    // Small messages go on; one that is too large is refused, with a code that says: later.
    let (mut other, mut refused) = open();
    refused.send("2".repeat(60 * KIB));
    assert_eq!(other.recv().unwrap(), Some("2".repeat(60 * KIB).into()));
    refused.frame(RawFrame::binary(vec![3; 600 * KIB]).fin(false));
    refused.half_close();
    let before = buffered();
    let error = other.recv().unwrap_err();
    assert!(matches!(error, Error::Protocol(ProtocolError::NoRoom)), "{error}");
    assert_eq!(buffered(), before, "what had arrived is given back at once");
    assert_eq!(close_code(&mut refused), 1013);
    drop(other);

    peer.frame(RawFrame::continuation([4; KIB]));
    one.set_read_timeout(None);
    assert_eq!(one.recv().unwrap().unwrap().as_bytes().len(), 601 * KIB);
    one.set_read_timeout(Duration::from_millis(1));
    assert_eq!(buffered(), 0, "what the program has is the program's");
    half(&mut one, &mut peer);
    drop(one);
    assert_eq!(buffered(), 0, "an end gives back what had arrived");
}

fn inflated_bytes_count() {
    let (mut client, mut server) = pair_with(&Settings::new().deflate(Deflate::new())).unwrap();
    client.send(vec![0; 2048 * KIB]).unwrap();
    // It hangs up, so that nobody waits for that.
    drop(client);
    let refused = server.recv().unwrap_err();
    assert!(matches!(refused, Error::Protocol(ProtocolError::NoRoom)), "{refused}");
}

fn a_hub_counts_a_message_once_until_the_last_member_has_it() {
    let hub = Hub::new().max_queued_bytes(usize::MAX);
    // They have room for little, so the message waits.
    let ends: Vec<_> = (0..3)
        .map(|_| {
            let (near, far) = Pipe::new(16);
            let ws = WebSocket::from_parts(near, Role::Server, Vec::new());
            let seat = hub.join(&ws).unwrap();
            (ws, seat, peer_of(Role::Server, far))
        })
        .collect();
    assert_eq!(hub.broadcast(vec![5; 700 * KIB]).unwrap().reached, 3);
    assert_eq!(buffered(), 700 * KIB);
    let full = hub.broadcast(vec![6; 700 * KIB]).unwrap_err();
    assert!(matches!(full, Error::Full), "{full}");
    assert_eq!(hub.broadcast("small").unwrap().reached, 3);
    drop(ends);
    assert!(hub.flush(LONG));
    assert_eq!(buffered(), 0);
}

fn frames_of_ones_own_count_while_they_are_written() {
    let hub = Hub::new();
    // Clients mask, each frame with a key of its own.
    let mut ends: Vec<_> = (0..2)
        .map(|_| {
            let (near, far) = Pipe::new(64 * KIB);
            let ws = WebSocket::from_parts(near, Role::Client, Vec::new());
            let seat = hub.join(&ws).unwrap();
            (ws, seat, peer_of(Role::Client, far))
        })
        .collect();
    hub.broadcast(vec![7; 400 * KIB]).unwrap();
    // There is room for the message and one of the two frames; the other waits for that.
    while buffered() < 800 * KIB {
        thread::yield_now();
    }
    thread::scope(|scope| {
        for (_, _, peer) in &mut ends {
            scope.spawn(|| peer.expect_frame(RawFrame::binary(vec![7; 400 * KIB])));
        }
        assert!(hub.flush(LONG));
    });
    assert_eq!(buffered(), 0);
}

fn a_lent_message_counts_until_it_is_not_needed() {
    let (tell, told) = mpsc::channel();
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(move |ws| {
        while let Some(message) = ws.recv_ref()? {
            tell.send((message.as_bytes().len(), buffered() / KIB)).unwrap();
        }
        Ok(())
    });
    let server = server.unwrap();
    let mut client = connect(server.url()).unwrap();
    // A quarter of this may be kept for the next message, and for the read buffer. The last message
    // comes into the memory of the third.
    set_max_buffered(4096 * KIB);
    for (size, counted) in [(900, 900), (300, 300), (400, 400), (350, 400)] {
        client.send(vec![5; size * KIB]).unwrap();
        assert_eq!(told.recv().unwrap(), (size * KIB, counted));
    }
    while buffered() > 0 {
        thread::yield_now();
    }
    client.close(1000, "").unwrap();
    server.shutdown(Duration::from_secs(5));
}
