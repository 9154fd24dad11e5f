//! Both directions at once.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;
use std::thread;

use super::support::{Hooked, Hooks, each_library, each_pair, hooked, pattern, tcp, tls, unix};
use crate::io::Duplex;
use crate::transport::tls::TlsStream;

#[test]
fn a_message_goes_there_and_back() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, tcp());
        client.write_all(b"hello").unwrap();
        let mut buf = [0; 5];
        server.read_exact(&mut buf).unwrap();
        server.write_all(&buf).unwrap();
        client.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"hello");
        assert_eq!(client.socket().local_addr().unwrap(), server.socket().peer_addr().unwrap());
    });
}

#[test]
fn one_byte_writes_arrive_in_order() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, unix());
        let sent = pattern(2_000);
        let expected = sent.clone();
        let writer = thread::spawn(move || {
            for byte in sent.chunks(1) {
                client.write_all(byte).unwrap();
            }
            client.shutdown(Shutdown::Write).unwrap();
        });
        let mut received = Vec::new();
        server.read_to_end(&mut received).unwrap();
        assert!(received == expected);
        writer.join().unwrap();
    });
}

#[test]
fn a_socket_moves_one_byte_at_a_time_from_the_handshake_on() {
    each_pair(|by| {
        let (near, far) = unix();
        let [near, far] = [near, far].map(|inner| {
            let hooks = Hooks::default();
            hooks.on_read(|| Ok(1));
            hooks.on_write(|| Ok(1));
            Hooked { inner, hooks }
        });
        let (client, server) = tls(by, (near, far));
        for (mut from, mut to) in [(&client, &server), (&server, &client)]
            .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()))
        {
            let writing = thread::spawn(move || {
                from.write_all(&pattern(20_000)).unwrap();
                from.shutdown(Shutdown::Write).unwrap();
            });
            let mut received = Vec::new();
            to.read_to_end(&mut received).unwrap();
            assert!(received == pattern(20_000), "bytes are lost, repeated or moved");
            writing.join().unwrap();
        }
    });
}

#[test]
fn empty_reads_and_writes_touch_nothing() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        hooks.on_read(|| panic!("the socket was read"));
        hooks.on_write(|| panic!("the socket was written"));
        assert_eq!(client.read(&mut []).unwrap(), 0);
        assert_eq!(client.write(&[]).unwrap(), 0);
        assert_eq!(client.write_vectored(&[]).unwrap(), 0);
        client.flush().unwrap();
        hooks.on_write(|| Ok(usize::MAX));
        client.write_all(b"x").unwrap();
        server.read_exact(&mut [0]).unwrap();
    });
}

#[test]
fn a_big_write_reaches_the_socket_in_pieces_of_64_kib() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        let (count, counted) = mpsc::channel();
        hooks.on_write(move || {
            let _ = count.send(());
            Ok(usize::MAX)
        });
        let reader = thread::spawn(move || {
            let mut buf = vec![0; 128 * 1024];
            server.read_exact(&mut buf).unwrap();
            assert!(buf == pattern(128 * 1024));
        });
        let bytes = pattern(128 * 1024);
        let (head, body) = bytes.split_at(14);
        let n = client.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]).unwrap();
        assert_eq!(n, 64 * 1024);
        client.write_all(&bytes[n..]).unwrap();
        reader.join().unwrap();
        // A Unix socket may take less than it is offered, but not much less.
        assert!(counted.try_iter().count() <= 4);
    });
}

#[test]
fn an_interrupted_read_or_write_goes_on() {
    each_library(|by| {
        let (mut client, mut server, hooks) = hooked(by);
        for on in [Hooks::on_read_once, Hooks::on_write_once] {
            on(&hooks, io::ErrorKind::Interrupted);
        }
        server.write_all(b"a").unwrap();
        client.read_exact(&mut [0]).unwrap();
        client.write_all(b"b").unwrap();
        server.read_exact(&mut [0]).unwrap();
    });
}

#[test]
fn megabytes_go_both_ways_at_once_over_tcp() {
    // All of them once for each library.
    each_pair(|by| both_ways(tls(by, tcp()), if by.is_one_library() { 64 } else { 4 }));
}

#[test]
fn megabytes_go_both_ways_at_once_over_a_unix_socket() {
    each_pair(|by| both_ways(tls(by, unix()), if by.is_one_library() { 16 } else { 4 }));
}

fn both_ways<T: Duplex + Send + 'static>(
    (client, server): (TlsStream<T>, TlsStream<T>),
    megabytes: usize,
) {
    let mut threads = Vec::new();
    for mut reader in [client, server] {
        let mut writer = reader.try_clone().unwrap();
        threads.push(thread::spawn(move || {
            let block = pattern(1 << 20);
            for _ in 0..megabytes {
                writer.write_all(&block).unwrap();
            }
            writer.shutdown(Shutdown::Write).unwrap();
        }));
        threads.push(thread::spawn(move || {
            let (block, mut buf) = (pattern(1 << 20), vec![0; 1 << 20]);
            for _ in 0..megabytes {
                reader.read_exact(&mut buf).unwrap();
                assert!(buf == block, "bytes are lost, repeated or moved");
            }
            assert_eq!(reader.read(&mut buf).unwrap(), 0, "each direction ends by itself");
        }));
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_reader_does_not_wait_for_a_stuck_writer() {
    each_pair(|by| {
        let (mut client, mut server, hooks) = hooked(by);
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
        for round in 0..100_u8 {
            server.write_all(&[round]).unwrap();
            let mut buf = [0];
            client.read_exact(&mut buf).unwrap();
            assert_eq!(buf, [round]);
        }
        drop(release);
        let mut buf = [0; 5];
        server.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"stuck");
        writing.join().unwrap();
    });
}

#[test]
fn a_reader_lives_beside_a_socket_that_is_full() {
    each_library(|by| {
        let (mut client, mut server) = tls(by, tcp());
        let mut writer = client.try_clone().unwrap();
        let (done, is_done) = mpsc::channel();
        let writing = thread::spawn(move || {
            writer.write_all(&pattern(1 << 20).repeat(32)).unwrap();
            done.send(()).unwrap();
        });
        for round in 0..1_000_u32 {
            server.write_all(&round.to_be_bytes()).unwrap();
            let mut buf = [0; 4];
            client.read_exact(&mut buf).unwrap();
            assert_eq!(u32::from_be_bytes(buf), round);
        }
        assert_eq!(is_done.try_recv(), Err(mpsc::TryRecvError::Empty));
        let mut buf = vec![0; 32 << 20];
        server.read_exact(&mut buf).unwrap();
        assert!(buf == pattern(1 << 20).repeat(32));
        writing.join().unwrap();
    });
}

#[test]
fn many_writers_and_one_reader_keep_every_byte() {
    const WRITERS: u8 = 16;
    const EACH: usize = 500;
    each_library(|by| {
        let (client, mut server) = tls(by, tcp());
        let mut writers = Vec::new();
        for name in 0..WRITERS {
            let mut writer = client.try_clone().unwrap();
            writers.push(thread::spawn(move || {
                for _ in 0..EACH {
                    // One write of this size is one turn, so it stays in one piece.
                    assert_eq!(writer.write(&[name; 100]).unwrap(), 100);
                }
            }));
        }
        let mut seen = [0; WRITERS as usize];
        let mut buf = [0; 100];
        for _ in 0..usize::from(WRITERS) * EACH {
            server.read_exact(&mut buf).unwrap();
            assert!(buf.iter().all(|byte| *byte == buf[0]));
            seen[usize::from(buf[0])] += 1;
        }
        assert!(seen.iter().all(|count| *count == EACH));
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn two_readers_share_what_comes() {
    const TOTAL: usize = 4 << 20;
    each_library(|by| {
        let (client, mut server) = tls(by, tcp());
        let mut readers = Vec::new();
        for size in [1_000, 5_000] {
            let mut reader = client.try_clone().unwrap();
            readers.push(thread::spawn(move || {
                let (mut total, mut sum, mut buf) = (0, 0_u64, vec![0; size]);
                loop {
                    let n = reader.read(&mut buf).unwrap();
                    if n == 0 {
                        return (total, sum);
                    }
                    total += n;
                    sum += buf[..n].iter().map(|byte| u64::from(*byte)).sum::<u64>();
                }
            }));
        }
        let bytes = pattern(TOTAL);
        server.write_all(&bytes).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        let (mut total, mut sum) = (0, 0);
        for reader in readers {
            let (n, s) = reader.join().unwrap();
            total += n;
            sum += s;
        }
        assert_eq!(total, TOTAL);
        assert_eq!(sum, bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
    });
}

#[test]
fn tls_runs_over_tls() {
    each_pair(|by| {
        let (mut client, mut server) = tls(by, tls(by, unix()));
        client.write_all(b"twice").unwrap();
        let mut buf = [0; 5];
        server.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"twice");
    });
}
