//! A socket that panics costs its own connection at most: the next call works or fails.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use super::support::{Hooked, Hooks, each_library, hooked};
use crate::io::Duplex;
use crate::transport::tls::TlsStream;

/// Panics once in the call with this name.
fn explode(hooks: &Hooks, fatal: &'static str) {
    let exploded = Arc::new(AtomicBool::new(false));
    let explode = move |name| {
        assert!(name != fatal || exploded.swap(true, Ordering::SeqCst), "as told: {name}");
    };
    let explode = Arc::new(explode);
    let (one, other) = (Arc::clone(&explode), Arc::clone(&explode));
    hooks.on_read(move || {
        one("read");
        Ok(usize::MAX)
    });
    hooks.on_write(move || {
        other("write");
        Ok(usize::MAX)
    });
    hooks.on_call(move |name| {
        explode(name);
        Ok(())
    });
}

type Call = fn(&mut TlsStream<Hooked>) -> io::Result<()>;

fn panics(stream: &mut TlsStream<Hooked>, call: Call) -> bool {
    catch_unwind(AssertUnwindSafe(|| call(stream))).is_err()
}

#[test]
fn after_a_panic_the_next_call_works_or_fails() {
    const MOMENT: Option<Duration> = Some(Duration::from_millis(1));
    let read: Call = |stream| stream.read(&mut [0]).map(drop);
    let write: Call = |stream| stream.write(b"x").map(drop);
    let try_write: Call = |stream| stream.try_write(b"x").map(drop);
    let close: Call = |stream| stream.shutdown(Shutdown::Write);
    let duplicate: Call = |stream| stream.try_clone().map(drop);
    // (what panics, in which call, whether writing is over)
    for (fatal, call, is_broken) in [
        ("read", read, false),
        ("set_read_timeout", |stream: &mut TlsStream<_>| stream.set_read_timeout(MOMENT), false),
        ("write", write, true),
        ("flush", write, true),
        ("try_write", try_write, true),
        ("set_write_timeout", |stream: &mut TlsStream<_>| stream.set_write_timeout(MOMENT), false),
        ("write", close, true),
        ("try_clone", close, false),
        ("try_clone", duplicate, false),
        ("shutdown", close, true),
        ("shutdown", |stream: &mut TlsStream<_>| stream.shutdown(Shutdown::Both), true),
    ] {
        each_library(move |by| {
            let (mut client, mut server, hooks) = hooked(by);
            hooks.let_it_try();
            explode(&hooks, fatal);
            assert!(panics(&mut client, call), "{fatal}");
            let written = client.write(b"y");
            assert_eq!(written.is_err(), is_broken, "{fatal}: {written:?}");
            server.write_all(b"z").unwrap();
            let mut buf = [0];
            client.read_exact(&mut buf).unwrap();
            assert_eq!(&buf, b"z", "{fatal}");
        });
    }
}

#[test]
fn bytes_of_a_record_outlive_a_panic_between_them() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        let count = AtomicUsize::new(0);
        hooks.on_read(move || {
            assert!(count.fetch_add(1, Ordering::SeqCst) % 2 == 0, "every other read");
            Ok(1)
        });
        server.write_all(b"whole").unwrap();
        let (mut buf, mut panics) = ([0; 5], 0);
        let mut got = 0;
        while got < buf.len() {
            match catch_unwind(AssertUnwindSafe(|| client.read(&mut buf[got..]))) {
                Ok(read) => got += read.unwrap(),
                Err(_) => panics += 1,
            }
        }
        assert_eq!(&buf, b"whole");
        assert!(panics > 5, "{panics}");
    });
}

#[test]
fn others_who_wait_for_a_turn_go_on_after_a_panic() {
    for fatal in ["read", "write"] {
        each_library(move |by| {
            let (client, mut server, hooks) = hooked(by);
            let (gate, first) = (Arc::new(Barrier::new(2)), AtomicBool::new(true));
            let at_gate = Arc::clone(&gate);
            let explode = move || {
                if first.swap(false, Ordering::SeqCst) {
                    at_gate.wait();
                    at_gate.wait();
                    panic!("as told");
                }
                Ok(usize::MAX)
            };
            let call: Call = if fatal == "read" {
                hooks.on_read(explode);
                |stream| stream.read(&mut [0]).map(drop)
            } else {
                hooks.on_write(explode);
                |stream| stream.write(b"x").map(drop)
            };
            let (mut one, mut other) = (client.try_clone().unwrap(), client.try_clone().unwrap());
            let panicking = thread::spawn(move || panics(&mut one, call));
            gate.wait();
            let waiting = thread::spawn(move || call(&mut other));
            while !client.somebody_waits() {
                thread::yield_now();
            }
            gate.wait();
            assert!(panicking.join().unwrap());
            if fatal == "read" {
                server.write_all(b"y").unwrap();
                waiting.join().unwrap().unwrap();
            } else {
                let e = waiting.join().unwrap().unwrap_err();
                assert_eq!(e.kind(), io::ErrorKind::BrokenPipe, "{e}");
            }
        });
    }
}

#[test]
fn a_goodbye_that_panics_ends_all_the_same() {
    each_library(|by| {
        for fatal in ["write", "set_write_timeout", "try_clone"] {
            let (client, mut server, hooks) = hooked(by);
            explode(&hooks, fatal);
            client.shutdown(Shutdown::Both).unwrap();
            // The peer sees an end, whether in order or not.
            assert_eq!(server.read(&mut [0]).unwrap_or(0), 0, "{fatal}");
            let (client, mut server, hooks) = hooked(by);
            explode(&hooks, fatal);
            drop(client);
            assert_eq!(server.read(&mut [0]).unwrap_or(0), 0, "{fatal}");
        }
    });
}
