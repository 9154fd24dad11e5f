//! One deadline for each call, whatever interrupts it: signals, pieces, other threads.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{
    Authority, By, Drip, Hooked, Hooks, each_library, each_pair, hooked, pattern, tcp, tls, unix,
};
use crate::io::{Deadline, Duplex, is_timeout};
use crate::transport::Stream;
use crate::transport::tls::TlsStream;

const BOUND: Duration = Duration::from_millis(100);

fn interrupts(hooks: &Hooks) {
    let signal = || {
        thread::sleep(BOUND / 20);
        Err(io::ErrorKind::Interrupted.into())
    };
    hooks.on_read(signal);
    hooks.on_write(signal);
}

#[test]
fn signals_renew_no_deadline() {
    type Call = fn(&mut TlsStream<Hooked>) -> io::Result<()>;
    let rows: [(&str, Call); 4] = [
        ("read", |stream| stream.read(&mut [0]).map(drop)),
        ("write", |stream| stream.write(b"x").map(drop)),
        ("close_notify", |stream| stream.shutdown(Shutdown::Write)),
        ("flush", |stream| stream.try_write(b"x").map(drop).and_then(|()| stream.flush())),
    ];
    for (rule, call) in rows {
        each_library(move |by| {
            let (mut client, _server, hooks) = hooked(by);
            client.set_read_timeout(Some(BOUND)).unwrap();
            client.set_write_timeout(Some(BOUND)).unwrap();
            hooks.let_it_try();
            hooks.on_call(|name| match name {
                "try_write" => Err(io::ErrorKind::WouldBlock.into()),
                _ => Ok(()),
            });
            interrupts(&hooks);
            let begun = Instant::now();
            let e = call(&mut client).unwrap_err();
            assert!(is_timeout(&e), "{rule}: {e}");
            assert!(begun.elapsed() >= BOUND, "{rule}: {:?}", begun.elapsed());
        });
    }
}

#[test]
fn signals_do_not_renew_the_deadline_of_a_handshake() {
    for is_client in [true, false] {
        each_library(move |by| {
            let authority = Authority::new();
            let (inner, _peer) = unix();
            let hooks = Hooks::default();
            interrupts(&hooks);
            let socket = Hooked { inner, hooks };
            let deadline = Deadline::after(Some(BOUND));
            let shaken = if is_client {
                authority.connector(by).connect_by(1, "localhost", socket, deadline)
            } else {
                authority.acceptor(by).accept_by(1, socket, deadline)
            };
            assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::TimedOut, "{is_client}");
        });
    }
}

#[test]
fn a_signal_while_what_was_written_is_flushed_is_no_loss() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        hooks.let_it_try();
        let count = AtomicUsize::new(0);
        hooks.on_call(move |name| match name {
            "flush" | "try_flush" if count.fetch_add(1, Ordering::SeqCst) % 2 == 0 => {
                Err(io::ErrorKind::Interrupted.into())
            }
            _ => Ok(()),
        });
        let mut buf = [0; 2];
        for _ in 0..3 {
            client.write_all(b"a").unwrap();
            client.try_write(b"b").unwrap();
            client.try_flush().unwrap();
            client.flush().unwrap();
            server.read_exact(&mut buf).unwrap();
            assert_eq!(&buf, b"ab");
        }
    });
}

/// Long enough for what a call computes.
const WHOLE: Duration = Duration::from_millis(400);
/// More bytes than there are moments: each comes in the middle of the time that is left.
const MANY: u32 = 20;

#[test]
fn a_byte_of_a_record_renews_no_deadline() {
    each_pair(|by| {
        thread::scope(|scope| {
            scope.spawn(move || reads_once(by, "TcpStream", tcp()));
            scope.spawn(move || reads_once(by, "UnixStream", unix()));
            let (near, far) = tcp();
            let streams = (Stream::new(near).unwrap(), Stream::new(far).unwrap());
            scope.spawn(move || reads_once(by, "Stream", streams));
        });
    });
}

fn reads_once<T: Duplex + Send + 'static>(by: By, socket: &str, (inner, far): (T, T)) {
    let hooks = Hooks::default();
    let (mut client, mut server) = tls(by, (Hooked { inner, hooks: hooks.clone() }, far));
    client.set_read_timeout(Some(WHOLE)).unwrap();
    server.write_all(&pattern(100)).unwrap();
    // The second has its whole time again.
    for call in ["first read", "second read"] {
        let drip = hooks.drip_in(MANY, false);
        let e = client.read(&mut [0]).unwrap_err();
        assert!(is_timeout(&e), "{socket}, {call}: {e}");
        drip.check(WHOLE, &format!("{socket}, {call}"));
    }
    hooks.on_read(|| Ok(usize::MAX));
    let mut buf = [0; 100];
    client.read_exact(&mut buf).unwrap();
    assert!(buf[..] == pattern(100), "{socket}: the timeouts lost something");
}

#[test]
fn room_for_a_byte_renews_no_deadline() {
    type Call = fn(&mut TlsStream<Hooked>) -> io::Result<()>;
    let rows: [(&str, Call); 3] = [
        ("write", |stream| stream.write(&[7; 1000]).map(drop)),
        ("close_notify", |stream| stream.shutdown(Shutdown::Write)),
        ("flush", |stream| stream.try_write(b"x").map(drop).and_then(|()| stream.flush())),
    ];
    for (rule, call) in rows {
        each_library(move |by| {
            let (mut client, _server, hooks) = hooked(by);
            client.set_write_timeout(Some(WHOLE)).unwrap();
            hooks.let_it_try();
            hooks.on_call(|name| match name {
                "try_write" => Err(io::ErrorKind::WouldBlock.into()),
                _ => Ok(()),
            });
            let drip = hooks.drip_out(MANY);
            let e = call(&mut client).unwrap_err();
            assert!(is_timeout(&e), "{rule}: {e}");
            drip.check(WHOLE, rule);
            assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        });
    }
}

#[test]
fn a_flush_below_has_what_its_write_has_left() {
    each_library(|by| {
        let (mut client, _server, hooks) = hooked(by);
        client.set_write_timeout(Some(WHOLE)).unwrap();
        let drip = Drip::of(1, false);
        let (waits, told) = (drip.clone(), hooks.clone());
        hooks.on_write(move || waits.pass(told.write_timeout()).map(|_| usize::MAX));
        let (waits, told) = (drip.clone(), hooks.clone());
        hooks.on_call(move |name| match name {
            "flush" => waits.pass(told.write_timeout()).map(drop),
            _ => Ok(()),
        });
        let e = client.write(b"x").unwrap_err();
        assert!(is_timeout(&e), "{e}");
        drip.check(WHOLE, "write and flush");
    });
}

#[test]
fn a_byte_renews_no_deadline_of_a_handshake() {
    each_library(|by| {
        thread::scope(|scope| {
            for (rule, is_client, drips_in) in [
                ("what a client reads", true, true),
                ("what a client writes", true, false),
                ("what a server reads", false, true),
                ("what a server writes", false, false),
            ] {
                scope.spawn(move || shakes_once(by, rule, is_client, drips_in));
            }
        });
    });
}

fn shakes_once(by: By, rule: &str, is_client: bool, drips_in: bool) {
    // A busy machine computes for long before it waits.
    const WHOLE: Duration = Duration::from_secs(2);
    let (authority, hooks) = (Authority::new(), Hooks::default());
    let (inner, far) = unix();
    let socket = Hooked { inner, hooks: hooks.clone() };
    let drip = if drips_in { hooks.drip_in(MANY, false) } else { hooks.drip_out(MANY) };
    if is_client && !drips_in {
        // It reads only to look for an alert.
        let waits = drip.clone();
        hooks.on_read({
            let told = hooks.clone();
            move || waits.pass(told.read_timeout())
        });
    }
    let (acceptor, connector) = (authority.acceptor(by), authority.connector(by));
    // The system's roots are slow to load.
    let (nobody, _) = unix();
    assert!(connector.connect("localhost", nobody).is_err());
    let deadline = Deadline::after(Some(WHOLE));
    let shaken = if is_client {
        let accepting = thread::spawn(move || acceptor.accept(far).map(drop));
        let shaken = connector.connect_by(1, "localhost", socket, deadline);
        assert!(accepting.join().unwrap().is_err(), "{rule}");
        shaken
    } else {
        let connecting = thread::spawn(move || connector.connect("localhost", far).map(drop));
        let shaken = acceptor.accept_by(1, socket, deadline);
        assert!(connecting.join().unwrap().is_err(), "{rule}");
        shaken
    };
    assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::TimedOut, "{rule}");
    drip.check(WHOLE, rule);
}

#[test]
fn the_alert_of_a_peer_that_left_is_waited_for_once() {
    const LAST_WORD: Duration = Duration::from_millis(50);
    each_library(|by| {
        let (inner, mut peer) = unix();
        peer.write_all(b"\x16\x03\x03\x40\x00 a record that is never whole").unwrap();
        let hooks = Hooks::default();
        let drip = hooks.drip_in(MANY, false);
        hooks.on_write(|| Err(io::ErrorKind::BrokenPipe.into()));
        let socket = Hooked { inner, hooks };
        let e = by.connector().connect("localhost", socket).unwrap_err();
        assert!(e.to_string().contains("broken pipe"), "{e}");
        drip.check(LAST_WORD, "handshake");
    });
}

#[test]
fn a_call_that_need_not_wait_tells_the_socket_no_timeout() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        hooks.on_call(move |name| {
            if name.ends_with("timeout") {
                count.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        });
        for size in [1, 1000, 16_000] {
            // A pause of this thread in the middle of a call is a wait as well.
            let mut is_paused = true;
            while is_paused {
                let (before, began) = (told.load(Ordering::SeqCst), Instant::now());
                server.write_all(&vec![7; size]).unwrap();
                client.read_exact(&mut vec![0; size]).unwrap();
                client.write_all(&vec![7; size]).unwrap();
                server.read_exact(&mut vec![0; size]).unwrap();
                is_paused = began.elapsed() >= Duration::from_millis(1);
                assert!(is_paused || told.load(Ordering::SeqCst) == before, "{size} bytes");
            }
        }
    });
}

#[test]
fn room_of_which_nobody_told_is_used_at_the_end() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        client.set_write_timeout(Some(BOUND)).unwrap();
        hooks.let_it_try();
        hooks.on_write(|| {
            thread::sleep(BOUND);
            Err(io::ErrorKind::WouldBlock.into())
        });
        client.write_all(b"there is room").unwrap();
        let mut buf = [0; 13];
        server.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"there is room");
    });
}

/// A writer that blocks in the socket until the test ends, without a timeout.
fn stuck(
    by: By,
) -> (TlsStream<Hooked>, impl Sized, Hooks, thread::JoinHandle<()>, mpsc::Sender<()>) {
    let (client, server, hooks) = hooked(by);
    let (is_stuck, release) = hooks.stick_writes();
    let mut writer = client.try_clone().unwrap();
    let writing = thread::spawn(move || drop(writer.write(b"stuck")));
    is_stuck.recv().unwrap();
    (client, server, hooks, writing, release)
}

#[test]
fn closing_obeys_the_write_timeout_of_that_moment() {
    each_library(|by| {
        let (client, _server, _hooks, writing, release) = stuck(by);
        client.set_write_timeout(Some(BOUND)).unwrap();
        let begun = Instant::now();
        let e = client.shutdown(Shutdown::Write).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::TimedOut, "{e}");
        assert!(begun.elapsed() >= BOUND);
        drop(release);
        writing.join().unwrap();
    });
}

#[test]
fn the_last_goodbye_waits_for_nobody() {
    for by_drop in [true, false] {
        each_library(move |by| {
            let (client, _server, hooks) = hooked(by);
            let written = Arc::new(AtomicBool::new(false));
            let note = Arc::clone(&written);
            hooks.on_write(move || {
                note.store(true, Ordering::SeqCst);
                Ok(usize::MAX)
            });
            // It fails without waiting and with a timeout.
            hooks.on_call(|name| match name {
                "set_write_timeout" => Err(io::ErrorKind::InvalidInput.into()),
                _ => Ok(()),
            });
            if by_drop {
                drop(client);
            } else {
                client.shutdown(Shutdown::Both).unwrap();
            }
            assert!(!written.load(Ordering::SeqCst), "nothing would have bounded it");
        });
        each_library(move |by| {
            let (client, _server, _hooks, writing, release) = stuck(by);
            client.shutdown(Shutdown::Both).unwrap();
            drop(client);
            drop(release);
            writing.join().unwrap();
        });
    }
}
