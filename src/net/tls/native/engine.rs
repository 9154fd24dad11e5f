//! A TLS session over a `Wire`, and who is at work on either side of it.
//!
//! This is what the lock of a `Link` guards. Nothing here blocks or knows a socket.

use std::io::{self, IoSlice, Read, Write};
use std::time::{Duration, Instant};

use super::wire::Wire;
use crate::logging;

/// The most plaintext that goes into one write of the socket.
const PLAINTEXT: usize = 64 * 1024;

/// A TLS session whose handshake is done, over a `Wire` of ciphertext.
///
/// Reads answer `WouldBlock` where ciphertext is missing, and `Ok(0)` only after the peer's
/// `close_notify`.
pub(super) trait Session: Read + Write + Send {
    /// Puts our `close_notify` on the wire. Called once.
    fn close(&mut self) -> io::Result<()>;
}

/// Who reads the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receiving {
    Idle,
    /// A thread reads the socket; others wait for what it brings.
    Busy,
    /// The socket's input has ended.
    Ended,
}

/// Who writes the socket.
///
/// ```text
/// Idle, Left <--> Busy ---> Broken    a write failed: half a record may be out
///       \-----------\-----> Closed    close_notify is sent
/// ```
///
/// A writer that does not wait never is `Busy`: it holds the lock, and goes from `Idle` to `Left`
/// or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    Idle,
    /// Nobody writes, but output lies on the wire that the socket had no room for. Whoever writes
    /// next sends it first.
    Left,
    /// A thread encrypts and writes. It lets go only when the wire has no output left.
    Busy,
    Closed,
    Broken,
}

/// The state that all handles of a stream share.
pub(super) struct Engine {
    pub(super) session: Box<dyn Session>,
    pub(super) wire: Wire,
    pub(super) receiving: Receiving,
    pub(super) sending: Sending,
    /// Why no more can be decrypted, until somebody is told.
    failed: Option<io::Error>,
    /// When ciphertext last came of which nothing could be read yet.
    pub(super) last_received: Option<Instant>,
    /// How many handles there are: the last one says goodbye.
    pub(super) handles: usize,
    /// How many threads wait for a change.
    pub(super) waiting: usize,
    /// The socket's timeouts bound the waits for another thread too.
    pub(super) read_timeout: Option<Duration>,
    pub(super) write_timeout: Option<Duration>,
}

impl Engine {
    /// Pairs a session with our end of its wire.
    pub(super) fn new(session: Box<dyn Session>, wire: Wire) -> Self {
        Self {
            session,
            wire,
            receiving: Receiving::Idle,
            sending: Sending::Idle,
            failed: None,
            last_received: None,
            handles: 1,
            waiting: 0,
            read_timeout: None,
            write_timeout: None,
        }
    }

    /// Decrypts what has arrived, as far as there is room: each record is a read of the session.
    ///
    /// A session that fails behind the first of them says so at the next call.
    pub(super) fn decrypt(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let mut there = self.session.read(buf)?;
        while there > 0 && there < buf.len() && self.wire.peek().is_some() {
            match self.session.read(&mut buf[there..]) {
                // The orderly end is told again.
                Ok(0) => break,
                Ok(n) => there += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) => {
                    self.failed = Some(e);
                    break;
                }
            }
        }
        Ok(there)
    }

    /// Encrypts as much of `slices` as one write of the socket should carry.
    ///
    /// `WouldBlock`: nothing was taken, the session must hear from the peer first.
    pub(super) fn encrypt(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let total: usize = slices.iter().map(|slice| slice.len()).sum();
        self.wire.expect_output(total.min(PLAINTEXT));
        let mut taken = 0;
        for slice in slices {
            let room = PLAINTEXT - taken;
            let mut rest = &slice[..slice.len().min(room)];
            while !rest.is_empty() {
                match self.session.write(rest) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(n) => {
                        taken += n;
                        rest = &rest[n..];
                    }
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock && taken > 0 => {
                        return Ok(taken);
                    }
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(taken)
    }

    /// Puts our `close_notify` on the wire, as far as the session is in a state to do so.
    pub(super) fn close(&mut self) {
        if let Err(e) = self.session.close() {
            logging::debug!("no TLS close_notify: {e}");
        }
    }
}
