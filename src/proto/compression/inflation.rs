//! Inflating what one connection receives (RFC 7692 §7.2.2).

use super::codec::Inflater;
use super::codecs::Codecs;
use super::negotiation::Agreed;
use crate::proto::message::Assembly;
use crate::proto::rules::ProtocolError;

/// The receiving direction.
#[derive(Debug)]
pub(crate) struct Inflation {
    codecs: &'static dyn Codecs,
    takeover: bool,
    /// Kept between messages only with takeover.
    inflater: Option<Inflater>,
}

impl Inflation {
    pub(crate) fn new(agreed: &Agreed, codecs: &'static dyn Codecs) -> Self {
        Self { codecs, takeover: agreed.recv.takeover, inflater: None }
    }

    /// Inflates the next piece of a message.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Assembly) -> Result<(), ProtocolError> {
        self.inflater().push(piece, out)
    }

    /// Inflates the last piece of a message. A codec that fails is not given back.
    pub(crate) fn finish(&mut self, piece: &[u8], out: &mut Assembly) -> Result<(), ProtocolError> {
        let takeover = self.takeover;
        self.inflater().finish(piece, takeover, out)?;
        if let Some(done) = self.inflater.take_if(|_| !takeover) {
            self.codecs.return_inflater(done);
        }
        Ok(())
    }

    fn inflater(&mut self) -> &mut Inflater {
        let Self { codecs, inflater, .. } = self;
        inflater.get_or_insert_with(|| codecs.inflater())
    }
}
