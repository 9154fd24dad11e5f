//! A message of which nobody knows the end: the other half of [`Outbox`].
//!
//! ```text
//! Writer::is_streaming    who may write
//! no                      everybody, a whole message at a time
//! yes                     this message's sender; everybody control frames, between its frames
//! ```
//!
//! The lock of the sink is held for a frame at a time, so the reader's pongs wait for no more than
//! that. Who wants to send another message waits in [`turn`](Outbox::turn), and a hub comes back.

use std::io::Write;

use super::lock::Guard;
use super::outbox::{Outbox, Sink};
use crate::error::Result;
use crate::proto::close::CloseFrame;
use crate::proto::code::CloseCode;
use crate::proto::codec::Deflater;
use crate::proto::header::Opcode;
use crate::proto::outbound::Series;

/// A message under way.
#[derive(Debug)]
pub(super) struct Streaming {
    series: Series,
    /// Where it is compressed.
    pub(super) deflater: Option<Deflater>,
}

impl<S: Write> Outbox<S> {
    /// Waits until a message may begin: nobody writes, and none is under way.
    pub(super) fn turn(&self) -> Guard<'_, Sink<S>> {
        let mut sink = self.sink.lock();
        while sink.writer.is_streaming {
            sink = self.ended.wait(sink);
        }
        sink
    }

    /// Begins a message. Waits for other writers, and for the end of their messages.
    ///
    /// [`end_streaming`](Self::end_streaming) or [`abort_streaming`](Self::abort_streaming) must follow.
    pub(super) fn begin_streaming(
        &self,
        own: Option<&mut S>,
        opcode: Opcode,
        may_be_compressed: bool,
    ) -> Result<Streaming> {
        let mut deflater = None;
        self.write(self.turn(), own, |writer, _| {
            writer.is_streaming = true;
            let deflation = writer.deflation.as_mut().filter(|_| may_be_compressed);
            deflater = deflation.map(|deflation| deflation.begin());
            Ok(())
        })?;
        let series =
            if deflater.is_some() { Series::deflated(opcode) } else { Series::new(opcode) };
        Ok(Streaming { series, deflater })
    }

    /// Writes the next part of a message: what its deflater has put out, or `plain` where it has none.
    pub(super) fn stream_part(
        &self,
        own: Option<&mut S>,
        streaming: &mut Streaming,
        plain: &[u8],
        is_last: bool,
    ) -> Result<()> {
        let Streaming { series, deflater } = streaming;
        let part = deflater.as_ref().map_or(plain, Deflater::output);
        self.write(self.sink.lock(), own, |writer, stream| {
            writer.part(series, part, is_last, stream)
        })?;
        if let Some(deflater) = deflater {
            deflater.clear();
        }
        Ok(())
    }

    /// Ends a message whose last part is written.
    pub(super) fn end_streaming(&self, streaming: Streaming) {
        let mut sink = self.sink.lock();
        let writer = &mut sink.writer;
        writer.is_streaming = false;
        if let Some((deflation, deflater)) = writer.deflation.as_mut().zip(streaming.deflater) {
            deflation.done(deflater);
        }
        self.ended.tell();
    }

    /// Gives a message up whose last part is not written. Nothing can follow it but a Close frame, by
    /// which the peer learns that it is not whole.
    pub(super) fn abort_streaming(&self, own: Option<&mut S>) {
        // Before anybody else gets a turn.
        self.owe_close(CloseFrame::new(CloseCode::Internal, "a message was not sent to its end"));
        self.sink.lock().writer.is_streaming = false;
        self.ended.tell();
        // A connection that is lost tells its reader.
        let _ = self.settle(own, None);
    }
}
