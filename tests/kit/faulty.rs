//! The promises of `Duplex`, kept by a stream on which things go wrong.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{Fault, FaultHandle, Faults, Faulty, Pipe};
use blocking_ws::{Duplex, Stream};
use test_support::socket::tcp;
use test_support::within;

use super::faults::{LONG, SHORT, bytes, kind, pipe, read_all};

/// What makes a call wait without end, in either direction.
fn waits() -> [(&'static str, Faults); 4] {
    [
        ("stall", Faults::new().after(0, Fault::Stall)),
        ("latency", Faults::new().latency(LONG)),
        ("latency beyond all clocks", Faults::new().latency(Duration::MAX)),
        ("rate", Faults::new().rate(1)),
    ]
}

/// A stream on which reads and writes wait for a fault.
fn waiting(faults: &Faults) -> (Faulty<Pipe>, Pipe) {
    let (near, mut far) = pipe();
    let mut near = near.reading(faults.clone()).writing(faults.clone());
    far.write_all(&bytes(100)).unwrap();
    // At a rate, the first byte does not wait.
    near.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    near.set_write_timeout(Some(Duration::from_millis(1))).unwrap();
    let _ = (near.read(&mut [0]), near.write(b"x"));
    near.set_read_timeout(None).unwrap();
    near.set_write_timeout(None).unwrap();
    (near, far)
}

#[test]
fn timeouts_hold_and_calls_that_must_not_wait_do_not() {
    within(|| {
        for (name, faults) in waits() {
            let (mut near, _far) = waiting(&faults);
            assert_eq!(kind(near.try_read(&mut [0; 9])), ErrorKind::WouldBlock, "{name}");
            assert_eq!(kind(near.try_write(b"x")), ErrorKind::WouldBlock, "{name}");
            near.try_flush().unwrap();
            near.set_read_timeout(Some(SHORT)).unwrap();
            near.set_write_timeout(Some(SHORT)).unwrap();
            let mut other = near.try_clone().unwrap();
            let began = Instant::now();
            assert_eq!(kind(near.read(&mut [0; 9])), ErrorKind::WouldBlock, "{name}");
            assert_eq!(kind(other.write(b"x")), ErrorKind::WouldBlock, "{name}");
            assert!(began.elapsed() >= SHORT * 2, "{name}");
        }
        let (near, _far) = pipe();
        assert_eq!(kind(near.set_read_timeout(Some(Duration::ZERO))), ErrorKind::InvalidInput);
        assert_eq!(kind(near.set_write_timeout(Some(Duration::ZERO))), ErrorKind::InvalidInput);
    });
}

/// Runs `call` while another thread reads and a third one writes, and returns what these get.
fn woken<S: Duplex + Send + 'static>(
    near: &Faulty<S>,
    call: impl FnOnce(),
) -> (io::Result<usize>, ErrorKind) {
    let (mut reader, mut writer) = (near.try_clone().unwrap(), near.try_clone().unwrap());
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let ready = tell.clone();
        let read = scope.spawn(move || {
            ready.send(()).unwrap();
            reader.read(&mut [0; 9])
        });
        let written = scope.spawn(move || {
            tell.send(()).unwrap();
            // Perhaps there is some room yet.
            loop {
                if let Err(e) = writer.write(&vec![0; 1 << 16]) {
                    return e.kind();
                }
            }
        });
        told.iter().take(2).for_each(drop);
        call();
        (read.join().unwrap(), written.join().unwrap())
    })
}

#[test]
fn shutdown_and_the_handle_end_all_waits() {
    within(|| {
        let nothing = ("the stream below", Faults::new());
        for (name, faults) in waits().into_iter().chain([nothing]) {
            type End = fn(&Faulty<Pipe>, &FaultHandle);
            let rows: [(&str, End, _, _); 4] = [
                (
                    "shutdown",
                    |near, _| near.shutdown(Shutdown::Both).unwrap(),
                    Ok(0),
                    ErrorKind::BrokenPipe,
                ),
                ("cut", |_, handle| handle.cut(), Ok(0), ErrorKind::BrokenPipe),
                (
                    "reset",
                    |_, handle| handle.reset(),
                    Err(ErrorKind::ConnectionReset),
                    ErrorKind::ConnectionReset,
                ),
                (
                    "another plan",
                    |_, handle| handle.set_writing(Faults::new().after(0, Fault::Cut)),
                    Ok(0),
                    ErrorKind::BrokenPipe,
                ),
            ];
            for (end, call, read, written) in rows {
                let (mut near, far) = waiting(&faults);
                if name == "the stream below" {
                    // Nothing comes, so that the read waits below.
                    let _ = near.read(&mut [0; 4096]).unwrap();
                }
                let handle = near.handle();
                let (got, wrote) = woken(&near, || call(&near, &handle));
                assert_eq!(got.map_err(|e| e.kind()), read, "{name}, {end}");
                assert_eq!(wrote, written, "{name}, {end}");
                drop(far);
            }
        }
    });
}

#[test]
fn a_stall_ends_where_it_began() {
    within(|| {
        let (near, mut far) = pipe();
        let stall = Faults::new().after(2, Fault::Stall).after(4, Fault::Stall);
        let mut near = near.writing(stall.clone()).reading(stall);
        let handle = near.handle();
        far.write_all(b"abcdef").unwrap();
        for part in [b"ab", b"cd", b"ef"] {
            let mut buf = [0; 9];
            assert_eq!(near.write(part).unwrap(), 2);
            assert_eq!(near.read(&mut buf).unwrap(), 2);
            assert_eq!(&buf[..2], part);
            if part != b"ef" {
                assert_eq!(kind(near.try_read(&mut buf)), ErrorKind::WouldBlock);
                assert_eq!(kind(near.try_write(part)), ErrorKind::WouldBlock);
                handle.resume();
            }
        }
        handle.stall();
        assert_eq!(kind(near.try_write(b"x")), ErrorKind::WouldBlock);
        let resumed = thread::spawn(move || {
            near.write_all(b"x").unwrap();
        });
        handle.resume();
        resumed.join().unwrap();
        assert_eq!(read_all(&mut far).0, b"abcdefx");
        // The stream is gone.
        handle.cut();
        handle.stall();
        assert_eq!(handle.seeds(), handle.clone().seeds());
    });
}

#[test]
fn a_call_that_waits_in_a_stall_goes_on_after_it() {
    within(|| {
        let (near, mut far) = pipe();
        let handle = near.handle();
        for round in 0..20 {
            handle.stall();
            far.write_all(b"x").unwrap();
            let (mut reader, mut writer) = (near.try_clone().unwrap(), near.try_clone().unwrap());
            thread::scope(|scope| {
                let read = scope.spawn(move || reader.read(&mut [0]).unwrap());
                let written = scope.spawn(move || writer.write(b"y").unwrap());
                // Without this they hardly wait yet, and the test proves less.
                thread::sleep(Duration::from_millis(1));
                handle.resume();
                assert_eq!((read.join().unwrap(), written.join().unwrap()), (1, 1), "{round}");
            });
            far.read_exact(&mut [0]).unwrap();
        }
    });
}

#[test]
fn a_fault_happens_as_soon_as_the_one_before_it_is_over() {
    within(|| {
        for fault in [Fault::Stall, Fault::Error(ErrorKind::NotFound)] {
            for is_read in [true, false] {
                let faults = Faults::new().after(1, fault.clone()).after(1, Fault::Cut);
                let (near, mut far) = pipe();
                let mut near = if is_read { near.reading(faults) } else { near.writing(faults) };
                far.write_all(b"a").unwrap();
                assert_eq!(near.read(&mut [0]).unwrap(), 1);
                assert_eq!(near.write(b"b").unwrap(), 1);
                if fault == Fault::Stall {
                    near.handle().resume();
                } else if is_read {
                    assert_eq!(kind(near.read(&mut [0])), ErrorKind::NotFound);
                } else {
                    assert_eq!(kind(near.write(b"c")), ErrorKind::NotFound);
                }
                assert_eq!(read_all(&mut far).0, b"b", "{fault}, read: {is_read}");
            }
        }
    });
}

#[test]
fn a_read_delays_no_write_and_a_second_reader_waits_its_turn() {
    within(|| {
        let (mut near, mut far) = pipe();
        let mut reader = near.try_clone().unwrap();
        let mut second = near.try_clone().unwrap();
        let reads = thread::spawn(move || {
            let mut buf = [0; 1];
            reader.read_exact(&mut buf).unwrap();
            buf[0]
        });
        let reads_too = thread::spawn(move || {
            let mut buf = [0; 1];
            second.read_exact(&mut buf).unwrap();
            buf[0]
        });
        for _ in 0..100 {
            near.write_all(b"x").unwrap();
            assert_eq!(kind(near.try_read(&mut [0])), ErrorKind::WouldBlock);
        }
        far.write_all(b"ab").unwrap();
        let mut came = [reads.join().unwrap(), reads_too.join().unwrap()];
        came.sort_unstable();
        assert_eq!(&came, b"ab");
    });
}

/// A stream that can do little, and has no other way to write than `write_slices`.
struct Plain(Pipe);

impl Read for Plain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Write for Plain {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("this could raise SIGPIPE");
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::StorageFull.into())
    }
}

impl Duplex for Plain {
    fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    test_support::timeouts_and_shutdown_of!(0);

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut written = 0;
        for slice in slices {
            self.0.write_all(slice)?;
            written += slice.len();
        }
        Ok(written)
    }

    fn last_received(&self) -> Option<Instant> {
        Some(Instant::now())
    }

    fn is_tls(&self) -> bool {
        true
    }
}

#[test]
fn what_the_stream_below_can_do_and_what_it_cannot() {
    within(|| {
        let (near, mut far) = Pipe::new(4096);
        let faults = Faults::new().after(3, Fault::Corrupt(0x20)).after(5, Fault::Drop(1));
        let faults = faults.after(6, Fault::Insert(b"!".into()));
        let mut near = Faulty::new(Plain(near)).unwrap().writing(faults);
        let mut slices = [&b"ab"[..], b"", b"cde", b"fgh"].map(IoSlice::new);
        let mut slices = &mut slices[..];
        while !slices.is_empty() {
            let n = near.write_slices(slices).unwrap();
            IoSlice::advance_slices(&mut slices, n);
        }
        near.write_all(b"i").unwrap();
        assert_eq!(near.write_vectored(&[IoSlice::new(b"j")]).unwrap(), 1);
        assert_eq!(kind(near.flush()), ErrorKind::StorageFull);
        assert_eq!(near.write_slices(&[IoSlice::new(b"")]).unwrap(), 0);
        for tried in [b"", &b"x"[..]] {
            assert_eq!(kind(near.try_write(tried)), ErrorKind::Unsupported);
            assert_eq!(kind(near.try_read(&mut tried.to_vec())), ErrorKind::Unsupported);
        }
        near.try_flush().unwrap();
        far.write_all(b"k").unwrap();
        assert!(near.last_received().is_none());
        near.read_exact(&mut [0]).unwrap();
        assert!(near.last_received().is_some());
        assert!(near.is_tls() && near.tls().is_none() && near.is_duplex() && !near.keeps_sent());
        assert_eq!(kind(near.peer_addr()), ErrorKind::Unsupported);
        drop(near);
        assert_eq!(read_all(&mut far).0, b"abcDe!ghij");

        let (mut near, _far) = pipe();
        assert!(near.keeps_sent() && !near.is_tls());
        assert_eq!((near.try_write(b"").unwrap(), near.try_read(&mut []).unwrap()), (0, 0));
        assert_eq!(near.try_write(b"ab").unwrap(), 2);
        let (near, _far) = tcp();
        let addresses = (near.peer_addr().unwrap(), near.local_addr().unwrap());
        let near = Faulty::new(near).unwrap();
        assert_eq!((near.peer_addr().unwrap(), near.local_addr().unwrap()), addresses);
        let half = Stream::half(io::empty());
        assert_eq!(kind(Faulty::new(half)), ErrorKind::Unsupported);
    });
}

#[test]
fn what_was_inserted_waits_for_room() {
    within(|| {
        let (near, mut far) = Pipe::new(4);
        let faults = Faults::new().after(2, Fault::Insert(b"0123456789".into()));
        let mut near = Faulty::new(near).unwrap().writing(faults.after(3, Fault::Cut));
        assert_eq!(near.try_write(b"abc").unwrap(), 2);
        assert_eq!(kind(near.try_write(b"c")), ErrorKind::WouldBlock);
        assert_eq!(kind(near.try_flush()), ErrorKind::WouldBlock);
        let came = thread::spawn(move || read_all(&mut far).0);
        near.flush().unwrap();
        near.write_all(b"c").unwrap();
        assert_eq!(came.join().unwrap(), b"ab0123456789c");

        // A shutdown sends it too, if it can.
        let (near, mut far) = Pipe::new(4);
        let faults = Faults::new().after(2, Fault::Insert(b"01".into()));
        let faults = faults.after(2, Fault::Insert(b"2".into()));
        let mut near = Faulty::new(near).unwrap().writing(faults);
        assert_eq!(near.try_write(b"ab").unwrap(), 2);
        far.read_exact(&mut [0; 2]).unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_all(&mut far).0, b"012");
    });
}

#[test]
fn a_tcp_connection_is_reset_at_both_ends() {
    within(|| {
        let by_plan = |(near, far): (TcpStream, TcpStream), is_read: bool| {
            let faults = Faults::new().after(3, Fault::Reset);
            let near = Faulty::new(near).unwrap();
            (if is_read { near.reading(faults) } else { near.writing(faults) }, far)
        };
        // By what is written, while other handles exist and one of them reads.
        let (mut near, mut far) = by_plan(tcp(), false);
        let mut reader = near.try_clone().unwrap();
        let reads = thread::spawn(move || kind(reader.read(&mut [0; 9])));
        assert_eq!(near.write(b"hello").unwrap(), 3);
        assert_eq!(reads.join().unwrap(), ErrorKind::ConnectionReset);
        assert_eq!(kind(near.write(b"lo")), ErrorKind::ConnectionReset);
        let end = read_all(&mut far).1;
        assert_eq!(kind(end), ErrorKind::ConnectionReset);

        let (mut near, mut far) = by_plan(tcp(), true);
        far.write_all(b"hello").unwrap();
        near.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(kind(read_all(&mut far).1), ErrorKind::ConnectionReset);
        assert_eq!(kind(near.read(&mut [0])), ErrorKind::ConnectionReset);
        assert_eq!(kind(near.shutdown(Shutdown::Both)), ErrorKind::NotConnected);

        // By hand, while one thread reads and another one waits for room.
        let (near, mut far) = tcp();
        let near = Faulty::new(near).unwrap();
        let handle = near.handle();
        let (read, written) = woken(&near, || handle.reset());
        assert_eq!((kind(read), written), (ErrorKind::ConnectionReset, ErrorKind::ConnectionReset));
        assert_eq!(kind(read_all(&mut far).1), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_cut_of_a_tcp_connection_is_an_end_in_order() {
    within(|| {
        let (near, mut far) = tcp();
        let mut near = Faulty::new(near).unwrap().writing(Faults::new().after(3, Fault::Cut));
        assert_eq!(near.write(b"hello").unwrap(), 3);
        let (came, end) = read_all(&mut far);
        assert_eq!((&came[..], end.is_ok()), (&b"hel"[..], true));
        assert_eq!(near.read(&mut [0]).unwrap(), 0);
    });
}
