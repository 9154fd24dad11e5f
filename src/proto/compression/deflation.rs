//! Deflating what one connection sends (RFC 7692 §7.2.1).
//!
//! Without takeover a codec is borrowed for each message, so that an idle connection holds none.
//! With takeover each direction keeps its own codec.

use super::codec::Deflater;
use super::codecs::Codecs;
use super::deflate::{Context, SMALLEST_WINDOW};
use super::negotiation::Agreed;

/// The sending direction.
#[derive(Debug)]
pub(crate) struct Deflation {
    codecs: &'static dyn Codecs,
    context: Context,
    level: u32,
    min_size: usize,
    /// Kept between messages only with takeover.
    deflater: Option<Deflater>,
}

/// The settings on which the bytes of a compressed message depend, without takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    window_bits: u8,
    level: u32,
    min_size: usize,
}

impl Deflation {
    /// Makes a `Deflation` that compresses like all connections with these settings.
    pub(crate) fn of(alike: Alike, codecs: &'static dyn Codecs) -> Self {
        let Alike { window_bits, level, min_size } = alike;
        let context = Context { takeover: false, window_bits };
        Self { codecs, context, level, min_size, deflater: None }
    }

    /// Returns the settings, or `None` with takeover: then each message depends on earlier
    /// messages.
    pub(crate) fn alike(&self) -> Option<Alike> {
        let &Self { context: Context { takeover, window_bits }, level, min_size, .. } = self;
        (!takeover).then_some(Alike { window_bits, level, min_size })
    }

    /// Returns `None` if the level is 0, or if the peer asks for a window that is too small for
    /// this library. Then all messages are sent uncompressed, which is always allowed (§6).
    pub(crate) fn new(agreed: &Agreed, codecs: &'static dyn Codecs) -> Option<Self> {
        let &Agreed { send: context, level, min_size, .. } = agreed;
        let compresses = level > 0 && context.window_bits >= SMALLEST_WINDOW;
        compresses.then_some(Self { codecs, context, level, min_size, deflater: None })
    }

    /// Deflates a message. Returns `None` if it is better sent uncompressed. The caller gives the
    /// codec back with [`done`](Self::done) once its output is written.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> Option<Deflater> {
        if message.len() < self.min_size {
            return None;
        }
        let Context { takeover, window_bits } = self.context;
        let mut deflater = self.begin();
        if !deflater.deflate(message) {
            return None;
        }
        // With takeover the next message may refer to this one, unless this one is sent
        // uncompressed. So a message that the codec has seen is sent uncompressed only if it does
        // not compress and fills the window: then the next message loses nothing that it could use.
        let (size, forgets) = (message.len(), !takeover || message.len() >> window_bits > 0);
        if forgets && deflater.output().len() >= size {
            deflater.forget();
            self.keep(deflater);
            return None;
        }
        Some(deflater)
    }

    /// Returns a codec for a message of unknown length. The caller gives it back with
    /// [`done`](Self::done).
    pub(crate) fn begin(&mut self) -> Deflater {
        let Self { codecs, context: Context { window_bits, .. }, level, .. } = *self;
        let mut deflater =
            self.deflater.take().unwrap_or_else(|| codecs.deflater(level, window_bits));
        deflater.clear();
        deflater
    }

    pub(crate) fn done(&mut self, mut deflater: Deflater) {
        if !self.context.takeover {
            deflater.forget();
        }
        self.keep(deflater);
    }

    fn keep(&mut self, mut deflater: Deflater) {
        deflater.rest();
        if self.context.takeover {
            self.deflater = Some(deflater);
        } else {
            self.codecs.return_deflater(deflater);
        }
    }
}
