//! Senders in other threads are not kept by a writer that is stuck, nor by pings without end (RFC 6455
//! §5.5.2).

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::RawFrame;
use blocking_ws::{Duplex, Role, WebSocket};
use test_support::peer::open;
use test_support::within;

/// What a busy machine may add to a bound.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn a_second_sender_does_not_wait_for_a_stuck_writer() {
    within(|| {
        let (ws, mut peer) = open(Role::Server);
        let sender = ws.sender().unwrap();
        let writer = thread::spawn(move || sender.send(vec![7; 1 << 20]));
        peer.expect_start();
        // From here to its end the writer holds the lock, for the peer does not read.
        let (done, result) = mpsc::channel();
        let asks = thread::spawn(move || {
            let second = ws.sender().unwrap();
            done.send(()).unwrap();
            (ws, second)
        });
        let got = result.recv_timeout(SLACK);
        peer.expect_frame(RawFrame::binary(vec![7; 1 << 20]));
        assert_eq!(got, Ok(()), "at once");
        writer.join().unwrap().unwrap();
        let (_ws, second) = asks.join().unwrap();
        second.send("both work").unwrap();
        peer.expect_frame(RawFrame::text("both work"));
    });
}

/// A stream on which a ping comes during each write, and the reader is done with it before the
/// write returns: the most that a peer can do to make the writing thread answer once more.
#[derive(Clone)]
struct Pings(Arc<(Mutex<Reader>, Condvar)>);

/// The bytes that are there for it, and whether it waits for more.
type Reader = (Vec<u8>, bool);

impl Read for Pings {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.1 = true;
        changed.notify_all();
        let mut state = changed.wait_while(state, |(bytes, _)| bytes.is_empty()).unwrap();
        state.1 = false;
        let n = state.0.as_slice().read(buf)?;
        state.0.drain(..n);
        Ok(n)
    }
}

impl Write for Pings {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        // Where the reader writes itself, nobody waits.
        if state.1 {
            state.0.extend(RawFrame::ping("").to_bytes(Role::Server));
            state.1 = false;
            changed.notify_all();
            drop(changed.wait_while(state, |(_, waits)| !*waits).unwrap());
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Pings {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    test_support::timeouts_and_shutdown_ignored!();
}

#[test]
fn section_5_5_2_pings_without_end_do_not_keep_a_sender() {
    within(|| {
        let pings = Pings(Arc::default());
        let mut ws = WebSocket::from_parts(pings.clone(), Role::Client, Vec::new());
        let sender = ws.sender().unwrap();
        // It waits to the end of the test and beyond.
        thread::spawn(move || ws.recv());
        let (state, changed) = &*pings.0;
        drop(changed.wait_while(state.lock().unwrap(), |(_, waits)| !*waits).unwrap());
        let (done, result) = mpsc::channel();
        thread::spawn(move || {
            (0..50_u8).for_each(|i| sender.send([i]).unwrap());
            done.send(()).unwrap();
        });
        assert_eq!(result.recv_timeout(SLACK), Ok(()), "a send does not return");
    });
}
