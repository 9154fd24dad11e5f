//! What a handle knows of its server's connections, and what it can do with them.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{
    CloseCode, ClosedBy, Connection, Error, MessageKind, Result, Server, ServerHandle, Stats,
    WebSocket, connect,
};
use test_support::within;

/// More than any of this takes.
const LONG: Duration = Duration::from_secs(60);

fn bind() -> Server {
    Server::bind("127.0.0.1:0").unwrap()
}

/// Greets with the number, and echoes.
fn echo(ws: &mut WebSocket) -> Result<()> {
    ws.send(ws.id().to_string())?;
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

/// Connects, and returns the number that the server has for the connection.
fn client(server: &ServerHandle, path: &str) -> (WebSocket, u64) {
    let mut client = connect(&format!("{}{path}", server.url())).unwrap();
    let id = client.recv().unwrap().unwrap();
    (client, id.as_text().unwrap().parse().unwrap())
}

/// Waits until something is so.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_handle_knows_who_is_there() {
    within(|| {
        let began = Instant::now();
        let server = bind().subprotocol("chat.v1").spawn(echo).unwrap();
        assert!(server.connections().is_empty());
        let mut clients: Vec<_> =
            ["one", "two?secret", "three"].map(|path| client(&server, path)).into();
        assert_eq!(server.connection_count(), 3);
        let connections = server.connections();
        let seen = |one: &Connection| (one.id(), one.peer_addr(), one.request().uri().to_string());
        let expected = clients
            .iter()
            .zip(["/one", "/two?secret", "/three"])
            .map(|(one, uri)| (one.1, Some(one.0.get_ref().local_addr().unwrap()), uri.to_owned()));
        assert_eq!(connections.iter().map(seen).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        for one in &connections {
            assert!(one.since() >= began && one.since() <= Instant::now());
            assert_eq!((one.subprotocol(), one.latency()), (None, None));
            assert_eq!(seen(&server.connection(one.id()).unwrap()), seen(one));
            assert_eq!(one.to_string(), format!("#{} {}", one.id(), one.peer_addr().unwrap()));
        }
        let (mut leaves, gone) = clients.remove(1);
        leaves.close(1000, "").unwrap();
        until(|| server.connection_count() == 2);
        assert!(server.connection(gone).is_none());
        assert!(connections[1].sender().send("too late").is_err());
        connections[1].close(1000, "").unwrap();
        assert!(server.connections().iter().all(|one| one.id() != gone));
    });
}

#[test]
fn a_client_in_its_handshake_is_no_connection_yet() {
    within(|| {
        let (enters, entered) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        let server = bind().on_upgrade(move |_| {
            enters.send(()).unwrap();
            let _ = released.lock().unwrap().recv();
            Ok(())
        });
        let server = server.spawn(echo).unwrap();
        let url = server.url().to_owned();
        let connects = thread::spawn(move || connect(&url).unwrap());
        entered.recv().unwrap();
        assert_eq!(server.connection_count(), 0);
        drop(release);
        let mut client = connects.join().unwrap();
        client.recv().unwrap();
        assert_eq!(server.connection_count(), 1);
    });
}

#[test]
fn the_latency_of_each_connection_is_seen() {
    within(|| {
        let server = bind().ping_interval(Duration::from_millis(5)).spawn(echo).unwrap();
        let (mut client, id) = client(&server, "");
        let answers = thread::spawn(move || client.recv());
        let connection = server.connection(id).unwrap();
        until(|| connection.latency().is_some());
        assert!(connection.latency().unwrap() < LONG);
        server.shutdown(LONG);
        answers.join().unwrap().unwrap();
    });
}

/// What a handler does while its connection is closed by the handle.
type Handler = fn(&mut WebSocket) -> Result<()>;

const HANDLERS: [(&str, Handler); 5] = [
    ("receives", |ws| {
        while ws.recv()?.is_some() {}
        Ok(())
    }),
    ("polls", |ws| {
        loop {
            match ws.try_recv() {
                Err(e) if e.is_timeout() => thread::sleep(Duration::from_millis(1)),
                Ok(None) => return Ok(()),
                other => drop(other?),
            }
        }
    }),
    ("reads a stream", |ws| {
        let mut stream = ws.recv_stream()?.expect("one");
        assert!(stream.read_to_end(&mut Vec::new()).is_err());
        Ok(())
    }),
    ("sends until it cannot", |ws| {
        loop {
            match ws.send("and so on") {
                Err(Error::Closed) => break,
                sent => sent?,
            }
        }
        while ws.recv()?.is_some() {}
        Ok(())
    }),
    ("sends more than its client reads", |ws| match ws.send(vec![0; 16 << 20]) {
        // The Close frame may have come first.
        Err(Error::Closed) => Ok(()),
        sent => sent,
    }),
];

#[test]
fn one_connection_is_closed_and_its_handler_sees_that() {
    within(|| {
        for (name, handler) in HANDLERS {
            let (tells, told) = mpsc::channel();
            let server = bind().spawn(move |ws| {
                if ws.request().uri().path() != "/it" {
                    return echo(ws);
                }
                ws.send(ws.id().to_string())?;
                let ended = handler(ws);
                // Whatever the client does not read must not keep it.
                tells.send((ended.is_ok(), ws.close_status().cloned())).unwrap();
                Ok(())
            });
            let server = server.unwrap();
            let (mut other, _) = client(&server, "other");
            let (mut it, id) = client(&server, "it");
            let sender = it.sender().unwrap();
            let mut stream = sender.send_stream(MessageKind::Binary);
            if name == "reads a stream" {
                stream.write_all(&vec![1; 20_000]).unwrap();
                stream.flush().unwrap();
            }
            let connection = server.connection(id).unwrap();
            for (code, reason) in [(1005, ""), (1000, &*"x".repeat(124))] {
                let closed = connection.close(code, reason);
                assert!(matches!(closed, Err(Error::Invalid(_))), "{name}: {closed:?}");
            }
            let began = Instant::now();
            connection.close(4001, "go away").unwrap();
            assert!(began.elapsed() < Duration::from_secs(10), "{name}");
            while it.recv().unwrap().is_some() {}
            let status = it.close_status().unwrap();
            assert_eq!((status.code(), status.reason()), (4001.into(), "go away"), "{name}");
            let (is_ok, status) = told.recv().unwrap();
            if name == "sends more than its client reads" {
                assert!(is_ok);
            } else {
                let status = status.expect("an end");
                assert!(is_ok, "{name}: {status:?}");
                let end = (status.by(), status.code(), status.reason());
                assert_eq!(end, (ClosedBy::Local, 4001.into(), "go away"), "{name}");
            }
            until(|| server.connection(id).is_none());
            connection.close(1000, "again").unwrap();
            other.send("still here").unwrap();
            assert_eq!(other.recv().unwrap(), Some("still here".into()));
        }
    });
}

#[test]
fn the_numbers_of_open_and_past_connections_add_up() {
    const CLIENTS: u64 = 8;
    within(|| {
        let server = bind().spawn(echo).unwrap();
        let mut sums = Stats::default();
        let mut other = client(&server, "").0;
        for n in 0..CLIENTS {
            let (mut client, id) = client(&server, "");
            for _ in 0..n {
                client.send("hello").unwrap();
                client.recv().unwrap();
            }
            let stats = server.connection(id).unwrap().stats();
            assert_eq!((stats.received.messages, stats.received.bytes), (n, 5 * n));
            assert_eq!(stats.sent.messages, n + 1);
            client.close(1000, "").unwrap();
            sums += client.stats();
        }
        let ended = thread::spawn(move || {
            other.recv().unwrap();
            other.stats()
        });
        server.shutdown(LONG);
        sums += ended.join().unwrap();
        let totals = server.totals();
        assert_eq!(totals.connections, CLIENTS + 1);
        assert_eq!((totals.received, totals.sent), (sums.sent, sums.received));
    });
}

#[test]
fn a_shutdown_says_what_the_program_says() {
    within(|| {
        for (code, reason, may_be) in [
            (CloseCode::ServiceRestart, "back soon", true),
            (CloseCode::Other(4000), "", true),
            (CloseCode::GoingAway, "x", true),
            (CloseCode::NoStatus, "", false),
            (CloseCode::Abnormal, "", false),
            (CloseCode::Other(999), "", false),
            (CloseCode::Normal, &*"x".repeat(124), false),
        ] {
            let server = bind().spawn(echo).unwrap();
            let mut client = client(&server, "").0;
            let ended = server.shutdown_with(code, reason, Duration::ZERO);
            if !may_be {
                assert!(matches!(ended, Err(Error::Invalid(_))), "{code}: {ended:?}");
                client.send("goes on").unwrap();
                assert_eq!(client.recv().unwrap(), Some("goes on".into()));
                server.shutdown(Duration::ZERO);
                continue;
            }
            // It comes even if the client has no time to answer.
            while let Ok(Some(_)) = client.recv() {}
            let status = client.close_status().unwrap();
            assert_eq!((status.code(), status.reason()), (code, reason));
            assert_eq!(ended.unwrap(), server.shutdown(None), "{code}");
        }
    });
}
