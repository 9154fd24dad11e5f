//! [`Boxed`]: a stream of the program, whatever its type is. [`Half`]: a stream that only reads and
//! writes.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::socket::Socket;
use crate::io::{Duplex, TlsInfo};
use crate::process::lock;

/// A stream of the program, behind one type.
///
/// The mutex makes this type `Sync`, which not every stream is. Each handle has its own mutex, so
/// no call waits for a call of another handle.
pub(crate) struct Boxed {
    stream: Mutex<Box<dyn Dynamic>>,
    /// The socket that lies under it, if this library knows that.
    socket: Option<Socket>,
    /// Its peer passes all on to another peer. So TLS with the first says nothing of the other.
    is_tunnel: bool,
}

/// [`Duplex`] as a trait object. The methods have other names, because every `Duplex` has both.
trait Dynamic: Read + Write + Send {
    fn boxed_clone(&self) -> io::Result<Boxed>;
    fn bound_reads(&self, timeout: Option<Duration>) -> io::Result<()>;
    fn bound_writes(&self, timeout: Option<Duration>) -> io::Result<()>;
    fn shut(&self, how: Shutdown) -> io::Result<()>;
    fn write_some(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    fn write_now(&mut self, buf: &[u8]) -> io::Result<usize>;
    fn flush_now(&mut self) -> io::Result<()>;
    fn read_now(&mut self, buf: &mut [u8]) -> io::Result<usize>;
    fn heard(&self) -> Option<Instant>;
    fn loses_nothing(&self) -> bool;
    fn is_whole(&self) -> bool;
    fn is_secure(&self) -> bool;
    fn secured_by(&self) -> Option<Arc<TlsInfo>>;
    fn peer(&self) -> io::Result<SocketAddr>;
    fn local(&self) -> io::Result<SocketAddr>;
}

impl<S: Duplex + Send + 'static> Dynamic for S {
    fn boxed_clone(&self) -> io::Result<Boxed> {
        self.try_clone().map(Boxed::new)
    }

    fn bound_reads(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(timeout)
    }

    fn bound_writes(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.set_write_timeout(timeout)
    }

    fn shut(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }

    fn write_some(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_slices(slices)
    }

    fn write_now(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.try_write(buf)
    }

    fn flush_now(&mut self) -> io::Result<()> {
        self.try_flush()
    }

    fn read_now(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.try_read(buf)
    }

    fn heard(&self) -> Option<Instant> {
        self.last_received()
    }

    fn loses_nothing(&self) -> bool {
        self.keeps_sent()
    }

    fn is_whole(&self) -> bool {
        self.is_duplex()
    }

    fn is_secure(&self) -> bool {
        self.is_tls()
    }

    fn secured_by(&self) -> Option<Arc<TlsInfo>> {
        self.tls()
    }

    fn peer(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }

    fn local(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}

impl Boxed {
    pub(crate) fn new(stream: impl Duplex + Send + 'static) -> Self {
        Self { stream: Mutex::new(Box::new(stream)), socket: None, is_tunnel: false }
    }

    /// Notes the socket that lies under the stream.
    pub(super) fn over(self, socket: Option<Socket>) -> Self {
        Self { socket, ..self }
    }

    /// Notes that the peer passes all on to another peer.
    pub(super) fn tunnel(self) -> Self {
        Self { is_tunnel: true, ..self }
    }

    pub(super) const fn socket(&self) -> Option<&Socket> {
        self.socket.as_ref()
    }

    fn own(&mut self) -> &mut dyn Dynamic {
        &mut **self.stream.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Boxed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.own().read(buf)
    }
}

impl Write for Boxed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.own().write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.own().write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.own().flush()
    }
}

impl Duplex for Boxed {
    fn try_clone(&self) -> io::Result<Self> {
        let socket = self.socket.as_ref().map(Socket::share);
        let stream = lock(&self.stream).boxed_clone()?.stream;
        Ok(Self { stream, socket, is_tunnel: self.is_tunnel })
    }

    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        lock(&self.stream).bound_reads(timeout)
    }

    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        lock(&self.stream).bound_writes(timeout)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        lock(&self.stream).shut(how)
    }

    fn write_slices(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.own().write_some(slices)
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.own().write_now(buf)
    }

    fn try_flush(&mut self) -> io::Result<()> {
        self.own().flush_now()
    }

    fn try_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.own().read_now(buf)
    }

    fn last_received(&self) -> Option<Instant> {
        lock(&self.stream).heard()
    }

    fn keeps_sent(&self) -> bool {
        lock(&self.stream).loses_nothing()
    }

    fn is_duplex(&self) -> bool {
        lock(&self.stream).is_whole()
    }

    fn is_tls(&self) -> bool {
        !self.is_tunnel && lock(&self.stream).is_secure()
    }

    fn tls(&self) -> Option<Arc<TlsInfo>> {
        if self.is_tunnel { None } else { lock(&self.stream).secured_by() }
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        lock(&self.stream).peer()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        lock(&self.stream).local()
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boxed").finish_non_exhaustive()
    }
}

/// A stream that can be read and written, and nothing more. It is a [`Duplex`] by name only:
/// [`is_duplex`](Duplex::is_duplex) says so.
pub(crate) struct Half<S>(pub(crate) S);

impl<S: Read> Read for Half<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<S: Write> Write for Half<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S: Read + Write> Duplex for Half<S> {
    fn try_clone(&self) -> io::Result<Self> {
        Err(cannot("have a second handle, which other threads need to send"))
    }

    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Err(cannot("have timeouts"))
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Err(cannot("have timeouts"))
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Err(cannot("be shut down"))
    }

    fn is_duplex(&self) -> bool {
        false
    }
}

fn cannot(what: &str) -> io::Error {
    let text = format!(
        "a stream of which only Read and Write are known cannot {what}; use one that is `Duplex`"
    );
    io::Error::new(ErrorKind::Unsupported, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Pipe;

    #[test]
    fn a_boxed_stream_is_what_it_was() {
        let (near, mut far) = Pipe::new(4);
        let mut boxed = Boxed::new(near);
        assert_eq!(boxed.write_slices(&[IoSlice::new(b"ab"), IoSlice::new(b"c")]).unwrap(), 2);
        let mut other = boxed.try_clone().unwrap();
        assert_eq!(other.try_write(b"cde").unwrap(), 2);
        assert_eq!(other.try_write(b"e").unwrap_err().kind(), ErrorKind::WouldBlock);
        let mut buf = [0; 8];
        assert_eq!(far.read(&mut buf).unwrap(), 4);
        assert_eq!(&buf[..4], b"abcd");
        assert_eq!(other.try_read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
        boxed.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        assert_eq!(other.read(&mut buf).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(boxed.is_duplex() && boxed.keeps_sent() && !boxed.is_tls());
        assert_eq!(boxed.peer_addr().unwrap_err().kind(), ErrorKind::Unsupported);
        boxed.shutdown(Shutdown::Both).unwrap();
        assert_eq!(far.read(&mut buf).unwrap(), 0);
    }

    /// Says that it is encrypted.
    struct Secure(Pipe);

    impl Read for Secure {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }

    impl Write for Secure {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.write(buf)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Duplex for Secure {
        fn try_clone(&self) -> io::Result<Self> {
            self.0.try_clone().map(Self)
        }

        fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.set_read_timeout(timeout)
        }

        fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
            self.0.set_write_timeout(timeout)
        }

        fn shutdown(&self, how: Shutdown) -> io::Result<()> {
            self.0.shutdown(how)
        }

        fn is_tls(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_tunnel_is_not_encrypted_as_far_as_its_last_peer() {
        let (near, mut far) = Pipe::new(4);
        let secure = Boxed::new(Secure(near));
        assert!(secure.is_tls());
        let mut tunnel = secure.tunnel();
        let mut other = tunnel.try_clone().unwrap();
        assert!(!tunnel.is_tls() && !other.is_tls() && other.tls().is_none());
        assert!(tunnel.socket().is_none() && tunnel.is_duplex());
        tunnel.write_all(b"a").unwrap();
        other.write_all(b"b").unwrap();
        far.read_exact(&mut [0; 2]).unwrap();
    }

    #[test]
    fn half_a_stream_says_what_it_cannot_do() {
        let mut half = Boxed::new(Half(std::io::Cursor::new(vec![1, 2, 3])));
        assert!(!half.is_duplex());
        assert_eq!(half.read(&mut [0; 8]).unwrap(), 3);
        half.write_all(b"x").unwrap();
        for (what, done) in [
            ("a second handle", half.try_clone().map(drop)),
            ("a read timeout", half.set_read_timeout(None)),
            ("a write timeout", half.set_write_timeout(None)),
            ("its end", half.shutdown(Shutdown::Both)),
            ("a write that does not wait", half.try_write(b"").map(drop)),
            ("a read that does not wait", half.try_read(&mut []).map(drop)),
        ] {
            assert_eq!(done.unwrap_err().kind(), ErrorKind::Unsupported, "{what}");
        }
    }
}
