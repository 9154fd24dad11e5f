//! Moving messages from a hub's queue into the [`Writer`] of a connection, as frames.

use std::io::Write;

use super::prepared_message::{PreparedMessage, SharedFrame};
use super::queue::MessageQueue;
use super::writer::{COPIED, PORTION, Writer};
use crate::error::Result;
use crate::process::Lock;
use crate::proto::bytes;
use crate::proto::compression::Deflation;

/// How much of a hub's queue the writer has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// Some messages, as much as one write should carry.
    Part,
    /// No message waited.
    Nothing,
    /// No message: there is no memory for a frame that only this connection sends, or a streamed
    /// message is under way.
    NotNow,
}

impl<S: Write> Writer<S> {
    /// Takes messages from `queue`, as much as one write should carry. The writer must be empty.
    ///
    /// The queue is locked only while a message is taken out, so a broadcast does not wait until a
    /// message is compressed.
    pub(crate) fn fill(&mut self, queue: &Lock<MessageQueue>) -> Result<Filled> {
        debug_assert!(!self.has_output(), "a shared frame goes out before what is queued");
        if self.is_streaming {
            return Ok(Filled::NotNow);
        }
        let mut filled = Filled::Nothing;
        let ended = self.watch.as_ref().map_or(0, |watch| watch.ended());
        loop {
            let first = filled == Filled::Nothing;
            let room = PORTION - self.output.len().min(PORTION);
            let fits = |len| first || len <= COPIED.min(room);
            let message = {
                let mut queue = queue.lock();
                queue.delivered_after = ended;
                queue.pop_if(fits)
            };
            let Some(message) = message else { return Ok(filled) };
            let Some(frame) = self.frame_of(&message)? else {
                queue.lock().put_back(message);
                return Ok(if first { Filled::NotNow } else { filled });
            };
            filled = Filled::Part;
            self.counters.sent.message(message.payload().len());
            if first && frame.len() > COPIED {
                self.shared = Some((frame, 0));
                return Ok(filled);
            }
            bytes::append(&mut self.output, &frame);
        }
    }

    /// The frame of a hub's message. A frame that is masked, or compressed with reference to
    /// earlier messages, is made for this connection alone. Returns `None` if there is no memory
    /// for that.
    fn frame_of(&mut self, message: &PreparedMessage) -> Result<Option<SharedFrame>> {
        let key = self.key()?;
        match self.deflation.as_deref().map(Deflation::alike) {
            None if key.is_none() => return Ok(Some(message.frame(None))),
            Some(Some(alike)) if key.is_none() => return Ok(Some(message.frame(Some(alike)))),
            _ => {}
        }
        // Reserved before compressing: a message that is compressed must go out, because later ones
        // may refer to it.
        let Some(room) = SharedFrame::room(message.payload().len()) else { return Ok(None) };
        let (opcode, payload) = (message.opcode(), message.payload());
        self.compressed(opcode, payload, message.may_be_compressed(), |_, outgoing| {
            Ok(Some(SharedFrame::new(outgoing.whole(key), room)))
        })
    }
}
