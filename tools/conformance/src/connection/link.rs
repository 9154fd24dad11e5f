//! [`Link`]: the bytes of a connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use blocking_ws::testing::{Peer, RawFrame};
use blocking_ws::{Duplex, Role, Stream};

use super::log::Log;
use crate::report::WireEvent;

/// How long a write waits for room before it tries again, the first time and at most.
const ROOM: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(2));

/// How long a write waits for a peer that takes nothing, and sends nothing.
const STALLED: Duration = Duration::from_secs(10);

/// The most bytes of a read.
const READ: usize = 64 << 10;

/// The most bytes that are kept of a frame. No case has one that is as large.
const MOST: usize = 80 << 20;

/// How often it is looked for bytes after a deadline.
const LATE_LOOKS: u32 = 4;

/// The longest that a write may take, whatever moves.
const WHOLE_WRITE: Duration = Duration::from_secs(120);

/// The shortest wait that a stream can be told.
const SHORTEST: Duration = Duration::from_micros(100);

/// The bytes of a connection, in both directions, and what has passed.
///
/// A write never waits for a peer that waits for a reader: what the peer sends meanwhile is kept.
#[derive(Debug)]
pub(crate) struct Link {
    stream: Stream,
    pub(crate) log: Log,
    /// What was received and not taken.
    bytes: Vec<u8>,
    /// Where it begins in them.
    at: usize,
    scratch: Vec<u8>,
    /// How often it was looked after the deadline, one time after the other.
    late_looks: u32,
    /// How the peer's bytes have ended.
    end: Option<Ended>,
    /// The socket below, which can be reset.
    socket: Option<TcpStream>,
    was_reset: bool,
}

/// How the peer's bytes have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// In order: FIN.
    Fin,
    /// By a reset, or another fault.
    Failed(String),
}

/// What a wait for bytes has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    Bytes,
    End(Ended),
    /// Nothing in time.
    Nothing,
}

impl Link {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            log: Log::new(),
            bytes: Vec::new(),
            at: 0,
            scratch: vec![0; READ],
            late_looks: 0,
            end: None,
            socket: None,
            was_reset: false,
        }
    }

    /// Can be reset by this socket, which is below the stream.
    pub(crate) fn over(self, socket: Option<TcpStream>) -> Self {
        Self { socket, ..self }
    }

    /// What was received and not taken.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Takes the first bytes of the rest.
    pub(crate) fn take(&mut self, len: usize) {
        self.at += len;
        if self.at == self.bytes.len() {
            self.bytes.clear();
            self.at = 0;
        }
    }

    /// Waits for bytes, until then at most. What has arrived by then counts, also on a machine that was
    /// too busy to look. So it is looked again after the deadline, but not for ever: a peer may send
    /// without end.
    pub(crate) fn receive(&mut self, deadline: Instant) -> Came {
        if let Some(end) = &self.end {
            return Came::End(end.clone());
        }
        if self.rest().len() > MOST {
            let why = format!("the peer sends a frame of more than {} MiB", MOST >> 20);
            return self.has_ended(Ended::Failed(why));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        self.late_looks = if left.is_zero() { self.late_looks + 1 } else { 0 };
        if self.late_looks > LATE_LOOKS {
            self.late_looks = 0;
            return Came::Nothing;
        }
        let left = left.max(SHORTEST);
        if let Err(e) = self.stream.set_read_timeout(Some(left)) {
            return self.has_ended(Ended::Failed(e.to_string()));
        }
        loop {
            match self.stream.read(&mut self.scratch) {
                Ok(0) => return self.has_ended(Ended::Fin),
                Ok(n) => {
                    // What was taken goes before the rest grows.
                    self.bytes.drain(..self.at);
                    self.at = 0;
                    self.bytes.extend_from_slice(&self.scratch[..n]);
                    self.log.read(&self.scratch[..n]);
                    return Came::Bytes;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) => return Came::Nothing,
                Err(e) => return self.has_ended(Ended::Failed(e.to_string())),
            }
        }
    }

    /// Waits for a frame with this opcode, until then at most, and takes all frames before it. Returns
    /// `true` if it came.
    pub(crate) fn await_frame(&mut self, opcode: u8, deadline: Instant) -> bool {
        loop {
            if let Some((frame, len)) = RawFrame::parse(self.rest()) {
                self.take(len);
                if frame.opcode == opcode {
                    return true;
                }
            } else if self.receive(deadline) != Came::Bytes {
                return false;
            }
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// The peer has ended the connection, or takes nothing.
    pub(crate) fn write(&mut self, bytes: &[u8], alone: bool) -> io::Result<()> {
        self.log.written(bytes, alone);
        let mut rest = bytes;
        let mut wait = Wait::new();
        let last = Instant::now() + WHOLE_WRITE;
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(0) => self.make_room(&mut wait, last)?,
                Ok(n) => {
                    rest = &rest[n..];
                    wait = Wait::new();
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) => self.make_room(&mut wait, last)?,
                // A stream of the program's own, which can only wait.
                Err(e) if e.kind() == ErrorKind::Unsupported => {
                    self.stream.write_all(rest)?;
                    return self.stream.flush();
                }
                Err(e) => return Err(e),
            }
        }
        loop {
            match self.stream.try_flush() {
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) => self.make_room(&mut wait, last)?,
                flushed => return flushed,
            }
        }
    }

    /// Waits for room, and reads what the peer sends meanwhile, because it may wait for that.
    fn make_room(&mut self, wait: &mut Wait, last: Instant) -> io::Result<()> {
        if Instant::now() > last {
            return Err(io::Error::new(ErrorKind::TimedOut, "the peer takes too long"));
        }
        match self.receive(Instant::now() + wait.next) {
            Came::Bytes => *wait = Wait::new(),
            Came::Nothing if wait.began.elapsed() < STALLED => {
                wait.next = (wait.next * 2).min(ROOM.1);
            }
            Came::Nothing => {
                return Err(io::Error::new(ErrorKind::TimedOut, "the peer takes nothing"));
            }
            // What was sent before may still be taken.
            Came::End(_) => return Err(ErrorKind::BrokenPipe.into()),
        }
        Ok(())
    }

    /// Ends this direction of TCP.
    pub(crate) fn fin(&mut self) {
        // The peer may have gone before.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Resets TCP, and notes it. A Unix socket has no reset, and just ends.
    pub(crate) fn reset(&mut self) {
        self.log.note(WireEvent::Dropped { by_me: true, error: None });
        self.was_reset = true;
        match self.socket.take().map(|socket| Peer::over(socket, Role::Server)) {
            // Not on all systems before all handles are closed, which is when the case ends.
            Some(Ok(mut peer)) => peer.reset(),
            _ => {
                // The peer may have gone before.
                let _ = self.stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Ends TCP, and notes it. Returns `true` if this suite has ended it first.
    pub(crate) fn drop_now(&mut self) -> bool {
        if self.was_reset {
            return true;
        }
        let by_me = self.end.is_none();
        let error = match &self.end {
            Some(Ended::Failed(error)) => Some(error.clone()),
            _ => None,
        };
        self.log.note(WireEvent::Dropped { by_me, error });
        // The peer may have gone before.
        let _ = self.stream.shutdown(Shutdown::Write);
        if by_me {
            self.discard();
        }
        let _ = self.stream.shutdown(Shutdown::Both);
        by_me
    }

    /// Reads what the peer still sends: a socket that is closed with unread input is reset, and that
    /// may destroy what was sent last.
    fn discard(&mut self) {
        /// How long the peer may take to notice the end.
        const NOTICES: Duration = Duration::from_millis(100);
        if self.stream.keeps_sent() || self.stream.set_read_timeout(Some(NOTICES)).is_err() {
            return;
        }
        let until = Instant::now() + NOTICES;
        while matches!(self.stream.read(&mut self.scratch), Ok(1..)) && Instant::now() < until {}
    }

    fn has_ended(&mut self, end: Ended) -> Came {
        self.end = Some(end.clone());
        Came::End(end)
    }
}

/// A wait for room.
struct Wait {
    /// Since when nothing has moved.
    began: Instant,
    /// How long to wait the next time.
    next: Duration,
}

impl Wait {
    fn new() -> Self {
        Self { began: Instant::now(), next: ROOM.0 }
    }
}

fn is_timeout(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}
