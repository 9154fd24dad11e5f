//! Orderly ends, broken connections, and what still works after a failure.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::support::{each_library, each_pair, hooked, tcp, tls, unix};
use crate::io::Duplex;
use crate::transport::tls::TlsStream;

#[test]
fn close_notify_ends_one_direction_for_good() {
    each_pair(|by| {
        let (client, server) = tls(by, tcp());
        half_closes("the client", client, server);
        let (client, server) = tls(by, tcp());
        half_closes("the server", server, client);
    });
}

fn half_closes<T: Duplex>(first: &str, mut one: TlsStream<T>, mut other: TlsStream<T>) {
    one.write_all(b"last").unwrap();
    one.shutdown(Shutdown::Write).unwrap();
    let mut received = Vec::new();
    other.read_to_end(&mut received).unwrap();
    assert_eq!(received, b"last", "{first} ends");
    assert_eq!(other.read(&mut [0]).unwrap(), 0, "{first} ends");
    // The other direction is still open.
    for _ in 0..3 {
        other.write_all(b"answer").unwrap();
        one.read_exact(&mut [0; 6]).unwrap();
    }
    other.shutdown(Shutdown::Write).unwrap();
    assert_eq!(one.read(&mut [0]).unwrap(), 0, "{first} ends first");
    assert_eq!(one.read(&mut [0]).unwrap(), 0, "{first} ends first");
}

#[test]
fn a_bare_end_of_tcp_is_an_error_every_time() {
    each_pair(|by| {
        let (mut client, server) = tls(by, tcp());
        server.socket().shutdown(Shutdown::Write).unwrap();
        for _ in 0..3 {
            let e = client.read(&mut [0]).unwrap_err();
            assert_eq!(e.kind(), io::ErrorKind::UnexpectedEof, "{e}");
        }
    });
}

#[test]
fn shutting_down_for_writing_twice_is_once() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, tcp());
        server.write_all(b"unread").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let mut buf = [0; 6];
        client.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"unread");
        assert_eq!(server.read(&mut buf).unwrap(), 0);
    });
}

#[test]
fn the_last_handle_says_goodbye() {
    each_pair(|by| {
        let (client, mut server) = tls(by, tcp());
        let other = client.try_clone().unwrap();
        server.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        drop(client);
        assert!(server.read(&mut [0]).is_err(), "another handle is still there");
        drop(other);
        server.set_read_timeout(None).unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn shutting_down_both_ways_says_goodbye_where_nobody_writes() {
    each_pair(|by| {
        let (client, mut server) = tls(by, tcp());
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_flush_after_the_end_fails_only_if_something_is_left() {
    each_library(|by| {
        for how in [Shutdown::Write, Shutdown::Both] {
            let (mut client, mut server) = tls(by, unix());
            assert_eq!(client.try_write(b"last").unwrap(), 4);
            client.try_clone().unwrap().shutdown(how).unwrap();
            // The reader of a connection may end the stream before its writer flushes.
            client.try_flush().unwrap();
            client.flush().unwrap();
            let mut received = Vec::new();
            server.read_to_end(&mut received).unwrap();
            assert_eq!(received, b"last", "{how:?}");
        }
        let (mut client, _server) = tls(by, unix());
        while client.try_write(&[0; 16 << 10]).is_ok() {}
        client.try_clone().unwrap().shutdown(Shutdown::Both).unwrap();
        assert!(client.try_flush().is_err());
        assert!(client.try_flush().is_err(), "and again");
    });
}

#[test]
fn shutting_down_both_ways_wakes_a_reader_and_a_writer() {
    each_library(|by| {
        wakes_everybody(tls(by, unix()));
        wakes_everybody(tls(by, tcp()));
    });
}

fn wakes_everybody<T: Duplex + Send + 'static>((client, _server): (TlsStream<T>, TlsStream<T>)) {
    let mut reader = client.try_clone().unwrap();
    let reading = thread::spawn(move || reader.read(&mut [0]));
    // One of them blocks in the socket sooner or later, and the others wait for their turn.
    let (started, has_started) = mpsc::channel();
    let writing: Vec<_> = (0..3)
        .map(|_| {
            let mut writer = client.try_clone().unwrap();
            let started = started.clone();
            thread::spawn(move || {
                started.send(()).unwrap();
                writer.write_all(&vec![0; 64 << 20])
            })
        })
        .collect();
    (0..3).for_each(|_| has_started.recv().unwrap());
    client.shutdown(Shutdown::Both).unwrap();
    assert!(reading.join().unwrap().is_err());
    for writer in writing {
        assert!(writer.join().unwrap().is_err());
    }
}

#[test]
fn shutting_down_for_writing_waits_for_the_writer_at_work() {
    each_library(|by| {
        let (client, mut server, hooks) = hooked(by);
        let (is_stuck, release) = hooks.stick_writes();
        let mut writer = client.try_clone().unwrap();
        let writing = thread::spawn(move || writer.write_all(b"first").unwrap());
        is_stuck.recv().unwrap();
        let closing = thread::spawn(move || {
            client.shutdown(Shutdown::Write).unwrap();
            client
        });
        drop(release);
        let mut received = Vec::new();
        server.read_to_end(&mut received).unwrap();
        assert_eq!(received, b"first");
        writing.join().unwrap();
        closing.join().unwrap();
    });
}

#[test]
fn dropping_a_stream_with_a_full_socket_takes_no_time() {
    each_library(|by| {
        let (mut client, _server) = tls(by, unix());
        // Only whole writes, so that the stream does not break. The socket fills below it.
        let mut raw = client.socket().try_clone().unwrap();
        raw.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        while raw.write(&[0; 4096]).is_ok() {}
        raw.set_write_timeout(None).unwrap();
        let begun = Instant::now();
        client.flush().unwrap();
        drop(client);
        assert!(begun.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn after_a_failed_write_all_writes_fail_but_reads_go_on() {
    for kind in [io::ErrorKind::ConnectionReset, io::ErrorKind::WouldBlock] {
        each_library(move |by| {
            let (mut client, mut server, hooks) = hooked(by);
            hooks.on_write_once(kind);
            assert_eq!(client.write(b"x").unwrap_err().kind(), kind);
            for _ in 0..2 {
                assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            }
            server.write_all(b"still").unwrap();
            let mut buf = [0; 5];
            client.read_exact(&mut buf).unwrap();
            assert_eq!(&buf, b"still");
            // After half a record no orderly end may follow.
            client.shutdown(Shutdown::Write).unwrap();
            assert_eq!(server.read(&mut buf).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        });
    }
}

#[test]
fn a_forged_record_fails_the_reader_and_tells_the_peer() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, tcp());
        let mut forger = server.socket().try_clone().unwrap();
        forger.write_all(b"\x17\x03\x03\x00\x20forged forged forged forged 1234").unwrap();
        assert!(client.read(&mut [0]).is_err());
        let e = server.read(&mut [0]).unwrap_err();
        assert!(e.to_string().contains("bad record mac"), "{e}");
    });
}

#[test]
fn a_forged_record_behind_the_own_end_is_an_error_too() {
    each_pair(|by| {
        let (mut client, server) = tls(by, tcp());
        client.shutdown(Shutdown::Write).unwrap();
        let mut forger = server.socket().try_clone().unwrap();
        forger.write_all(b"\x17\x03\x03\x00\x20forged forged forged forged 1234").unwrap();
        let [first, again] = [(); 2].map(|()| client.read(&mut [0]).unwrap_err());
        assert_eq!(first.to_string(), again.to_string());
        assert!(first.kind() != io::ErrorKind::WouldBlock, "{first}");
    });
}

#[test]
fn what_the_peer_said_last_is_heard_where_a_write_fails_first() {
    for has_reader in [false, true] {
        each_pair(move |by| {
            let (mut client, mut server, hooks) = hooked(by);
            server.write_all(b"still").unwrap();
            let mut forger = &client.socket().inner;
            forger.write_all(b"\x17\x03\x03\x00\x20forged forged forged forged 1234").unwrap();
            assert!(server.read(&mut [0]).is_err(), "it sends an alert");
            let mut reader = client.try_clone().unwrap();
            let mut read = move || {
                let mut buf = [0; 5];
                reader.read_exact(&mut buf).unwrap();
                assert_eq!(&buf, b"still", "plaintext is kept");
                (0..2).map(|_| reader.read(&mut buf).unwrap_err().to_string()).collect::<Vec<_>>()
            };
            hooks.on_write_once(io::ErrorKind::BrokenPipe);
            let heard = if has_reader {
                let reading = thread::spawn(read);
                let e = client.write(b"x").unwrap_err().to_string();
                [reading.join().unwrap(), vec![e]].concat()
            } else {
                let e = client.write(b"x").unwrap_err().to_string();
                assert!(e.contains("a write had failed: broken pipe"), "{e}");
                [vec![e], read()].concat()
            };
            assert_eq!(heard.len(), 3);
            for e in heard {
                assert!(e.contains("bad record mac"), "{e}");
            }
        });
    }
}
