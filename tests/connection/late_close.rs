//! A Close frame that waits behind a message (RFC 6455 §5.4, §7.1.2).

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use blocking_ws::testing::RawFrame;
use blocking_ws::{Duplex, Role, WebSocket};
use test_support::within;

/// Far longer than a busy machine stops a thread.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long each piece of a message takes.
const PIECE: Duration = Duration::from_millis(100);
/// More pieces than the timeout has room for.
const PIECES: usize = 25;
const SIZE: usize = 64 << 10;

/// A stream to a peer that reads slowly but steadily. It answers a Close frame, but not at the first
/// look.
struct Steady(Arc<Mutex<Peer>>);

struct Peer {
    /// Told at the first piece.
    begun: Option<Sender<()>>,
    received: Vec<u8>,
    looks: u32,
}

impl Steady {
    fn new(begun: Sender<()>) -> Self {
        Self(Arc::new(Mutex::new(Peer { begun: Some(begun), received: Vec::new(), looks: 0 })))
    }
}

impl Read for Steady {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let close = RawFrame::close(1001, "");
        let mut peer = self.0.lock().unwrap();
        let has_close = peer.received.ends_with(&close.to_bytes(Role::Server));
        peer.looks += u32::from(has_close);
        match peer.looks {
            2 => return (&close.to_bytes(Role::Client)[..]).read(buf),
            3.. => return Ok(0),
            0 | 1 => drop(peer),
        }
        thread::sleep(PIECE);
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Steady {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if buf.len() == SIZE {
            thread::sleep(PIECE);
        }
        let mut peer = self.0.lock().unwrap();
        peer.received.extend(buf);
        peer.begun.take().into_iter().for_each(|begun| begun.send(()).unwrap());
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Steady {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(Arc::clone(&self.0)))
    }

    test_support::timeouts_and_shutdown_ignored!();
}

#[test]
fn section_7_1_2_a_message_under_way_does_not_use_up_the_time_for_the_answer() {
    within(|| {
        thread::scope(|scope| {
            for rule in ["recv after the message", "recv meanwhile"] {
                let (begun, has_begun) = mpsc::channel();
                let mut ws = WebSocket::from_parts(Steady::new(begun), Role::Server, Vec::new());
                ws.set_close_timeout(TIMEOUT);
                let (closing, sending) = (ws.sender().unwrap(), ws.sender().unwrap());
                let send = move || sending.send(vec![0; PIECES * SIZE]).unwrap();
                scope.spawn(move || {
                    if rule.ends_with("meanwhile") {
                        scope.spawn(send);
                    } else {
                        send();
                    }
                    assert_eq!(ws.recv().expect(rule), None, "{rule}");
                    assert!(ws.close_status().unwrap().is_clean(), "{rule}");
                });
                scope.spawn(move || {
                    has_begun.recv().unwrap();
                    closing.close(1001, "").unwrap();
                });
            }
        });
    });
}

/// A stream to a peer that takes a message only when a read of this side has waited in vain. It answers
/// a Close frame at the next read.
#[derive(Clone, Default)]
struct Behind(Arc<(Mutex<Course>, Condvar)>);

#[derive(Default)]
struct Course {
    read_timeout: Option<Duration>,
    has_begun: bool,
    takes: bool,
    received: Vec<u8>,
    has_waited: bool,
}

impl Behind {
    /// Goes on once `is_so`.
    fn when<T>(&self, is_so: fn(&Course) -> bool, go_on: impl FnOnce(&mut Course) -> T) -> T {
        let (course, changed) = &*self.0;
        let mut course = changed.wait_while(course.lock().unwrap(), |it| !is_so(it)).unwrap();
        let done = go_on(&mut course);
        changed.notify_all();
        done
    }
}

fn close() -> RawFrame {
    RawFrame::close(1001, "")
}

fn has_close(course: &Course) -> bool {
    course.received.ends_with(&close().to_bytes(Role::Server))
}

impl Read for Behind {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.when(|_| true, |course| course.has_waited) {
            return (&close().to_bytes(Role::Client)[..]).read(buf);
        }
        let timeout = self.when(|_| true, |course| course.read_timeout.unwrap());
        thread::sleep(timeout);
        self.when(|_| true, |course| course.takes = true);
        self.when(has_close, |course| course.has_waited = true);
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Behind {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.when(|_| true, |course| course.has_begun = true);
        self.when(|course| course.takes, |course| course.received.extend(buf));
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Behind {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.when(|_| true, |course| course.read_timeout = timeout);
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Ok(())
    }

    fn keeps_sent(&self) -> bool {
        true
    }
}

#[test]
fn section_7_1_2_the_time_for_the_answer_begins_with_the_close_frame_even_during_a_read() {
    within(|| {
        let stream = Behind::default();
        let mut ws = WebSocket::from_parts(stream.clone(), Role::Server, Vec::new());
        ws.set_close_timeout(TIMEOUT / 4);
        let (closing, sending) = (ws.sender().unwrap(), ws.sender().unwrap());
        let sent = thread::spawn(move || sending.send("message"));
        stream.when(|course| course.has_begun, |_| ());
        closing.close(1001, "").unwrap();
        assert_eq!(ws.recv().unwrap(), None);
        assert!(ws.close_status().unwrap().is_clean());
        sent.join().unwrap().unwrap();
    });
}
