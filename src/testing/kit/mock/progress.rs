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
use crate::proto::wire::without_secrets;
use crate::transport::TlsAcceptor;

/// How long clients may take to hang up until a log counts as whole.
const WHOLE: Duration = Duration::from_millis(500);

type Script = Box<dyn FnOnce(&mut Peer) + Send>;
pub(super) type Otherwise = Arc<dyn Fn(&mut Peer) + Send + Sync>;
/// The line of a test that has set something.
pub(super) type Caller = &'static Location<'static>;

/// What happens to one connection.
pub(super) enum Step {
    Script(Script, Caller),
    /// Accepted, and never answered.
    Silent(Caller),
    /// No step is left for it.
    Unexpected,
}

/// What the threads of a mock server share.
pub(super) struct Progress {
    state: Mutex<State>,
    /// Notified when a step is done, a connection has ended, something has failed, or the mock ends.
    changed: Condvar,
}

pub(super) struct State {
    pub(super) steps: VecDeque<Step>,
    pub(super) otherwise: Option<(Otherwise, Caller)>,
    pub(super) within: Duration,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) log: Option<WireLog>,
    /// All connections, in the order in which they came.
    came: Vec<Connection>,
    failures: Vec<Failure>,
    pub(super) has_ended: bool,
}

/// A connection that has come.
struct Connection {
    request: Option<Request<()>>,
    /// Where its script is, if it has one.
    caller: Option<Caller>,
    stage: Stage,
}

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its step is not done.
    Running,
    /// Its step is done, and the client may still send and has not hung up.
    Leaving,
    Gone,
}

/// What has gone wrong.
enum Failure {
    /// Whole lines.
    Lines(String),
    /// Connections that ask for the same and had no step: the first, how many, and what they ask.
    Unexpected(usize, usize, String),
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
            Some((script, caller)) => {
                let script = Arc::clone(script);
                Step::Script(Box::new(move |peer| script(peer)), caller)
            }
            None => Step::Unexpected,
        });
        state.came.push(Connection { request: None, caller: step.caller(), stage: Stage::Running });
        let (number, within) = (state.came.len(), state.within);
        let (tls, log) = (state.tls.clone(), state.log.clone());
        Some(Admitted { number, step, within, tls, log })
    }

    /// Notes the request of a connection.
    pub(super) fn asked(&self, number: usize, request: Request<()>) {
        lock(&self.state).came[number - 1].request = Some(request);
    }

    /// Notes that a connection was not expected, and returns a line that says so.
    pub(super) fn unexpected(&self, number: usize, request: &Request<()>) -> String {
        let asked = shown(request);
        let line = Failure::Unexpected(number, 1, asked.clone()).to_string();
        let mut state = lock(&self.state);
        let alike = state.failures.iter_mut().find_map(|failure| match failure {
            Failure::Unexpected(_, count, other) if *other == asked => Some(count),
            Failure::Unexpected(..) | Failure::Lines(_) => None,
        });
        match alike {
            Some(count) => *count += 1,
            None => state.failures.push(Failure::Unexpected(number, 1, asked)),
        }
        line
    }

    /// Notes a failure, in whole lines.
    pub(super) fn failed(&self, failure: String) {
        lock(&self.state).failures.push(Failure::Lines(failure));
        self.changed.notify_all();
    }

    /// Notes that the step of a connection is done.
    pub(super) fn leaves(&self, number: usize) {
        self.reaches(number, Stage::Leaving);
    }

    /// Notes that a connection is done with.
    pub(super) fn gone(&self, number: usize) {
        self.reaches(number, Stage::Gone);
    }

    fn reaches(&self, number: usize, stage: Stage) {
        lock(&self.state).came[number - 1].stage = stage;
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
    /// expectation of it fails first, which has more to report. With a log, clients that leave have
    /// a moment to do so.
    pub(super) fn wait(&self) -> Option<String> {
        let mut state = lock(&self.state);
        let come = Deadline::after(Some(state.within));
        let end = come.plus(state.within);
        loop {
            // A failure is told at once, once no script is in the middle of something.
            let awaits = !state.steps.is_empty() && state.failures.is_empty();
            let deadline = if state.has(Stage::Running) { end } else { come };
            if !(awaits || state.has(Stage::Running)) || deadline.has_passed() {
                break;
            }
            state = deadline.wait(&self.changed, state);
        }
        let whole = Deadline::after(Some(WHOLE));
        while state.log.is_some() && state.has(Stage::Leaving) && !whole.has_passed() {
            state = whole.wait(&self.changed, state);
        }
        told(&state.report())
    }

    /// Returns the failures that are known now and were not reported.
    pub(super) fn failures(&self) -> Option<String> {
        told(&lock(&self.state).failed())
    }

    /// Ends what is open.
    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        let steps = mem::take(&mut state.steps);
        state.has_ended = true;
        drop(state);
        self.changed.notify_all();
        // They are the test's, and may do anything when they are dropped.
        drop(steps);
    }
}

impl State {
    /// Returns `true` if a connection is at this stage.
    fn has(&self, stage: Stage) -> bool {
        self.came.iter().any(|came| came.stage == stage)
    }

    pub(super) fn connections(&self) -> usize {
        self.came.len()
    }

    pub(super) fn requests(&self) -> Vec<Request<()>> {
        self.came.iter().filter_map(|came| came.request.clone()).collect()
    }

    /// What has failed, line by line, and was not reported.
    fn failed(&mut self) -> String {
        self.failures.drain(..).map(|failure| failure.to_string()).collect()
    }

    /// What is wrong, line by line. What has failed is reported once.
    fn report(&mut self) -> String {
        let mut report = self.failed();
        let mut line = |line: fmt::Arguments<'_>| {
            // A String takes everything.
            let _ = writeln!(report, "{line}");
        };
        let within = self.within.saturating_mul(2);
        for (at, came) in
            self.came.iter().enumerate().filter(|(_, came)| came.stage == Stage::Running)
        {
            let (number, script) = (at + 1, script(came.caller));
            line(format_args!("connection {number} has not ended in {within:?}{script}"));
        }
        for (at, step) in self.steps.iter().enumerate() {
            let (number, script) = (self.came.len() + at + 1, script(step.caller()));
            line(format_args!("connection {number} did not come{script}"));
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
    pub(super) fn caller(&self) -> Option<Caller> {
        match self {
            Self::Script(_, caller) | Self::Silent(caller) => Some(caller),
            Self::Unexpected => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(lines) => f.write_str(lines),
            Self::Unexpected(number, 1, asked) => {
                writeln!(f, "connection {number} was not expected: {asked}")
            }
            Self::Unexpected(first, count, asked) => {
                let from = format!("from connection {first} on");
                writeln!(f, "{count} connections were not expected, {from}: {asked}")
            }
        }
    }
}

/// What there is to report, if there is.
fn told(lines: &str) -> Option<String> {
    (!lines.is_empty()).then(|| lines.trim_end().to_owned())
}

/// A request as reports have it.
fn shown(request: &Request<()>) -> String {
    format!("{} {}", request.method(), without_secrets(&request.uri().to_string()))
}

/// Where the script of a connection is, for the end of a line.
pub(super) fn script(caller: Option<Caller>) -> String {
    caller.map_or(String::new(), |caller| {
        format!("; its script is at {}:{}", caller.file(), caller.line())
    })
}
