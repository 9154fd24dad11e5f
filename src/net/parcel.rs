//! A message for many connections: framed once, and compressed once for all that compress alike
//! (RFC 6455 §5.2, RFC 7692 §7.2.1).

use std::sync::Arc;

use super::lock::Lock;
use super::pool::POOL;
use crate::proto::compression::{Alike, Deflation};
use crate::proto::header::Opcode;
use crate::proto::message::AsMessage;
use crate::proto::outbound::Outgoing;

/// The bytes of one frame, for whoever writes them.
pub(crate) type Frame = Arc<Vec<u8>>;

/// A message on its way to the members of a hub.
#[derive(Debug)]
pub(crate) struct Parcel {
    opcode: Opcode,
    may_be_compressed: bool,
    /// Not masked, so it is for those who play the server.
    plain: Frame,
    /// Where its payload begins.
    payload: usize,
    /// Made when the first member wants them.
    deflated: Lock<Vec<(Alike, Frame)>>,
}

impl Parcel {
    /// Frames a message, which is copied once.
    pub(crate) fn new(message: &dyn AsMessage) -> Self {
        let may_be_compressed = message.may_be_compressed();
        let message = message.as_message();
        let (opcode, payload) = (message.opcode(), message.as_bytes());
        let plain = Arc::new(Outgoing::new(opcode, payload).whole(None));
        let header = plain.len() - payload.len();
        Self { opcode, may_be_compressed, plain, payload: header, deflated: Lock::default() }
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

    /// The frame for a connection that compresses like this, or not at all.
    pub(crate) fn frame(&self, alike: Option<Alike>) -> Frame {
        let Some(alike) = alike.filter(|_| self.may_be_compressed) else {
            return Arc::clone(&self.plain);
        };
        let mut known = self.deflated.lock();
        if let Some((_, frame)) = known.iter().find(|(known, _)| *known == alike) {
            return Arc::clone(frame);
        }
        let frame = self.deflate(alike).unwrap_or_else(|| Arc::clone(&self.plain));
        known.push((alike, Arc::clone(&frame)));
        frame
    }

    fn deflate(&self, alike: Alike) -> Option<Frame> {
        let mut deflation = Deflation::of(alike, &POOL);
        let deflated = deflation.deflate(self.payload())?;
        let frame = Outgoing::deflated(self.opcode, deflated.output()).whole(None);
        deflation.done(deflated);
        Some(Arc::new(frame))
    }
}
