//! [`Listening`]: a suite that waits for clients.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::desk::{Agent, Desk};
use super::door::Door;
use super::program::Program;
use super::visit::Shared;
use crate::bench;
use crate::report::{CaseReport, Report, Tested};
use crate::suite::{Suite, SuiteError};

/// Without a connection for this long, a client is taken for gone.
const SILENCE: Duration = Duration::from_secs(60);

/// What is called when a client asks for its reports.
type OnUpdate = Box<dyn Fn(&[Report]) + Send + Sync>;

/// A suite that waits for clients, as [`Suite::listen`] returns it.
///
/// A client asks for the number of cases at `/getCaseCount`, runs each at `/runCase?case=N&agent=A`,
/// where it sends back what it gets, and asks for its reports at `/updateReports?agent=A`. So drivers
/// for the Autobahn test suite work unchanged.
pub struct Listening {
    suite: Suite,
    door: Door,
    keeps: bool,
    silence: Duration,
    program: Option<Program>,
    on_update: OnUpdate,
}

impl Listening {
    pub(crate) fn new(suite: Suite, door: Door) -> Self {
        Self {
            suite,
            door,
            keeps: false,
            silence: SILENCE,
            program: None,
            on_update: Box::new(|_| {}),
        }
    }

    /// The URL at which clients find the suite, without a path: `ws://127.0.0.1:9001`.
    #[must_use]
    pub fn url(&self) -> String {
        self.door.url()
    }

    /// Stays when a client has asked for its reports, for more clients. `/stopServer` ends the run, and
    /// so does silence.
    #[must_use]
    pub fn keep(self, keeps: bool) -> Self {
        Self { keeps, ..self }
    }

    /// Ends the run after this time without a connection; 60 seconds by default.
    #[must_use]
    pub fn silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Calls this whenever a client asks for its reports, with those of all clients.
    #[must_use]
    pub fn on_update(self, call: impl Fn(&[Report]) + Send + Sync + 'static) -> Self {
        Self { on_update: Box::new(call), ..self }
    }

    /// Starts a program for each case, so that no driver is needed: in the command, such as
    /// `my-client {url}`, the URL of the case takes the place of `{url}`. It is split into words as a
    /// shell does, and no shell runs it.
    ///
    /// # Errors
    /// [`SuiteError::Program`]: there is no `{url}` in the command, or it cannot be split.
    pub fn exec(self, command: &str) -> Result<Self, SuiteError> {
        let program = Program::parse(command)
            .map_err(|why| SuiteError::Program { command: command.to_owned(), why })?;
        Ok(Self { program: Some(program), ..self })
    }

    /// Serves clients until one has asked for its reports, or until nothing has come for 60 seconds.
    /// Returns a report for each client.
    ///
    /// # Errors
    /// [`SuiteError::Absent`]: no client has run a case, or the program has not connected.
    pub fn wait(self) -> Result<Vec<Report>, SuiteError> {
        let Self { suite, door, keeps, silence, program, on_update } = self;
        let cases = suite.selected(blocking_ws::Role::Client)?;
        let url = door.url();
        let (began, started) = (Instant::now(), SystemTime::now());
        let update = move |shared: &Shared| {
            on_update(&reports(shared, started, began));
        };
        let desk = Desk::default();
        let on_update: Box<dyn Fn(&Shared) + Send + Sync> = Box::new(update);
        let shared = Arc::new(Shared { suite, door, cases, desk, keeps, on_update });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&shared))
        };
        let ran = if let Some(program) = &program {
            let agent = shared.suite.agent.clone().unwrap_or_else(|| "client".to_owned());
            program.run_all(&shared, &agent)
        } else {
            shared.desk.wait_for_the_end(silence);
            Ok(())
        };
        shared.desk.end();
        if shared.door.knock() {
            // It only takes connections, and has been told to end.
            let _ = acceptor.join();
        }
        if let Err(why) = ran {
            return Err(SuiteError::Absent { url, why });
        }
        if program.is_some() {
            (shared.on_update)(&shared);
        }
        let reports = reports(&shared, started, began);
        if reports.is_empty() {
            let why = "no client has run a case".to_owned();
            return Err(SuiteError::Absent { url, why });
        }
        Ok(reports)
    }
}

/// Makes a report for each client.
fn reports(shared: &Shared, started: SystemTime, began: Instant) -> Vec<Report> {
    let agents = shared.desk.agents();
    agents.into_iter().map(|(name, agent)| report(shared, name, agent, started, began)).collect()
}

/// Takes clients until the run is over. Each has a thread.
fn accept(shared: &Arc<Shared>) {
    loop {
        let incoming = shared.door.accept();
        if shared.desk.is_over() {
            return;
        }
        match incoming {
            Ok(incoming) => {
                let shared = Arc::clone(shared);
                let serve = move || {
                    // A client that leaves before it has asked for anything has not failed a case.
                    let _: io::Result<()> = shared.serve(incoming);
                };
                // If the system has no thread left, this client is dropped, and the next one may be lucky.
                let _ = thread::Builder::new().spawn(serve);
            }
            // No descriptor is left, or the like: somebody will close one.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Makes the report of a client.
fn report(
    shared: &Shared,
    name: String,
    agent: Agent,
    started: SystemTime,
    began: Instant,
) -> Report {
    let (ran, selected) = (agent.reports.len(), shared.cases.len());
    let unfinished =
        (ran < selected).then(|| format!("the client has run {ran} of {selected} cases"));
    let mut cases: Vec<CaseReport> = agent.reports.into_values().collect();
    bench::sum_up(&mut cases);
    let patience = shared.suite.patience_of(shared.desk.patience(&name));
    Report {
        tested: Tested { agent: name, role: "client".to_owned(), url: shared.door.url() },
        started,
        duration: began.elapsed(),
        options: shared.suite.options(patience),
        cases,
        unfinished,
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("url", &self.url()).finish_non_exhaustive()
    }
}
