//! Sending messages of unknown length, part by part.
//!
//! ```text
//! Writer::is_streaming    who may write
//! no                      any thread, a whole message at a time
//! yes                     this message's sender; any thread control frames, between its frames
//! ```
//!
//! The sink is locked for one part at a time, so the reader's pongs wait for one part at most. A
//! thread that wants to send another message waits in [`Out::wait_to_begin`], and a hub comes back
//! later.

use std::io::Write;

use super::out::Out;
use super::terms::Terms;
use crate::error::Result;
use crate::io::LAST_WORDS;
use crate::proto::close::CloseFrame;
use crate::proto::compression::Deflater;
use crate::proto::frame::{Opcode, Series};
use crate::proto::rules::CloseCode;

/// A message of unknown length that is under way.
#[derive(Debug)]
pub(crate) struct MessageStream {
    series: Series,
    /// `None` if the message is not compressed.
    pub(crate) deflater: Option<Deflater>,
    /// How many bytes the program has given, which may be compressed.
    pub(crate) bytes: usize,
    /// A part was written, or the writing of one has begun: the peer may have received bytes.
    has_begun: bool,
}

impl<S: Write> Out<'_, S> {
    /// Begins a message. Waits for other writers, and for the end of another streamed message.
    ///
    /// [`end_stream`](Self::end_stream) or [`abort_stream`](Self::abort_stream) must follow.
    pub(crate) fn begin_stream(
        &mut self,
        opcode: Opcode,
        may_be_compressed: bool,
    ) -> Result<MessageStream> {
        let mut deflater = None;
        let sink = self.wait_to_begin()?;
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
        Ok(MessageStream { series, deflater, bytes: 0, has_begun: false })
    }

    /// Writes the next part of a message: the output of its deflater, or `plain` if it has none.
    pub(crate) fn stream_part(
        &mut self,
        streaming: &mut MessageStream,
        plain: &[u8],
        is_last: bool,
    ) -> Result<()> {
        let MessageStream { series, deflater, has_begun, .. } = streaming;
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
        self.leave_stream(streaming, true);
    }

    fn leave_stream(&mut self, streaming: MessageStream, is_sent: bool) {
        let mut sink = self.outbox.sink.lock();
        let writer = &mut sink.writer;
        writer.set_streaming(false);
        if is_sent {
            writer.counters.sent.message(streaming.bytes);
        }
        if let Some((deflation, deflater)) = writer.deflation.as_mut().zip(streaming.deflater) {
            deflation.done(deflater);
        }
        self.outbox.gate.end();
        drop(sink);
        self.settle_for_others();
    }

    /// Abandons a message whose last part is not written. If it has begun, only a Close frame may
    /// follow, from which the peer learns that the message is not whole.
    pub(crate) fn abort_stream(&mut self, mut streaming: MessageStream) {
        if !streaming.has_begun {
            // The deflater has data that the peer never got, and zlib-rs does not forget data in
            // the middle of a message.
            streaming.deflater = None;
            return self.leave_stream(streaming, false);
        }
        if self.outbox.failure().is_some() {
            // Nothing can be sent. A Close frame owed now would hide why the peer closed.
            return;
        }
        self.outbox
            .owe_close(CloseFrame::new(CloseCode::Internal, "a message was not sent to its end"));
        // If another thread holds the sink, that thread pays, within its own terms.
        let bound = self.outbox.sink.try_lock().and_then(|sink| sink.writer.timeout);
        let within = bound.map(|(_, controls)| (LAST_WORDS, controls));
        // If the connection is lost, the reader learns that by itself.
        let _ = self.settle(Terms::within(within));
    }
}
