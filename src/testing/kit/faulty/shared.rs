//! [`Shared`]: what the handles of a [`Faulty`](super::faulty::Faulty) have in common, and how they
//! wait.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use super::super::faults::{Ending, Faults, Lane};
use super::handles::Handles;
use crate::io::{Deadline, Duplex, SHORTEST, TlsInfo};
use crate::process::lock;

/// The names of the lanes, and their numbers for the dice.
pub(super) const READS: (&str, u64) = ("reads", 0);
pub(super) const WRITES: (&str, u64) = ("writes", 1);

/// The state, for the thread that has its lock.
pub(super) type Locked<'a, S> = MutexGuard<'a, State<S>>;

#[derive(Debug)]
pub(super) struct Shared<S> {
    pub(super) state: Mutex<State<S>>,
    /// Notified by every change that a call may wait for.
    pub(super) changed: Condvar,
    pub(super) facts: Facts,
}

/// What does not change on a stream.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) tries: Tries,
    pub(super) keeps_sent: bool,
    pub(super) is_duplex: bool,
    pub(super) is_tls: bool,
    pub(super) tls: Option<Arc<TlsInfo>>,
    pub(super) peer: Address,
    pub(super) local: Address,
}

/// Which calls do not wait.
#[derive(Debug)]
pub(super) struct Tries {
    pub(super) read: bool,
    pub(super) write: bool,
}

/// An address, or why there is none.
pub(super) type Address = Result<SocketAddr, (ErrorKind, String)>;

#[derive(Debug)]
pub(super) struct State<S> {
    pub(super) handles: Handles<S>,
    pub(super) reading: Reading,
    pub(super) writing: Writing,
    /// How the plan or the handle has ended the stream, and why.
    pub(super) end: Option<(Ending, String)>,
}

#[derive(Debug)]
pub(super) struct Reading {
    pub(super) lane: Lane,
    pub(super) timeout: Option<Duration>,
    /// What was read from the stream below and has not passed, and when it may.
    pub(super) held: Vec<u8>,
    pub(super) due: Option<Instant>,
    /// The stream below has ended. That is told when it is due.
    pub(super) has_ended: bool,
    /// Reading is shut down.
    pub(super) is_shut: bool,
    /// See [`Duplex::last_received`].
    pub(super) last_received: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Writing {
    pub(super) lane: Lane,
    pub(super) timeout: Option<Duration>,
    /// When the write that waits may pass.
    pub(super) due: Option<Instant>,
    /// The last write took only a part, and the next one is the rest.
    pub(super) goes_on: bool,
    /// Writing is shut down.
    pub(super) is_shut: bool,
}

impl<S: Duplex> Shared<S> {
    /// Makes a stream on which nothing goes wrong.
    pub(super) fn new(mut stream: S) -> io::Result<Self> {
        let is_supported = |tried: io::Result<usize>| {
            tried.err().is_none_or(|e| e.kind() != ErrorKind::Unsupported)
        };
        let address = |told: io::Result<SocketAddr>| told.map_err(|e| (e.kind(), e.to_string()));
        let facts = Facts {
            tries: Tries {
                read: is_supported(stream.try_read(&mut [])),
                write: is_supported(stream.try_write(&[])),
            },
            keeps_sent: stream.keeps_sent(),
            is_duplex: stream.is_duplex(),
            is_tls: stream.is_tls(),
            tls: stream.tls(),
            peer: address(stream.peer_addr()),
            local: address(stream.local_addr()),
        };
        let handles = Handles::of(stream)?;
        let reading = Reading {
            lane: Lane::new(Faults::new(), 1, READS),
            timeout: None,
            held: Vec::new(),
            due: None,
            has_ended: false,
            is_shut: false,
            last_received: None,
        };
        let writing = Writing {
            lane: Lane::new(Faults::new(), 1, WRITES),
            timeout: None,
            due: None,
            goes_on: false,
            is_shut: false,
        };
        let state = Mutex::new(State { handles, reading, writing, end: None });
        Ok(Self { state, changed: Condvar::new(), facts })
    }
}

impl<S> Shared<S> {
    pub(super) fn lock(&self) -> Locked<'_, S> {
        lock(&self.state)
    }

    /// Waits for a change, for a moment, or for the end of the caller's patience, which is an
    /// error.
    pub(super) fn pause<'a>(
        &self,
        state: Locked<'a, S>,
        until: Option<Instant>,
        patience: Patience,
    ) -> io::Result<Locked<'a, S>> {
        let deadline = patience.deadline()?;
        let moment = until.map_or(Deadline::NEVER, |at| Deadline::at(at, Some(Duration::ZERO)));
        Ok(deadline.earlier(moment).wait(&self.changed, state))
    }
}

/// How long a call may wait.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patience {
    /// Not at all.
    Now,
    Until(Deadline),
}

impl Patience {
    pub(super) fn within(timeout: Option<Duration>) -> Self {
        Self::Until(Deadline::after(timeout))
    }

    /// The deadline, or an error if there is no time left.
    fn deadline(self) -> io::Result<Deadline> {
        match self {
            Self::Until(deadline) if !deadline.has_passed() => Ok(deadline),
            Self::Now | Self::Until(_) => Err(ErrorKind::WouldBlock.into()),
        }
    }

    pub(super) fn is_left(self) -> bool {
        self.deadline().is_ok()
    }

    /// How to call the stream below. Even a call without time looks once, as one of a socket does.
    pub(super) fn call(self) -> Call {
        match self {
            Self::Now => Call::Now,
            Self::Until(deadline) => Call::Within(deadline.remaining().unwrap_or(Some(SHORTEST))),
        }
    }
}

/// How the stream below is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    /// By a method that does not wait.
    Now,
    /// With this timeout.
    Within(Option<Duration>),
}

impl<S> State<S> {
    /// The seeds, and what has happened. `None` if the plans do nothing.
    fn report(&self) -> Option<String> {
        let lanes = [&self.reading.lane, &self.writing.lane];
        let reports: Vec<_> = lanes.into_iter().filter_map(Lane::report).collect();
        (!reports.is_empty()).then(|| format!("Faulty stream: {}", reports.join("; ")))
    }
}

/// A test that fails says by which faults.
impl<S> Drop for Shared<S> {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        if let Some(report) = self.lock().report() {
            eprintln!("{report}");
        }
    }
}
