//! [`Suite`]: what a user sets of a run.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blocking_ws::testing::WireLog;
use blocking_ws::{Duplex, Role, Stream, TlsAcceptor, TlsConnector};

use super::error::SuiteError;
use super::server;
use super::target::Target;
use crate::bench::{How, Patience};
use crate::case::{Case, Selection};
use crate::cases;
use crate::connection::Link;
use crate::data;
use crate::listen::{Door, Listening};
use crate::report::{CaseReport, Options, Report};

/// How many cases run at a time by default. Most of them wait most of the time.
const JOBS: usize = 8;

/// What is called after each case.
type OnCase = Arc<dyn Fn(&CaseReport) + Send + Sync>;

/// A test suite for WebSocket programs: which cases are run, and how.
///
/// ```no_run
/// use ws_conformance::{Lenient, Suite};
///
/// let report = Suite::new().cases("1.*,5.*,-5.19")?.server("ws://127.0.0.1:9001/")?;
/// assert!(report.passes(Lenient::default()), "{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Suite {
    selection: Selection,
    beyond: Option<bool>,
    pub(crate) jobs: usize,
    pub(crate) patience: Option<f64>,
    pub(crate) full: bool,
    pub(crate) no_echo: bool,
    pub(crate) agent: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) origin: Option<String>,
    pub(crate) subprotocols: Vec<String>,
    tls: TlsConnector,
    acceptor: Option<TlsAcceptor>,
    unix: Option<PathBuf>,
    wire_log: Option<WireLog>,
    pub(crate) fail_fast: bool,
    pub(crate) rerun: usize,
    pub(crate) on_case: Option<OnCase>,
}

impl Suite {
    /// Takes all cases, but for those that [`beyond`](Self::beyond) leaves out.
    #[must_use]
    pub fn new() -> Self {
        Self {
            selection: Selection::all(),
            beyond: None,
            jobs: JOBS,
            patience: None,
            full: false,
            no_echo: false,
            agent: None,
            headers: Vec::new(),
            origin: None,
            subprotocols: Vec::new(),
            tls: TlsConnector::new(),
            acceptor: None,
            unix: None,
            wire_log: None,
            fail_fast: false,
            rerun: 0,
            on_case: None,
        }
    }

    /// Selects cases by a list of ids and patterns, such as `1.*,5.*,-5.19`. See [`Selection`].
    ///
    /// # Errors
    /// The list cannot be read, or a pattern in it matches no case.
    pub fn cases(self, list: &str) -> Result<Self, SuiteError> {
        let selection: Selection = list.parse()?;
        selection.check(cases::all().iter().map(|case| &case.id))?;
        Ok(self.select(selection))
    }

    /// Selects cases.
    #[must_use]
    pub fn select(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Takes the cases whose ids have letters, which go beyond those of the Autobahn test suite, or
    /// leaves them out. By default a server is tested with them and a client is not, because many
    /// drivers take a connection that fails for the end of the run. A selection that names their
    /// letters, such as `H*`, takes them anyway.
    #[must_use]
    pub fn beyond(self, beyond: bool) -> Self {
        Self { beyond: Some(beyond), ..self }
    }

    /// Sets how many cases run at a time; 8 by default. A client under test decides that itself.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Self { jobs, ..self }
    }

    /// Stretches all times by this factor. By default it depends on how long the last opening handshakes
    /// took, and is 10 at most.
    #[must_use]
    pub fn patience(self, factor: f64) -> Self {
        Self { patience: Some(factor), ..self }
    }

    /// Sends all messages of the groups 12 and 13, 10.9 GB in all. By default a case sends 1 MiB,
    /// and 16 messages at least.
    #[must_use]
    pub fn full(self, full: bool) -> Self {
        Self { full, ..self }
    }

    /// Judges programs that do not send messages back. Cases that need that are left out, and messages
    /// that the program sends are ignored.
    #[must_use]
    pub fn no_echo(self, no_echo: bool) -> Self {
        Self { no_echo, ..self }
    }

    /// Sets what the report calls the program. By default a server is called what its header `Server`
    /// says, or by its host.
    #[must_use]
    pub fn agent(self, name: &str) -> Self {
        Self { agent: Some(name.to_owned()), ..self }
    }

    /// Sends this header in each request, such as a log-in.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends this `Origin` in each request.
    #[must_use]
    pub fn origin(self, origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), ..self }
    }

    /// Offers this subprotocol in each request, besides others. As a server, the suite picks it if the
    /// client offers it.
    #[must_use]
    pub fn subprotocol(mut self, name: &str) -> Self {
        self.subprotocols.push(name.to_owned());
        self
    }

    /// Sets how servers on `wss://` are met.
    #[must_use]
    pub fn tls(self, connector: TlsConnector) -> Self {
        Self { tls: connector, ..self }
    }

    /// Waits for clients on `wss://` instead of `ws://`.
    #[must_use]
    pub fn tls_acceptor(self, acceptor: TlsAcceptor) -> Self {
        Self { acceptor: Some(acceptor), ..self }
    }

    /// Connects to a Unix socket, wherever the URL leads.
    #[must_use]
    pub fn unix(self, path: impl Into<PathBuf>) -> Self {
        Self { unix: Some(path.into()), ..self }
    }

    /// Logs what passes on all connections.
    #[must_use]
    pub fn wire_log(self, log: &WireLog) -> Self {
        Self { wire_log: Some(log.clone()), ..self }
    }

    /// Ends the run after the first case that fails.
    #[must_use]
    pub fn fail_fast(self, fail_fast: bool) -> Self {
        Self { fail_fast, ..self }
    }

    /// Runs each case that has failed again at the end of the run, alone, until it passes, this many
    /// times at most; 0 by default. A case that then passes is [flaky](CaseReport::is_flaky). What is
    /// not strict, and what a limit refuses, is run again as well.
    ///
    /// A client with a driver decides itself what it runs, so there this changes nothing.
    #[must_use]
    pub fn rerun(self, times: usize) -> Self {
        Self { rerun: times, ..self }
    }

    /// Calls this after each case, from the thread that has run it.
    #[must_use]
    pub fn on_case(self, call: impl Fn(&CaseReport) + Send + Sync + 'static) -> Self {
        Self { on_case: Some(Arc::new(call)), ..self }
    }

    /// Tests a server. Blocks until all cases were run.
    ///
    /// # Errors
    /// [`SuiteError::Url`], [`SuiteError::Unreachable`], or no case is left of the selection.
    pub fn server(&self, url: &str) -> Result<Report, SuiteError> {
        server::run(self, &Target::parse(url, self.unix.clone(), &self.tls)?)
    }

    /// Tests a server to which the program itself opens each connection, such as one in memory.
    ///
    /// # Errors
    /// As [`server`](Self::server).
    pub fn server_over<S: Duplex + Send + 'static>(
        &self,
        dial: impl Fn() -> io::Result<S> + Send + Sync + 'static,
    ) -> Result<Report, SuiteError> {
        server::run(self, &Target::over(dial))
    }

    /// Waits for clients at this address, such as `127.0.0.1:9001`; port 0 lets the system choose.
    ///
    /// ```no_run
    /// use ws_conformance::Suite;
    ///
    /// let listening = Suite::new().cases("1.*")?.listen("127.0.0.1:0")?;
    /// println!("waiting for clients at {}", listening.url());
    /// for report in listening.wait()? {
    ///     println!("{report}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SuiteError::Listen`]: the address cannot be used.
    pub fn listen(&self, address: &str) -> Result<Listening, SuiteError> {
        let door = Door::tcp(address, self.acceptor.clone())
            .map_err(|source| SuiteError::Listen { address: address.to_owned(), source })?;
        Ok(Listening::new(self.clone(), door))
    }

    /// Waits for clients at a Unix socket. The file is removed when the run is over.
    ///
    /// # Errors
    /// [`SuiteError::Listen`]: the path cannot be used, a file is there, or the system is not Unix.
    pub fn listen_unix(&self, path: impl AsRef<Path>) -> Result<Listening, SuiteError> {
        let path = path.as_ref();
        let door = Door::unix(path, self.acceptor.clone())
            .map_err(|source| SuiteError::Listen { address: path.display().to_string(), source })?;
        Ok(Listening::new(self.clone(), door))
    }

    /// How cases are run.
    pub(crate) fn how(&self) -> How {
        How { full: self.full, no_echo: self.no_echo }
    }

    /// Makes a connection of a stream, as this suite with this role.
    pub(crate) fn link(&self, stream: Stream, role: Role) -> Link {
        Link::new(match &self.wire_log {
            Some(log) => stream.tap(role, log.clone()),
            None => stream,
        })
    }

    /// What a report says of a run with this patience.
    pub(crate) fn options(&self, patience: Patience) -> Options {
        Options {
            patience: patience.scale,
            round_trip: patience.round_trip,
            jobs: self.jobs,
            full: self.full,
            no_echo: self.no_echo,
            seed: data::SEED,
        }
    }

    /// The patience that is set, or that is measured.
    pub(crate) fn patience_of(&self, measured: Patience) -> Patience {
        self.patience.map_or(measured, |factor| measured.scaled(factor))
    }

    /// The cases that are selected for a program of this role, in order of their ids.
    ///
    /// # Errors
    /// None is left.
    pub fn selected(&self, role: Role) -> Result<Vec<&'static Case>, SuiteError> {
        let takes_letters = self.beyond.unwrap_or(role == Role::Server);
        let cases: Vec<&Case> = cases::all()
            .iter()
            .filter(|case| !case.id.is_beyond() || takes_letters || self.selection.names(&case.id))
            .filter(|case| case.roles.contains(&role) && self.selection.takes(&case.id))
            .filter(|case| !(self.no_echo && case.needs_echo))
            .collect();
        if cases.is_empty() {
            return Err(SuiteError::NoCase(
                "those that are selected need an echo, or another role",
            ));
        }
        Ok(cases)
    }
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("selection", &self.selection)
            .field("jobs", &self.jobs)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
