//! What hubs have for a connection, as frames for its [`Writer`].

use std::io::Write;

use super::prepared_message::{PreparedMessage, SharedFrame};
use super::queue::MessageQueue;
use super::writer::{COPIED, FLUSH_AT, Writer};
use crate::error::Result;
use crate::process::Lock;
use crate::proto::bytes;
use crate::proto::compression::Deflation;

/// What became of the queue that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// Some of it is queued, as much as one write should carry.
    Some,
    /// There was none.
    Nothing,
    /// There is no room in memory for a frame that only this connection sends, or a message is under
    /// way of which nobody knows the end.
    NotNow,
}

impl<S: Write> Writer<S> {
    /// Queues what waits in `queue`, as much as one write should carry. Nothing may be queued yet.
    ///
    /// The queue is locked for a moment only: whoever puts something in does not wait until a
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
            let room = FLUSH_AT - self.output.len().min(FLUSH_AT);
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
            filled = Filled::Some;
            if first && frame.len() > COPIED {
                self.shared = Some((frame, 0));
                return Ok(filled);
            }
            bytes::append(&mut self.output, &frame);
        }
    }

    /// The frame of a message for many; one's own where it is masked or refers to earlier ones.
    /// `None` where there is no room for that.
    fn frame_of(&mut self, message: &PreparedMessage) -> Result<Option<SharedFrame>> {
        let key = self.key()?;
        match self.deflation.as_deref().map(Deflation::alike) {
            None if key.is_none() => return Ok(Some(message.frame(None))),
            Some(Some(alike)) if key.is_none() => return Ok(Some(message.frame(Some(alike)))),
            _ => {}
        }
        // Before it is compressed: later messages may refer to it then.
        let Some(room) = SharedFrame::room(message.payload().len()) else { return Ok(None) };
        let (opcode, payload) = (message.opcode(), message.payload());
        self.compressed(opcode, payload, message.may_be_compressed(), |_, outgoing| {
            Ok(Some(SharedFrame::new(outgoing.whole(key), room)))
        })
    }
}
