//! A message of which nobody knows the end: the other half of [`Outbox`].
//!
//! ```text
//! Writer::is_streaming    who may write
//! no                      everybody, a whole message at a time
//! yes                     this message's sender; everybody control frames, between its frames
//! ```
//!
//! The lock of the sink is held for a part at a time, so the reader's pongs wait for no more than
//! that. Who wants to send another message waits for its [`turn`](Outbox::turn), and a hub comes back.
//! As everywhere, whoever held the lock pays afterwards what others owe by then.

use std::io::Write;

use super::out::Out;
use super::terms::Terms;
use crate::error::Result;
use crate::io::LAST_WORDS;
use crate::proto::close::CloseFrame;
use crate::proto::compression::Deflater;
use crate::proto::frame::{Opcode, Series};
use crate::proto::rules::CloseCode;

/// A message under way.
#[derive(Debug)]
pub(crate) struct MessageStream {
    series: Series,
    /// Where it is compressed.
    pub(crate) deflater: Option<Deflater>,
    /// The peer has got something of it, or part of that.
    has_begun: bool,
}

impl<S: Write> Out<'_, S> {
    /// Begins a message. Waits for other writers, and for the end of their messages.
    ///
    /// [`end_stream`](Self::end_stream) or [`give_up`](Self::give_up) must follow.
    pub(crate) fn begin_stream(
        &mut self,
        opcode: Opcode,
        may_be_compressed: bool,
    ) -> Result<MessageStream> {
        let mut deflater = None;
        let sink = self.turn()?;
        let outbox = self.outbox;
        self.write(sink, |writer, _| {
            writer.set_streaming(true);
            outbox.gate.begin();
            let deflation = writer.deflation.as_mut().filter(|_| may_be_compressed);
            deflater = deflation.map(|deflation| deflation.begin());
            Ok(())
        })?;
        let series =
            if deflater.is_some() { Series::deflated(opcode) } else { Series::new(opcode) };
        Ok(MessageStream { series, deflater, has_begun: false })
    }

    /// Writes the next part of a message: what its deflater has put out, or `plain` where it has none.
    pub(crate) fn stream_part(
        &mut self,
        streaming: &mut MessageStream,
        plain: &[u8],
        is_last: bool,
    ) -> Result<()> {
        let MessageStream { series, deflater, has_begun } = streaming;
        let part = deflater.as_ref().map_or(plain, Deflater::output);
        let outbox = self.outbox;
        self.write(outbox.sink.lock(), |writer, stream| {
            *has_begun = true;
            let between = |writer: &mut _| outbox.pay_pong(writer);
            writer.part(series, part, is_last, stream, between)
        })?;
        if let Some(deflater) = deflater {
            deflater.clear();
        }
        Ok(())
    }

    /// Ends a message whose last part is written.
    pub(crate) fn end_stream(&mut self, streaming: MessageStream) {
        let mut sink = self.outbox.sink.lock();
        let writer = &mut sink.writer;
        writer.set_streaming(false);
        if let Some((deflation, deflater)) = writer.deflation.as_mut().zip(streaming.deflater) {
            deflation.done(deflater);
        }
        self.outbox.gate.end();
        drop(sink);
        self.settle_later();
    }

    /// Gives a message up whose last part is not written. If it has begun, nothing can follow it but a
    /// Close frame, by which the peer learns that it is not whole.
    pub(crate) fn give_up(&mut self, mut streaming: MessageStream) {
        if !streaming.has_begun {
            // The peer knows nothing of what it was given, and zlib-rs does not forget it in the
            // middle.
            streaming.deflater = None;
            return self.end_stream(streaming);
        }
        if self.outbox.failure().is_some() {
            // Nothing can be sent, and what the peer said last counts.
            return;
        }
        self.outbox
            .owe_close(CloseFrame::new(CloseCode::Internal, "a message was not sent to its end"));
        // Whoever holds the sink now pays.
        let bound = self.outbox.sink.try_lock().and_then(|sink| sink.writer.timeout);
        let within = bound.map(|(_, controls)| (LAST_WORDS, controls));
        // A connection that is lost tells its reader.
        let _ = self.settle(Terms::within(within));
    }
}
