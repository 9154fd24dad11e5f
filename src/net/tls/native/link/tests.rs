//! A scripted session shows what a real one does too rarely: renegotiation.

use std::sync::{Arc, mpsc};
use std::thread;

use super::super::engine::Session;
use super::super::wire::Wire;
use super::*;

/// "Encrypts" nothing, but takes no plaintext between a `?` and a `!` from the peer; the `?` is
/// answered with a `!` of its own.
struct Moody {
    wire: Wire,
    sulks: bool,
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
            // As OpenSSL does: the handshake goes on before anything is taken.
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
    fn close(&mut self) -> io::Result<()> {
        self.wire.write_all(b".")
    }
}

/// A socket whose input is sent by the test, and whose output it receives.
#[derive(Clone)]
struct Script {
    input: Arc<Mutex<mpsc::Receiver<&'static [u8]>>>,
    output: mpsc::Sender<Vec<u8>>,
    asleep: mpsc::Sender<()>,
}

impl Read for Script {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let _ = self.asleep.send(());
        let Ok(mut bytes) = self.input.lock().unwrap().recv() else {
            return Ok(0);
        };
        bytes.read(buf)
    }
}

impl Write for Script {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.output.send(buf.to_vec()).unwrap();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Stage {
    link: Arc<Link>,
    socket: Script,
    peer: mpsc::Sender<&'static [u8]>,
    sent: mpsc::Receiver<Vec<u8>>,
    asleep: mpsc::Receiver<()>,
}

fn stage() -> Stage {
    let wire = Wire::new();
    let session = Moody { wire: wire.clone(), sulks: false };
    let link = Arc::new(Link::new(Engine::new(Box::new(session), wire)));
    let (peer, input) = mpsc::channel();
    let (output, sent) = mpsc::channel();
    let (tell, asleep) = mpsc::channel();
    let socket = Script { input: Arc::new(Mutex::new(input)), output, asleep: tell };
    Stage { link, socket, peer, sent, asleep }
}

impl Stage {
    fn write_in_a_thread(&self) -> thread::JoinHandle<io::Result<usize>> {
        let (link, mut socket) = (Arc::clone(&self.link), self.socket.clone());
        thread::spawn(move || link.write(&mut socket, &[IoSlice::new(b"plain")]))
    }
}

#[test]
fn a_reader_answers_and_goes_on() {
    let mut stage = stage();
    stage.peer.send(b"?!a").unwrap();
    let mut buf = [0; 9];
    assert_eq!(stage.link.read(&mut stage.socket, &mut buf).unwrap(), 1);
    assert_eq!((buf[0], stage.sent.recv().unwrap()), (b'a', b"!".to_vec()));
}

#[test]
fn a_writer_without_a_reader_hears_the_peer_itself() {
    let mut stage = stage();
    // Decrypting begins the renegotiation and returns with plaintext.
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    assert_eq!(stage.link.read(&mut stage.socket, &mut [0]).unwrap(), 1);
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
    let (link, mut socket) = (Arc::clone(&stage.link), stage.socket.clone());
    let reading = thread::spawn(move || link.read(&mut socket, &mut [0]));
    assert_eq!(stage.sent.recv().unwrap(), b"!");
    // The reader is back at the socket: its second read.
    (0..2).for_each(|_| stage.asleep.recv().unwrap());
    let writing = stage.write_in_a_thread();
    while stage.link.lock().waiting == 0 {
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
    let engine = stage.link.lock();
    engine.wire.fill_from(&mut &b"a"[..]).unwrap();
    drop(stage.link.fetch(&mut stage.socket, engine, Deadline::NEVER).unwrap());
    assert!(stage.asleep.try_recv().is_err(), "the socket was read");
    let mut buf = [0];
    assert_eq!(stage.link.read(&mut stage.socket, &mut buf).unwrap(), 1);
    assert_eq!(buf, *b"a");
}

#[test]
fn a_waiting_writer_fails_when_the_socket_ends() {
    let mut stage = stage();
    stage.peer.send(b"?").unwrap();
    stage.peer.send(b"a").unwrap();
    stage.link.read(&mut stage.socket, &mut [0]).unwrap();
    let writing = stage.write_in_a_thread();
    drop(stage.peer);
    assert_eq!(writing.join().unwrap().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let e = stage.link.write(&mut stage.socket, &[IoSlice::new(b"x")]).unwrap_err();
    assert_eq!(e.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_waiting_writer_gives_up_by_the_write_timeout() {
    let mut stage = stage();
    stage.peer.send(b"?").unwrap();
    let (link, mut socket) = (Arc::clone(&stage.link), stage.socket.clone());
    let reading = thread::spawn(move || link.read(&mut socket, &mut [0]));
    (0..2).for_each(|_| stage.asleep.recv().unwrap());
    stage.link.set_write_timeout(Some(Duration::from_millis(20)));
    let e = stage.link.write(&mut stage.socket, &[IoSlice::new(b"x")]).unwrap_err();
    assert_eq!(e.kind(), io::ErrorKind::TimedOut);
    drop(stage.peer);
    assert!(reading.join().unwrap().is_err());
}
