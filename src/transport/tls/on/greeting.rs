//! What a peer sent first: a handshake fails for another reason with a peer that speaks no TLS.

use std::error::Error as StdError;
use std::{fmt, io};

use super::engine::Wire;

/// The first bytes of a peer.
#[derive(Default)]
pub(super) struct Greeting(Vec<u8>);

impl Greeting {
    /// The most bytes that are kept, enough to quote the first line.
    const MOST: usize = 100;

    /// Notes what was just read, of which the session has taken nothing yet.
    pub(super) fn note(&mut self, wire: &Wire) {
        self.0.extend(wire.look(Self::MOST - self.0.len()));
    }

    /// RFC 8446 §5.1: a record begins with its type.
    fn is_tls(&self) -> bool {
        self.0.first().is_none_or(|first| (20..=24).contains(first))
    }
}

/// Why a handshake failed with a peer that does not speak TLS. `explain` turns it into a sentence.
#[derive(Debug)]
pub(super) struct NoTls {
    failure: String,
    /// What the peer sent first.
    pub(super) sent: Vec<u8>,
}

impl fmt::Display for NoTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure)
    }
}

impl StdError for NoTls {}

/// The error of a handshake that one side refused.
pub(super) fn refused(why: &str, greeting: Greeting) -> io::Error {
    let failure = format!("handshake: {why}");
    if greeting.is_tls() {
        io::Error::new(io::ErrorKind::InvalidData, failure)
    } else {
        io::Error::new(io::ErrorKind::InvalidData, NoTls { failure, sent: greeting.0 })
    }
}
