//! A TLS session over a `Wire`, and which threads read and write the socket for it.
//!
//! The lock of a `DuplexEngine` guards all of this. Nothing here blocks or knows a socket.

use std::io::{self, IoSlice, Read, Write};
use std::time::Instant;

use super::session::Session;
use super::timeout::Timeout;
use super::wire::Wire;

/// The most plaintext that one write of the socket carries.
const PLAINTEXT: usize = 64 * 1024;
/// The most plaintext of one record.
const RECORD: usize = 16 * 1024;
/// The most plaintext that is decrypted in advance, in search of the peer's last alert.
const AHEAD: usize = 256 * 1024;

/// Whether a thread reads the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receiving {
    Idle,
    /// A thread reads the socket. Other readers wait for what it brings.
    Busy,
    /// The socket's input has ended.
    Ended,
}

/// Whether a thread writes the socket.
///
/// ```text
/// Idle, Left <--> Busy ---> Broken    a write failed or panicked: half a record may be out
///       \-----------\-----> Closed    close_notify is sent
/// ```
///
/// A writer that does not wait is never `Busy`: it holds the lock, and changes `Idle` to `Left` or
/// back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    Idle,
    /// No thread writes, but there is output on the wire that did not fit into the socket. The next
    /// writer sends it first.
    Left,
    /// A thread encrypts and writes. Its turn ends only when the wire has no output left, or only a
    /// reader's answer.
    Busy,
    Closed,
    Broken,
}

/// The state that all handles of a stream share.
pub(crate) struct Engine {
    pub(super) session: Box<dyn Session>,
    pub(crate) wire: Wire,
    pub(super) receiving: Receiving,
    pub(super) sending: Sending,
    /// The session can bring nothing before more input has come.
    pub(super) is_drained: bool,
    /// Why no more can be decrypted. Every further read returns this error.
    failed: Option<(io::ErrorKind, String)>,
    /// Plaintext that was decrypted in search of the peer's last alert, for the next read.
    ahead: Vec<u8>,
    /// The output that is left is a reader's answer to the peer. Readers send it.
    pub(super) owes_answer: bool,
    /// The socket has taken bytes without waiting and may not have sent them yet.
    pub(super) unflushed: bool,
    /// When ciphertext last arrived from which nothing could be read yet.
    pub(super) last_received: Option<Instant>,
    /// How many threads wait for a change.
    pub(crate) waiting: usize,
    /// The socket's timeouts. They also limit the waits for another thread.
    pub(super) reads: Timeout,
    pub(super) writes: Timeout,
}

impl Engine {
    /// Joins a session with the other end of its wire.
    pub(crate) fn new(session: Box<dyn Session>, wire: Wire) -> Self {
        Self {
            session,
            wire,
            receiving: Receiving::Idle,
            sending: Sending::Idle,
            is_drained: false,
            failed: None,
            ahead: Vec::new(),
            owes_answer: false,
            unflushed: false,
            last_received: None,
            waiting: 0,
            reads: Timeout::new(),
            writes: Timeout::new(),
        }
    }

    /// Decrypts what has arrived, as much as fits into `buf`. A read of the session may be one
    /// record.
    ///
    /// If the session fails after the first record, the next call and all later calls return the
    /// error.
    pub(super) fn decrypt(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let there = (&self.ahead[..]).read(buf)?;
            self.ahead.drain(..there);
            return Ok(there);
        }
        if let Some(failed) = self.failure() {
            return Err(failed);
        }
        if self.is_drained {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let read = self.session_read(buf);
        self.is_drained = self.session.is_drained();
        let mut there = read?;
        while there > 0 && !self.is_drained && there < buf.len() && self.wire.has_unseen() {
            match self.session_read(&mut buf[there..]) {
                // The next call returns the orderly end or the failure.
                Ok(0) | Err(_) => break,
                Ok(n) => there += n,
            }
        }
        Ok(there)
    }

    /// Returns `true` if there is input that the session has not looked at.
    pub(super) fn may_decrypt(&self) -> bool {
        !self.is_drained && self.wire.has_unseen()
    }

    /// Decrypts in advance of the next read. Returns `true` if more may arrive and be decrypted.
    pub(crate) fn look_ahead(&mut self) -> bool {
        let mut piece = vec![0; RECORD];
        while self.failed.is_none() && self.ahead.len() < AHEAD {
            match self.session_read(&mut piece) {
                Ok(0) => return false,
                Ok(n) => self.ahead.extend_from_slice(&piece[..n]),
                Err(e) => return e.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }

    fn session_read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.session.read(buf);
        if let Err(e) = &read {
            if !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
                self.failed = Some((e.kind(), e.to_string()));
            }
        }
        read
    }

    /// Returns why no more can be decrypted, perhaps with the peer's last alert.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failed.as_ref().map(|(kind, why)| io::Error::new(*kind, why.clone()))
    }

    /// Encrypts as much of `slices` as one write of the socket should carry.
    ///
    /// `WouldBlock`: nothing was taken, because the session needs input from the peer first.
    pub(super) fn encrypt(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let total: usize = slices.iter().map(|slice| slice.len()).sum();
        if total > RECORD {
            self.wire.expect_output(total.min(PLAINTEXT));
        }
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
}
