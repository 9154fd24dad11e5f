use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::{net::TcpStream, time::Instant};

use super::*;
use crate::io::Duplex;
#[cfg(target_os = "linux")]
use crate::process::journal;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// An address at which no server listens as long as the socket is kept.
fn nobody() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&address("127.0.0.1:0").into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// An address that does not answer as long as the sockets are kept: the listener's queue is full.
/// Other systems refuse a client then.
#[cfg(target_os = "linux")]
fn silence() -> ((socket2::Socket, Vec<TcpStream>), SocketAddr) {
    let (listener, address) = nobody();
    listener.listen(0).unwrap();
    let mut queue = Vec::new();
    while let Ok(waits) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queue.push(waits);
    }
    ((listener, queue), address)
}

#[test]
fn rfc_8305_section_4_families_alternate() {
    let (four, six) = (|n| format!("192.0.2.{n}:80"), |n| format!("[2001:db8::{n}]:80"));
    let parse = |texts: &[String]| texts.iter().map(|it| address(it)).collect::<Vec<_>>();
    for (rule, given, want) in [
        ("none", vec![], vec![]),
        ("one", vec![four(1)], vec![four(1)]),
        ("one family", vec![six(2), six(1)], vec![six(2), six(1)]),
        (
            "the first one stays the first",
            vec![four(1), four(2), six(1), six(2)],
            vec![four(1), six(1), four(2), six(2)],
        ),
        (
            "as the system sorts them",
            vec![six(1), six(2), six(3), four(1)],
            vec![six(1), four(1), six(2), six(3)],
        ),
        ("they do already", vec![six(1), four(1), six(2)], vec![six(1), four(1), six(2)]),
        ("nothing is lost", vec![four(1), four(1), six(1)], vec![four(1), six(1), four(1)]),
    ] {
        assert_eq!(alternate(parse(&given)), parse(&want), "{rule}");
    }
}

/// Without the race, the first address would be waited for until the system gives it up, which is two
/// minutes.
#[cfg(target_os = "linux")]
#[test]
fn rfc_8305_section_5_an_address_that_is_silent_holds_nobody_up() {
    journal::begin();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let good = listener.local_addr().unwrap();
    let (_kept, silent) = silence();
    let (_taken, nobody) = nobody();
    let later = Deadline::after(Some(Duration::from_secs(60)));
    for (rule, id, addresses, waits) in [
        ("alone", 7_001, vec![good], 0),
        ("the first answers", 7_002, vec![good, silent], 0),
        ("the second answers", 7_003, vec![silent, good], 1),
        ("the third answers", 7_004, vec![silent, silent, good], 2),
        ("a refusal costs nothing", 7_005, vec![nobody, nobody, good], 0),
        ("nor does one behind a silence", 7_006, vec![silent, nobody, good], 1),
    ] {
        for deadline in [later, Deadline::NEVER] {
            let begun = Instant::now();
            let won = first(addresses.clone(), &Terms::of(id, deadline)).map_err(drop).expect(rule);
            assert!(begun.elapsed() >= DELAY * waits, "{rule}: {:?}", begun.elapsed());
            assert_eq!(won.peer_addr().unwrap(), good, "{rule}");
        }
        let told = journal::said(&format!("#{id} {silent}: still connecting when {good} answered"));
        let silences = addresses.iter().filter(|at| **at == silent).count();
        assert_eq!(told.len(), if waits > 0 { 2 * silences } else { 0 }, "{rule}: {told:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn rfc_8305_section_5_attempts_begin_one_after_the_other_and_end_together() {
    let ((listener, queue), silent) = silence();
    let (_taken, nobody) = nobody();
    // (rule, addresses, milliseconds)
    for (rule, addresses, limit) in [
        ("all are tried, however short the time is", vec![silent, silent, nobody], 90),
        ("a refusal is not the end", vec![nobody, silent], 50),
        ("many", [vec![silent; 40], vec![nobody]].concat(), 500),
    ] {
        let deadline = Deadline::after(Some(Duration::from_millis(limit)));
        let tried = first(addresses.clone(), &Terms::of(1, deadline)).map(drop).expect_err(rule);
        assert_eq!(tried.len(), addresses.len(), "{rule}");
        for (at, fate) in tried {
            match fate.map(|e| e.kind()) {
                // A machine that is busy does not come to all of them, or not to all answers.
                Some(ErrorKind::TimedOut) | None => {}
                Some(ErrorKind::ConnectionRefused) if at == nobody => {}
                fate => panic!("{rule}: {at}: {fate:?}"),
            }
        }
        assert!(deadline.has_passed(), "{rule}");
    }
    // None is left that connects later. There is room again, so such an attempt would get through.
    drop(queue);
    listener.set_nonblocking(true).unwrap();
    let mut arrived = 0;
    while let Ok((socket, _)) = listener.accept() {
        let mut end = [std::mem::MaybeUninit::uninit()];
        assert_eq!(socket.recv(&mut end).unwrap(), 0, "it was dropped");
        arrived += 1;
    }
    assert!(arrived <= 3, "those of the queue alone: {arrived}");
}

/// A machine that is busy may come back to an attempt only when the next one is due.
#[test]
fn rfc_8305_section_5_nothing_begins_once_an_attempt_has_succeeded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let good = listener.local_addr().unwrap();
    let (_taken, nobody) = nobody();
    let mut race = Race::new(vec![good, nobody], &Terms::of(1, Deadline::NEVER));
    let begun = race.waiting.next().and_then(|address| race.begin(address));
    let won = begun.or_else(|| {
        race.poll(Duration::from_secs(60)).unwrap();
        race.next = Deadline::after(Some(Duration::ZERO));
        race.run()
    });
    assert_eq!(won.unwrap().peer_addr().unwrap(), good);
    assert_eq!(race.tried.len(), 1, "{:?}", race.tried);
}

#[test]
fn nothing_begins_when_the_time_is_up() {
    let (_taken, nobody) = nobody();
    let passed = Deadline::after(Some(Duration::ZERO));
    let tried = first(vec![nobody; 2], &Terms::of(1, passed)).map(drop).unwrap_err();
    assert!(tried.iter().all(|(at, fate)| *at == nobody && fate.is_none()), "{tried:?}");
    assert!(first(Vec::new(), &Terms::of(1, Deadline::NEVER)).is_err_and(|tried| tried.is_empty()));
}

#[test]
fn a_local_address_is_that_of_the_socket() {
    let later = Deadline::after(Some(Duration::from_secs(60)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let good = listener.local_addr().unwrap();
    let from = |local: SocketAddr, addresses: &[SocketAddr]| {
        first(addresses.to_vec(), &Terms { local: Some(local), ..Terms::of(1, later) })
    };
    let (six, other) = (address("[::1]:9"), address("127.0.0.1:0"));
    for addresses in [&[good][..], &[six, good], &[good, six]] {
        let socket = from(other, addresses).map_err(|tried| format!("{tried:?}")).unwrap();
        assert_eq!(socket.local_addr().unwrap().ip(), other.ip());
        assert_eq!(listener.accept().unwrap().1, socket.local_addr().unwrap());
    }
    // (rule, local address, address, part of its fate)
    for (rule, local, addresses, want) in [
        (
            "another family",
            "127.0.0.1:0",
            &[six][..],
            "not tried, it is IPv6, and the local address is IPv4: 127.0.0.1:0",
        ),
        (
            "another family, the other way round",
            "[::1]:7",
            &[good],
            "not tried, it is IPv4, and the local address is IPv6: [::1]:7",
        ),
        ("not of this machine", "192.0.2.1:0", &[good], "the local address 192.0.2.1:0: "),
    ] {
        let tried = from(address(local), addresses).map(drop).expect_err(rule);
        let [(at, Some(e))] = &tried[..] else { panic!("{rule}: {tried:?}") };
        assert_eq!((*at, e.kind()), (addresses[0], ErrorKind::AddrNotAvailable), "{rule}");
        assert!(e.to_string().contains(want), "{rule}: {e}");
    }
}

/// A port of one's own is not taken by the attempt before, nor by the connection before.
#[cfg(target_os = "linux")]
#[test]
fn a_local_port_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let good = listener.local_addr().unwrap();
    let (_kept, silent) = silence();
    // Nobody gets this port meanwhile: it is bound, and those that share it say so.
    let (reserved, local) = {
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_reuse_address(true).unwrap();
        socket.bind(&address("127.0.0.1:0").into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        (socket, address)
    };
    for _ in 0..2 {
        let terms = Terms { local: Some(local), ..Terms::of(1, Deadline::NEVER) };
        let socket = first(vec![silent, good], &terms).map_err(|it| format!("{it:?}")).unwrap();
        assert_eq!(socket.local_addr().unwrap(), local);
        // This side closes first, so the system remembers the connection here.
        drop((socket, listener.accept().unwrap()));
    }
    drop(reserved);
}
