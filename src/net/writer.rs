//! Frames queued, and written with as few calls as possible. `outbox` decides who may.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::Shutdown;
use std::time::Duration;

use super::deadline::{Deadline, is_timeout};
use super::duplex::Controls;
use super::entropy::MaskKeys;
use crate::error::{Error, Phase, Result};
use crate::proto::close::ControlPayload;
use crate::proto::compression::Deflation;
use crate::proto::header::Opcode;
use crate::proto::message::AsMessage;
use crate::proto::outbound::{self, Payload};
use crate::proto::role::Role;

/// Up to this size a payload is copied behind its header, so that both go out in one write.
const COPIED: usize = 16 << 10;
/// What is queued is written when it reaches this size.
const QUEUE: usize = 64 << 10;

/// How long a peer may take for each [`QUEUE`] of bytes, and how to tell the stream so.
pub(crate) type Bound<S> = (Duration, Controls<S>);

/// The sending half of a connection, without its stream.
pub(crate) struct Writer<S> {
    keys: MaskKeys,
    /// Where the ends agreed on compression.
    deflation: Option<Deflation>,
    /// Whole frames that are not written yet.
    queue: Vec<u8>,
    /// A write failed, perhaps within a frame: no byte may follow it.
    broken: bool,
    timeout: Option<Bound<S>>,
}

impl<S: Write> Writer<S> {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            keys: MaskKeys::new(role),
            deflation: None,
            queue: Vec::new(),
            broken: false,
            timeout: None,
        }
    }

    /// Sets the bound of every write. A stream that has one bounds each call; writing as a whole
    /// takes twice the time at most.
    pub(crate) fn set_bound(&mut self, bound: Option<Bound<S>>) {
        self.timeout = bound;
    }

    /// Compresses messages from now on.
    pub(crate) fn set_deflation(&mut self, deflation: Option<Deflation>) {
        self.deflation = deflation;
    }

    /// Queues a message; writes only where it is large or much is queued.
    pub(crate) fn message(&mut self, message: &dyn AsMessage, stream: &mut S) -> Result<()> {
        self.check()?;
        let key = self.keys.next()?;
        let deflation = self.deflation.as_mut().filter(|_| message.may_be_compressed());
        let message = message.as_message();
        let Some(deflated) = deflation.and_then(|deflation| deflation.deflate(message.as_bytes()))
        else {
            let payload = outbound::message(message, None, key, &mut self.queue);
            return self.payload(payload, stream);
        };
        let payload = outbound::message(message, Some(deflated.output()), key, &mut self.queue);
        let written = self.payload(payload, stream);
        if let Some(deflation) = &mut self.deflation {
            deflation.done(deflated);
        }
        written
    }

    /// Queues what follows a header, or writes it from where it lies.
    fn payload(&mut self, mut payload: Payload<'_>, stream: &mut S) -> Result<()> {
        match payload.as_it_lies() {
            Some(bytes) if bytes.len() > COPIED => self.write_with(bytes, stream),
            _ => self.copy(&mut payload, stream),
        }
    }

    /// Queues a control frame.
    pub(crate) fn control(&mut self, opcode: Opcode, payload: &ControlPayload) -> Result<()> {
        self.check()?;
        outbound::control(opcode, payload, self.keys.next()?, &mut self.queue);
        Ok(())
    }

    /// Writes what is queued.
    pub(crate) fn flush(&mut self, stream: &mut S) -> Result<()> {
        if self.queue.is_empty() { self.check() } else { self.write_with(&[], stream) }
    }

    /// Writes what is queued under another bound, if that is the shorter one.
    ///
    /// The stream's timeout is everybody's, so it is changed only here, where nobody else writes.
    pub(crate) fn flush_within(&mut self, most: Option<Bound<S>>, stream: &mut S) -> Result<()> {
        let usual = self.timeout;
        let shorter = most.filter(|(most, _)| usual.is_none_or(|(usual, _)| *most < usual));
        let Some((most, controls)) = shorter else { return self.flush(stream) };
        // A stream that takes no timeout any more does not block either.
        let _ = (controls.set_write_timeout)(stream, Some(most));
        self.timeout = shorter;
        let flushed = self.flush(stream);
        self.timeout = usual;
        let _ = (controls.set_write_timeout)(stream, usual.map(|(usual, _)| usual));
        flushed
    }

    /// Queues a payload in pieces, so that a large one is never copied whole.
    fn copy(&mut self, payload: &mut Payload<'_>, stream: &mut S) -> Result<()> {
        loop {
            let room = QUEUE.saturating_sub(self.queue.len());
            payload.write(room, &mut self.queue);
            if self.queue.len() >= QUEUE {
                self.write_with(&[], stream)?;
            }
            if payload.len() == 0 {
                return Ok(());
            }
        }
    }

    /// Writes what is queued, and `payload` behind it from where it lies.
    fn write_with(&mut self, payload: &[u8], stream: &mut S) -> Result<()> {
        let queue = std::mem::take(&mut self.queue);
        // So it stays if the stream panics.
        self.broken = true;
        let written = self.write_all(&mut [IoSlice::new(&queue), IoSlice::new(payload)], stream);
        self.broken = written.is_err();
        // An idle connection holds no large buffer.
        self.queue = queue;
        self.queue.clear();
        self.queue.shrink_to(COPIED);
        written
    }

    fn write_all(&self, mut slices: &mut [IoSlice<'_>], stream: &mut S) -> Result<()> {
        let timeout = self.timeout.map(|(timeout, _)| timeout);
        let mut deadline = Deadline::of_write(timeout);
        let mut taken = 0;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            match stream.write_vectored(slices) {
                Ok(0) => return Err(Error::Lost(ErrorKind::WriteZero.into())),
                Ok(n) => {
                    taken += n;
                    IoSlice::advance_slices(&mut slices, n);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if is_timeout(&e) && timeout.is_some() && !deadline.has_passed() => {}
                Err(e) => return Err(self.failed(e, stream)),
            }
            // A slow peer may take its time, but not one that reads a byte now and then.
            if taken >= QUEUE {
                (taken, deadline) = (0, Deadline::of_write(timeout));
            } else if !slices.is_empty() && deadline.has_passed() {
                return Err(self.failed(ErrorKind::TimedOut.into(), stream));
            }
        }
        stream.flush().map_err(|e| self.failed(e, stream))
    }

    /// Names a failure. After a timeout a frame may be torn, so the connection is cut, which wakes
    /// the thread that reads; after any other the system tells that thread.
    fn failed(&self, error: io::Error, stream: &S) -> Error {
        if !is_timeout(&error) {
            return Error::Lost(error);
        }
        if let Some((_, controls)) = self.timeout {
            // It may be down already.
            let _ = (controls.shutdown)(stream, Shutdown::Both);
        }
        Error::Deadline(Phase::Write)
    }

    fn check(&self) -> Result<()> {
        if self.broken {
            return Err(Error::Lost(io::Error::new(
                ErrorKind::BrokenPipe,
                "an earlier write failed",
            )));
        }
        Ok(())
    }
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("queued", &self.queue.len())
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}
