//! Each fault at its place, on a stream.

use std::env;
use std::fmt::Debug;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::{At, Fault, Faults, Faulty, Pipe, RawFrame, at_every_byte};
use blocking_ws::{Client, Duplex, Role, Settings, Stream, WebSocket, testing};
use test_support::echo::echo;
use test_support::within;

use super::report;

pub(crate) const SHORT: Duration = Duration::from_millis(20);
/// Longer than any test waits, so that what waits for it must be woken.
pub(crate) const LONG: Duration = Duration::from_secs(1000);

pub(crate) fn pipe() -> (Faulty<Pipe>, Pipe) {
    let (near, far) = Pipe::new(4096);
    (Faulty::new(near).unwrap(), far)
}

pub(crate) fn bytes(len: u8) -> Vec<u8> {
    (0..len).collect()
}

pub(crate) fn kind<T: Debug>(result: io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Everything up to the end, or up to an error.
pub(crate) fn read_all(stream: &mut impl Read) -> (Vec<u8>, io::Result<()>) {
    let (mut all, mut buf) = (Vec::new(), [0; 64]);
    loop {
        match stream.read(&mut buf) {
            Ok(0) => return (all, Ok(())),
            Ok(n) => all.extend(&buf[..n]),
            Err(e) => return (all, Err(e)),
        }
    }
}

/// What becomes of 100 bytes.
struct Row {
    name: &'static str,
    faults: Vec<Fault>,
    /// What arrives, by the place of the faults.
    arrives: fn(usize) -> Vec<u8>,
    /// The error, and how many bytes have passed before it; none if the place is the end.
    error: Option<ErrorKind>,
}

fn rows() -> Vec<Row> {
    fn all(_: usize) -> Vec<u8> {
        bytes(100)
    }
    fn before(n: usize) -> Vec<u8> {
        bytes(100)[..n].to_vec()
    }
    fn around(n: usize, middle: &[u8], skip: usize) -> Vec<u8> {
        let all = bytes(100);
        [&all[..n], middle, &all[(n + skip).min(100)..]].concat()
    }
    let insert = |text: &[u8]| Fault::Insert(text.to_vec());
    let broken = Some(ErrorKind::BrokenPipe);
    let reset = Some(ErrorKind::ConnectionReset);
    let row = |name, faults, arrives, error| Row { name, faults, arrives, error };
    vec![
        row("nothing", vec![], all, None),
        row("cut", vec![Fault::Cut], before, broken),
        row("reset", vec![Fault::Reset], before, reset),
        row("stall", vec![Fault::Stall], before, Some(ErrorKind::WouldBlock)),
        row("error", vec![Fault::Error(ErrorKind::NotFound)], before, Some(ErrorKind::NotFound)),
        row(
            "corrupt",
            vec![Fault::Corrupt(0x80)],
            |n| {
                let mut all = bytes(100);
                all.iter_mut().skip(n).take(1).for_each(|byte| *byte ^= 0x80);
                all
            },
            None,
        ),
        row("insert", vec![insert(b"xyz")], |n| around(n, b"xyz", 0), None),
        row("drop", vec![Fault::Drop(10)], |n| around(n, b"", 10), None),
        row(
            "replace",
            vec![Fault::Drop(3), insert(b"ab"), insert(b"c"), Fault::Corrupt(0)],
            |n| around(n, b"abc", 3),
            None,
        ),
        row(
            "insert and cut",
            vec![insert(b"!"), Fault::Cut, Fault::Reset],
            |n| [&bytes(100)[..n], b"!"].concat(),
            broken,
        ),
    ]
}

fn plan(row: &Row, at: usize, chunk: Option<usize>) -> Faults {
    let faults = chunk.map_or(Faults::new(), |most| Faults::new().chunk(1..=most));
    row.faults.iter().fold(faults, |faults, fault| faults.after(at, fault.clone()))
}

fn for_each_row(test: impl Fn(&Row, usize, Option<usize>)) {
    for row in rows() {
        for chunk in [None, Some(1), Some(7)] {
            for at in [0, 1, 40, 99, 100] {
                test(&row, at, chunk);
            }
        }
    }
}

#[test]
fn every_fault_at_its_place_in_what_is_written() {
    within(|| {
        for_each_row(|row, at, chunk| {
            let name = format!("{} at {at}, {chunk:?} at once", row.name);
            let (near, mut far) = pipe();
            let mut near = near.writing(plan(row, at, chunk));
            near.set_write_timeout(Some(SHORT)).unwrap();
            let written = near.write_all(&bytes(100));
            let error = if at < 100 { row.error } else { None };
            assert_eq!(written.err().map(|e| e.kind()), error, "{name}");
            // A cut or a reset ends the stream without a further call.
            if !row.faults.iter().any(|fault| matches!(fault, Fault::Cut | Fault::Reset)) {
                near.shutdown(Shutdown::Write).unwrap();
            }
            let (came, end) = read_all(&mut far);
            assert_eq!(came, (row.arrives)(at), "{name}");
            assert!(end.is_ok(), "{name}: {end:?}");
        });
    });
}

#[test]
fn every_fault_at_its_place_in_what_is_read() {
    within(|| {
        for_each_row(|row, at, chunk| {
            let name = format!("{} at {at}, {chunk:?} at once", row.name);
            let (near, mut far) = pipe();
            let mut near = near.reading(plan(row, at, chunk));
            near.set_read_timeout(Some(SHORT)).unwrap();
            let error = row.error.filter(|kind| *kind != ErrorKind::BrokenPipe);
            // The other end may write before or after it is told.
            let _ = far.write_all(&bytes(100)).and_then(|()| far.shutdown(Shutdown::Write));
            let (came, end) = read_all(&mut near);
            assert_eq!(came, (row.arrives)(at), "{name}");
            assert_eq!(end.err().map(|e| e.kind()), error, "{name}");
        });
    });
}

#[test]
fn a_place_is_reached_without_a_further_call() {
    within(|| {
        let (near, mut far) = pipe();
        let mut near = near.writing(Faults::new().after(40, Fault::Cut));
        assert_eq!(near.write(&bytes(100)).unwrap(), 40);
        assert_eq!(read_all(&mut far).0.len(), 40);
        let (near, mut far) = pipe();
        let mut near = near.reading(Faults::new().after(40, Fault::Cut));
        far.write_all(&bytes(100)).unwrap();
        near.read_exact(&mut [0; 40]).unwrap();
        assert_eq!(kind(far.write(b"x")), ErrorKind::BrokenPipe);
        assert_eq!(read_all(&mut far).0, b"");

        // At the start, as soon as there is a plan.
        let (near, mut far) = pipe();
        let mut near = near.writing(Faults::new().after(At::start(), Fault::Insert(b"hi".into())));
        far.read_exact(&mut [0; 2]).unwrap();
        near.write_all(b"x").unwrap();
        far.read_exact(&mut [0; 1]).unwrap();
        let _near = near.reading(Faults::new().after(0, Fault::Cut));
        assert_eq!(read_all(&mut far).0, b"");
    });
}

#[test]
fn an_error_comes_once_and_nothing_is_lost() {
    let fails = Faults::new().after(40, Fault::Error(ErrorKind::HostUnreachable));
    let (near, mut far) = pipe();
    let mut near = near.writing(fails.clone()).reading(fails);
    far.write_all(&bytes(100)).unwrap();
    for again in 0..2 {
        let mut buf = [0; 100];
        let (read, written) = (near.read(&mut buf), near.write(&bytes(100)[40 * again..]));
        assert_eq!(read.unwrap(), [40, 60][again]);
        assert_eq!(written.unwrap(), [40, 60][again]);
        if again == 0 {
            assert_eq!(kind(near.read(&mut buf)), ErrorKind::HostUnreachable);
            assert_eq!(kind(near.write(b"x")), ErrorKind::HostUnreachable);
        }
    }
    drop(near);
    assert_eq!(read_all(&mut far).0, bytes(100));
}

#[test]
fn errors_name_the_place_and_the_seed() {
    let reset = Faults::new().seed(7).after(3, Fault::Reset);
    let cut = Faults::new().seed(8).after(3, Fault::Cut);
    let fails = Faults::new().seed(9).after(3, Fault::Error(ErrorKind::Other));
    let written = |faults| {
        let (near, _far) = pipe();
        let mut near = near.writing(faults);
        near.write_all(b"hello").unwrap_err().to_string()
    };
    let read = |faults| {
        let (near, mut far) = pipe();
        let mut near = near.reading(faults);
        far.write_all(b"hello").unwrap();
        read_all(&mut near).1.unwrap_err().to_string()
    };
    assert_eq!(written(reset.clone()), "reset at byte 3 by a plan of faults with seed 7");
    assert_eq!(read(reset), "reset at byte 3 by a plan of faults with seed 7");
    assert_eq!(written(cut), "cut at byte 3 by a plan of faults with seed 8");
    assert_eq!(written(fails.clone()), "failed at byte 3 by a plan of faults with seed 9");
    assert_eq!(read(fails), "failed at byte 3 by a plan of faults with seed 9");
    let (near, _far) = pipe();
    let mut near = near.writing(Faults::new().seed(10));
    near.write_all(b"ab").unwrap();
    near.handle().cut();
    assert_eq!(
        near.write(b"c").unwrap_err().to_string(),
        "cut by a FaultHandle at byte 2; the plan of faults for writing has seed 10"
    );
}

#[test]
fn the_same_seed_gives_the_same_sizes_bytes_and_errors() {
    let run = |seed, is_read: bool| {
        let faults = Faults::new()
            .seed(seed)
            .chunk(1..=9)
            .jitter(Duration::from_micros(10))
            .after(50, Fault::Corrupt(1))
            .after(90, Fault::Reset);
        let (near, mut far) = pipe();
        let mut near = if is_read { near.reading(faults) } else { near.writing(faults) };
        let (mut sizes, mut at) = (Vec::new(), 0);
        far.write_all(&bytes(100)).unwrap();
        let mut buf = [0; 100];
        let end = loop {
            let moved =
                if is_read { near.read(&mut buf[at..]) } else { near.write(&bytes(100)[at..]) };
            match moved {
                Ok(n) => sizes.push(n),
                Err(e) => break e.to_string(),
            }
            at += sizes.last().unwrap();
        };
        if !is_read {
            at = far.read(&mut buf).unwrap();
        }
        (sizes, buf[..at].to_vec(), end)
    };
    for is_read in [true, false] {
        assert_eq!(run(7, is_read), run(7, is_read));
        assert_ne!(run(7, is_read).0, run(8, is_read).0);
        assert_eq!(run(7, is_read).1, run(8, is_read).1);
    }
    assert_ne!(run(7, true).0, run(7, false).0, "each direction has its own sizes");
}

#[test]
fn bytes_are_late_and_a_long_write_waits_once() {
    within(|| {
        let late = Duration::from_millis(100);
        let faults = Faults::new().latency(late).jitter(late).chunk(1..=1);
        let (near, mut far) = pipe();
        let mut near = near.writing(faults.clone()).reading(faults);
        let began = Instant::now();
        assert_eq!(kind(near.try_write(&bytes(50))), ErrorKind::WouldBlock);
        near.write_all(&bytes(50)).unwrap();
        let took = began.elapsed();
        assert!(took >= late && took < late * 30, "{took:?}");
        assert_eq!(far.read(&mut [0; 99]).unwrap(), 50);

        far.write_all(&bytes(50)).unwrap();
        let began = Instant::now();
        assert_eq!(kind(near.try_read(&mut [0; 99])), ErrorKind::WouldBlock);
        near.read_exact(&mut [0; 50]).unwrap();
        let took = began.elapsed();
        assert!(took >= late && took < late * 30, "{took:?}");
        near.set_read_timeout(Some(SHORT)).unwrap();
        far.write_all(b"x").unwrap();
        assert_eq!(kind(near.read(&mut [0; 9])), ErrorKind::WouldBlock, "later than the timeout");
        near.set_read_timeout(None).unwrap();
        assert_eq!(near.read(&mut [0; 9]).unwrap(), 1);
    });
}

#[test]
fn a_rate_is_kept() {
    within(|| {
        for is_read in [true, false] {
            let faults = Faults::new().rate(20_000);
            let (near, mut far) = pipe();
            let mut near = if is_read { near.reading(faults) } else { near.writing(faults) };
            let began = Instant::now();
            if is_read {
                far.write_all(&[0; 4000]).unwrap();
                near.read_exact(&mut [0; 4000]).unwrap();
            } else {
                near.write_all(&[0; 4000]).unwrap();
            }
            // The last piece, a 50th of a second, has not to wait.
            let took = began.elapsed();
            assert!(took >= Duration::from_millis(170), "{took:?}");
        }
    });
}

#[test]
fn the_end_is_late() {
    within(|| {
        let slow = Faults::new().slow_close(SHORT * 3);
        let (near, mut far) = pipe();
        let near = near.writing(slow.clone());
        let began = Instant::now();
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(far.read(&mut [0]).unwrap(), 0);
        assert!(began.elapsed() >= SHORT * 3);
        let (near, far) = pipe();
        let mut near = near.reading(slow);
        far.shutdown(Shutdown::Write).unwrap();
        let began = Instant::now();
        assert_eq!(kind(near.try_read(&mut [0])), ErrorKind::WouldBlock);
        assert_eq!(near.read(&mut [0]).unwrap(), 0);
        assert!(began.elapsed() >= SHORT * 3);
    });
}

#[test]
fn another_plan_counts_from_where_it_begins() {
    let (mut near, mut far) = pipe();
    let handle = near.handle();
    let frame = RawFrame::text("hello").to_bytes(Role::Server);
    near.write_all(&frame).unwrap();
    handle.set_writing(Faults::new().seed(3).after(At::start().frame(2), Fault::Cut));
    assert_eq!(handle.seeds().1, 3);
    assert_eq!(near.write(&frame.repeat(2)).unwrap(), frame.len());
    let error = near.write(b"x").unwrap_err().to_string();
    assert_eq!(error, "cut at byte 14 by a plan of faults with seed 3");
    assert_eq!(read_all(&mut far).0, frame.repeat(2));
}

/// Both ends of a WebSocket connection that begins with a handshake, over streams of faults.
fn opened(most: Duration, reading: Faults, writing: Faults) -> blocking_ws::Result<String> {
    let (near, far) = Pipe::new(4096);
    let near = Faulty::new(near).unwrap().reading(reading).writing(writing);
    let server = thread::spawn(move || {
        let mut ws = WebSocket::accept(far)?;
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok::<(), blocking_ws::Error>(())
    });
    let client = Client::new().connect_timeout(most).close_timeout(most);
    let done = client.connect_over("ws://a.example/", near).and_then(|mut ws| {
        ws.set_read_timeout(most);
        ws.send("hello")?;
        let answer = ws.recv()?.map(|message| message.to_string());
        ws.close(1000, "")?;
        Ok(answer.unwrap_or_default())
    });
    // Whatever happened, the other end has come to an end.
    let _ = server.join().unwrap();
    done
}

#[test]
fn the_library_survives_every_fault_at_every_byte() {
    within(|| {
        let tiny = || Faults::new().chunk(1..=1);
        assert_eq!(opened(LONG, tiny(), tiny()).unwrap(), "hello");
        // About as long as a request, and an answer with a frame.
        let far_away = 100_000;
        for fault in [Fault::Cut, Fault::Reset] {
            at_every_byte(150, |n| {
                assert!(opened(LONG, tiny(), tiny().after(n, fault.clone())).is_err());
            });
            at_every_byte(130, |n| {
                assert!(opened(LONG, tiny().after(n, fault.clone()), tiny()).is_err());
            });
        }
        for n in (0..130).step_by(13) {
            assert!(opened(SHORT, tiny().after(n, Fault::Stall), tiny()).is_err(), "{n}");
            assert!(opened(SHORT, tiny(), tiny().after(n, Fault::Stall)).is_err(), "{n}");
        }
        // Within the first frame after the handshake.
        for n in 0..11 {
            for fault in [Fault::Cut, Fault::Reset, Fault::Drop(1), Fault::Corrupt(0x70)] {
                let at = At::head().frame(1).byte(n);
                let faults = Faults::new().after(at, fault.clone());
                let written = opened(SHORT, Faults::new(), faults);
                assert_ne!(written.ok().as_deref(), Some("hello"), "{fault} at {n}");
            }
        }
        assert_eq!(
            opened(LONG, Faults::new().after(far_away, Fault::Cut), Faults::new()).unwrap(),
            "hello"
        );
    });
}

#[test]
fn messages_of_all_sizes_pass_in_small_pieces() {
    within(|| {
        let (near, far) = Pipe::new(4096);
        let near = Faulty::new(near).unwrap();
        let near = near.reading(Faults::new().chunk(1..=5)).writing(Faults::new().chunk(1..=300));
        let ends = (Stream::new(near).unwrap(), Stream::new(far).unwrap());
        let (mut client, server) = testing::pair_over(ends, &Settings::new()).unwrap();
        let handler = testing::spawn_on(server, echo);
        for len in [0, 1, 125, 126, 5000, 100_000] {
            let sent = "x".repeat(len);
            client.send(&sent[..]).unwrap();
            assert!(client.recv().unwrap() == Some(sent.into()), "{len}");
        }
        client.close(1000, "").unwrap();
        handler.join().unwrap();
    });
}

/// Tells the program that it is the one that fails.
const FAILS: &str = "BLOCKING_WS_KIT_FAILS";

#[test]
fn a_test_that_fails_says_by_which_faults() {
    if env::var_os(FAILS).is_some() {
        let (near, far) = pipe();
        let faults = Faults::new().seed(7).after(2, Fault::Corrupt(1)).after(4, Fault::Cut);
        let mut near = near.writing(faults).reading(Faults::new().seed(8).chunk(1..=1));
        let (nothing, _far) = pipe();
        let _moved = (near.try_clone().unwrap(), far, nothing);
        let written = near.write_all(b"hello");
        // It has ended already.
        near.handle().reset();
        written.unwrap();
    }
    let test = "faults::a_test_that_fails_says_by_which_faults";
    let mut command = Command::new(env::current_exe().unwrap());
    let ran = command.args(["--exact", test, "--nocapture"]).env(FAILS, "1").output().unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success(), "{told}");
    let lines: Vec<_> = told.lines().filter(|line| line.starts_with("Faulty")).collect();
    let want = "Faulty stream: reads with seed 8: no fault yet; \
                writes with seed 7: corrupted by 0x01 at byte 2, cut at byte 4";
    assert_eq!(lines, [want], "{told}");
}

#[test]
fn what_a_sweep_says() {
    let text = report::of(|| {
        at_every_byte(9, |n| {
            let (near, _far) = pipe();
            let mut near = near.writing(Faults::new().seed(7).after(n, Fault::Cut));
            let written = near.write_all(b"hello");
            assert!(n < 3 || written.is_err(), "nothing was noticed");
        });
    });
    let want = "at byte 5: nothing was noticed\n\
                (also at byte 6, 7, 8, 9 of 0 to 9, and then tried no more)";
    assert_eq!(text, want);
}
