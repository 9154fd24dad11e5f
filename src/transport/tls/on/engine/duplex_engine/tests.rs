//! A scripted session shows what a real one does too rarely: renegotiation.

use std::io::{IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, mpsc};
use std::thread;

use super::super::session::Session;
use super::super::timeout::SAME;
use super::super::wire::Wire;
use super::*;
use crate::io::TlsInfo;
use crate::process::journal;

/// Does not encrypt. Between a `?` and a `!` from the peer it takes no plaintext. It answers the
/// `?` with a `!` of its own.
struct Moody {
    wire: Wire,
    sulks: bool,
    /// Why it does not make a `close_notify`.
    stays: Option<&'static str>,
}

impl Read for Moody {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut byte = [0];
            self.wire.read_exact(&mut byte)?;
            match byte[0] {
                b'?' => {
                    self.sulks = true;
                    self.wire.write_all(b"!")?;
                }
                b'!' => self.sulks = false,
                plain => {
                    buf[0] = plain;
                    return Ok(1);
                }
            }
        }
    }
}

impl Write for Moody {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.sulks {
            // As OpenSSL does: the handshake continues before any plaintext is taken.
            let mut byte = [0];
            self.wire.read_exact(&mut byte)?;
            assert_eq!(byte, *b"!", "no plaintext inside a handshake");
            self.sulks = false;
        }
        self.wire.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session for Moody {
    fn info(&mut self) -> io::Result<TlsInfo> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some(why) = self.stays {
            return Err(io::Error::other(why));
        }
        self.wire.write_all(b".")
    }
}

/// A socket whose input the test sends, and whose output the test receives.
#[derive(Clone)]
struct Script {
    input: Arc<Mutex<mpsc::Receiver<&'static [u8]>>>,
    output: mpsc::Sender<Vec<u8>>,
    /// How long each read may wait.
    asleep: mpsc::Sender<Option<Duration>>,
    read_timeout: Arc<Mutex<Option<Duration>>>,
    /// There is no room for output.
    is_full: Arc<AtomicBool>,
    /// What it answers to a write of nothing without waiting.
    says: Option<io::ErrorKind>,
    /// A write could have waited.
    waits: Arc<AtomicBool>,
}

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let timeout = *self.read_timeout.lock().unwrap();
        let _ = self.asleep.send(timeout);
        let input = self.input.lock().unwrap();
        let brought = match timeout {
            None => input.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(timeout) => input.recv_timeout(timeout),
        };
        match brought {
            Ok(mut bytes) => bytes.read(buf),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::WouldBlock.into()),
            Err(RecvTimeoutError::Disconnected) => Ok(0),
        }
    }
}

impl Write for Script {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.output.send(buf.to_vec()).unwrap();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Script {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        *self.read_timeout.lock().unwrap() = timeout;
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        self.waits.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Ok(())
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match (self.says, buf) {
            (Some(io::ErrorKind::Unsupported), _) => Err(io::ErrorKind::Unsupported.into()),
            (Some(says), []) => Err(says.into()),
            (None, []) => Ok(0),
            (_, buf) => self.write(buf),
        }
    }
}

struct Stage {
    duplex: Arc<DuplexEngine>,
    socket: Script,
    peer: mpsc::Sender<&'static [u8]>,
    sent: mpsc::Receiver<Vec<u8>>,
    asleep: mpsc::Receiver<Option<Duration>>,
}

fn stage() -> Stage {
    stage_of(Numbered::default(), None)
}

fn stage_of(connection: Numbered, stays: Option<&'static str>) -> Stage {
    let wire = Wire::new();
    let session = Moody { wire: wire.clone(), sulks: false, stays };
    let duplex = Arc::new(DuplexEngine::new(Engine::new(Box::new(session), wire), connection));
    let (peer, input) = mpsc::channel();
    let (output, sent) = mpsc::channel();
    let (tell, asleep) = mpsc::channel();
    let socket = Script {
        input: Arc::new(Mutex::new(input)),
        output,
        asleep: tell,
        read_timeout: Arc::default(),
        is_full: Arc::default(),
        says: None,
        waits: Arc::default(),
    };
    Stage { duplex, socket, peer, sent, asleep }
}

impl Stage {
    fn write_in_a_thread(&self) -> thread::JoinHandle<io::Result<usize>> {
        let (duplex, mut socket) = (Arc::clone(&self.duplex), self.socket.clone());
        thread::spawn(move || duplex.write(&mut socket, &[IoSlice::new(b"plain")]))
    }
}

#[test]
fn a_reader_answers_and_goes_on() {
    use io::ErrorKind::{Interrupted, Unsupported, WouldBlock};
    for says in [None, Some(WouldBlock), Some(Interrupted), Some(Unsupported)] {
        let mut stage = stage();
        stage.socket.says = says;
        stage.peer.send(b"?!a").unwrap();
        let mut buf = [0; 9];
        assert_eq!(stage.duplex.read(&mut stage.socket, &mut buf).unwrap(), 1);
        assert_eq!((buf[0], stage.sent.recv().unwrap()), (b'a', b"!".to_vec()));
        let waits = stage.socket.waits.load(Ordering::SeqCst);
        assert_eq!(waits, says == Some(Unsupported), "{says:?}");
    }
}

#[test]
fn a_writer_without_a_reader_hears_the_peer_itself() {
    let mut stage = stage();
    // Decrypting begins the renegotiation and returns with plaintext.
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    assert_eq!(stage.duplex.read(&mut stage.socket, &mut [0]).unwrap(), 1);
    assert_eq!(stage.sent.recv().unwrap(), b"!");
    stage.peer.send(b"!").unwrap();
    let writing = stage.write_in_a_thread();
    assert_eq!(writing.join().unwrap().unwrap(), 5);
    assert_eq!(stage.sent.recv().unwrap(), b"plain");
}

#[test]
fn a_writer_waits_for_the_reader_at_work() {
    let stage = stage();
    stage.peer.send(b"?").unwrap();
    let (duplex, mut socket) = (Arc::clone(&stage.duplex), stage.socket.clone());
    let reading = thread::spawn(move || duplex.read(&mut socket, &mut [0]));
    assert_eq!(stage.sent.recv().unwrap(), b"!");
    // The reader is back at the socket: its second read.
    (0..2).for_each(|_| _ = stage.asleep.recv().unwrap());
    let writing = stage.write_in_a_thread();
    while stage.duplex.lock().waiting == 0 {
        thread::yield_now();
    }
    stage.peer.send(b"!").unwrap();
    assert_eq!(writing.join().unwrap().unwrap(), 5);
    stage.peer.send(b"a").unwrap();
    assert_eq!(reading.join().unwrap().unwrap(), 1);
}

#[test]
fn ciphertext_that_is_there_is_not_overtaken() {
    let mut stage = stage();
    let engine = stage.duplex.lock();
    engine.wire.fill_from(&mut &b"a"[..]).unwrap();
    let mut span = Span::until(Deadline::NEVER);
    drop(stage.duplex.fetch(&mut stage.socket, engine, &mut span).unwrap());
    assert!(stage.asleep.try_recv().is_err(), "the socket was read");
    let mut buf = [0];
    assert_eq!(stage.duplex.read(&mut stage.socket, &mut buf).unwrap(), 1);
    assert_eq!(buf, *b"a");
}

#[test]
fn a_waiting_writer_fails_when_the_socket_ends() {
    let mut stage = stage();
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    stage.duplex.read(&mut stage.socket, &mut [0]).unwrap();
    let writing = stage.write_in_a_thread();
    drop(stage.peer);
    assert_eq!(writing.join().unwrap().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let e = stage.duplex.write(&mut stage.socket, &[IoSlice::new(b"x")]).unwrap_err();
    assert_eq!(e.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_waiting_writer_gives_up_by_the_write_timeout() {
    let mut stage = stage();
    stage.peer.send(b"?").unwrap();
    let (duplex, mut socket) = (Arc::clone(&stage.duplex), stage.socket.clone());
    let reading = thread::spawn(move || duplex.read(&mut socket, &mut [0]));
    (0..2).for_each(|_| _ = stage.asleep.recv().unwrap());
    let change = stage.duplex.begin_change(writes);
    stage.duplex.end_change(writes, change, Some(Duration::from_millis(20)));
    let e = stage.duplex.write(&mut stage.socket, &[IoSlice::new(b"x")]).unwrap_err();
    assert_eq!(e.kind(), io::ErrorKind::TimedOut);
    drop(stage.peer);
    assert!(reading.join().unwrap().is_err());
}

#[test]
fn a_waiting_writer_without_a_reader_gives_up_by_the_write_timeout() {
    let mut stage = stage();
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    assert_eq!(stage.duplex.read(&mut stage.socket, &mut [0]).unwrap(), 1);
    let change = stage.duplex.begin_change(writes);
    stage.duplex.end_change(writes, change, Some(Duration::from_millis(20)));
    // Reads have no timeout.
    let e = stage.duplex.write(&mut stage.socket, &[IoSlice::new(b"x")]).unwrap_err();
    assert!(is_timeout(&e), "{e}");
    assert_eq!(stage.duplex.states(), (Receiving::Idle, Sending::Broken));
}

#[test]
fn an_answer_without_room_keeps_no_reader_and_is_sent_once_there_is_some() {
    for says in [None, Some(io::ErrorKind::Unsupported)] {
        let mut stage = stage();
        stage.socket.says = says;
        stage.socket.is_full.store(true, Ordering::SeqCst);
        let change = stage.duplex.begin_change(reads);
        stage.duplex.end_change(reads, change, Some(Duration::from_millis(50)));
        stage.peer.send(b"?").unwrap();
        let e = stage.duplex.read(&mut stage.socket, &mut [0]).unwrap_err();
        assert!(is_timeout(&e), "{says:?}: {e}");
        assert_eq!(stage.duplex.states().1, Sending::Left, "{says:?}");

        // A reader without a timeout sends the rest by itself.
        let change = stage.duplex.begin_change(reads);
        stage.duplex.end_change(reads, change, None);
        stage.socket.set_read_timeout(None).unwrap();
        let (duplex, mut socket) = (Arc::clone(&stage.duplex), stage.socket.clone());
        let reading = thread::spawn(move || duplex.read(&mut socket, &mut [0]));
        stage.socket.is_full.store(false, Ordering::SeqCst);
        assert_eq!(stage.sent.recv().unwrap(), b"!", "{says:?}");
        stage.peer.send(b"!a").unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 1, "{says:?}");
    }
}

#[test]
fn a_read_has_its_time_once_although_it_begins_with_an_answer() {
    const WHOLE: Duration = Duration::from_secs(20);
    let mut stage = stage();
    stage.socket.is_full.store(true, Ordering::SeqCst);
    let change = stage.duplex.begin_change(reads);
    stage.duplex.end_change(reads, change, Some(WHOLE));
    stage.socket.set_read_timeout(Some(WHOLE)).unwrap();
    // The read before this one leaves the answer behind.
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    assert_eq!(stage.duplex.read(&mut stage.socket, &mut [0]).unwrap(), 1);
    assert_eq!(stage.asleep.try_iter().count(), 2);
    let (duplex, mut socket) = (Arc::clone(&stage.duplex), stage.socket.clone());
    let reading = thread::spawn(move || duplex.read(&mut socket, &mut [0]));
    let mut left = WHOLE;
    for round in 0.. {
        let wait = stage.asleep.recv().unwrap().expect("a timeout");
        assert!(wait <= left + SAME, "it waits for {wait:?}, and has {left:?} left");
        if wait > AGAIN {
            break;
        }
        // Until there is room for the answer, each wait ends by its timeout.
        left -= wait;
        if round == 10 {
            stage.socket.is_full.store(false, Ordering::SeqCst);
        }
    }
    assert_eq!(stage.sent.recv().unwrap(), b"!");
    stage.peer.send(b"!a").unwrap();
    assert_eq!(reading.join().unwrap().unwrap(), 1);
}

#[test]
fn a_writer_sends_the_answer_that_was_left_first() {
    let mut stage = stage();
    stage.socket.is_full.store(true, Ordering::SeqCst);
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"!a").unwrap();
    assert_eq!(stage.duplex.read(&mut stage.socket, &mut [0]).unwrap(), 1);
    stage.socket.is_full.store(false, Ordering::SeqCst);
    stage.duplex.write(&mut stage.socket, &[IoSlice::new(b"plain")]).unwrap();
    assert_eq!(stage.sent.recv().unwrap(), b"!plain");
    assert_eq!(stage.duplex.states().1, Sending::Idle);
}

#[test]
fn a_goodbye_does_not_wait_for_whoever_has_the_lock() {
    let mut stage = stage();
    let duplex = Arc::clone(&stage.duplex);
    let held = duplex.lock();
    let goodbye = thread::spawn(move || stage.duplex.farewell(&mut stage.socket).is_ok());
    assert!(goodbye.join().unwrap());
    assert_eq!(held.sending, Sending::Idle);
}

#[test]
fn a_session_that_makes_no_goodbye_has_a_line_with_the_number() {
    journal::begin();
    for (connection, why, want) in [
        (Numbered::from(7), "as told, with 7", "#7 no TLS close_notify: as told, with 7"),
        (Numbered::default(), "as told, without", "no TLS close_notify: as told, without"),
    ] {
        let mut stage = stage_of(connection, Some(why));
        stage.duplex.close(&mut stage.socket).unwrap();
        assert_eq!(journal::said(why), [want]);
    }
}
