//! One deadline for each call, whatever interrupts it: signals, pieces, other threads.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{Authority, Hooked, Hooks, hooked, unix, within_30s};
use crate::io::{Deadline, Duplex, is_timeout};
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
        within_30s(move || {
            let (mut client, _server, hooks) = hooked();
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
        within_30s(move || {
            let authority = Authority::new();
            let (inner, _peer) = unix();
            let hooks = Hooks::default();
            interrupts(&hooks);
            let socket = Hooked { inner, hooks };
            let deadline = Deadline::after(Some(BOUND));
            let shaken = if is_client {
                authority.connector().connect_by("localhost", socket, deadline)
            } else {
                authority.acceptor().accept_by(socket, deadline)
            };
            assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::TimedOut, "{is_client}");
        });
    }
}

#[test]
fn a_signal_while_what_was_written_is_flushed_is_no_loss() {
    within_30s(|| {
        let (mut client, mut server, hooks) = hooked();
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

#[test]
fn a_byte_of_a_record_renews_no_deadline() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    within_30s(|| {
        let (mut client, mut server, hooks) = hooked();
        client.set_read_timeout(Some(TIMEOUT)).unwrap();
        let armed = Arc::new(Mutex::new(Vec::new()));
        let (socket, seen) = (client.socket().inner.try_clone().unwrap(), Arc::clone(&armed));
        hooks.on_read(move || {
            let mut seen = seen.lock().unwrap();
            seen.push(socket.read_timeout().unwrap());
            match seen.len() {
                1..=3 => {
                    thread::sleep(BOUND);
                    Ok(1)
                }
                _ => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        server.write_all(b"x").unwrap();
        assert!(is_timeout(&client.read(&mut [0]).unwrap_err()));
        let (armed, mut most) = (std::mem::take(&mut *armed.lock().unwrap()), TIMEOUT);
        assert_eq!(armed.len(), 4);
        for has in armed {
            let has = has.expect("a timeout");
            // The system rounds up to its own ticks.
            assert!(has <= most + BOUND / 5, "{has:?} of {most:?}");
            most -= BOUND;
        }
        // The next call has its whole time again.
        let socket = client.socket().inner.try_clone().unwrap();
        let most = TIMEOUT.saturating_sub(BOUND / 5);
        hooks.on_read(move || {
            assert!(socket.read_timeout().unwrap() >= Some(most));
            Ok(usize::MAX)
        });
        client.read_exact(&mut [0]).unwrap();
    });
}

#[test]
fn a_call_that_need_not_wait_tells_the_socket_no_timeout() {
    within_30s(|| {
        let (mut client, mut server, hooks) = hooked();
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
            server.write_all(&vec![7; size]).unwrap();
            client.read_exact(&mut vec![0; size]).unwrap();
            client.write_all(&vec![7; size]).unwrap();
            server.read_exact(&mut vec![0; size]).unwrap();
        }
        assert_eq!(told.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn a_write_has_its_timeout_once_however_little_the_socket_takes() {
    within_30s(|| {
        let (mut client, _server, hooks) = hooked();
        client.set_write_timeout(Some(BOUND)).unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let (socket, count) = (client.socket().inner.try_clone().unwrap(), Arc::clone(&calls));
        hooks.on_write(move || {
            let call = u32::try_from(count.fetch_add(1, Ordering::SeqCst)).unwrap();
            let most = BOUND.saturating_sub(call * BOUND / 5);
            assert!(socket.write_timeout().unwrap().unwrap() <= most + BOUND / 5, "{call}");
            thread::sleep(BOUND / 5);
            Ok(10)
        });
        let begun = Instant::now();
        let e = client.write(&[7; 1000]).unwrap_err();
        assert!(is_timeout(&e), "{e}");
        assert!(begun.elapsed() >= BOUND);
        assert!(calls.load(Ordering::SeqCst) <= 6, "five pauses are all of its time");
        assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn room_of_which_nobody_told_is_used_at_the_end() {
    within_30s(|| {
        let (mut client, mut server, hooks) = hooked();
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
fn stuck() -> (TlsStream<Hooked>, impl Sized, Hooks, thread::JoinHandle<()>, mpsc::Sender<()>) {
    let (client, server, hooks) = hooked();
    let (tell, is_stuck) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    hooks.on_write(move || {
        let _ = tell.send(());
        let _ = released.lock().unwrap().recv();
        Ok(usize::MAX)
    });
    let mut writer = client.try_clone().unwrap();
    let writing = thread::spawn(move || drop(writer.write(b"stuck")));
    is_stuck.recv().unwrap();
    (client, server, hooks, writing, release)
}

#[test]
fn closing_obeys_the_write_timeout_of_that_moment() {
    within_30s(|| {
        let (client, _server, _hooks, writing, release) = stuck();
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
        within_30s(move || {
            let (client, _server, hooks) = hooked();
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
        within_30s(move || {
            let (client, _server, _hooks, writing, release) = stuck();
            client.shutdown(Shutdown::Both).unwrap();
            drop(client);
            drop(release);
            writing.join().unwrap();
        });
    }
}
