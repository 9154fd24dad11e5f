//! Compression on one connection, as its two ends agreed (RFC 7692 §7.2).
//!
//! Without takeover a codec is borrowed for each message, so that an idle connection holds none;
//! with it, each direction keeps its own.

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
    /// There only with takeover.
    deflater: Option<Deflater>,
}

/// What a compressed message depends on where no message refers to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    window_bits: u8,
    level: u32,
    min_size: usize,
}

impl Deflation {
    /// One that compresses a message as all those do that are `alike`.
    pub(crate) fn of(alike: Alike, codecs: &'static dyn Codecs) -> Self {
        let Alike { window_bits, level, min_size } = alike;
        let context = Context { takeover: false, window_bits };
        Self { codecs, context, level, min_size, deflater: None }
    }

    /// `None` with takeover: each message depends on those before it.
    pub(crate) fn alike(&self) -> Option<Alike> {
        let &Self { context: Context { takeover, window_bits }, level, min_size, .. } = self;
        (!takeover).then_some(Alike { window_bits, level, min_size })
    }

    /// `None` where nothing is to be compressed, or the peer asks for a window that is too small for
    /// that: then all is sent as it is, which is always allowed (§6).
    pub(crate) fn new(agreed: &Agreed, codecs: &'static dyn Codecs) -> Option<Self> {
        let &Agreed { send: context, level, min_size, .. } = agreed;
        let compresses = level > 0 && context.window_bits >= SMALLEST_WINDOW;
        compresses.then_some(Self { codecs, context, level, min_size, deflater: None })
    }

    /// Deflates a message, or returns `None` where it is better sent as it is. What holds the
    /// outcome goes back with [`done`](Self::done) once that is written.
    pub(crate) fn deflate(&mut self, message: &[u8]) -> Option<Deflater> {
        if message.len() < self.min_size {
            return None;
        }
        let Context { takeover, window_bits } = self.context;
        let mut deflater = self.begin();
        if !deflater.deflate(message) {
            return None;
        }
        // With takeover the next message may refer to this one, but not to one that goes out as it
        // is. Nothing is lost by that where this one fills the window with what does not repeat.
        let (size, forgets) = (message.len(), !takeover || message.len() >> window_bits > 0);
        if forgets && deflater.output().len() >= size {
            deflater.forget();
            self.keep(deflater);
            return None;
        }
        Some(deflater)
    }

    /// What deflates a message of which nobody knows the end. It goes back with
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
