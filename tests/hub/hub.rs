//! One message to many connections: who gets it, in what order, and what a slow member means.

use std::io::{self, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, Pipe, RawFrame, pair, pair_over, pair_with};
use blocking_ws::{
    Broadcast, CloseCode, ClosedBy, Deflate, Duplex, Error, Hub, Message, Overflow, Role, Seat,
    Settings, Uncompressed, WebSocket,
};
use log::Level;
use test_support::peer::{CLOSE, peer_of};
use test_support::{journal, within};

const LONG: Duration = Duration::from_secs(20);

fn counts(broadcast: Broadcast) -> (usize, usize, usize) {
    (broadcast.reached, broadcast.dropped, broadcast.disconnected)
}

#[test]
fn everybody_gets_every_message_in_order_from_join_to_leave() {
    within(|| {
        let hub = Hub::new();
        assert_eq!(counts(hub.broadcast("nobody is here").unwrap()), (0, 0, 0));
        let mut ends: Vec<_> = (0..3).map(|_| pair()).collect();
        let mut seats: Vec<_> = ends.iter().map(|(_, ws)| hub.join(ws).unwrap()).collect();
        assert_eq!((hub.len(), hub.is_empty()), (3, false));
        for number in 0..100_u8 {
            assert_eq!(counts(hub.broadcast([number]).unwrap()), (3, 0, 0));
        }
        assert_eq!(counts(hub.broadcast_except(&seats[1], "others").unwrap()), (2, 0, 0));
        assert!(hub.flush(LONG));
        drop(seats.remove(2));
        assert_eq!(counts(hub.broadcast("the rest").unwrap()), (2, 0, 0));
        assert!(hub.flush(LONG));
        drop(seats);
        assert!(hub.is_empty());
        for (at, (client, server)) in ends.iter_mut().enumerate() {
            for number in 0..100_u8 {
                assert_eq!(client.recv().unwrap(), Some(vec![number].into()), "member {at}");
            }
            if at != 1 {
                assert_eq!(client.recv().unwrap(), Some("others".into()), "member {at}");
            }
            if at != 2 {
                assert_eq!(client.recv().unwrap(), Some("the rest".into()), "member {at}");
            }
            server.send("still open").unwrap();
            assert_eq!(client.recv().unwrap(), Some("still open".into()), "member {at}");
        }
    });
}

#[test]
fn messages_of_many_threads_reach_all_members_in_one_order() {
    within(|| {
        const EACH: u16 = 500;
        let hub = Hub::new().max_queued_messages(usize::MAX);
        let ends: Vec<_> = (0..3).map(|_| pair()).collect();
        let seats: Vec<_> = ends.iter().map(|(_, ws)| hub.join(ws).unwrap()).collect();
        let orders: Vec<Vec<_>> = thread::scope(|scope| {
            for thread in 0..4_u16 {
                let hub = &hub;
                scope.spawn(move || {
                    for number in 0..EACH {
                        hub.broadcast([thread.to_be_bytes(), number.to_be_bytes()].concat())
                            .unwrap();
                    }
                });
            }
            let all = |mut client: WebSocket| {
                move || (0..4 * EACH).map(|_| client.recv().unwrap().unwrap()).collect()
            };
            let readers: Vec<_> = ends
                .into_iter()
                .map(|(client, server)| {
                    let reader = scope.spawn(all(client));
                    (reader, server)
                })
                .collect();
            readers.into_iter().map(|(reader, _server)| reader.join().unwrap()).collect()
        });
        assert!(orders[0] == orders[1] && orders[1] == orders[2], "one order for all");
        for thread in 0..4 {
            let own = orders[0].iter().map(Message::as_bytes);
            let own: Vec<_> =
                own.filter(|bytes| bytes[1] == thread).map(|bytes| &bytes[2..]).collect();
            assert!(own.is_sorted() && own.len() == usize::from(EACH), "thread {thread}");
        }
        drop(seats);
    });
}

/// A member whose peer has read the start of a message that does not fit into the stream.
struct Plugged {
    ws: WebSocket<Pipe>,
    peer: Peer,
    seat: Seat,
}

const PLUG: usize = 100_000;

fn plug() -> RawFrame {
    RawFrame::binary(vec![0; PLUG])
}

fn plugged(hub: &Hub, role: Role) -> Plugged {
    let (near, far) = Pipe::new(1024);
    let mut ws = WebSocket::from_parts(near, role, Vec::new());
    ws.set_close_timeout(LONG);
    let mut peer = peer_of(role, far);
    let seat = hub.join(&ws).unwrap();
    hub.broadcast(vec![0; PLUG]).unwrap();
    peer.expect_start();
    Plugged { ws, peer, seat }
}

impl Plugged {
    /// What the peer gets once it reads: the plug, then texts up to a Close frame or `last`.
    fn unplug(&mut self, last: &str) -> Vec<String> {
        self.peer.expect_frame(plug());
        let mut texts = Vec::new();
        loop {
            let frame = self.peer.recv_frame().expect("a frame");
            if frame.opcode == CLOSE {
                let code = u16::from_be_bytes([frame.payload[0], frame.payload[1]]);
                texts.push(format!("close {code}"));
                return texts;
            }
            assert_eq!(frame, RawFrame::text(&frame.payload));
            texts.push(String::from_utf8(frame.payload).unwrap());
            if texts.last().is_some_and(|text| text == last) {
                return texts;
            }
        }
    }
}

#[test]
fn a_slow_member_disturbs_nobody_and_gets_what_the_policy_says() {
    use Overflow::{Disconnect, DropNewest, DropOldest};
    type Row = (
        &'static str,
        Overflow,
        (usize, usize),
        &'static [(usize, usize, usize)],
        &'static [&'static str],
    );
    let rows: [Row; 7] = [
        ("room for all", DropOldest, (9, 99), &[(2, 0, 0); 4], &["a1", "b2", "c3", "d4"]),
        (
            "the oldest by number",
            DropOldest,
            (2, 99),
            &[(2, 0, 0), (2, 0, 0), (2, 1, 0), (2, 1, 0)],
            &["c3", "d4"],
        ),
        (
            "the oldest by bytes",
            DropOldest,
            (9, 5),
            &[(2, 0, 0), (2, 0, 0), (2, 1, 0), (2, 1, 0)],
            &["c3", "d4"],
        ),
        (
            "the newest",
            DropNewest,
            (2, 99),
            &[(2, 0, 0), (2, 0, 0), (1, 1, 0), (1, 1, 0)],
            &["a1", "b2"],
        ),
        (
            "1008",
            Disconnect(CloseCode::Policy),
            (1, 99),
            &[(2, 0, 0), (1, 0, 1), (1, 0, 0), (1, 0, 0)],
            &["close 1008"],
        ),
        (
            "1013",
            Disconnect(CloseCode::TryAgainLater),
            (3, 99),
            &[(2, 0, 0), (2, 0, 0), (2, 0, 0), (1, 0, 1)],
            &["close 1013"],
        ),
        (
            "a code that may not be sent",
            Disconnect(CloseCode::Abnormal),
            (0, 0),
            &[(2, 0, 0), (1, 0, 1), (1, 0, 0), (1, 0, 0)],
            &["close 1008"],
        ),
    ];
    for (rule, overflow, (messages, bytes), want, texts) in rows {
        within(move || {
            let hub =
                Hub::new().overflow(overflow).max_queued_messages(messages).max_queued_bytes(bytes);
            let mut slow = plugged(&hub, Role::Server);
            let (mut client, quick) = pair();
            let _seat = hub.join(&quick).unwrap();
            for (text, want) in ["a1", "b2", "c3", "d4"].into_iter().zip(want) {
                assert_eq!(counts(hub.broadcast(text).unwrap()), *want, "{rule}, {text}");
                assert_eq!(client.recv().unwrap(), Some(text.into()), "{rule}: at once");
            }
            assert_eq!(slow.unplug(texts.last().unwrap()), texts, "{rule}");
            if let Disconnect(_) = overflow {
                slow.peer.frame(RawFrame::close_raw(1000_u16.to_be_bytes()));
                slow.peer.half_close();
                assert_eq!(slow.ws.recv().unwrap(), None, "{rule}");
                let status = slow.ws.close_status().unwrap();
                assert_eq!((status.by(), status.is_clean()), (ClosedBy::Local, true), "{rule}");
                assert!(status.reason().contains("too slow"), "{rule}: {status:?}");
            }
            assert!(hub.flush(LONG), "{rule}");
        });
    }
}

#[test]
fn what_is_half_written_goes_on_before_anything_else() {
    type Act = fn(&mut Plugged);
    let rows: [(&str, Act, Option<RawFrame>); 5] = [
        (
            "a member sends",
            |m| {
                let sender = m.ws.sender().unwrap();
                let sending = thread::spawn(move || sender.send("mine").unwrap());
                m.peer.expect_frame(plug());
                sending.join().unwrap();
            },
            Some(RawFrame::text("mine")),
        ),
        (
            "a ping is answered, and the reader did not wait",
            |m| {
                m.peer.ping("p");
                m.peer.send("read on");
                assert_eq!(m.ws.recv().unwrap(), Some("read on".into()));
                m.peer.expect_frame(plug());
            },
            Some(RawFrame::pong("p")),
        ),
        (
            "closing",
            |m| {
                m.ws.sender().unwrap().close(1000, "").unwrap();
                m.peer.expect_frame(plug());
            },
            Some(RawFrame::close(1000, "")),
        ),
        (
            "a peer that closes",
            |m| {
                m.peer.close(4000, "");
                thread::scope(|scope| {
                    let Plugged { ws, peer, .. } = m;
                    scope.spawn(|| assert_eq!(ws.recv().unwrap(), None));
                    peer.expect_frame(plug());
                    peer.expect_frame(RawFrame::close(4000, ""));
                    peer.half_close();
                    peer.expect_end();
                });
            },
            None,
        ),
        (
            "the seat is left",
            |m| {
                let (other, _) = Pipe::new(1);
                let other = WebSocket::from_parts(other, Role::Server, Vec::new());
                drop(std::mem::replace(&mut m.seat, Hub::new().join(&other).unwrap()));
                thread::scope(|scope| {
                    let Plugged { ws, peer, .. } = m;
                    scope.spawn(|| assert_eq!(ws.recv().unwrap(), Some("hello".into())));
                    peer.expect_frame(plug());
                    peer.send("hello");
                });
                m.ws.send("alone").unwrap();
            },
            Some(RawFrame::text("alone")),
        ),
    ];
    for (rule, act, frame) in rows {
        for role in [Role::Server, Role::Client] {
            let frame = frame.clone();
            within(move || {
                let hub = Hub::new();
                let mut member = plugged(&hub, role);
                act(&mut member);
                member.peer.called(&format!("{rule}, {role:?}"));
                if let Some(frame) = frame {
                    member.peer.expect_frame(frame);
                }
            });
        }
    }
}

#[test]
fn one_message_suits_members_that_compress_differently() {
    within(|| {
        let hub = Hub::new();
        let settings = [
            Deflate::new(),
            Deflate::new(),
            Deflate::new().level(9),
            Deflate::new().send_window_bits(9).recv_window_bits(9),
            Deflate::new().send_takeover(true).recv_takeover(true),
        ];
        let mut ends: Vec<_> = settings
            .iter()
            .map(|deflate| pair_with(&Settings::new().deflate(deflate.clone())).unwrap())
            .collect();
        ends.push(pair());
        let clients: Vec<_> = ends.iter().map(|(client, _)| hub.join(client).unwrap()).collect();
        let servers: Vec<_> = ends.iter().map(|(_, server)| hub.join(server).unwrap()).collect();
        let messages = ["short".to_owned(), "again and ".repeat(500), "again and ".repeat(3000)];
        for message in &messages {
            assert_eq!(hub.broadcast(message).unwrap().reached, 12);
            assert_eq!(hub.broadcast(Uncompressed(message)).unwrap().reached, 12);
        }
        for (at, (client, server)) in ends.iter_mut().enumerate() {
            for message in messages.iter().flat_map(|message| [message, message]) {
                let want = Some(message.as_str().into());
                assert_eq!(client.recv().unwrap(), want, "client {at}");
                assert_eq!(server.recv().unwrap(), want, "server {at}");
            }
        }
        drop((clients, servers));
    });
}

#[test]
fn a_connection_that_is_over_is_reached_no_more() {
    within(|| {
        let hub = Hub::new();
        let (client, mut server) = pair();
        let seat = hub.join(&server).unwrap();
        drop(client);
        assert_eq!(server.recv().unwrap(), None);
        hub.broadcast("it may not be known yet").unwrap();
        assert!(hub.flush(LONG));
        assert_eq!(counts(hub.broadcast("now it is").unwrap()), (0, 0, 0));
        assert!(matches!(server.send("x"), Err(Error::Closed)));
        drop((server, seat));
    });
}

#[test]
fn a_member_that_takes_nothing_for_the_write_timeout_is_cut() {
    within(|| {
        let hub = Hub::new().overflow(Overflow::DropOldest);
        let mut stuck = plugged(&hub, Role::Server);
        stuck.ws.set_write_timeout(Duration::from_millis(50)).unwrap();
        let lost = stuck.ws.recv().unwrap_err();
        assert!(matches!(lost, Error::Lost(_)), "{lost:?}");
        let status = stuck.ws.close_status().unwrap();
        assert_eq!((status.by(), status.code()), (ClosedBy::Loss, CloseCode::Abnormal));
        assert!(status.reason().contains("write_timeout"), "{status:?}");
        assert!(hub.flush(LONG));
        assert_eq!(counts(hub.broadcast("gone").unwrap()), (0, 0, 0));
    });
}

#[test]
fn section_5_5_3_a_peer_that_pings_and_does_not_read_is_owed_one_pong() {
    within(|| {
        let mut member = plugged(&Hub::new(), Role::Server);
        thread::scope(|scope| {
            let Plugged { ws, peer, .. } = &mut member;
            scope.spawn(|| assert_eq!(ws.recv().unwrap(), Some("enough".into())));
            for number in 0..1000_u16 {
                peer.ping(number.to_be_bytes());
            }
            peer.send("enough");
        });
        member.peer.expect_frame(plug());
        member.ws.send("end").unwrap();
        let frames = [(); 2].map(|()| member.peer.recv_frame().unwrap());
        for frame in [RawFrame::pong(999_u16.to_be_bytes()), RawFrame::text("end")] {
            assert!(frames.contains(&frame), "{frames:?}");
        }
    });
}

#[test]
fn a_member_that_takes_a_byte_now_and_then_is_cut_as_well() {
    within(|| {
        let hub = Hub::new().overflow(Overflow::DropOldest);
        let mut slow = plugged(&hub, Role::Server);
        slow.ws.set_write_timeout(Duration::from_millis(100)).unwrap();
        thread::scope(|scope| {
            let Plugged { ws, peer, .. } = &mut slow;
            let mut far = peer.get_ref().try_clone().unwrap();
            let waiting = scope.spawn(|| ws.recv().unwrap_err());
            while !waiting.is_finished() {
                // Its end is an end, or half a frame.
                let _ = far.read(&mut [0]);
                thread::sleep(Duration::from_millis(1));
            }
            let lost = waiting.join().unwrap();
            assert!(lost.to_string().contains("write_timeout"), "{lost}");
        });
    });
}

#[test]
fn what_was_fed_goes_out_before_a_broadcast_whatever_the_stream_can() {
    for takeover in [false, true] {
        within(move || {
            let deflate = Deflate::new().send_takeover(takeover).recv_takeover(takeover);
            let (near, far) = Pipe::new(1 << 20);
            let patient = |pipe| Patient { pipe, panics: false };
            let ends =
                pair_over((patient(near), patient(far)), &Settings::new().deflate(deflate.clone()))
                    .unwrap();
            let (mut client, mut server) = ends;
            let hub = Hub::new();
            let _seat = hub.join(&server).unwrap();
            // Random enough to stay large, and alike, so that takeover makes use of it.
            let large: String =
                (0..40_000_u64).map(|n| (n * n * 7919 % 1009).to_string()).collect();
            server.feed(&large).unwrap();
            hub.broadcast(format!("{large}!")).unwrap();
            assert!(hub.flush(LONG));
            assert_eq!(client.recv().unwrap(), Some(large.as_str().into()), "takeover: {takeover}");
            assert_eq!(client.recv().unwrap(), Some(format!("{large}!").into()));
        });
    }
}

#[test]
fn a_connection_that_is_dropped_half_written_says_goodbye_where_there_is_room() {
    within(|| {
        let mut member = plugged(&Hub::new(), Role::Server);
        let Plugged { ws, peer, .. } = &mut member;
        peer.within(LONG);
        let sender = ws.sender().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| peer.expect_frame(plug()));
            sender.flush().unwrap();
        });
        drop(member.ws);
        member.peer.expect_frame(RawFrame::close(1001, ""));
    });
}

/// A stream that can only wait for room, or panics instead.
struct Patient {
    pipe: Pipe,
    panics: bool,
}

impl Read for Patient {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buf)
    }
}

impl Write for Patient {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        assert!(!self.panics, "as told");
        self.pipe.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pipe.flush()
    }
}

impl Duplex for Patient {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { pipe: self.pipe.try_clone()?, panics: self.panics })
    }

    test_support::timeouts_and_shutdown_of!(pipe);
}

#[test]
fn a_stream_that_cannot_write_without_waiting_is_waited_for_by_itself() {
    within(|| {
        let hub = Hub::new();
        let (near, far) = Pipe::new(1024);
        let ws =
            WebSocket::from_parts(Patient { pipe: near, panics: false }, Role::Server, Vec::new());
        let mut peer = peer_of(Role::Server, far);
        let _seat = hub.join(&ws).unwrap();
        let (mut client, quick) = pair();
        let _other = hub.join(&quick).unwrap();
        for number in 0..200_u8 {
            assert_eq!(counts(hub.broadcast([number; 100]).unwrap()), (2, 0, 0));
            assert_eq!(client.recv().unwrap(), Some(vec![number; 100].into()));
        }
        assert!(!hub.flush(Duration::from_millis(1)), "nobody reads what waits for the other");
        for number in 0..200_u8 {
            peer.expect_frame(RawFrame::binary(vec![number; 100]));
        }
        assert!(hub.flush(LONG));
    });
}

#[test]
fn a_stream_that_panics_costs_the_hub_one_member() {
    within(|| {
        let hub = Hub::new();
        let open = |panics| {
            let (pipe, far) = Pipe::new(1024);
            let ws = WebSocket::from_parts(Patient { pipe, panics }, Role::Server, Vec::new());
            (hub.join(&ws).unwrap(), ws, peer_of(Role::Server, far))
        };
        journal::begin();
        let ((_seat, bomb, _peer), (_other, _ws, mut peer)) = (open(true), open(false));
        assert_eq!(hub.broadcast("tick").unwrap().reached, 2);
        assert!(hub.flush(LONG));
        assert_eq!(hub.broadcast("tock").unwrap().reached, 1);
        for text in ["tick", "tock"] {
            peer.expect_frame(RawFrame::text(text));
        }
        let line = format!("#{} the stream of a hub's member panicked", bomb.id());
        assert!(journal::said(&line).contains(&(Level::Error, line)));
    });
}

#[test]
fn a_broadcast_never_waits_for_a_member() {
    within(|| {
        let hub = Hub::new().overflow(Overflow::DropOldest);
        let stuck: Vec<_> = (0..20).map(|_| plugged(&hub, Role::Server)).collect();
        let began = Instant::now();
        for _ in 0..1000 {
            hub.broadcast(vec![1; 1000]).unwrap();
        }
        // Each of them waits for ever.
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(!hub.flush(Duration::ZERO));
        drop(stuck);
        assert!(hub.flush(LONG), "nobody waits for those who are gone");
    });
}

#[test]
fn section_7_1_2_all_members_are_closed_after_what_waits_for_them() {
    within(|| {
        let hub = Hub::new();
        let mut slow = plugged(&hub, Role::Server);
        let (near, far) = Pipe::new(1024);
        let patient = Patient { pipe: near, panics: false };
        let patient = WebSocket::from_parts(patient, Role::Server, Vec::new());
        let mut waited_for = peer_of(Role::Server, far);
        let (mut client, mut quick) = pair();
        let seats = [hub.join(&patient).unwrap(), hub.join(&quick).unwrap()];
        assert_eq!(counts(hub.broadcast("last").unwrap()), (3, 0, 0));

        for (code, reason) in [(1006, ""), (1000, &*"x".repeat(124))] {
            let refused = hub.close_all(code, reason);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{code}: {refused:?}");
        }
        assert_eq!(hub.close_all(CloseCode::GoingAway, "closing time").unwrap(), 3);
        assert_eq!(hub.close_all(CloseCode::Normal, "again").unwrap(), 0, "they are closed");
        assert_eq!(counts(hub.broadcast("too late").unwrap()), (0, 0, 0));

        // The slow member holds nobody up.
        let end = [&1001_u16.to_be_bytes()[..], b"closing time"].concat();
        assert_eq!(client.recv().unwrap(), Some("last".into()));
        assert_eq!(client.recv().unwrap(), None);
        assert_eq!(quick.recv().unwrap(), None);
        let status = quick.close_status().unwrap();
        assert_eq!((status.by(), status.reason()), (ClosedBy::Local, "closing time"));
        waited_for.expect_frame(RawFrame::text("last"));
        waited_for.expect_frame(RawFrame::close_raw(end));
        assert!(!hub.flush(Duration::ZERO), "it does not read");
        assert_eq!(slow.unplug("close 1001"), ["last", "close 1001"]);
        assert!(hub.flush(LONG));

        assert_eq!(hub.len(), 3);
        let (mut late, server) = pair();
        let _seat = hub.join(&server).unwrap();
        assert_eq!(counts(hub.broadcast("open").unwrap()), (1, 0, 0));
        assert_eq!(late.recv().unwrap(), Some("open".into()));
        drop(seats);
    });
}

#[test]
fn a_seat_is_flushed_without_waiting_for_another_member() {
    within(|| {
        let hub = Hub::new();
        let mut slow = plugged(&hub, Role::Server);
        let (mut client, server) = pair();
        let seat = hub.join(&server).unwrap();
        assert!(seat.flush(Duration::ZERO), "nothing waits");
        for number in 0..100_u8 {
            hub.broadcast([number]).unwrap();
        }
        assert!(seat.flush(LONG));
        assert!(!slow.seat.flush(Duration::from_millis(1)), "its peer does not read");
        assert!(!hub.flush(Duration::ZERO));
        drop(seat);
        for number in 0..100_u8 {
            assert_eq!(client.recv().unwrap(), Some(vec![number].into()));
        }
        drop(slow.peer);
        slow.ws.recv().unwrap_err();
        assert!(slow.seat.flush(LONG), "the connection is over");
    });
}
