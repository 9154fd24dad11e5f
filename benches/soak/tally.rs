//! What is counted between two lines of the output.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use blocking_ws::Error;

pub(crate) const HEADER: &str = "   m  rss/KiB  hwm/KiB   thr    fd  buffered  messages      MiB  connects \
                                 p50/us  p99/us  max/us errors";

/// That of the process.
pub(crate) static TALLY: Tally = Tally(Mutex::new(Counted::new()));

pub(crate) struct Tally(Mutex<Counted>);

/// Since the last line.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) messages: u64,
    bytes: u64,
    connects: u64,
    /// Of the probe's echoes, in microseconds.
    pub(crate) latencies: Vec<u64>,
    /// Those that faults bring about, by kind.
    expected: BTreeMap<String, u64>,
    /// All others, by what they say.
    pub(crate) unexpected: BTreeMap<String, u64>,
}

impl Counted {
    const fn new() -> Self {
        Self {
            messages: 0,
            bytes: 0,
            connects: 0,
            latencies: Vec::new(),
            expected: BTreeMap::new(),
            unexpected: BTreeMap::new(),
        }
    }

    /// The latency that so many of a thousand echoes stay below.
    pub(crate) fn latency(&self, permille: usize) -> u64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * permille / 1000).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or_default()
    }
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all that was counted.
    pub(crate) fn take(&self) -> Counted {
        std::mem::replace(&mut *self.lock(), Counted::new())
    }

    pub(crate) fn connected(&self) {
        self.lock().connects += 1;
    }

    /// Counts a message that came as it should.
    pub(crate) fn message(&self, bytes: usize) {
        let mut counted = self.lock();
        counted.messages += 1;
        counted.bytes += bytes as u64;
    }

    pub(crate) fn echoed(&self, after: Duration) {
        let micros = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
        self.lock().latencies.push(micros);
    }

    /// Counts an error that is to be expected where servers go and peers cut.
    pub(crate) fn failed(&self, who: &str, error: &Error) {
        let kind = match error {
            Error::Timeout => "timeout",
            Error::Closed => "closed",
            Error::Lost(_) => "lost",
            Error::Deadline(_) => "deadline",
            Error::Connect(_) => "connect",
            Error::Refused(_) => "refused",
            Error::Handshake(_) => "handshake",
            Error::Tls(_) => "tls",
            Error::Io(_) => "io",
            Error::Full => "full",
            other => return self.wrong(&format!("{who}: {other}")),
        };
        *self.lock().expected.entry(format!("{who}:{kind}")).or_default() += 1;
    }

    /// Counts what must not be.
    pub(crate) fn wrong(&self, what: &str) {
        let mut counted = self.lock();
        let first = !counted.unexpected.contains_key(what);
        *counted.unexpected.entry(what.to_owned()).or_default() += 1;
        drop(counted);
        if first {
            eprintln!("unexpected: {what}");
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p99, max] = [500, 990, 1000].map(|permille| self.latency(permille));
        let Self { messages, connects, .. } = self;
        let mib = self.bytes >> 20;
        write!(f, "{messages:>9} {mib:>8} {connects:>9} {p50:>7} {p99:>7} {max:>7}")?;
        for (kind, count) in &self.expected {
            write!(f, " {kind}={count}")?;
        }
        let wrong: u64 = self.unexpected.values().sum();
        write!(f, " unexpected={wrong}")
    }
}
