//! [`Counters`]: how much has gone over a connection, for all threads to see.
//!
//! Each number has one thread at a time that changes it: the one that receives, or the one that
//! holds the sink. So a change is a load and a store, without the cost of an atomic addition, and
//! other threads read without a lock. They may see a message in one number and not yet in another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::proto::message::{Stats, Traffic};

/// How much a connection has received and sent, and how fast its peer answers.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) received: Course,
    pub(crate) sent: Course,
    /// The keepalive's last round trip in nanoseconds, and one more; zero before the first.
    latency: Count,
}

/// The counters of one direction.
#[derive(Debug, Default)]
pub(crate) struct Course {
    messages: Count,
    bytes: Count,
    /// Frames with which no message ends, so that a message of one frame needs no second number.
    further_frames: Count,
    wire_bytes: Count,
}

#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    /// Adds to a number that no other thread changes meanwhile.
    fn add(&self, more: u64) {
        self.set(self.get().wrapping_add(more));
    }

    fn set(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        (stats.received, stats.sent) = (self.received.traffic(), self.sent.traffic());
        stats
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latency.set(nanoseconds.saturating_add(1));
    }

    pub(crate) fn latency(&self) -> Option<Duration> {
        self.latency.get().checked_sub(1).map(Duration::from_nanos)
    }
}

impl Course {
    /// Counts a message with the frame with which it ends.
    pub(crate) fn message(&self, bytes: usize) {
        self.messages.add(1);
        self.bytes.add(bytes as u64);
    }

    /// Counts a frame with which no message ends.
    pub(crate) fn further_frame(&self) {
        self.further_frames.add(1);
    }

    pub(crate) fn on_wire(&self, bytes: usize) {
        self.wire_bytes.add(bytes as u64);
    }

    /// Returns how many bytes have gone over the stream.
    pub(crate) fn wire_bytes(&self) -> u64 {
        self.wire_bytes.get()
    }

    /// Shows how many frames the parser has counted with which no message ended.
    pub(crate) fn show_further_frames(&self, frames: u64) {
        self.further_frames.set(frames);
    }

    /// Counts bytes of a message that is received as a stream. [`message`](Self::message) counts
    /// the message at its end.
    pub(crate) fn bytes(&self, bytes: usize) {
        self.bytes.add(bytes as u64);
    }

    /// Returns a number that is larger once more of a message has come.
    pub(crate) fn progress(&self) -> u64 {
        self.messages.get().wrapping_add(self.bytes.get())
    }

    fn traffic(&self) -> Traffic {
        let mut traffic = Traffic::default();
        traffic.messages = self.messages.get();
        traffic.frames = traffic.messages + self.further_frames.get();
        traffic.bytes = self.bytes.get();
        traffic.wire_bytes = self.wire_bytes.get();
        traffic
    }
}
