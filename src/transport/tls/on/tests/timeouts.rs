//! Timeouts lose nothing, and a peer that sends slowly cannot move a deadline.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{Authority, each_library, each_pair, hooked, pattern, tcp, tls};
use crate::io::{Deadline, Duplex, TlsBackend, is_timeout};

#[test]
fn a_read_that_timed_out_can_be_repeated() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, tcp());
        client.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let e = client.read(&mut [0]).unwrap_err();
        assert!(matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{e}");
        client.set_read_timeout(None).unwrap();
        server.write_all(b"x").unwrap();
        assert_eq!(client.read(&mut [0]).unwrap(), 1);
    });
}

#[test]
fn a_timeout_before_every_single_byte_loses_nothing() {
    each_pair(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        let timed_out = AtomicBool::new(false);
        hooks.on_read(move || {
            if timed_out.fetch_xor(true, Ordering::Relaxed) {
                Ok(1)
            } else {
                Err(io::ErrorKind::WouldBlock.into())
            }
        });
        let sent = pattern(20_000);
        let expected = sent.clone();
        let writing = thread::spawn(move || {
            server.write_all(&sent).unwrap();
            server.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let (mut received, mut timeouts, mut buf) = (Vec::new(), 0, [0; 777]);
        loop {
            match client.read(&mut buf) {
                Ok(0) => break,
                Ok(n) => received.extend_from_slice(&buf[..n]),
                Err(e) => {
                    assert_eq!(e.kind(), io::ErrorKind::WouldBlock);
                    timeouts += 1;
                }
            }
        }
        assert!(received == expected);
        assert!(timeouts >= expected.len(), "a timeout for each byte: {timeouts}");
        writing.join().unwrap();
    });
}

#[test]
fn a_timeout_within_a_record_loses_nothing_wherever_it_is_cut() {
    each_pair(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        for cut in 1.. {
            server.write_all(b"first").unwrap();
            server.write_all(b"second").unwrap();
            let reads = AtomicUsize::new(0);
            hooks.on_read(move || match reads.fetch_add(1, Ordering::SeqCst) {
                0 => Ok(cut),
                1 => Err(io::ErrorKind::WouldBlock.into()),
                _ => Ok(usize::MAX),
            });
            let (mut received, mut timeouts) = (Vec::new(), 0);
            while received.len() < 11 {
                let mut buf = [0; 11];
                match client.read(&mut buf) {
                    Ok(0) => panic!("cut at {cut}: an end"),
                    Ok(n) => received.extend_from_slice(&buf[..n]),
                    Err(e) => {
                        assert_eq!(e.kind(), io::ErrorKind::WouldBlock, "cut at {cut}: {e}");
                        timeouts += 1;
                    }
                }
            }
            assert_eq!(received, b"firstsecond", "cut at {cut}");
            if timeouts == 0 {
                assert!(cut > 2 * 5 + 11, "both records are longer than {cut}");
                break;
            }
            assert_eq!(timeouts, 1, "cut at {cut}");
        }
    });
}

#[test]
fn tickets_after_the_handshake_are_neither_data_nor_an_end() {
    each_pair(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        // Each byte comes alone.
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        hooks.on_read(move || {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(1)
        });
        // A read may time out while one comes.
        for _ in 0..3 {
            let e = client.read(&mut [0]).unwrap_err();
            assert!(is_timeout(&e), "{e}");
        }
        // In TLS 1.2 they are part of the handshake; a server of `native-tls` speaks no other.
        let is_1_3 = by.server == TlsBackend::Rustls;
        let came = came.load(Ordering::SeqCst);
        assert_eq!(came > 100, is_1_3, "{came} bytes came after the handshake");
        server.write_all(b"data").unwrap();
        server.shutdown(std::net::Shutdown::Write).unwrap();
        let mut received = Vec::new();
        client.set_read_timeout(None).unwrap();
        client.read_to_end(&mut received).unwrap();
        assert_eq!(received, b"data");
    });
}

#[test]
fn a_second_reader_takes_over_when_the_first_times_out() {
    each_library(|by| {
        let (client, mut server) = tls(by, tcp());
        client.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let mut reader = client.try_clone().unwrap();
                thread::spawn(move || {
                    loop {
                        match reader.read(&mut [0]) {
                            Ok(n) => return n,
                            Err(e) => assert!(
                                matches!(
                                    e.kind(),
                                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                                ),
                                "{e}"
                            ),
                        }
                    }
                })
            })
            .collect();
        server.write_all(b"ab").unwrap();
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() == 1));
    });
}

#[test]
fn a_write_timeout_breaks_the_stream_for_writing() {
    each_library(|by| {
        let (mut client, _server) = tls(by, tcp());
        client.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        let e = client.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert!(matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{e}");
        assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn the_wait_for_a_writers_turn_ends_by_the_write_timeout() {
    each_library(|by| {
        let (mut client, _server, hooks) = hooked(by);
        let (stuck, is_stuck) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        hooks.on_write(move || {
            let _ = stuck.send(());
            let _ = released.lock().unwrap().recv();
            Ok(usize::MAX)
        });
        let mut writer = client.try_clone().unwrap();
        let writing = thread::spawn(move || writer.write_all(b"stuck").unwrap());
        is_stuck.recv().unwrap();
        client.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(release);
        writing.join().unwrap();
        client.write_all(b"x").unwrap();
    });
}

#[test]
fn a_silent_peer_ends_the_handshake_by_the_deadline() {
    each_library(|by| {
        let authority = Authority::new();
        let (client, server) = tcp();
        let limit = Duration::from_millis(100);
        for side in ["accept", "connect"] {
            let begun = Instant::now();
            let deadline = Deadline::after(Some(limit));
            let e = match side {
                "accept" => authority
                    .acceptor(by)
                    .accept_by(1, server.try_clone().unwrap(), deadline)
                    .unwrap_err(),
                _ => authority
                    .connector(by)
                    .connect_by(1, "localhost", client.try_clone().unwrap(), deadline)
                    .unwrap_err(),
            };
            assert_eq!(e.kind(), io::ErrorKind::TimedOut, "{side}: {e}");
            let took = begun.elapsed();
            // The system's roots are slow to load on a busy machine.
            assert!(took >= limit && took < limit * 200, "{side}: {took:?}");
        }
    });
}

#[test]
fn a_dripping_peer_cannot_beat_the_deadline() {
    each_library(|by| {
        let authority = Authority::new();
        let (mut client, server) = tcp();
        let dripping = thread::spawn(move || {
            // The head of a handshake record of 16 KiB that never ends.
            let mut bytes = b"\x16\x03\x01\x40\x00\x01\x00\x3f\x00\x03\x03"
                .iter()
                .chain([&0].into_iter().cycle());
            while client.write_all(&[*bytes.next().unwrap()]).is_ok() {
                thread::sleep(Duration::from_millis(2));
            }
        });
        let limit = Duration::from_millis(200);
        let begun = Instant::now();
        let deadline = Deadline::after(Some(limit));
        let e = authority.acceptor(by).accept_by(1, server, deadline).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::TimedOut, "{e}");
        assert!(begun.elapsed() >= limit && begun.elapsed() < limit * 10);
        dripping.join().unwrap();
    });
}

#[test]
fn a_handshake_in_time_leaves_no_timeout_behind() {
    each_pair(|by| {
        let authority = Authority::new();
        let acceptor = authority.acceptor(by);
        let (client, server) = tcp();
        let deadline = Deadline::after(Some(Duration::from_secs(20)));
        let accepting = thread::spawn(move || acceptor.accept_by(1, server, deadline).unwrap());
        let client = authority.connector(by).connect_by(1, "localhost", client, deadline).unwrap();
        for stream in [client, accepting.join().unwrap()] {
            assert_eq!(stream.socket().read_timeout().unwrap(), None);
            assert_eq!(stream.socket().write_timeout().unwrap(), None);
        }
    });
}

#[test]
fn bytes_of_a_record_that_is_not_whole_are_a_sign_of_life() {
    each_pair(|by| {
        // The client gets a record without its last byte, until the test releases it.
        let (mut client, mut server, hooks) = hooked(by);
        server.write_all(b"whole").unwrap();
        client.read_exact(&mut [0; 5]).unwrap();
        client.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        assert!(client.read(&mut [0]).is_err());
        assert_eq!(client.last_received(), None, "nothing, or all of a record, is no part of one");

        let allowed = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&allowed);
        hooks.on_read(move || match left.load(Ordering::SeqCst) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(left.fetch_sub(1, Ordering::SeqCst).min(1)),
        });
        server.write_all(b"x").unwrap();
        let mut last = None;
        for bytes in [1, 3, 8] {
            allowed.store(bytes, Ordering::SeqCst);
            let begun = Instant::now();
            assert!(client.read(&mut [0]).is_err());
            let came = client.last_received();
            assert!(came >= Some(begun) && came > last, "{bytes}: {came:?}");
            assert_eq!(client.try_clone().unwrap().last_received(), came, "for all handles");
            last = came;
        }
        assert!(client.read(&mut [0]).is_err());
        assert_eq!(client.last_received(), last, "nothing came");
        allowed.store(usize::MAX, Ordering::SeqCst);
        client.read_exact(&mut [0]).unwrap();
    });
}
