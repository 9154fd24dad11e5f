//! [`Direction`]: the thread of one direction of a connection.
//!
//! ```text
//! read --> frames, if a test wants to see them --> queue --> lane --> write
//!               due after the latency                  the plan of faults
//! ```
//!
//! The thread reads while it waits for what is due next, up to the bound of the queue. So latency
//! delays bytes, and not their sender.

use std::io::{ErrorKind, IoSlice, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::faults::{Demand, Ending, Lane, Piece};
use super::frames::FrameFilter;
use super::link::{Link, Order};
use super::queue::{Item, Queue};
use super::shared::Shared;
use super::verdict::Flow;
use crate::io::{Duplex, is_timeout};
use crate::transport::Stream;

/// The most bytes of a read.
const PIECE: usize = 64 << 10;
/// How soon a write that has no room looks whether the connection was reset.
const GLANCE: Duration = Duration::from_millis(100);

/// One direction of a connection.
pub(super) struct Direction {
    flow: Flow,
    shared: Arc<Shared>,
    link: Arc<Link>,
    from: Stream,
    to: Stream,
    lane: Lane,
    filter: Option<FrameFilter>,
    queue: Queue,
    /// Nothing more is read.
    has_ended: bool,
    buf: Vec<u8>,
}

/// What a thread does next.
enum Step {
    Again,
    /// To read, or to wait, until this moment.
    Until(Option<Instant>),
    /// Its direction is over.
    Leave,
}

impl Direction {
    pub(super) fn new(
        flow: Flow,
        (shared, link): (&Arc<Shared>, &Arc<Link>),
        (from, to): (Stream, Stream),
    ) -> Self {
        let (lane, filter) = (shared.lane(link, flow), shared.filter(flow));
        link.set_report(flow, lane.report());
        Self {
            flow,
            shared: Arc::clone(shared),
            link: Arc::clone(link),
            from,
            to,
            lane,
            filter,
            queue: Queue::default(),
            has_ended: false,
            buf: vec![0; PIECE],
        }
    }

    /// Passes on what comes, until the direction is over.
    pub(super) fn run(mut self) {
        // The socket has just been made.
        let _ = self.to.set_write_timeout(Some(GLANCE));
        loop {
            match self.link.order() {
                Order::Leave => break,
                Order::Wait => self.link.wait(Order::Wait, None),
                Order::Discard => {
                    if self.has_ended || !discard_some(&mut self.from, &mut self.buf) {
                        break;
                    }
                }
                Order::Pass => match self.step() {
                    Step::Again => {}
                    Step::Leave => break,
                    Step::Until(moment) if self.has_ended || !self.queue.has_room() => {
                        self.link.wait(Order::Pass, moment);
                    }
                    Step::Until(moment) => self.read(moment),
                },
            }
        }
        let (flow, shared, link) = (self.flow, Arc::clone(&self.shared), Arc::clone(&self.link));
        // These may be the last handles of the sockets.
        drop(self);
        if link.thread_ended(flow) {
            shared.note(&link, &"over");
        }
    }

    /// Passes on what is due.
    fn step(&mut self) -> Step {
        let demand = self.lane.demand();
        // Before anything waits: a stall may last.
        self.tell_news();
        match demand {
            Some(Demand::End(ending)) => return self.end(ending),
            // There is no caller to tell.
            Some(Demand::Fail(_)) => return self.end(Ending::Reset),
            Some(Demand::Stall) => return self.stall(),
            Some(Demand::Own) => return self.write_own(),
            None => {}
        }
        let now = Instant::now();
        let bytes = match self.queue.first() {
            None => return Step::Until(None),
            Some((due, _)) if due > now => return Step::Until(Some(due)),
            // The rest of something large follows, so that no write copies all of it.
            Some((_, Item::Bytes(_))) => {
                let bytes = self.queue.bytes();
                &bytes[..bytes.len().min(PIECE)]
            }
            Some((_, Item::End)) => {
                self.link.tell_end(self.flow, &self.to);
                self.shared.note(&self.link, &format_args!("{}: ended", self.flow));
                return Step::Leave;
            }
            Some((_, &Item::Ending(ending, by))) => {
                self.lane.note(&format_args!("{ending} {by}"));
                return self.end(ending);
            }
        };
        match self.lane.piece(now, &[IoSlice::new(bytes)]) {
            Piece::Later(moment) => return Step::Until(Some(moment)),
            Piece::Vanish(n) => {
                self.lane.vanished(&bytes[..n]);
                self.queue.take(n);
            }
            Piece::Changed(byte) => {
                let changed = [byte];
                let bytes = bytes[..1].to_vec();
                return self.write(&changed, &bytes);
            }
            Piece::Pass(n) => {
                let bytes = bytes[..n].to_vec();
                return self.write(&bytes, &bytes);
            }
        }
        Step::Again
    }

    /// Lets nothing pass. It reads on, as far as there is room, to notice when both ends have left.
    fn stall(&mut self) -> Step {
        let back = self.flow.back();
        if self.has_ended {
            return if self.link.wait_for_silence(back) { Step::Leave } else { Step::Again };
        }
        if self.queue.has_room() {
            return Step::Until(None);
        }
        if self.link.wait_for_silence(back) && !discard_some(&mut self.from, &mut self.buf) {
            self.set_ended();
        }
        Step::Again
    }

    /// Writes some of `sent`, which stands for as much of `bytes` from the queue.
    fn write(&mut self, sent: &[u8], bytes: &[u8]) -> Step {
        match self.write_below(sent) {
            Ok(n) => {
                self.lane.passed(Instant::now(), &bytes[..n]);
                self.queue.take(n);
                Step::Again
            }
            Err(step) => step,
        }
    }

    fn write_own(&mut self) -> Step {
        let own = self.lane.own().to_vec();
        match self.write_below(&own) {
            Ok(n) => {
                self.lane.own_passed(n);
                Step::Again
            }
            Err(step) => step,
        }
    }

    /// Writes to the socket. Otherwise returns what to do instead.
    fn write_below(&mut self, bytes: &[u8]) -> Result<usize, Step> {
        let written = self.to.write_slices(&[IoSlice::new(bytes)]);
        match written {
            Ok(0) => Err(Step::Leave),
            Ok(n) => Ok(n),
            Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => Err(Step::Again),
            Err(_) if self.link.order() != Order::Pass => Err(Step::Again),
            // The other direction reads why, behind what was sent before.
            Err(_) => Err(Step::Leave),
        }
    }

    /// Ends the connection.
    fn end(&mut self, ending: Ending) -> Step {
        // Before any of the ends can see it.
        self.tell_news();
        self.link.end(ending);
        Step::Again
    }

    /// Reads once, until a moment.
    fn read(&mut self, until: Option<Instant>) {
        let now = Instant::now();
        let left = until.map(|moment| moment.saturating_duration_since(now));
        let left = left.map(|left| left.max(Duration::from_nanos(1)));
        let read = self.from.set_read_timeout(left).and_then(|()| self.from.read(&mut self.buf));
        let now = Instant::now();
        match read {
            Ok(0) if !self.link.was_reset(self.flow, &self.from) => {
                let rest = self.filter.as_mut().map(FrameFilter::rest).unwrap_or_default();
                let delay = self.lane.delay();
                self.queue.push(now, delay, Item::Bytes(rest));
                self.queue.push(now, delay.saturating_add(self.lane.end_delay()), Item::End);
                self.set_ended();
            }
            Ok(n) if n > 0 => self.took(now, n),
            Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => {
                // What one end does, the other one sees.
                self.queue.push(
                    now,
                    self.lane.delay(),
                    Item::Ending(Ending::Reset, "by its sender"),
                );
                self.set_ended();
            }
        }
    }

    fn set_ended(&mut self) {
        self.has_ended = true;
        self.link.set_silent(self.flow);
    }

    /// Sends what was read on its way.
    fn took(&mut self, now: Instant, n: usize) {
        let bytes = &self.buf[..n];
        let delay = self.lane.delay();
        let Some(filter) = &mut self.filter else {
            self.queue.push(now, delay, Item::Bytes(bytes.to_vec()));
            return;
        };
        match filter.pass(bytes) {
            Ok(passes) => {
                for (more, item) in passes {
                    self.queue.push(now, delay.saturating_add(more), item);
                }
            }
            Err(panic) => {
                self.shared.panicked(panic);
                self.shared.note(&self.link, &format_args!("{}: on_frame panicked", self.flow));
                self.link.end(Ending::Reset);
            }
        }
    }

    /// Tells what has happened since the last time.
    fn tell_news(&mut self) {
        let news = self.lane.news();
        if news.is_empty() {
            return;
        }
        self.link.set_report(self.flow, self.lane.report());
        for line in news {
            self.shared.note_fault(&self.link, &format_args!("{}: {line}", self.flow));
        }
    }
}

/// Reads and discards up to the end, after a cut.
pub(super) fn discard(mut from: Stream) {
    let mut buf = [0; 4096];
    while discard_some(&mut from, &mut buf) {}
}

/// Reads once and discards that. Returns `false` at the end.
fn discard_some(from: &mut Stream, buf: &mut [u8]) -> bool {
    match from.set_read_timeout(None).and_then(|()| from.read(buf)) {
        Ok(n) => n > 0,
        Err(e) => e.kind() == ErrorKind::Interrupted,
    }
}
