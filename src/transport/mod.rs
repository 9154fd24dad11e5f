//! What connections run over: TCP or Unix sockets, with or without TLS, or any other stream.
//!
//! `Stream` is a socket, TLS over it, or a stream of the program (`boxed`), and `Socket` is TCP or
//! Unix. Nothing else asks which. `SocketRef` lends the system's socket for its options. `tap` shows the program or the log what passes.
//!
//! **Sockets** wait for room by `poll`. So a timeout is one deadline whatever signals come, and
//! setting it costs nothing. Reads wait in the system on Linux, which is one call. Elsewhere the
//! socket never waits, and `poll` does: Windows does not wake a reader when the socket is shut
//! down; macOS forgets what lies unread when reading is shut, takes no option on a socket that is
//! down and may not heed `MSG_DONTWAIT`. Both ways are tested on Linux.

mod boxed;

mod socket;
pub(crate) use socket::Socket;

mod socket_ref;
pub use socket_ref::SocketRef;

mod stream;
pub use stream::Stream;

pub(crate) mod tap;
pub use tap::{Tap, TapEvent};

pub(crate) mod tls;
pub use tls::{Identity, TlsAcceptor, TlsConnector, TlsStream, unversioned};

pub(crate) mod unix;
