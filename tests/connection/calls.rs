//! How often a connection calls its stream, and with how much room: seldom and much while it is
//! busy, and little again once it is quiet.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use blocking_ws::testing::RawFrame;
use blocking_ws::{Duplex, Role, Settings};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A stream that always has more to read, and takes all that is written.
#[derive(Clone)]
struct Plays(Arc<Mutex<Tape>>);

struct Tape {
    /// What comes next, and after that again and again.
    next: Vec<u8>,
    frame: Vec<u8>,
    /// How much one read brings at most.
    most: usize,
    /// The room of each read, and the size of each write.
    reads: Vec<usize>,
    writes: Vec<usize>,
}

impl Plays {
    fn new() -> Self {
        let (next, frame) = (REQUEST.to_vec(), frame(10));
        let tape = Tape { next, frame, most: 300, reads: Vec::new(), writes: Vec::new() };
        Self(Arc::new(Mutex::new(tape)))
    }

    /// From now on messages of `len` bytes come, and a read brings `most` bytes at most.
    fn play(&self, len: usize, most: usize) {
        let mut tape = self.0.lock().unwrap();
        (tape.frame, tape.most) = (frame(len), most);
        (tape.reads, tape.writes) = (Vec::new(), Vec::new());
    }

    fn calls(&self) -> (Vec<usize>, Vec<usize>) {
        let tape = self.0.lock().unwrap();
        (tape.reads.clone(), tape.writes.clone())
    }
}

fn frame(len: usize) -> Vec<u8> {
    RawFrame::binary(vec![7; len]).to_bytes(Role::Client)
}

impl Read for Plays {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut tape = self.0.lock().unwrap();
        tape.reads.push(buf.len());
        let n = buf.len().min(tape.most);
        while tape.next.len() < n {
            let frame = tape.frame.clone();
            tape.next.extend(frame);
        }
        buf[..n].copy_from_slice(&tape.next[..n]);
        tape.next.drain(..n);
        Ok(n)
    }
}

impl Write for Plays {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().writes.push(buf.len());
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Plays {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    test_support::timeouts_and_shutdown_ignored!();
}

#[test]
fn bursts_need_few_calls_and_what_comes_after_them_little_room() {
    let plays = Plays::new();
    let mut ws = Settings::new().accept(plays.clone()).unwrap();
    let sender = ws.sender().unwrap();
    // Echoes messages of any size, and then this many of one size.
    let mut echo = |messages: usize, len: usize| {
        let mut left = messages;
        while left > 0 {
            let message = ws.recv_ref().unwrap().expect("there is always more");
            left -= usize::from(message.as_bytes().len() == len);
            sender.feed(message).unwrap();
        }
    };
    echo(10, 10);
    plays.play(16 << 10, usize::MAX);
    echo(100, 16 << 10);
    plays.play(16 << 10, usize::MAX);
    echo(160, 16 << 10);
    let (reads, writes) = plays.calls();
    assert!(reads.len() <= 20 && writes.len() <= 70, "{reads:?}, {writes:?}");
    assert!(reads.iter().all(|n| *n < 300 << 10), "{reads:?}");
    // The write timeout is for each 64 KiB, and this stream might return only when all is taken.
    assert!(writes.iter().all(|n| *n <= 64 << 10), "{writes:?}");

    plays.play(10, 100);
    echo(1000, 10);
    let (reads, _) = plays.calls();
    assert!(reads.last().is_some_and(|room| *room <= 512), "{reads:?}");

    // Large messages are read into their place.
    plays.play(1 << 20, usize::MAX);
    echo(3, 1 << 20);
    plays.play(1 << 20, usize::MAX);
    echo(10, 1 << 20);
    let (reads, writes) = plays.calls();
    assert!(reads.len() <= 10 * 18, "{reads:?}");
    assert!(reads.iter().all(|n| *n <= 64 << 10), "the cache still has it: {reads:?}");
    assert!(writes.len() <= 10 * 18 && writes.iter().all(|n| *n <= 64 << 10), "{writes:?}");
}
