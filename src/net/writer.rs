//! Frames queued, and written with as few calls as possible. `outbox` decides who may.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::time::Duration;

use super::deadline::{Deadline, is_timeout};
use super::duplex::Controls;
use super::entropy::MaskKeys;
use crate::error::{Error, Phase, Result};
use crate::proto::close::ControlPayload;
use crate::proto::header::Opcode;
use crate::proto::message::MessageRef;
use crate::proto::outbound::{self, Payload};
use crate::proto::role::Role;

/// Up to this size a payload is copied behind its header, so that both go out in one write.
const COPIED: usize = 16 << 10;
/// What is queued is written when it reaches this size.
const QUEUE: usize = 64 << 10;

/// The sending half of a connection, without its stream.
pub(crate) struct Writer<S> {
    keys: MaskKeys,
    /// Whole frames that are not written yet.
    queue: Vec<u8>,
    /// A write failed, perhaps within a frame: no byte may follow it.
    broken: bool,
    timeout: Option<(Duration, Controls<S>)>,
}

impl<S: Write> Writer<S> {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            keys: MaskKeys::new(role),
            queue: Vec::new(),
            broken: false,
            timeout: None,
        }
    }

    /// Bounds the writing of what is sent at once; the stream's own timeout is set by the caller.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>, controls: Controls<S>) {
        self.timeout = timeout.map(|timeout| (timeout, controls));
    }

    /// Queues a message; writes only where it is large or much is queued.
    pub(crate) fn message(&mut self, message: MessageRef<'_>, stream: &mut S) -> Result<()> {
        self.check()?;
        let mut payload = outbound::message(message, self.keys.next()?, &mut self.queue);
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
        if self.queue.is_empty() {
            self.check()
        } else {
            self.write_with(&[], stream)
        }
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
        let mut deadline = None;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            match stream.write_vectored(slices) {
                Ok(0) => return Err(Error::Lost(ErrorKind::WriteZero.into())),
                Ok(n) => IoSlice::advance_slices(&mut slices, n),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(failed(e)),
            }
            if !slices.is_empty() {
                self.wait_less(&mut deadline, stream)?;
            }
        }
        if deadline.is_some() {
            if let Some((timeout, controls)) = &self.timeout {
                (controls.set_write_timeout)(stream, Some(*timeout)).map_err(Error::Lost)?;
            }
        }
        stream.flush().map_err(failed)
    }

    /// A write took only a part: what follows it shares one deadline, so that a peer that reads a
    /// little now and then cannot hold the writer for ever.
    fn wait_less(&self, deadline: &mut Option<Deadline>, stream: &S) -> Result<()> {
        let Some((timeout, controls)) = &self.timeout else {
            return Ok(());
        };
        let deadline = deadline.get_or_insert_with(|| Deadline::after(Some(*timeout)));
        let remaining = deadline.remaining().map_err(failed)?;
        (controls.set_write_timeout)(stream, remaining).map_err(Error::Lost)
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

fn failed(error: io::Error) -> Error {
    if is_timeout(&error) {
        Error::Deadline(Phase::Write)
    } else {
        Error::Lost(error)
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
