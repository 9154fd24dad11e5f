//! Sending, by threads that may wait for other writers and for room in the stream.

use std::io::{self, ErrorKind, Write};

use super::out::Out;
use super::outbox::{Outbox, Sink};
use super::terms::Terms;
use super::writer::{Watch, Writer};
use crate::error::{Error, Result};
use crate::process::Guard;
use crate::proto::frame::{ControlPayload, Opcode};
use crate::proto::message::{AsMessage, MessageRef};

impl<'a, S: Write> Out<'a, S> {
    /// Queues a message, and writes it out if `flush` is `true`. Waits for other writers.
    pub(crate) fn send(mut self, message: &impl AsMessage, flush: bool) -> Result<()> {
        self.send_ref(message.as_message(), message.may_be_compressed(), flush)
    }

    /// Implements [`send`](Self::send), compiled once for all types of messages.
    fn send_ref(
        &mut self,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        flush: bool,
    ) -> Result<()> {
        if !flush && self.outbox.queue_plain(message, may_be_compressed) {
            self.settle_for_others();
            return Ok(());
        }
        self.write_message(message, may_be_compressed, flush)
    }

    // A frame of its own: the thread of a handler needs it for a moment, and then waits for the next
    // message.
    #[inline(never)]
    fn write_message(
        &mut self,
        message: MessageRef<'_>,
        may_be_compressed: bool,
        flush: bool,
    ) -> Result<()> {
        let sink = self.wait_to_begin()?;
        let outbox = self.outbox;
        self.write(sink, |writer, stream| {
            let _own = writer.watch.as_ref().map(Watch::begin);
            let between = |writer: &mut Writer<S>| outbox.pay_pong(writer);
            writer.message(message, may_be_compressed, stream, between)?;
            if flush { writer.flush(stream) } else { Ok(()) }
        })
    }

    /// Writes a ping or pong out (§5.5.2, §5.5.3). Waits for other writers.
    pub(crate) fn control(mut self, opcode: Opcode, payload: &ControlPayload) -> Result<()> {
        self.write(self.outbox.sink.lock(), |writer, stream| {
            writer.control(opcode, payload)?;
            writer.flush(stream)
        })
    }

    /// Writes out what is queued. Waits for other writers.
    pub(crate) fn flush(mut self) -> Result<()> {
        let flushed = self.using(self.outbox.sink.lock(), Writer::flush);
        self.settle_for_others();
        flushed
    }

    /// Waits until a message may begin: no thread writes, and no streamed message is under way.
    pub(super) fn wait_to_begin(&mut self) -> Result<Guard<'a, Sink<S>>> {
        loop {
            let sink = self.outbox.sink.lock();
            if !sink.writer.is_streaming {
                return Ok(sink);
            }
            let whole = sink.writer.check();
            drop(sink);
            self.settle_for_others();
            whole?;
            if !self.outbox.gate.wait() {
                return Err(self.outbox.cannot_begin());
            }
        }
    }

    /// Pays what is owed, then calls `work` to write. Returns [`Error::Closed`] if a Close frame
    /// was owed or sent, because nothing may follow that.
    pub(super) fn write(
        &mut self,
        sink: Guard<'_, Sink<S>>,
        work: impl FnOnce(&mut Writer<S>, &mut S) -> Result<()>,
    ) -> Result<()> {
        let outbox = self.outbox;
        let written = self.using(sink, |writer, stream| {
            match outbox.pay(writer, stream, Terms::patient())? {
                (_, true) => work(writer, stream),
                (_, false) => Err(Error::Closed),
            }
        });
        self.settle_for_others();
        written
    }
}

impl<S: Write> Outbox<S> {
    /// Queues a message if nothing else has to be done. Returns `true` if the message is queued.
    fn queue_plain(&self, message: MessageRef<'_>, may_be_compressed: bool) -> bool {
        let mut sink = self.sink.lock();
        self.owed.seems_settled() && sink.writer.queue_plain(message, may_be_compressed)
    }

    /// The error for a sender that waited in vain for the end of another message.
    fn cannot_begin(&self) -> Error {
        if self.owed.look().may_send() {
            let why = "it ended while another thread was sending a message";
            Error::Lost(io::Error::new(ErrorKind::BrokenPipe, why))
        } else {
            Error::Closed
        }
    }
}
