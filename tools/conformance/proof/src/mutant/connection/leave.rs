//! The end of TCP (RFC 6455 §7.1.1).

use std::any::Any;
use std::io::ErrorKind;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use blocking_ws::testing::Pipe;
use blocking_ws::{Duplex, Role};
use socket2::SockRef;

/// How long an end reads on after it has closed, so that what it sent is not lost to a reset.
const LINGER: Duration = Duration::from_secs(2);
/// How long an end waits that does not end TCP.
pub(super) const HOLD: Duration = Duration::from_secs(5);

/// Who ends TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// This end, at once.
    Us,
    /// The peer.
    Peer,
}

/// What carries a connection, below TLS: it can be reset.
#[derive(Debug)]
pub(in crate::mutant) enum Below {
    /// A socket.
    Tcp(TcpStream),
    /// A pipe.
    Pipe(Pipe),
    /// Something that cannot be reset.
    Other,
}

impl Below {
    /// Looks at what a stream is.
    pub(in crate::mutant) fn of<S: Duplex + 'static>(stream: &S) -> Self {
        let stream: &dyn Any = stream;
        let tcp = stream.downcast_ref::<TcpStream>().and_then(|tcp| tcp.try_clone().ok());
        let pipe = stream.downcast_ref::<Pipe>().and_then(|pipe| pipe.try_clone().ok());
        match (tcp, pipe) {
            (Some(tcp), _) => Self::Tcp(tcp),
            (None, Some(pipe)) => Self::Pipe(pipe),
            (None, None) => Self::Other,
        }
    }

    /// Resets the connection, a socket as soon as the last handle is dropped.
    pub(super) fn reset(&self) {
        match self {
            // If the system refuses, the connection ends in order: no rule is broken then.
            Self::Tcp(tcp) => drop(SockRef::from(tcp).set_linger(Some(Duration::ZERO))),
            Self::Pipe(pipe) => pipe.reset(),
            Self::Other => {}
        }
    }
}

/// Ends TCP in the way of this role.
pub(super) fn leave<S: Duplex>(stream: &mut S, role: Role, last: Last) {
    let limit = match (role, last) {
        (Role::Server, Last::Us) => {
            // An error says that the peer was faster.
            drop(stream.shutdown(Shutdown::Write));
            LINGER
        }
        (_, Last::Peer) => HOLD,
        (Role::Client, Last::Us) => LINGER,
    };
    read_to_end(stream, limit);
    drop(stream.shutdown(Shutdown::Both));
}

/// Reads until the peer ends its direction, for a time.
fn read_to_end<S: Duplex>(stream: &mut S, limit: Duration) {
    let deadline = Instant::now() + limit;
    let mut unread = vec![0; 16 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return;
        }
        match stream.read(&mut unread) {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
