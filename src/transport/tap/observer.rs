//! [`Observer`]: what a tap sees of one connection, decoded.

use super::tap::TapEvent;
use crate::proto::wire::{Decoder, Passed, Shows, What};

/// Decodes what a tap sees of one connection.
#[derive(Debug)]
pub(crate) struct Observer {
    shows: Shows,
    /// From when the role of this end is known.
    decoder: Option<Decoder>,
}

impl Observer {
    pub(crate) fn new(shows: Shows) -> Self {
        Self { shows, decoder: None }
    }

    /// Takes an event, and gives out what it makes.
    pub(crate) fn see(&mut self, event: TapEvent<'_>, out: &mut impl FnMut(Passed)) {
        if let TapEvent::Opened { role, peer, tls } = event {
            self.decoder = Some(Decoder::new(role, self.shows));
            let peer = peer.map(|peer| peer.to_string());
            let what = What::Opened { role, peer, tls };
            out(Passed { way: None, what, breaches: Vec::new() });
        }
        let Some(decoder) = &mut self.decoder else { return };
        match event {
            TapEvent::Opened { .. } => {}
            TapEvent::Bytes { way, bytes, .. } => decoder.push(way, bytes, out),
            TapEvent::End(way) => decoder.end(way, None, out),
            TapEvent::Failed(way, e) => decoder.end(way, Some(e.to_string()), out),
            TapEvent::Closed => {
                decoder.leave(out);
                out(Passed::note("DROP"));
            }
        }
    }
}
