//! What a TLS library has to offer.

use std::io::{self, Read, Write};
use std::sync::Arc;

use super::wire::Wire;

/// A TLS session whose handshake is done, over a `Wire` of ciphertext.
///
/// Reads return `WouldBlock` if ciphertext is missing, and `Ok(0)` only after the peer's
/// `close_notify`. A read that does not return `WouldBlock` may leave input on the wire.
pub(crate) trait Session: Read + Write + Send {
    /// Puts our `close_notify` on the wire. Called once.
    fn close(&mut self) -> io::Result<()>;

    /// The protocol that both sides chose by ALPN (RFC 7301).
    fn alpn(&self) -> io::Result<Option<Vec<u8>>>;
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
}

/// What a client wants of its TLS library. `I` is the library's form of an identity.
pub(crate) struct ClientSettings<'a, I> {
    /// Roots to trust in addition to the system's, PEM.
    pub(crate) roots: &'a [Vec<u8>],
    pub(crate) identity: Option<&'a I>,
    pub(crate) accepts_invalid_certs: bool,
    pub(crate) sends_name: bool,
}

pub(crate) type Server = Result<Arc<dyn Accepts>, String>;
pub(crate) type Client = Result<Arc<dyn Connects>, String>;

/// The protocol inside TLS, as ALPN names it. HTTP/2 would need another opening handshake.
pub(crate) const PROTOCOL: &str = "http/1.1";

impl<'a, I> ClientSettings<'a, I> {
    /// The same settings with an identity of another form.
    pub(crate) fn with<J>(&self, identity: Option<&'a J>) -> ClientSettings<'a, J> {
        ClientSettings {
            roots: self.roots,
            identity,
            accepts_invalid_certs: self.accepts_invalid_certs,
            sends_name: self.sends_name,
        }
    }
}
