//! Reading without waiting: `Duplex::try_read` of every stream that has it.

#![cfg(unix)]

use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use blocking_ws::Duplex;
use blocking_ws::testing::Pipe;
use test_support::socket::tcp;
use test_support::within;

const SHORT: Duration = Duration::from_millis(20);

/// A stream without a timeout: a call that waits does not return.
fn reads_at_once<S: Duplex + Send>((mut near, mut far): (S, S)) {
    let mut buf = [0; 9];
    assert_eq!(near.try_read(&mut []).unwrap(), 0, "it can, and nothing is there");
    let nothing = |near: &mut S| near.try_read(&mut [0; 9]).unwrap_err().kind();
    assert_eq!(nothing(&mut near), ErrorKind::WouldBlock);
    far.write_all(b"hello").unwrap();
    assert_eq!(bytes(&mut near, 2), b"he", "as much as fits");
    assert_eq!(bytes(&mut near, 3), b"llo");
    assert_eq!(nothing(&mut near), ErrorKind::WouldBlock);

    // Reads that wait do so as before.
    near.set_read_timeout(Some(SHORT)).unwrap();
    assert_eq!(near.read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
    near.set_read_timeout(None).unwrap();
    let mut other = near.try_clone().unwrap();
    thread::scope(|scope| {
        let reads = scope.spawn(|| {
            let mut buf = [0; 1];
            other.read_exact(&mut buf).unwrap();
            buf
        });
        for _ in 0..100 {
            assert_eq!(nothing(&mut near), ErrorKind::WouldBlock, "beside a reader that waits");
        }
        far.write_all(b"x").unwrap();
        assert_eq!(reads.join().unwrap(), *b"x");
    });

    far.write_all(b"bye").unwrap();
    far.shutdown(Shutdown::Write).unwrap();
    assert_eq!(bytes(&mut near, 3), b"bye");
    assert_eq!(bytes(&mut near, 1), b"", "the end");
    assert_eq!(near.try_read(&mut buf).unwrap(), 0, "it stays the end");
}

/// Reads until there are `n` bytes, or the end.
fn bytes<S: Duplex>(stream: &mut S, n: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < n {
        let mut buf = vec![0; n - all.len()];
        match stream.try_read(&mut buf) {
            Ok(0) => break,
            Ok(n) => all.extend(&buf[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            Err(e) => panic!("{e}"),
        }
    }
    all
}

#[test]
fn of_a_tcp_stream() {
    within(|| reads_at_once(tcp()));
}

#[test]
fn of_a_unix_stream() {
    within(|| reads_at_once(UnixStream::pair().unwrap()));
}

#[test]
fn of_a_pipe() {
    within(|| reads_at_once(Pipe::new(64)));
}

#[test]
fn a_stream_that_is_shut_down_is_not_one_without_bytes() {
    within(|| {
        fn shut<S: Duplex>((mut near, _far): (S, S)) {
            near.shutdown(Shutdown::Both).unwrap();
            let read = near.try_read(&mut [0]);
            assert!(!read.as_ref().is_err_and(|e| e.kind() == ErrorKind::WouldBlock), "{read:?}");
        }
        shut(tcp());
        shut(UnixStream::pair().unwrap());
        shut(Pipe::new(64));
    });
}

#[cfg(any(feature = "tls", feature = "rustls"))]
mod tls {
    use std::io::{self, Read, Write};
    use std::sync::atomic::Ordering;

    use blocking_ws::{TlsAcceptor, TlsStream};
    use test_support::drip::Drip;
    use test_support::load;
    use test_support::pem::{CONNECTOR, identity};

    use super::*;

    fn tls<S: Duplex + Send + 'static>((near, far): (S, S)) -> (TlsStream<S>, TlsStream<S>) {
        let acceptor = TlsAcceptor::new(&identity()).unwrap();
        let server = thread::spawn(move || acceptor.accept(far).unwrap());
        (CONNECTOR.connect("localhost", near).unwrap(), server.join().unwrap())
    }

    #[test]
    fn of_tls_over_tcp() {
        within(|| {
            let (client, server) = tls(tcp());
            reads_at_once((client, server));
            let (client, server) = tls(tcp());
            reads_at_once((server, client));
        });
    }

    #[test]
    fn of_tls_over_a_unix_stream_and_over_a_pipe() {
        within(|| {
            reads_at_once(tls(UnixStream::pair().unwrap()));
            reads_at_once(tls(Pipe::new(64 << 10)));
        });
    }

    #[test]
    fn of_tls_in_tls() {
        within(|| reads_at_once(tls(tls(tcp()))));
    }

    /// Bytes of a record that is not whole stay, and show that the peer is alive.
    #[test]
    fn of_tls_over_a_stream_that_stops_at_every_byte() {
        within(|| {
            let (near, far) = Pipe::new(64 << 10);
            let near = Drip::of(near);
            let waits = near.waits.clone();
            let (mut near, mut far) = tls((near, Drip::of(far)));
            let before = waits.load(Ordering::Relaxed);
            assert_eq!(near.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
            let received = near.last_received();
            let sent: Vec<u8> = (0..=255).cycle().take(20_000).collect();
            far.write_all(&sent).unwrap();
            for _ in 0..4 {
                assert_eq!(near.try_read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
            }
            assert!(near.last_received() > received);
            assert_eq!(bytes(&mut near, sent.len()), sent);
            assert_eq!(waits.load(Ordering::Relaxed), before, "no call that may wait");
        });
    }

    /// What calls with an empty buffer answer tells only whether the stream has them.
    #[test]
    fn of_tls_over_a_stream_that_tells_an_empty_buffer_something_else() {
        use ErrorKind::{Interrupted, Other, WouldBlock};
        within(|| {
            for says in [WouldBlock, Interrupted, Other] {
                let pair = || {
                    let (near, far) = Pipe::new(64 << 10);
                    tls((Says(near, says), Says(far, says)))
                };
                reads_at_once(pair());
                load::try_write(pair());
            }
        });
    }

    /// Fails with this error if a buffer is empty, as a socket does on Linux if nothing has arrived.
    struct Says(Pipe, ErrorKind);

    impl Read for Says {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }

    impl Write for Says {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.write(buf)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Duplex for Says {
        fn try_clone(&self) -> io::Result<Self> {
            self.0.try_clone().map(|pipe| Self(pipe, self.1))
        }

        test_support::timeouts_and_shutdown_of!(0);

        fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            if buf.is_empty() { Err(self.1.into()) } else { self.0.try_read(buf) }
        }

        fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
            if buf.is_empty() { Err(self.1.into()) } else { self.0.try_write(buf) }
        }
    }

    /// A stream that cannot read without waiting, unlike the one inside it.
    #[test]
    fn without_it_below_there_is_none_above() {
        within(|| {
            let (near, far) = tcp();
            let (mut near, _far) = tls((Waits(near), Waits(far)));
            let error = near.try_read(&mut []).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        });
    }

    struct Waits(std::net::TcpStream);

    impl Read for Waits {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }

    impl Write for Waits {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.write(buf)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Duplex for Waits {
        fn try_clone(&self) -> io::Result<Self> {
            self.0.try_clone().map(Waits)
        }

        test_support::timeouts_and_shutdown_of!(0);
    }
}
