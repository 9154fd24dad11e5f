//! [`Record`]: the stream of the models.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use crate::io::Duplex;
use crate::process::Lock;
use crate::proto::frame::{FrameHeader, Parsed};

/// A stream that remembers what was written. Writes that may wait always find room. Other writes
/// find what is left of `room`. The lock is loom's, so that threads can meet while one of them
/// writes.
#[derive(Clone)]
pub(super) struct Record(Arc<Lock<Written>>);

struct Written {
    bytes: Vec<u8>,
    /// What was taken without waiting and is not written yet, as in TLS. `None` if the stream takes
    /// only as much as it has room for.
    held: Option<Vec<u8>>,
    room: usize,
    /// No thread may wait for room.
    hurried: bool,
}

impl Record {
    pub(super) fn with_room(room: usize) -> Self {
        Self(Arc::new(Lock::new(Written { bytes: Vec::new(), held: None, room, hurried: false })))
    }

    /// From now on the stream takes everything, and holds back what it has no room for.
    pub(super) fn hold(&self) {
        self.0.lock().held = Some(Vec::new());
    }

    /// From now on a write that would have to wait fails the model.
    pub(super) fn hurry(&self) {
        self.0.lock().hurried = true;
    }

    /// How many handles of the stream there are.
    pub(super) fn handles(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    pub(super) fn make_room(&self) {
        self.0.lock().room = usize::MAX;
    }

    /// The frames that were written, whole ones to the last byte: opcode and payload.
    pub(super) fn frames(&self) -> Vec<(u8, String)> {
        let bytes = &self.0.lock().bytes;
        let (mut rest, mut frames) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            let Parsed::Done(header, at) = FrameHeader::parse(rest).unwrap() else {
                panic!("half a header: {rest:?}");
            };
            let end = at + usize::try_from(header.len).unwrap();
            frames.push((rest[0] & 0x0F, String::from_utf8_lossy(&rest[at..end]).into_owned()));
            rest = &rest[end..];
        }
        frames
    }

    pub(super) fn count(&self, opcode: u8) -> usize {
        self.frames().iter().filter(|(one, _)| *one == opcode).count()
    }
}

impl Read for Record {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("an outbox never reads")
    }
}

impl Write for Record {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock();
        assert!(!written.hurried || buf.len() <= written.room, "it waits for room");
        written.let_go(usize::MAX);
        written.bytes.extend(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().let_go(usize::MAX);
        Ok(())
    }
}

impl Duplex for Record {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Ok(())
    }

    fn try_write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock();
        if let Some(held) = &mut written.held {
            if !held.is_empty() && !buf.is_empty() {
                return Err(ErrorKind::WouldBlock.into());
            }
            held.extend(buf);
            return Ok(buf.len());
        }
        let n = buf.len().min(written.room);
        written.bytes.extend(&buf[..n]);
        written.room -= n;
        if n == 0 && !buf.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { Ok(n) }
    }

    fn try_flush(&mut self) -> io::Result<()> {
        let mut written = self.0.lock();
        let room = written.room;
        if written.let_go(room) { Ok(()) } else { Err(ErrorKind::WouldBlock.into()) }
    }
}

impl Written {
    /// Writes what was held back, as far as there is room. Returns `true` if all of it is written.
    fn let_go(&mut self, room: usize) -> bool {
        let Some(held) = &mut self.held else { return true };
        let n = held.len().min(room);
        self.bytes.extend(held.drain(..n));
        self.room = self.room.saturating_sub(n);
        held.is_empty()
    }
}
