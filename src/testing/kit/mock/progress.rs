//! [`Progress`]: which steps of a mock server are left, which connections have come, and what there
//! is to report.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::mem;
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use http::Request;

use super::super::peer::Peer;
use super::super::wire_log::WireLog;
use crate::io::Deadline;
use crate::process::lock;
use crate::transport::TlsAcceptor;

type Script = Box<dyn FnOnce(&mut Peer) + Send>;
pub(super) type Otherwise = Arc<dyn Fn(&mut Peer) + Send + Sync>;
pub(super) type Place = &'static Location<'static>;

/// What happens to one connection.
pub(super) enum Step {
    /// With the place where the test has set it.
    Script(Script, Place),
    /// Accepted, and never answered.
    Silent(Place),
    /// No step is left for it.
    Unexpected,
}

/// What the threads of a mock server share.
pub(super) struct Progress {
    state: Mutex<State>,
    /// Notified when a connection has come or ended.
    changed: Condvar,
}

pub(super) struct State {
    pub(super) steps: VecDeque<Step>,
    pub(super) otherwise: Option<(Otherwise, Place)>,
    pub(super) within: Duration,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) log: Option<WireLog>,
    /// All connections, in the order in which they came.
    came: Vec<Came>,
    /// Whole lines.
    failures: Vec<String>,
    pub(super) has_ended: bool,
}

/// A connection that has come.
struct Came {
    request: Option<Request<()>>,
    /// Where its script is, if it has one.
    place: Option<Place>,
    is_running: bool,
}

/// What a new connection is told.
pub(super) struct Admitted {
    /// Its number, from 1 on.
    pub(super) number: usize,
    pub(super) step: Step,
    pub(super) within: Duration,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) log: Option<WireLog>,
}

impl Progress {
    pub(super) fn new(within: Duration) -> Self {
        let state = State {
            steps: VecDeque::new(),
            otherwise: None,
            within,
            tls: None,
            log: None,
            came: Vec::new(),
            failures: Vec::new(),
            has_ended: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Changes or reads what there is.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut lock(&self.state))
    }

    /// Takes the next step for a new connection. `None` if the mock has ended.
    pub(super) fn admit(&self) -> Option<Admitted> {
        let mut state = lock(&self.state);
        if state.has_ended {
            return None;
        }
        let step = state.steps.pop_front().unwrap_or_else(|| match &state.otherwise {
            Some((script, place)) => {
                let script = Arc::clone(script);
                Step::Script(Box::new(move |peer| script(peer)), place)
            }
            None => Step::Unexpected,
        });
        state.came.push(Came { request: None, place: step.place(), is_running: true });
        let (number, within) = (state.came.len(), state.within);
        let (tls, log) = (state.tls.clone(), state.log.clone());
        Some(Admitted { number, step, within, tls, log })
    }

    /// Notes the request of a connection.
    pub(super) fn asked(&self, number: usize, request: Request<()>) {
        lock(&self.state).came[number - 1].request = Some(request);
    }

    /// Notes that a connection is done with, perhaps by a failure.
    pub(super) fn done(&self, number: usize, failure: Option<String>) {
        let mut state = lock(&self.state);
        state.came[number - 1].is_running = false;
        state.failures.extend(failure);
        self.changed.notify_all();
    }

    /// Notes a failure that belongs to no connection.
    pub(super) fn failed(&self, failure: String) {
        lock(&self.state).failures.push(failure);
        self.changed.notify_all();
    }

    /// Waits until the mock ends, by a deadline.
    pub(super) fn wait_for_end(&self, deadline: Deadline) {
        let mut state = lock(&self.state);
        while !state.has_ended && !deadline.has_passed() {
            state = deadline.wait(&self.changed, state);
        }
    }

    /// Waits until all steps are done, and returns what there is to report.
    ///
    /// Connections have `within` to come. A script that runs has as long again, so that an
    /// expectation of it fails first, which has more to report.
    pub(super) fn wait(&self) -> Option<String> {
        let mut state = lock(&self.state);
        let come = Deadline::after(Some(state.within));
        let end = come.plus(state.within);
        loop {
            // A failure is told at once, once no script is in the middle of something.
            let awaits = !state.steps.is_empty() && state.failures.is_empty();
            let deadline = if state.runs() { end } else { come };
            if !(awaits || state.runs()) || deadline.has_passed() {
                return told(&state.report());
            }
            state = deadline.wait(&self.changed, state);
        }
    }

    /// Returns the failures that are known now and were not reported.
    pub(super) fn failures(&self) -> Option<String> {
        told(&mem::take(&mut lock(&self.state).failures).concat())
    }

    /// Ends what is open. Returns `false` if that has happened before.
    pub(super) fn end(&self) -> bool {
        let mut state = lock(&self.state);
        let steps = mem::take(&mut state.steps);
        let is_first = !mem::replace(&mut state.has_ended, true);
        drop(state);
        self.changed.notify_all();
        // They are the test's, and may do anything when they are dropped.
        drop(steps);
        is_first
    }
}

impl State {
    fn runs(&self) -> bool {
        self.came.iter().any(|came| came.is_running)
    }

    pub(super) fn connections(&self) -> usize {
        self.came.len()
    }

    pub(super) fn requests(&self) -> Vec<Request<()>> {
        self.came.iter().filter_map(|came| came.request.clone()).collect()
    }

    /// What is wrong, line by line. What has failed is reported once.
    fn report(&mut self) -> String {
        let mut report = mem::take(&mut self.failures).concat();
        let mut line = |line: fmt::Arguments<'_>| {
            // A String takes everything.
            let _ = writeln!(report, "{line}");
        };
        let within = self.within.saturating_mul(2);
        for (at, came) in self.came.iter().enumerate().filter(|(_, came)| came.is_running) {
            let (number, place) = (at + 1, script(came.place));
            line(format_args!("connection {number} has not ended in {within:?}{place}"));
        }
        for (at, step) in self.steps.iter().enumerate() {
            let (number, place) = (self.came.len() + at + 1, script(step.place()));
            line(format_args!("connection {number} did not come{place}"));
        }
        if !self.steps.is_empty() {
            line(format_args!("  came"));
            for (at, came) in self.came.iter().enumerate() {
                let request = came.request.as_ref().map_or("without a request".to_owned(), shown);
                line(format_args!("    connection {}: {request}", at + 1));
            }
            if self.came.is_empty() {
                line(format_args!("    nothing"));
            }
        }
        report
    }
}

impl Step {
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Script(_, place) | Self::Silent(place) => Some(place),
            Self::Unexpected => None,
        }
    }
}

/// What there is to report, if there is.
fn told(lines: &str) -> Option<String> {
    (!lines.is_empty()).then(|| lines.trim_end().to_owned())
}

/// A request as reports have it.
pub(super) fn shown(request: &Request<()>) -> String {
    format!("{} {}", request.method(), request.uri())
}

/// Where the script of a connection is, for the end of a line.
pub(super) fn script(place: Option<Place>) -> String {
    place.map_or(String::new(), |place| {
        format!("; its script is at {}:{}", place.file(), place.line())
    })
}
