//! [`PreparedMessage`]: a message for many connections. It is framed once, and compressed once for
//! all connections that compress alike (RFC 6455 §5.2, RFC 7692 §7.2.1).

use std::ops::Deref;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::process::{BUDGET, Lock, POOL};
use crate::proto::bytes::Grant;
use crate::proto::compression::{Alike, Deflation};
use crate::proto::frame::{Opcode, Outgoing};
use crate::proto::message::AsMessage;

/// The bytes of one frame, shared by the connections that send it.
#[derive(Clone, Debug)]
pub(crate) struct SharedFrame(Arc<Counted>);

/// Bytes that count against the budget until the last connection has dropped them.
#[derive(Debug)]
struct Counted {
    bytes: Vec<u8>,
    _room: Grant,
}

impl SharedFrame {
    pub(crate) fn new(bytes: Vec<u8>, room: Grant) -> Self {
        Self(Arc::new(Counted { bytes, _room: room }))
    }

    /// Reserves memory for a frame with `payload` bytes of payload. `None` if the budget is spent.
    pub(crate) fn room(payload: usize) -> Option<Grant> {
        let mut grant = Grant::new(Some(&BUDGET));
        grant.cover(payload).then_some(grant)
    }

    fn of(message: Outgoing<'_>) -> Option<Self> {
        let room = Self::room(message.len())?;
        Some(Self::new(message.whole(None), room))
    }
}

impl Deref for SharedFrame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

/// A message on its way to the members of a hub.
#[derive(Debug)]
pub(crate) struct PreparedMessage {
    opcode: Opcode,
    may_be_compressed: bool,
    /// Neither masked nor compressed: for connections on which this side is the server.
    plain: SharedFrame,
    /// Where the payload begins in `plain`.
    payload: usize,
    /// Compressed frames. Each is made when the first member needs it.
    deflated: Lock<Vec<(Alike, SharedFrame)>>,
}

impl PreparedMessage {
    /// Frames a message. Its payload is copied once.
    pub(crate) fn new(message: &dyn AsMessage) -> Result<Self> {
        let may_be_compressed = message.may_be_compressed();
        let message = message.as_message();
        let (opcode, payload) = (message.opcode(), message.as_bytes());
        let plain = SharedFrame::of(Outgoing::new(opcode, payload)).ok_or(Error::Full)?;
        let payload = plain.len() - payload.len();
        Ok(Self { opcode, may_be_compressed, plain, payload, deflated: Lock::default() })
    }

    pub(crate) fn opcode(&self) -> Opcode {
        self.opcode
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.plain[self.payload..]
    }

    pub(crate) fn may_be_compressed(&self) -> bool {
        self.may_be_compressed
    }

    /// The frame for connections that compress like `alike`. With `None`, the frame for connections
    /// that do not compress.
    pub(crate) fn frame(&self, alike: Option<Alike>) -> SharedFrame {
        let Some(alike) = alike.filter(|_| self.may_be_compressed) else {
            return self.plain.clone();
        };
        let mut known = self.deflated.lock();
        if let Some((_, frame)) = known.iter().find(|(known, _)| *known == alike) {
            return frame.clone();
        }
        let frame = self.deflate(alike).unwrap_or_else(|| self.plain.clone());
        known.push((alike, frame.clone()));
        frame
    }

    fn deflate(&self, alike: Alike) -> Option<SharedFrame> {
        let mut deflation = Deflation::of(alike, &POOL);
        let deflated = deflation.deflate(self.payload())?;
        let frame = SharedFrame::of(Outgoing::deflated(self.opcode, deflated.output()));
        deflation.done(deflated);
        frame
    }
}

#[cfg(all(test, feature = "deflate"))]
mod tests {
    use super::*;
    use crate::proto::compression::{Agreed, Context};
    use crate::proto::message::Uncompressed;

    /// How a connection with these settings compresses.
    fn alike(level: u32, window_bits: u8, takeover: bool) -> Option<Alike> {
        let context = Context { takeover, window_bits };
        let agreed =
            Agreed { send: context, recv: context, level, min_size: 10, answer: String::new() };
        Deflation::new(&agreed, &POOL).and_then(|deflation| deflation.alike())
    }

    #[test]
    fn a_message_is_compressed_once_for_all_that_compress_alike() {
        let is_same = |one: &SharedFrame, other: &SharedFrame| Arc::ptr_eq(&one.0, &other.0);
        let message = PreparedMessage::new(&"again and ".repeat(100)).unwrap();
        let plain = message.frame(None);
        let fast = message.frame(alike(1, 15, false));
        assert!(is_same(&plain, &message.frame(None)));
        assert!(is_same(&fast, &message.frame(alike(1, 15, false))));
        assert!(fast.len() < plain.len() / 2);
        for (rule, other) in [("level", alike(9, 15, false)), ("window", alike(1, 9, false))] {
            assert!(!is_same(&fast, &message.frame(other)), "{rule}");
        }
        assert_eq!(message.deflated.lock().len(), 3);
        assert!(alike(1, 15, true).is_none(), "with takeover there is no other like it");
    }

    #[test]
    fn what_is_better_sent_as_it_is_has_one_frame() {
        for message in [
            PreparedMessage::new(&"too short").unwrap(),
            PreparedMessage::new(&Uncompressed("again and ".repeat(100))).unwrap(),
        ] {
            assert!(Arc::ptr_eq(&message.frame(None).0, &message.frame(alike(1, 15, false)).0));
        }
    }
}
