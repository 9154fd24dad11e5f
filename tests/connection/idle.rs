//! Connections that end because no message comes, or because they have been open for long.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::pair;
use blocking_ws::{
    Client, ClosedBy, Error, Event, MessageKind, Phase, Result, Server, Settings, WebSocket,
    connect,
};
use test_support::within;

pub(super) const SHORT: Duration = Duration::from_millis(50);

/// Receives one message, or returns `None` at the end.
pub(super) type Receive = fn(&mut WebSocket) -> Result<Option<()>>;

fn poll(mut call: impl FnMut() -> Result<Option<()>>) -> Result<Option<()>> {
    loop {
        match call() {
            Err(e) if e.is_timeout() => thread::sleep(Duration::from_millis(1)),
            done => return done,
        }
    }
}

pub(super) const CALLS: [(&str, Receive); 7] = [
    ("recv", |ws| Ok(ws.recv()?.map(drop))),
    ("recv_ref", |ws| Ok(ws.recv_ref()?.map(drop))),
    ("recv_stream", |ws| Ok(ws.recv_stream()?.map(drop))),
    ("recv_event", |ws| {
        while let Some(event) = ws.recv_event()? {
            if matches!(event, Event::Message(_)) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }),
    ("messages", |ws| Ok(ws.messages().next().transpose()?.map(drop))),
    ("recv_timeout", |ws| poll(|| Ok(ws.recv_timeout(Duration::from_millis(5))?.map(drop)))),
    ("try_recv", |ws| poll(|| Ok(ws.try_recv()?.map(drop)))),
];

/// What the client does until the end. It receives in another thread meanwhile.
type Peer = fn(&blocking_ws::Sender) -> Result<()>;

const PEERS: [(&str, Peer); 4] = [
    ("silent", |_| Ok(())),
    ("talks and stops", |peer| {
        for _ in 0..5 {
            peer.send("still here")?;
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }),
    ("pings", |peer| {
        loop {
            peer.ping("no message")?;
            thread::sleep(Duration::from_millis(3));
        }
    }),
    ("pings seldom", |peer| {
        loop {
            peer.ping("no message")?;
            thread::sleep(Duration::from_millis(40));
        }
    }),
];

/// Runs a connection to its end. Returns the server's side, and the time since the call that received the
/// last message: this thread may stand still between the arrival of a message and the end of its call.
fn run(limit: Limit, receive: Receive, peer: Peer) -> (WebSocket, Duration) {
    let (mut client, mut server) = pair();
    let sender = client.sender().unwrap();
    let mut last = Instant::now();
    limit(&mut server);
    thread::scope(|scope| {
        // It fails once the connection has ended.
        scope.spawn(move || peer(&sender));
        scope.spawn(move || while let Ok(Some(_)) = client.recv() {});
        let mut began = last;
        while receive(&mut server).unwrap().is_some() {
            last = began;
            began = Instant::now();
        }
        (server, last.elapsed())
    })
}

type Limit = fn(&mut WebSocket);

const IDLE: [(&str, Limit); 2] = [
    ("without pings", |ws| ws.set_idle_timeout(SHORT)),
    ("with pings", |ws| {
        ws.set_ping_interval(SHORT / 3);
        ws.set_idle_timeout(SHORT);
        ws.set_pong_timeout(None);
    }),
];

pub(super) fn closed(ws: &WebSocket, reason: &str, name: &str) {
    let status = ws.close_status().unwrap();
    let end = (status.by(), status.code(), status.reason(), status.is_clean());
    assert_eq!(end, (ClosedBy::Local, 1001.into(), reason, true), "{name}");
}

#[test]
fn a_connection_without_messages_ends_in_order() {
    within(|| {
        for (call, receive) in CALLS {
            for (who, peer) in PEERS {
                for (how, limit) in IDLE {
                    let name = format!("{call}, {who}, {how}");
                    let (ws, silent) = run(limit, receive, peer);
                    closed(&ws, "idle", &name);
                    // The system's timeouts may be a moment shorter.
                    assert!(silent >= SHORT * 9 / 10, "{name}: {silent:?}");
                }
            }
        }
    });
}

#[test]
fn a_connection_ends_after_its_lifetime_however_busy() {
    const BUSY: Peer = |peer| {
        loop {
            peer.send("and so on")?;
        }
    };
    within(|| {
        for (call, receive) in CALLS {
            for (who, peer) in PEERS.into_iter().chain([("busy", BUSY)]) {
                let name = format!("{call}, {who}");
                let began = Instant::now();
                let (ws, _) = run(|ws| ws.set_max_lifetime(SHORT), receive, peer);
                closed(&ws, "open for max_lifetime", &name);
                assert!(began.elapsed() >= SHORT, "{name}");
            }
        }
    });
}

#[test]
fn a_message_that_lies_unread_is_received_first() {
    within(|| {
        let (mut client, mut server) = pair();
        server.set_idle_timeout(SHORT);
        for message in ["one", "two"] {
            client.send(message).unwrap();
            // The program does other things for longer than the timeout.
            thread::sleep(2 * SHORT);
            assert_eq!(server.recv().unwrap(), Some(message.into()));
        }
        let hears = thread::spawn(move || client.recv());
        assert_eq!(server.recv().unwrap(), None);
        closed(&server, "idle", "then");
        assert_eq!(hears.join().unwrap().unwrap(), None);
    });
}

#[test]
fn a_message_that_arrives_is_no_idle_time() {
    within(|| {
        let (mut client, mut server) = pair();
        server.set_idle_timeout(SHORT);
        let sends = thread::spawn(move || {
            let mut stream = client.send_stream(MessageKind::Binary);
            let began = Instant::now();
            while began.elapsed() < 3 * SHORT {
                stream.write_all(&[7]).unwrap();
                stream.flush().unwrap();
            }
            stream.finish().unwrap();
            client.recv()
        });
        assert!(server.recv().unwrap().is_some());
        assert_eq!(server.recv().unwrap(), None);
        closed(&server, "idle", "afterwards");
        assert_eq!(sends.join().unwrap().unwrap(), None);
    });
}

#[test]
fn a_peer_that_does_not_answer_is_cut_after_the_close_timeout() {
    within(|| {
        let limits: [Limit; 2] = [|ws| ws.set_idle_timeout(SHORT), |ws| ws.set_max_lifetime(SHORT)];
        for limit in limits {
            let (_client, mut server) = pair();
            server.set_close_timeout(SHORT);
            limit(&mut server);
            let ended = server.recv();
            assert!(matches!(ended, Err(Error::Deadline(Phase::Close))), "{ended:?}");
            let status = server.close_status().unwrap();
            assert_eq!((status.by(), status.is_clean()), (ClosedBy::Local, false));
        }
    });
}

#[test]
fn servers_and_clients_have_the_settings() {
    within(|| {
        let settings = [
            (Settings::new().idle_timeout(SHORT), "idle"),
            (Settings::new().max_lifetime(SHORT), "open for max_lifetime"),
        ];
        for (settings, reason) in settings {
            let receives = |ws: &mut WebSocket| ws.recv().map(drop);
            let server = Server::bind("127.0.0.1:0").unwrap();
            let server = server.settings(settings.clone()).spawn(receives).unwrap();
            let mut client = connect(server.url()).unwrap();
            assert_eq!(client.recv().unwrap(), None);
            let status = client.close_status().unwrap();
            assert_eq!((status.by(), status.reason()), (ClosedBy::Remote, reason));

            let server = Server::bind("127.0.0.1:0").unwrap().spawn(receives).unwrap();
            let mut client = Client::new().settings(settings).connect(server.url()).unwrap();
            assert_eq!(client.recv().unwrap(), None);
            closed(&client, reason, "a client");
        }
        for zero in [
            Settings::new().idle_timeout(Duration::ZERO),
            Settings::new().max_lifetime(Duration::ZERO),
        ] {
            let server = Server::bind("127.0.0.1:0").unwrap().settings(zero);
            assert!(matches!(server.spawn(|_| Ok(())), Err(Error::Invalid(_))));
        }
    });
}
