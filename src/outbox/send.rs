//! Sending, by threads that may wait: for other writers, and for room in the stream.

use std::io::{self, ErrorKind, Write};

use super::outbox::{Outbox, Sink};
use super::terms::Terms;
use super::writer::{Watch, Writer};
use crate::error::{Error, Result};
use crate::process::Guard;
use crate::proto::frame::{ControlPayload, Opcode};
use crate::proto::message::{AsMessage, MessageRef};

impl<S: Write> Outbox<S> {
    /// Queues a message, and writes it out if `flush` says so. Waits for other writers.
    pub(crate) fn send(
        &self,
        own: Option<&mut S>,
        message: &impl AsMessage,
        flush: bool,
    ) -> Result<()> {
        self.send_ref(own, message.as_message(), message.may_be_compressed(), flush)
    }

    /// Does that, for all types of messages.
    fn send_ref(
        &self,
        mut own: Option<&mut S>,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        flush: bool,
    ) -> Result<()> {
        if !flush && self.queue_plain(message, may_be_compressed) {
            self.settle_later(own);
            return Ok(());
        }
        let sink = self.turn(own.as_deref_mut())?;
        self.write(sink, own, |writer, stream| {
            let _own = writer.watch.as_ref().map(Watch::begin);
            let between = |writer: &mut Writer<S>| self.pay_pong(writer);
            writer.message(message, may_be_compressed, stream, between)?;
            if flush { writer.flush(stream) } else { Ok(()) }
        })
    }

    /// Queues a message if that is all there is to do. Returns `true` if it is queued.
    fn queue_plain(&self, message: MessageRef<'_>, may_be_compressed: bool) -> bool {
        let mut sink = self.sink.lock();
        self.owed.seems_settled() && sink.writer.queue_plain(message, may_be_compressed)
    }

    /// Writes a ping out (§5.5.2). Waits for other writers.
    pub(crate) fn ping(&self, own: Option<&mut S>, payload: &ControlPayload) -> Result<()> {
        self.write(self.sink.lock(), own, |writer, stream| {
            writer.control(Opcode::Ping, payload)?;
            writer.flush(stream)
        })
    }

    /// Writes out what is queued. Waits for other writers.
    pub(crate) fn flush(&self, mut own: Option<&mut S>) -> Result<()> {
        let sink = self.sink.lock();
        let flushed = self.using(sink, own.as_deref_mut(), Writer::flush);
        self.settle_later(own);
        flushed
    }

    /// Waits until a message may begin: nobody writes, and none is under way.
    pub(super) fn turn(&self, mut own: Option<&mut S>) -> Result<Guard<'_, Sink<S>>> {
        loop {
            let sink = self.sink.lock();
            if !sink.writer.is_streaming {
                return Ok(sink);
            }
            let whole = sink.writer.check();
            drop(sink);
            self.settle_later(own.as_deref_mut());
            whole?;
            if !self.gate.wait() {
                return Err(self.no_turn());
            }
        }
    }

    /// What is said to those who waited in vain for the end of another message.
    fn no_turn(&self) -> Error {
        if self.owed.look().may_send() {
            let why = "the connection was lost while another message was being sent";
            Error::Lost(io::Error::new(ErrorKind::BrokenPipe, why))
        } else {
            Error::Closed
        }
    }

    /// Sends something of this side's own. A Close that is owed goes first, and then nothing may
    /// follow.
    pub(super) fn write(
        &self,
        sink: Guard<'_, Sink<S>>,
        mut own: Option<&mut S>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<()>,
    ) -> Result<()> {
        let written = self.using(sink, own.as_deref_mut(), |writer, stream| {
            match self.pay(writer, stream, Terms::patient())? {
                (_, true) => work(writer, stream),
                (_, false) => Err(Error::Closed),
            }
        });
        self.settle_later(own);
        written
    }
}
