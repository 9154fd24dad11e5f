//! [`Messages`]: what the frames of one direction make together, and the rules that they break.

use super::breach::Breach;
use super::event::{Frame, Kept, begins};
use super::header::{CLOSE, CONTINUATION, Header};
use super::inflate::{AVAILABLE, Inflate};
use super::utf8::Utf8;
use crate::proto::rules::Role;

/// The most bytes that a message is inflated to. What is larger is shown compressed, because a small
/// frame could make this work for hours.
const MOST_INFLATED: u64 = 32 << 20;

/// The most bytes of a control frame (RFC 6455 §5.5).
const CONTROL: usize = 125;

/// The frames of one direction.
#[derive(Debug)]
pub(super) struct Messages {
    by: Role,
    /// How many bytes of a payload are kept.
    keep: usize,
    /// Whether permessage-deflate was agreed on, if that is known.
    deflate: Option<bool>,
    /// Other extensions were agreed on, which may use any reserved bit.
    has_others: bool,
    /// The message whose last frame has not come.
    begun: Option<Begun>,
    inflate: Option<Inflate>,
    /// Data could not be inflated, so all that refers to them cannot be either.
    is_lost: bool,
    has_closed: bool,
}

#[derive(Debug)]
struct Begun {
    is_text: bool,
    is_compressed: bool,
    utf8: Utf8,
    inflated: u64,
}

/// A frame whose payload is coming.
#[derive(Debug)]
pub(super) struct Current {
    frame: Frame,
    breaches: Vec<Breach>,
}

impl Current {
    pub(super) fn header(&self) -> &Header {
        &self.frame.header
    }

    /// How many bytes of the payload have come.
    pub(super) fn came(&self) -> u64 {
        self.frame.payload.len
    }
}

impl Messages {
    pub(super) fn new(by: Role, keep: usize) -> Self {
        let (deflate, begun, inflate) = (None, None, None);
        Self {
            by,
            keep,
            deflate,
            has_others: false,
            begun,
            inflate,
            is_lost: false,
            has_closed: false,
        }
    }

    /// Notes whether permessage-deflate was agreed on, and other extensions.
    pub(super) fn agree(&mut self, deflate: bool, others: bool) {
        (self.deflate, self.has_others) = (Some(deflate), others);
    }

    /// Begins a frame.
    pub(super) fn begin(&mut self, header: Header) -> Current {
        let mut breaches: Vec<_> = header.breaches(self.by).collect();
        if self.has_closed && !header.is_control() {
            breaches.push(Breach::AFTER_CLOSE);
        }
        let may_compress = self.deflate != Some(false);
        let rsv1 = header.rsv & 4 != 0;
        let begins = begins(header.opcode);
        if !header.is_control() {
            match (header.opcode == CONTINUATION, &self.begun) {
                (true, None) => breaches.push(Breach::NOTHING_TO_CONTINUE),
                (false, Some(_)) => breaches.push(Breach::INTERLEAVED),
                (true, Some(_)) | (false, None) => {}
            }
        }
        if self.has_others {
            // They say what the bits mean, and are not known here.
        } else if header.rsv & 3 != 0 || rsv1 && !may_compress {
            breaches.push(Breach::RESERVED);
        } else if rsv1 && header.is_control() {
            breaches.push(Breach::COMPRESSED_CONTROL);
        } else if rsv1 && begins.is_none() {
            breaches.push(Breach::COMPRESSED_PART);
        }
        if let Some(is_text) = begins {
            let is_compressed = rsv1 && may_compress;
            let (utf8, inflated) = (Utf8::default(), 0);
            self.begun = Some(Begun { is_text, is_compressed, utf8, inflated });
        }
        let of_message = self.begun.as_ref().filter(|_| !header.is_control());
        let is_compressed = of_message.is_some_and(|it| it.is_compressed);
        let is_inflated = AVAILABLE && is_compressed && !self.is_lost;
        Current {
            frame: Frame {
                header,
                payload: Kept::default(),
                inflated: is_inflated.then(Kept::default),
                // Compressed bytes are shown as text only once they are inflated.
                is_text: of_message.is_some_and(|it| it.is_text) && (is_inflated || !is_compressed),
            },
            breaches,
        }
    }

    /// Takes a part of the payload, unmasked.
    pub(super) fn push(&mut self, current: &mut Current, part: &[u8]) {
        let is_control = current.frame.header.is_control();
        // A control frame is kept whole: its code and its reason are judged.
        let keep = if is_control { self.keep.max(CONTROL) } else { self.keep };
        current.frame.payload.push(part, keep);
        if !is_control {
            self.content(current, part, false);
        }
    }

    /// Ends a frame whose payload has come.
    pub(super) fn end(&mut self, mut current: Current) -> (Frame, Vec<Breach>) {
        let header = current.frame.header;
        if current.came() < header.len {
            // The direction has ended within it.
            return (current.frame, current.breaches);
        }
        if header.opcode == CLOSE {
            self.has_closed = true;
            judge_close(&mut current);
        } else if !header.is_control() && header.fin {
            self.content(&mut current, &[], true);
            let begun = self.begun.take();
            if begun.is_some_and(|it| it.is_text && current.frame.is_text && !it.utf8.is_whole()) {
                current.breaches.push(Breach::UTF8);
            }
        }
        (current.frame, current.breaches)
    }

    /// What the end of the direction breaks.
    pub(super) fn at_end(&self, within_frame: bool) -> Vec<Breach> {
        let breach = match (within_frame, &self.begun) {
            (true, _) => Breach::WITHIN_FRAME,
            (false, Some(_)) => Breach::WITHIN_MESSAGE,
            (false, None) if !self.has_closed => Breach::NO_CLOSE,
            (false, None) => return Vec::new(),
        };
        vec![breach]
    }

    /// Inflates a part of a message, and checks a text.
    fn content(&mut self, current: &mut Current, part: &[u8], is_last: bool) {
        let Some(begun) = &mut self.begun else { return };
        let Some(inflated) = &mut current.frame.inflated else {
            if begun.is_text && !begun.is_compressed {
                begun.utf8.push(part);
            }
            return;
        };
        let keep = self.keep;
        let mut take = |bytes: &[u8]| {
            inflated.push(bytes, keep);
            begun.inflated += bytes.len() as u64;
            if begun.is_text {
                begun.utf8.push(bytes);
            }
            begun.inflated <= MOST_INFLATED
        };
        let inflate = self.inflate.get_or_insert_with(Inflate::new);
        let done = inflate.push(part, &mut take);
        // A peer that takes no context over refers to nothing, so its window may stay.
        let done =
            done.and_then(|()| if is_last { inflate.finish(true, &mut take) } else { Ok(()) });
        if done.is_err() {
            if begun.inflated <= MOST_INFLATED {
                current.breaches.push(Breach::INFLATE);
            }
            (self.inflate, self.is_lost) = (None, true);
            (current.frame.inflated, current.frame.is_text) = (None, false);
        }
    }
}

/// What the payload of a Close frame breaks.
fn judge_close(current: &mut Current) {
    let payload = &current.frame.payload;
    if payload.len == 1 {
        current.breaches.push(Breach::HALF_CODE);
    }
    if let Some((code, reason)) = current.frame.close() {
        let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let is_utf8 = payload.is_cut() || std::str::from_utf8(reason).is_ok();
        let broken = [(!may_be_sent, Breach::CLOSE_CODE), (!is_utf8, Breach::UTF8)];
        let broken = broken.into_iter().filter(|(is_broken, _)| *is_broken);
        current.breaches.extend(broken.map(|(_, breach)| breach));
    }
}
