//! What a TLS library has to offer.

use std::io::{self, Read, Write};

/// A TLS session whose handshake is done, over a `Wire` of ciphertext.
///
/// Reads return `WouldBlock` if ciphertext is missing, and `Ok(0)` only after the peer's
/// `close_notify`.
pub(crate) trait Session: Read + Write + Send {
    /// Puts our `close_notify` on the wire. Called once.
    fn close(&mut self) -> io::Result<()>;
}
