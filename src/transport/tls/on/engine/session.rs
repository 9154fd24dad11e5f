//! What a TLS library has to offer.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::wire::Wire;
use crate::io::TlsInfo;

/// A TLS session whose handshake is done, over a `Wire` of ciphertext.
///
/// Reads return `WouldBlock` if ciphertext is missing, and `Ok(0)` only after the peer's
/// `close_notify`. A read that does not return `WouldBlock` may leave input on the wire.
pub(crate) trait Session: Read + Write + Send {
    /// Puts our `close_notify` on the wire. Called once.
    fn close(&mut self) -> io::Result<()>;

    /// Returns `true` if no read can bring anything before more input has come. A library that
    /// cannot tell returns `false`, and is read once more.
    fn is_drained(&self) -> bool {
        false
    }

    /// What the library tells of the session and the peer.
    fn info(&mut self) -> io::Result<TlsInfo>;
}

/// A handshake that needs more input on its `Wire`.
pub(crate) trait Handshake {
    /// Takes the input that there is.
    fn go_on(self: Box<Self>) -> Step;
}

/// How far a handshake has come. Its output is on the wire.
pub(crate) enum Step {
    Done(Box<dyn Session>),
    Unfinished(Box<dyn Handshake>),
    /// One side refused it. The alert for the peer, or that of the peer, is the reason.
    Failed(String),
}

/// The server's side of handshakes.
pub(crate) trait Accepts: Send + Sync {
    fn begin(&self, wire: Wire) -> Step;
}

/// The client's side of handshakes.
pub(crate) trait Connects: Send + Sync {
    /// Begins a handshake with `host`, as `as_tls_wants_it` writes it.
    fn begin(&self, host: &str, wire: Wire) -> Step;

    /// Returns `true` if the server is told the name of the host (RFC 6066 §3). `None` if that is not
    /// known.
    fn sends_name(&self) -> Option<bool>;

    /// The same without an identity, if that is possible.
    fn without_identity(&self) -> Option<Arc<dyn Connects>>;
}

pub(crate) type Server = Result<Arc<dyn Accepts>, String>;
pub(crate) type Client = Result<Arc<dyn Connects>, String>;

/// The protocol inside TLS, as ALPN names it. HTTP/2 would need another opening handshake.
pub(crate) const PROTOCOL: &str = "http/1.1";
