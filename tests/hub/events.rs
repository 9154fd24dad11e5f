//! Events of many connections in one thread: their order, their bounds, and their end.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::mem;
use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{self, Pipe, pair, pair_over};
use blocking_ws::{
    Client, CloseCode, ClosedBy, Duplex, Error, Events, Hub, Overflow, Peer, PeerEvent, Role,
    Server, ServerHandle, Settings, Stream, WebSocket, connect,
};
use test_support::peer::open;
use test_support::within;

/// Much more time than anything here takes.
const SOON: Duration = Duration::from_secs(60);

/// An event in short: `+`, the text of a message, or the code of the end.
fn short(event: &PeerEvent) -> String {
    match event {
        PeerEvent::Opened(_) => "+".to_owned(),
        PeerEvent::Message(_, message) => message.to_string(),
        PeerEvent::Closed(_, status) => u16::from(status.code()).to_string(),
    }
}

/// The next event, which comes soon.
fn next(events: &Events) -> PeerEvent {
    events.recv_timeout(SOON).expect("it comes soon").expect("there are sources")
}

fn opened(events: &Events) -> Peer {
    match next(events) {
        PeerEvent::Opened(peer) => peer,
        other => panic!("{other:?}"),
    }
}

/// Waits until no more events come, because all that may wait wait.
fn filled(events: &Events, want: usize) {
    let until = Instant::now() + SOON;
    while events.len() < want {
        assert!(Instant::now() < until, "{} of {want} wait", events.len());
        thread::yield_now();
    }
}

fn serve(events: &Events) -> ServerHandle {
    Server::bind("127.0.0.1:0").unwrap().spawn(events.handler()).unwrap()
}

type Acts = fn(WebSocket, &Peer);

#[test]
fn opened_comes_first_then_messages_in_order_and_one_closed() {
    within(|| {
        let rows: [(&str, Acts, &[&str]); 7] = [
            ("nothing said", |mut ws, _| ws.close(1000, "").unwrap(), &["+", "1000"]),
            (
                "some messages",
                |mut ws, _| {
                    (0..5).for_each(|n| ws.send(n.to_string()).unwrap());
                    ws.close(4001, "").unwrap();
                },
                &["+", "0", "1", "2", "3", "4", "4001"],
            ),
            (
                "dropped",
                |mut ws, _| {
                    ws.send("a").unwrap();
                    drop(ws);
                },
                &["+", "a", "1001"],
            ),
            (
                "closed by the program",
                |mut ws, peer| {
                    peer.close(4002, "").unwrap();
                    assert_eq!(ws.recv().unwrap(), None);
                },
                &["+", "4002"],
            ),
            (
                "messages on their way",
                |mut ws, peer| {
                    ws.send("a").unwrap();
                    peer.close(4002, "").unwrap();
                    peer.close(4003, "").unwrap();
                    assert_eq!(ws.recv().unwrap(), None);
                },
                &["+", "a", "4002"],
            ),
            (
                "a server's close",
                |mut ws, peer| {
                    peer.connection().close(4004, "").unwrap();
                    assert_eq!(ws.recv().unwrap(), None);
                },
                &["+", "4004"],
            ),
            (
                "a sender's close",
                |mut ws, peer| {
                    peer.connection().sender().close(4005, "").unwrap();
                    assert_eq!(ws.recv().unwrap(), None);
                },
                &["+", "4005"],
            ),
        ];
        for (rule, acts, want) in rows {
            let events = Events::new();
            let (client, server) = pair();
            let peer = events.add(server).unwrap();
            let named = peer.clone();
            let acting = thread::spawn(move || acts(client, &named));
            let got: Vec<_> = events.inspect(|event| assert_eq!(event.peer(), &peer)).collect();
            assert_eq!(got.iter().map(short).collect::<Vec<_>>(), want, "{rule}");
            acting.join().unwrap();
        }
    });
}

#[test]
fn a_client_that_closes_after_its_last_message_gets_all_answers() {
    const MESSAGES: usize = 60;
    within(|| {
        type Take = fn(&Events) -> Vec<PeerEvent>;
        let by_one: Take = |events| vec![next(events)];
        let by_tick: Take = |events| events.try_iter().collect();
        for (how, take) in [("one by one", by_one), ("by ticks", by_tick)] {
            let events = Events::new();
            let server = serve(&events);
            for round in 0..10 {
                let mut client = connect(server.url()).unwrap();
                for n in 0..MESSAGES {
                    client.feed(n.to_string()).unwrap();
                }
                let sender = client.sender().unwrap();
                sender.close(CloseCode::Normal, "").unwrap();
                filled(&events, 1 + MESSAGES);
                let answers = thread::spawn(move || {
                    let answers = client.messages().map(Result::unwrap).count();
                    (answers, client.close_status().unwrap().code())
                });
                let mut is_open = true;
                while is_open {
                    for event in take(&events) {
                        match event {
                            PeerEvent::Message(peer, message) => assert!(peer.send(message)),
                            PeerEvent::Closed(..) => is_open = false,
                            PeerEvent::Opened(_) => {}
                        }
                    }
                }
                let want = (MESSAGES, CloseCode::Normal);
                assert_eq!(answers.join().unwrap(), want, "{how}, round {round}");
            }
        }
    });
}

#[test]
fn a_connection_that_fails_says_how() {
    within(|| {
        type Fails = fn(&mut testing::Peer);
        let rows: [(&str, Fails, u16, ClosedBy); 3] = [
            ("cut", testing::Peer::cut, 1006, ClosedBy::Loss),
            (
                "section 5.2: a broken rule",
                |peer| peer.bytes([0xf1, 0x80, 0, 0, 0, 0]),
                1002,
                ClosedBy::Local,
            ),
            ("too large", |peer| peer.send("a".repeat(200)), 1009, ClosedBy::Local),
        ];
        for (rule, fails, code, by) in rows {
            let (mut ws, mut far) = open(Role::Server);
            ws.set_max_message_size(100);
            ws.set_close_timeout(Duration::from_millis(50));
            let events = Events::new();
            let peer = events.add(ws).unwrap();
            fails(&mut far);
            assert_eq!(opened(&events), peer, "{rule}");
            let PeerEvent::Closed(closed, status) = next(&events) else { panic!("{rule}") };
            assert_eq!((u16::from(status.code()), status.by()), (code, by), "{rule}: {status}");
            assert_eq!(closed, peer, "{rule}");
            assert!(!peer.send("too late"), "{rule}");
            assert!(events.recv().is_none(), "{rule}");
        }
    });
}

#[test]
fn a_stream_that_panics_ends_its_own_connection() {
    /// Panics when it is read, after the first time.
    struct Bomb(Pipe, bool);

    impl Read for Bomb {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            assert!(!mem::replace(&mut self.1, true), "as told");
            self.0.read(bytes)
        }
    }

    impl Write for Bomb {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Duplex for Bomb {
        fn try_clone(&self) -> io::Result<Self> {
            Ok(Self(self.0.try_clone()?, self.1))
        }

        fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.set_read_timeout(timeout)
        }

        fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.set_write_timeout(timeout)
        }

        fn shutdown(&self, how: Shutdown) -> io::Result<()> {
            self.0.shutdown(how)
        }
    }

    within(|| {
        let (near, far) = Pipe::new(1 << 10);
        let stream = Stream::new(Bomb(near, false)).unwrap();
        let ws = WebSocket::from_parts(stream, Role::Server, Vec::new());
        let mut client = WebSocket::from_parts(far, Role::Client, Vec::new());
        let (mut other, there) = pair();
        let events = Events::new();
        let bomb = events.add(ws).unwrap();
        assert_eq!(opened(&events), bomb);
        client.send("one").unwrap();
        assert_eq!(short(&next(&events)), "one");
        let PeerEvent::Closed(peer, status) = next(&events) else { panic!("it has ended") };
        assert_eq!((peer, u16::from(status.code())), (bomb, 1006), "{status}");
        events.add(there).unwrap();
        other.send("well").unwrap();
        opened(&events);
        assert_eq!(short(&next(&events)), "well");
    });
}

#[test]
fn a_flood_delays_others_by_its_turn_only_and_fills_its_own_part_only() {
    within(|| {
        const PART: usize = 10;
        let events = Events::new().max_queued_messages_per_peer(PART);
        let (mut flooding, mut here) = pair();
        here.set_close_timeout(Duration::from_millis(50));
        let flood = events.add(here).unwrap();
        assert_eq!(opened(&events), flood);
        let sending = thread::spawn(move || while flooding.send("again").is_ok() {});
        let mut quiet: Vec<_> = (0..5)
            .map(|_| {
                let (client, server) = pair();
                (client, events.add(server).unwrap())
            })
            .collect();
        filled(&events, PART + quiet.len());
        for _ in 0..2 * quiet.len() {
            next(&events);
        }
        for (client, peer) in &mut quiet {
            // It is read again when half of its part is taken, until that is full.
            while events.len() > PART / 2 {
                assert!(events.len() <= PART);
                next(&events);
            }
            filled(&events, PART);
            client.send("a word").unwrap();
            filled(&events, PART + 1);
            let turns = [next(&events), next(&events)];
            assert!(turns.iter().any(|event| event.peer() == peer), "{turns:?}");
        }
        drop(events);
        sending.join().unwrap();
    });
}

#[test]
fn debug_shows_no_token_and_no_password() {
    within(|| {
        let events = Events::new();
        let server = serve(&events);
        let url = server.url().replace("://", "://ada:sesame@");
        let client = Client::new().header("cookie", "id=sesame");
        let ws = client.connect(&format!("{url}rooms?token=sesame")).unwrap();
        let shown = format!("{ws:?} {:?} {:?}", next(&events), server.connections());
        let shown = format!("{shown} {:?}", events.add(ws).unwrap());
        assert_eq!(shown.matches("/rooms").count(), 4, "{shown}");
        assert!(!shown.contains("sesame"), "{shown}");
    });
}

#[test]
fn debug_shows_no_message() {
    within(|| {
        let events = Events::new();
        let (mut client, server) = pair();
        events.add(server).unwrap();
        client.send("sesame").unwrap();
        filled(&events, 2);
        for shown in [format!("{events:?}"), format!("{:?} {:?}", events.iter(), events.try_iter())]
        {
            assert!(shown.contains("len: 2") && !shown.contains("sesame"), "{shown}");
        }
    });
}

#[test]
fn an_iterator_over_what_is_there_ends_although_more_comes() {
    within(|| {
        let events = Events::new().max_queued_messages_per_peer(20);
        let (mut flooding, mut here) = pair();
        here.set_close_timeout(Duration::from_millis(50));
        events.add(here).unwrap();
        let sending = thread::spawn(move || while flooding.send("again").is_ok() {});
        filled(&events, 20);
        for _ in 0..50 {
            assert!(events.try_iter().count() <= 21);
        }
        drop(events);
        sending.join().unwrap();
    });
}

/// A connection whose pipe holds few bytes.
fn narrow(bytes: usize) -> (WebSocket, WebSocket) {
    let (near, far) = Pipe::new(bytes);
    pair_over((Stream::new(near).unwrap(), Stream::new(far).unwrap()), &Settings::new()).unwrap()
}

#[test]
fn a_full_queue_stops_the_reading_and_nothing_is_lost() {
    within(|| {
        const CLIENTS: usize = 4;
        const EACH: usize = 300;
        type Limit = fn(Events) -> Events;
        // (limits, how many messages may wait)
        let rows: [(Limit, usize); 4] = [
            (|events| events.max_queued_messages_per_peer(3), CLIENTS * 3),
            (|events| events.max_queued_bytes_per_peer(20), CLIENTS * 20),
            (|events| events.max_queued_events(7), 7 + CLIENTS),
            (|events| events.max_queued_bytes(30), 30 + CLIENTS),
        ];
        for (row, (limit, most)) in rows.into_iter().enumerate() {
            let events = limit(Events::new());
            let sent = Arc::new(AtomicUsize::new(0));
            let senders: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    let (mut client, server) = narrow(64);
                    events.add(server).unwrap();
                    let sent = Arc::clone(&sent);
                    thread::spawn(move || {
                        for number in 0..EACH {
                            client.send(number.to_string()).unwrap();
                            sent.fetch_add(1, Ordering::Relaxed);
                        }
                        client.close(1000, "").unwrap();
                    })
                })
                .collect();
            let mut expected: HashMap<Peer, usize> = HashMap::new();
            let mut taken = 0;
            loop {
                // The first and the last event of a connection have room of their own.
                let waiting = events.len();
                assert!(waiting <= most + 2 * CLIENTS, "row {row}: {waiting} wait");
                // Those that wait, and what is in the pipes and the buffers of the connections.
                let ahead = sent.load(Ordering::Relaxed).saturating_sub(taken);
                assert!(ahead <= most + CLIENTS * 200, "row {row}: {ahead} ahead");
                match events.recv() {
                    Some(PeerEvent::Message(peer, message)) => {
                        let number = expected.entry(peer).or_default();
                        assert_eq!(message, number.to_string().into(), "row {row}");
                        *number += 1;
                        taken += 1;
                    }
                    Some(PeerEvent::Closed(_, status)) => assert!(status.is_normal(), "{status}"),
                    Some(PeerEvent::Opened(_)) => {}
                    None => break,
                }
            }
            assert_eq!(expected.len(), CLIENTS, "row {row}");
            assert!(expected.values().all(|count| *count == EACH), "row {row}");
            for sender in senders {
                sender.join().unwrap();
            }
        }
    });
}

#[test]
fn connections_that_come_and_go_wait_for_room_too() {
    within(|| {
        let events = Events::new().max_queued_events(4);
        let server = serve(&events);
        let url = server.url().to_owned();
        let clients = thread::spawn(move || {
            // Many at once, and each leaves when it is here.
            let all: Vec<_> = (0..30).map(|_| connect(&url).unwrap()).collect();
            for mut ws in all {
                let _ = ws.sender().unwrap().close(1000, "");
                thread::spawn(move || ws.recv());
            }
        });
        filled(&events, 4);
        let until = Instant::now() + SOON;
        while server.totals().connections < 30 {
            assert!(Instant::now() < until);
            thread::yield_now();
        }
        let (mut opened, mut closed) = (HashSet::new(), HashSet::new());
        while closed.len() < 30 {
            // Those that are open may say that they have closed.
            assert!(events.len() <= 4 + opened.len() - closed.len() + 4, "{}", events.len());
            match next(&events) {
                PeerEvent::Opened(peer) => assert!(opened.insert(peer)),
                PeerEvent::Closed(peer, _) => {
                    assert!(opened.contains(&peer) && closed.insert(peer));
                }
                PeerEvent::Message(..) => panic!("nothing was said"),
            }
        }
        clients.join().unwrap();
        server.shutdown(SOON);
        assert!(events.recv().is_none());
    });
}

/// Clients of a server that send without pause, until their connections are closed.
fn flood(server: &ServerHandle, clients: usize) -> Vec<thread::JoinHandle<WebSocket>> {
    let connect = |_| {
        let mut ws = connect(server.url()).unwrap();
        let sender = ws.sender().unwrap();
        thread::spawn(move || while sender.send("again".repeat(1000)).is_ok() {});
        thread::spawn(move || {
            let _ = ws.recv();
            ws
        })
    };
    (0..clients).map(connect).collect()
}

#[test]
fn a_shutdown_ends_in_time_although_nobody_takes_events() {
    within(|| {
        let events = Events::new().max_queued_events(20);
        let server = serve(&events);
        let clients = flood(&server, 10);
        filled(&events, 20);
        let began = Instant::now();
        let report = server.shutdown(SOON);
        assert!(began.elapsed() < SOON / 2, "{:?}", began.elapsed());
        assert_eq!((report.cut, report.running), (0, 0), "{report:?}");
        for client in clients {
            let ws = client.join().unwrap();
            assert_eq!(u16::from(ws.close_status().unwrap().code()), 1001);
        }
        // The events that wait are still there, and then there is the end.
        let mut open = HashSet::new();
        for event in &events {
            match event {
                PeerEvent::Opened(peer) => assert!(open.insert(peer)),
                PeerEvent::Message(peer, _) => assert!(open.contains(&peer)),
                PeerEvent::Closed(peer, status) => {
                    assert_eq!(u16::from(status.code()), 1001, "{status}");
                    assert!(open.remove(&peer));
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert!(events.recv_timeout(SOON).unwrap().is_none(), "the end stays");
    });
}

#[test]
fn clients_that_do_not_answer_are_cut_although_nobody_takes_events() {
    within(|| {
        let events = Events::new().max_queued_messages_per_peer(2);
        let server = serve(&events);
        // They do not read, so they never see the Close frame.
        let mut clients: Vec<_> = (0..5).map(|_| connect(server.url()).unwrap()).collect();
        for ws in &mut clients {
            (0..10).for_each(|_| ws.send("again").unwrap());
        }
        filled(&events, 5 * 3);
        let began = Instant::now();
        let report = server.shutdown(Duration::from_millis(50));
        assert!(began.elapsed() < SOON / 2, "{:?}", began.elapsed());
        assert_eq!((report.cut, report.running), (5, 0), "{report:?}");
        let closed = events.filter(|event| matches!(event, PeerEvent::Closed(..)));
        assert_eq!(closed.count(), 5);
        drop(clients);
    });
}

#[test]
fn dropping_the_events_closes_all_connections_and_later_ones() {
    within(|| {
        let events = Events::new().max_queued_events(10);
        let server = serve(&events);
        let clients = flood(&server, 5);
        filled(&events, 10);
        let (mut added, here) = pair();
        let peer = events.add(here).unwrap();
        peer.send("the last word");
        drop(events);
        for client in clients {
            let ws = client.join().unwrap();
            assert_eq!(u16::from(ws.close_status().unwrap().code()), 1001);
        }
        assert_eq!(added.recv().unwrap(), Some("the last word".into()));
        assert_eq!(added.recv().unwrap(), None);
        assert_eq!(u16::from(added.close_status().unwrap().code()), 1001);
        let mut late = connect(server.url()).unwrap();
        assert_eq!(late.recv().unwrap(), None);
        assert_eq!(u16::from(late.close_status().unwrap().code()), 1001);
        let report = server.shutdown(SOON);
        assert_eq!((report.cut, report.running), (0, 0), "{report:?}");
    });
}

#[test]
fn dropping_the_server_ends_the_events() {
    within(|| {
        let events = Events::new();
        let server = serve(&events);
        let clients: Vec<_> = (0..3).map(|_| connect(server.url()).unwrap()).collect();
        let dropping = thread::spawn(move || {
            for mut ws in clients {
                thread::spawn(move || ws.recv());
            }
            drop(server);
        });
        let closed = events.filter(|event| matches!(event, PeerEvent::Closed(..)));
        assert!(closed.count() <= 3);
        dropping.join().unwrap();
    });
}

#[test]
fn there_is_no_end_while_a_handler_or_a_connection_is_there() {
    within(|| {
        let events = Events::new();
        assert!(events.recv().is_none() && events.has_ended(), "no source");
        let handler = events.handler();
        assert!(!events.has_ended());
        assert!(events.try_recv().is_err_and(|e| e.is_timeout()), "a handler");
        let (client, server) = pair();
        let handling = testing::spawn_on(server, handler);
        assert!(matches!(next(&events), PeerEvent::Opened(_)));
        assert!(events.try_recv().is_err_and(|e| e.is_timeout()), "a connection");
        drop(client);
        handling.join().unwrap();
        assert!(!events.has_ended(), "an event waits");
        assert!(matches!(next(&events), PeerEvent::Closed(..)));
        assert!(events.has_ended());
        assert!(events.recv_timeout(SOON).unwrap().is_none(), "none again");
        // A thread that waits learns of the end.
        let source = events.handler();
        let waiting = thread::spawn(move || events.recv().is_none());
        drop(source);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn a_connection_that_has_ended_is_not_opened_again() {
    within(|| {
        let events = Events::new();
        let handlers = [events.handler(), events.handler()];
        let (client, server) = pair();
        let handling = testing::spawn_on(server, move |ws| {
            handlers.iter().try_for_each(|handler| handler(ws))
        });
        drop(client);
        handling.join().unwrap();
        let got: Vec<_> = events.iter().map(|event| short(&event)).collect();
        assert_eq!(got, ["+", "1001"]);
        assert!(events.has_ended());
    });
}

#[test]
fn servers_routes_and_clients_connections_have_one_loop() {
    within(|| {
        let events = Events::new();
        let (one, other) =
            (Server::bind("127.0.0.1:0").unwrap(), Server::bind("127.0.0.1:0").unwrap());
        let one = one.route("/rooms/{room}", events.handler()).route("/echo", |ws| {
            while let Some(message) = ws.recv()? {
                ws.send(message)?;
            }
            Ok(())
        });
        let one = one.spawn_routes().unwrap();
        let other = other.spawn(events.handler()).unwrap();
        let echo = Client::new().header("x-key", "7");
        let echo = echo.connect(&format!("{}echo", one.url())).unwrap();
        let echo = events.add(echo).unwrap();
        assert_eq!(opened(&events), echo);
        assert_eq!(echo.request().headers()["x-key"], "7");
        assert_eq!(echo.peer_addr(), Some(one.local_addr().unwrap()));
        let room = connect(&format!("{}rooms/blue", one.url())).unwrap();
        let in_room = opened(&events);
        assert_eq!((in_room.param("room"), in_room.param("floor")), (Some("blue"), None));
        assert_eq!(in_room.peer_addr(), Some(room.get_ref().local_addr().unwrap()));
        assert_eq!(one.connection(in_room.id()).unwrap().id(), in_room.id());
        let _second = connect(other.url()).unwrap();
        let third = opened(&events);
        assert_eq!(third.to_string(), format!("#{} {}", third.id(), third.peer_addr().unwrap()));
        assert!(echo.send("hello"));
        let PeerEvent::Message(from, hello) = next(&events) else { panic!("an echo") };
        assert_eq!((from, hello), (echo.clone(), "hello".into()));
        let keys: HashSet<_> = [echo.clone(), in_room, third, echo].into_iter().collect();
        assert_eq!(keys.len(), 3);
    });
}

#[test]
fn a_slow_peer_delays_nobody_and_overflow_says_what_becomes_of_it() {
    within(|| {
        for (rule, overflow, closes) in [
            ("disconnect", Overflow::Disconnect(CloseCode::TryAgainLater), true),
            ("oldest", Overflow::DropOldest, false),
            ("newest", Overflow::DropNewest, false),
        ] {
            let events = Events::with_hub(Hub::new().max_queued_messages(3).overflow(overflow));
            let ((mut slow, here), (mut quick, there)) = (narrow(64), pair());
            let (slow_peer, quick_peer) = (events.add(here).unwrap(), events.add(there).unwrap());
            let began = Instant::now();
            let sent: Vec<_> = (0..50).map(|n| slow_peer.send(format!("state {n:90}"))).collect();
            assert!(sent[0], "{rule}");
            assert_eq!(sent.contains(&false), overflow != Overflow::DropOldest, "{rule}");
            assert!(quick_peer.send("at once"), "{rule}");
            assert_eq!(quick.recv().unwrap(), Some("at once".into()), "{rule}");
            assert!(began.elapsed() < SOON / 2, "{rule}: it waited");
            if closes {
                while slow.recv().unwrap().is_some() {}
                assert_eq!(slow.close_status().unwrap().code(), CloseCode::TryAgainLater);
                continue;
            }
            let last = if overflow == Overflow::DropOldest { 49 } else { 3 };
            slow_peer.close(1000, "").unwrap();
            let got: Vec<_> = slow.messages().map(|message| message.unwrap().to_string()).collect();
            let seen = got.iter().map(|text| text[6..].trim().parse::<usize>().unwrap());
            let seen: Vec<_> = seen.collect();
            assert!(seen.is_sorted() && seen.len() < 50, "{rule}: {seen:?}");
            if overflow == Overflow::DropOldest {
                assert_eq!(seen.last(), Some(&last), "{rule}");
            } else {
                assert!(seen.starts_with(&[0, 1, 2]), "{rule}: {seen:?}");
            }
        }
    });
}

#[test]
fn broadcasts_reach_those_that_the_program_knows() {
    within(|| {
        let events = Events::new();
        let (mut client, server) = pair();
        let peer = events.add(server).unwrap();
        filled(&events, 1);
        assert_eq!(events.hub().broadcast("not yet").unwrap().reached, 0);
        assert_eq!(opened(&events), peer);
        assert!(peer.send("welcome"));
        assert_eq!(events.hub().broadcast("to all").unwrap().reached, 1);
        assert_eq!(client.recv().unwrap(), Some("welcome".into()));
        assert_eq!(client.recv().unwrap(), Some("to all".into()));
        let room = Hub::new();
        let seat = peer.join(&room);
        assert_eq!(room.broadcast("to the room").unwrap().reached, 1);
        assert_eq!(client.recv().unwrap(), Some("to the room".into()));
        drop(seat);
        assert_eq!(room.len(), 0);
        drop(client);
        assert!(matches!(next(&events), PeerEvent::Closed(..)));
        assert_eq!(events.hub().len(), 0, "it has left");
        // This one has left before the program knows it.
        let (client, server) = pair();
        let peer = events.add(server).unwrap();
        drop(client);
        filled(&events, 2);
        assert_eq!(opened(&events), peer);
        assert_eq!(events.hub().len(), 0, "it does not come back");
    });
}

#[test]
fn what_a_peer_sent_before_a_failed_send_is_not_lost() {
    within(|| {
        const SENT: usize = 50;
        let events = Events::new().max_queued_messages_per_peer(2);
        let (mut client, server) = pair();
        let peer = events.add(server).unwrap();
        for number in 0..SENT {
            client.send(number.to_string()).unwrap();
        }
        filled(&events, 3);
        // Nobody reads what is sent now.
        client.get_ref().shutdown(Shutdown::Both).unwrap();
        assert!(peer.connection().sender().send("anybody there?").is_err());
        let got: Vec<_> = events.map(|event| short(&event)).collect();
        let want = (0..SENT).map(|number| number.to_string());
        let want: Vec<_> =
            ["+".to_owned()].into_iter().chain(want).chain(["1006".to_owned()]).collect();
        assert_eq!(got, want);
    });
}

#[test]
fn a_stream_with_one_handle_is_refused_and_nothing_is_left_of_it() {
    within(|| {
        let (near, mut far) = Pipe::new(64);
        let ws = WebSocket::from_parts(Stream::half(near), Role::Server, Vec::new());
        let events = Events::new();
        let error = events.add(ws).unwrap_err();
        assert!(
            matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::Unsupported),
            "{error}"
        );
        assert!(events.has_ended());
        // The drop of the connection has said goodbye.
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, [0x88, 2, 0x03, 0xe9]);
    });
}

#[test]
fn a_read_timeout_ends_nothing() {
    within(|| {
        for timeout in [Duration::ZERO, Duration::from_millis(1)] {
            let (mut client, mut server) = pair();
            server.set_read_timeout(timeout);
            let events = Events::new();
            let peer = events.add(server).unwrap();
            assert_eq!(opened(&events), peer);
            let waited = events.recv_timeout(Duration::from_millis(50));
            assert!(waited.is_err_and(|e| matches!(e, Error::Timeout)), "{timeout:?}");
            client.send("late").unwrap();
            assert_eq!(short(&next(&events)), "late", "{timeout:?}");
        }
    });
}

#[test]
fn several_threads_may_take_and_each_event_goes_to_one() {
    within(|| {
        const EACH: usize = 200;
        let events = Events::new();
        let senders: Vec<_> = (0..4)
            .map(|_| {
                let (mut client, server) = pair();
                events.add(server).unwrap();
                thread::spawn(move || {
                    (0..EACH).for_each(|n| client.send(n.to_string()).unwrap());
                    client.close(1000, "")
                })
            })
            .collect();
        let (tell, all) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..3 {
                let (events, tell) = (&events, tell.clone());
                scope.spawn(move || {
                    events.iter().for_each(|event| tell.send(short(&event)).unwrap());
                });
            }
        });
        drop(tell);
        let all: Vec<_> = all.iter().collect();
        assert_eq!(all.len(), 4 * (EACH + 2));
        for n in 0..EACH {
            let text = n.to_string();
            // 1000 is the code of the end.
            assert_eq!(all.iter().filter(|short| **short == text).count(), 4, "{n}");
        }
        for sender in senders {
            sender.join().unwrap().unwrap();
        }
    });
}
