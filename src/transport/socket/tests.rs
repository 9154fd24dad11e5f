use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Instant;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
/// The time that a busy machine may add.
const SLACK: Duration = Duration::from_secs(10);

fn over_tcp() -> [socket2::Socket; 2] {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    [near.into(), listener.accept().unwrap().0.into()]
}

#[cfg(unix)]
fn over_unix() -> [socket2::Socket; 2] {
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    [std::os::fd::OwnedFd::from(near), far.into()].map(Into::into)
}

/// Calls `test` with two ends of a connection, for each kind of socket and each way of waiting.
fn each(test: impl Fn(&str, Socket, Socket)) {
    type Open = fn() -> [socket2::Socket; 2];
    let kinds: &[(&str, Open)] = &[
        ("TCP", over_tcp),
        #[cfg(unix)]
        ("Unix", over_unix),
    ];
    let ways: &[bool] = if cfg!(unix) { &[true, false] } else { &[false] };
    for (kind, open) in kinds {
        for &in_system in ways {
            let [near, far] = open().map(|end| Socket::that_reads(in_system, end).unwrap());
            let way = if in_system { "in the system" } else { "by poll" };
            test(&format!("{kind}, waits {way}"), near, far);
        }
    }
}

type Call = fn(&mut Socket) -> io::Result<usize>;

/// Writes until there is no room, in pieces so small that a little room would show.
fn fill(socket: &mut Socket) -> usize {
    let mut taken = 0;
    loop {
        match socket.try_write(&[7; 1 << 10]) {
            Ok(n) => taken += n,
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::WouldBlock);
                return taken;
            }
        }
    }
}

#[test]
fn what_is_written_is_read_to_the_end() {
    each(|name, mut near, mut far| {
        let slices = [&b"one"[..], b"", b", two"].map(IoSlice::new);
        assert_eq!(near.write(b"zero, ").unwrap(), 6, "{name}");
        assert_eq!(near.write_vectored(&slices).unwrap(), 8, "{name}");
        assert_eq!(near.try_write(b"").unwrap(), 0, "{name}");
        near.shutdown(Shutdown::Write).unwrap();
        let mut got = String::new();
        far.read_to_string(&mut got).unwrap();
        assert_eq!(got, "zero, one, two", "{name}");
        let error = near.write(b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{name}: {error}");
    });
}

#[test]
fn a_call_ends_by_its_timeout() {
    each(|name, mut near, mut far| {
        let most = Duration::from_millis(50);
        let mut taken = fill(&mut near);
        near.set_write_timeout(Some(most)).unwrap();
        near.set_read_timeout(Some(most)).unwrap();
        let calls: [(&str, Call); 3] = [
            ("read", |socket| socket.read(&mut [0])),
            ("write", |socket| socket.write(b"x")),
            ("vectored", |socket| socket.write_vectored(&[b"x", b"y"].map(|b| IoSlice::new(b)))),
        ];
        for (call, run) in calls {
            // Bytes that were written may still leave the buffer, and then there is room again.
            let (error, took) = loop {
                let began = Instant::now();
                match run(&mut near) {
                    Ok(n) => taken += n,
                    Err(e) => break (e, began.elapsed()),
                }
            };
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{name}, {call}: {error}");
            // Systems round timeouts to their own ticks.
            assert!(took >= most * 9 / 10 && took < SLACK, "{name}, {call}: {took:?}");
        }
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(io::copy(&mut far, &mut io::sink()).unwrap(), taken as u64, "{name}");
    });
}

#[test]
fn a_timeout_cannot_be_zero_and_may_be_very_long_or_short() {
    each(|name, mut near, mut far| {
        for set in [Socket::set_read_timeout, Socket::set_write_timeout] {
            let error = set(&near, Some(Duration::ZERO)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
            for timeout in [Duration::from_nanos(1), Duration::from_secs(1 << 40), Duration::MAX] {
                set(&near, Some(timeout)).unwrap();
            }
        }
        far.write_all(b"x").unwrap();
        assert_eq!(near.read(&mut [0]).unwrap(), 1, "{name}");
        near.write_all(b"x").unwrap();
        near.set_read_timeout(Some(Duration::from_nanos(1))).unwrap();
        let error = near.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{name}: not for ever");
    });
}

#[test]
fn a_call_never_has_less_time_than_it_was_given() {
    let [near, _far] = over_tcp();
    let near = Socket::new(near).unwrap();
    for nanos in [1, 999_999, 1_000_000, 1_000_001, 999_700_000, 4_999_999_999] {
        let given = Duration::from_nanos(nanos);
        near.set_read_timeout(Some(given)).unwrap();
        near.set_write_timeout(Some(given)).unwrap();
        for has in [&near.0.read_timeout, &near.0.write_timeout] {
            let has = has.get().unwrap();
            assert!((given..given + SHORTEST).contains(&has), "{given:?}: {has:?}");
        }
    }
}

#[test]
fn what_has_arrived_is_read_without_waiting() {
    each(|name, mut near, mut far| {
        let mut buf = [0; 9];
        let nothing = |near: &mut Socket| near.try_read(&mut [0]).unwrap_err().kind();
        assert_eq!(near.try_read(&mut []).unwrap(), 0, "{name}");
        assert_eq!(nothing(&mut near), ErrorKind::WouldBlock, "{name}");
        far.write_all(b"x").unwrap();
        assert_eq!(near.read(&mut buf).unwrap(), 1, "{name}");
        far.write_all(b"hello").unwrap();
        // When this can be read, all of it has arrived.
        near.read_exact(&mut buf[..1]).unwrap();
        assert_eq!(near.try_read(&mut buf[1..3]).unwrap(), 2, "{name}");
        assert_eq!(near.try_read(&mut buf[3..]).unwrap(), 2, "{name}");
        assert_eq!(&buf[..5], b"hello", "{name}");
        assert_eq!(nothing(&mut near), ErrorKind::WouldBlock, "{name}");
        near.shutdown(Shutdown::Read).unwrap();
        assert_eq!(near.try_read(&mut buf).unwrap(), 0, "{name}: after a shutdown");
    });
}

/// Linux reports room only when there is much of it.
#[test]
fn a_writer_takes_a_little_room_as_well() {
    each(|name, mut near, mut far| {
        fill(&mut near);
        far.read_exact(&mut [0; 4 << 10]).unwrap();
        // Over TCP it can take a moment until this much room shows.
        let most = if name.starts_with("TCP") { SECOND * 3 } else { SLACK * 2 };
        near.set_write_timeout(Some(most)).unwrap();
        let began = Instant::now();
        let written = near.write(b"more");
        assert!(began.elapsed() < SLACK, "{name}: {:?}", began.elapsed());
        if !name.starts_with("TCP") {
            assert_eq!(written.unwrap(), 4, "{name}");
        }
    });
}

#[test]
fn who_waits_goes_on_when_the_peer_does() {
    each(|name, mut near, mut far| {
        let taken = fill(&mut near);
        let (mut reader, mut answering) = (near.share(), far.share());
        thread::scope(|scope| {
            let (began, told) = mpsc::channel();
            let also_began = began.clone();
            let writer = scope.spawn(move || {
                began.send(()).unwrap();
                near.write_all(&vec![8; 1 << 20]).unwrap();
                near.shutdown(Shutdown::Write).unwrap();
            });
            let reader = scope.spawn(move || {
                also_began.send(()).unwrap();
                reader.read_exact(&mut [0; 5]).unwrap();
            });
            told.iter().take(2).for_each(drop);
            answering.write_all(b"hello").unwrap();
            let got = io::copy(&mut far, &mut io::sink()).unwrap();
            assert_eq!(got, (taken + (1 << 20)) as u64, "{name}");
            writer.join().unwrap();
            reader.join().unwrap();
        });
    });
}

#[test]
fn a_shutdown_ends_all_waiting() {
    for how in [Shutdown::Both, Shutdown::Read] {
        each(|name, mut near, far| {
            fill(&mut near);
            let (handle, mut reader) = (near.share(), near.share());
            thread::scope(|scope| {
                let (began, told) = mpsc::channel();
                let also_began = began.clone();
                scope.spawn(move || {
                    also_began.send(()).unwrap();
                    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "{name}, {how:?}");
                });
                let writer = (how == Shutdown::Both).then(|| {
                    scope.spawn(move || {
                        began.send(()).unwrap();
                        // Bytes may still leave the buffer, and then there is room again.
                        let error = loop {
                            if let Err(e) = near.write(b"x") {
                                break e;
                            }
                        };
                        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{name}: {error}");
                    })
                });
                told.iter().take(1 + usize::from(writer.is_some())).for_each(drop);
                handle.shutdown(how).unwrap();
            });
            drop(far);
        });
    }
}

#[test]
fn what_came_before_reading_is_shut_down_is_read() {
    each(|name, mut near, mut far| {
        far.write_all(b"before").unwrap();
        // When this can be read, all before it has arrived.
        near.read_exact(&mut [0; 2]).unwrap();
        near.shutdown(Shutdown::Read).unwrap();
        let mut got = Vec::new();
        near.read_to_end(&mut got).unwrap();
        assert_eq!(got, b"fore", "{name}");
        near.write_all(b"the other way").unwrap();
        far.read_exact(&mut [0; 13]).unwrap();
    });
}

#[test]
fn a_peer_that_leaves_ends_all_waiting() {
    each(|name, mut near, far| {
        fill(&mut near);
        let mut reader = near.share();
        thread::scope(|scope| {
            let (began, told) = mpsc::channel();
            let also_began = began.clone();
            scope.spawn(move || {
                began.send(()).unwrap();
                let written = near.write_all(&vec![8; 1 << 20]);
                assert!(written.is_err_and(|e| e.kind() != ErrorKind::WouldBlock), "{name}");
            });
            scope.spawn(move || {
                also_began.send(()).unwrap();
                // The error depends on which of the two the thread sees first.
                let read = reader.read(&mut [0]);
                assert!(read.map_or_else(|e| !is_not_now(&e), |n| n == 0), "{name}");
            });
            told.iter().take(2).for_each(drop);
            drop(far);
        });
    });
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn the_system_is_told_of_a_timeout_before_a_read() {
    let [near, mut far] = over_tcp();
    // An earlier owner of the socket may have left this.
    near.set_read_timeout(Some(SHORTEST)).unwrap();
    let mut socket = Socket::new(near).unwrap();
    far.write_all(b"x").unwrap();
    assert_eq!(socket.read(&mut [0]).unwrap(), 1);
    let told = |socket: &Socket| socket.0.system.read_timeout().unwrap();
    assert_eq!(told(&socket), None, "what was left is removed");
    let (short, long) = (Duration::from_millis(20), Duration::from_secs(5));
    for timeout in [Some(long), None, Some(short)] {
        socket.set_read_timeout(timeout).unwrap();
        assert_eq!(told(&socket), None, "{timeout:?}: nothing is read");
    }
    assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert!(told(&socket).is_some_and(|told| (short..2 * short).contains(&told)));
    for (timeout, want) in [
        (5000, 5000),
        // A moment less than what the system has.
        (4999, 5000),
        (4998, 4998),
    ] {
        let [timeout, want] = [timeout, want].map(Duration::from_millis);
        far.write_all(b"x").unwrap();
        socket.set_read_timeout(Some(timeout)).unwrap();
        assert_eq!(socket.read(&mut [0]).unwrap(), 1);
        let told = told(&socket).unwrap();
        // The system may round it up to a tick of its clock.
        assert!((want..want + Duration::from_millis(10)).contains(&told), "{timeout:?}: {told:?}");
    }
}
