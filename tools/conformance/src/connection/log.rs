//! [`Log`]: what passed on a connection, as a report shows it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blocking_ws::testing::RawFrame;

use crate::case::{Excerpt, Writes};
use crate::report::{FrameEntry, Stats, WireEntry, WireEvent};

/// How many of the first entries are kept.
const FIRST: usize = 120;
/// How many of the last.
const LAST: usize = 40;

/// What passed on a connection: the first entries, the last ones, and numbers of all.
#[derive(Debug)]
pub(crate) struct Log {
    began: Instant,
    first: Vec<WireEntry>,
    last: VecDeque<WireEntry>,
    /// How many are neither of the first nor of the last.
    left_out: usize,
    pub(crate) stats: Stats,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            first: Vec::new(),
            last: VecDeque::new(),
            left_out: 0,
            stats: Stats::default(),
        }
    }

    /// How long the connection has been open.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn note(&mut self, what: WireEvent) {
        let entry = WireEntry { at: self.began.elapsed(), what };
        if self.first.len() < FIRST {
            self.first.push(entry);
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(entry);
    }

    pub(crate) fn read(&mut self, bytes: &[u8]) {
        *self.stats.octets_received.entry(bytes.len()).or_default() += 1;
        self.note(WireEvent::Octets { sent: false, bytes: Excerpt::brief(bytes), alone: false });
    }

    pub(crate) fn written(&mut self, bytes: &[u8], alone: bool) {
        *self.stats.octets_sent.entry(bytes.len()).or_default() += 1;
        self.note(WireEvent::Octets { sent: true, bytes: Excerpt::brief(bytes), alone });
    }

    pub(crate) fn received(&mut self, frame: &RawFrame, mask: Option<[u8; 4]>) {
        *self.stats.frames_received.entry(frame.opcode).or_default() += 1;
        self.note(WireEvent::Frame(FrameEntry {
            sent: false,
            opcode: frame.opcode,
            fin: frame.fin,
            rsv: frame.rsv,
            mask,
            payload: Excerpt::brief(&frame.payload),
            chopped: None,
            alone: false,
            repeated: None,
        }));
    }

    pub(crate) fn sent(
        &mut self,
        frame: &RawFrame,
        mask: Option<[u8; 4]>,
        writes: Writes,
        repeated: Option<usize>,
    ) {
        *self.stats.frames_sent.entry(frame.opcode).or_default() += 1;
        self.note(WireEvent::Frame(FrameEntry {
            sent: true,
            opcode: frame.opcode,
            fin: frame.fin,
            rsv: frame.rsv,
            mask,
            payload: Excerpt::brief(&frame.payload),
            chopped: match writes {
                Writes::Chopped(most) => Some(most),
                Writes::ChoppedHeader => Some(1),
                Writes::Together | Writes::Alone => None,
            },
            alone: writes == Writes::Alone,
            repeated,
        }));
    }

    /// The entries that were kept, in order.
    pub(crate) fn entries(self) -> (Vec<WireEntry>, Stats) {
        let mut entries = self.first;
        if let (1.., Some(next)) = (self.left_out, self.last.front()) {
            entries.push(WireEntry { at: next.at, what: WireEvent::Silence });
        }
        entries.extend(self.last);
        (entries, self.stats)
    }
}
