//! [`Below`]: the stream under a [`Peer`](super::Peer), and what no trait of streams can do with
//! it.

use std::any::Any;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

use super::super::super::pipe::Pipe;
use crate::io::Duplex;
use crate::transport::TlsStream;

/// Another handle of what is below a peer, also below its TLS.
#[derive(Debug)]
pub(super) enum Below {
    Tcp(TcpStream),
    Pipe(Pipe),
    #[cfg(unix)]
    Unix,
    /// It was reset.
    Reset,
    /// Another stream.
    Other,
}

impl Below {
    pub(super) fn of<S: Duplex + 'static>(stream: &S) -> Self {
        let stream: &dyn Any = stream;
        if let Some(socket) = below::<TcpStream>(stream) {
            return socket.try_clone().map_or(Self::Other, Self::Tcp);
        }
        if let Some(pipe) = below::<Pipe>(stream) {
            return pipe.try_clone().map_or(Self::Other, Self::Pipe);
        }
        #[cfg(unix)]
        if below::<std::os::unix::net::UnixStream>(stream).is_some() {
            return Self::Unix;
        }
        Self::Other
    }

    /// Has a socket send each write at once, and does not let it collect small ones: a frame that is
    /// chopped arrives in pieces.
    pub(super) fn send_at_once(&self) {
        if let Self::Tcp(socket) = self {
            // A socket for which it fails has ended, and says so when it is used.
            let _ = socket.set_nodelay(true);
        }
    }

    /// Resets the connection. A TCP socket is reset at the latest when its last handle is closed,
    /// so its owner closes the others.
    pub(super) fn reset(self) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => reset(&socket),
            Self::Pipe(pipe) => {
                pipe.reset();
                Ok(())
            }
            Self::Reset => Ok(()),
            #[cfg(unix)]
            Self::Unix => Err(unsupported("a Unix socket has no reset; use `cut`")),
            Self::Other => {
                Err(unsupported("only a TcpStream and a Pipe can be reset, or TLS over one"))
            }
        }
    }
}

/// Returns the stream if it is of this type, or is TLS over it.
fn below<S: Duplex + 'static>(stream: &dyn Any) -> Option<&S> {
    let tls = || stream.downcast_ref::<TlsStream<S>>().map(TlsStream::socket);
    stream.downcast_ref().or_else(tls)
}

/// Resets a socket at once, so that TLS above it cannot end in order before that.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reset(socket: &TcpStream) -> io::Result<()> {
    // It fails while another thread waits for the socket.
    rustix::net::connect_unspec(socket)
        .map_err(io::Error::from)
        .or_else(|_| reset_when_closed(socket))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn reset(socket: &TcpStream) -> io::Result<()> {
    reset_when_closed(socket)
}

/// A socket that lingers for no time is reset when its last handle is closed.
fn reset_when_closed(socket: &TcpStream) -> io::Result<()> {
    SockRef::from(socket).set_linger(Some(Duration::ZERO))
}

fn unsupported(why: &str) -> io::Error {
    io::Error::new(ErrorKind::Unsupported, why)
}
