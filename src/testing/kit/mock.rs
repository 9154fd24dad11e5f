//! [`MockServer`]: a server that does what a test tells it, connection by connection.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use http::Request;

use super::peer::{Mismatch, Peer};
use crate::error::Result;
use crate::io::Deadline;
use crate::process::lock;

/// A server for tests of clients, in any language: it does what a script says, for one connection
/// after the other.
///
/// It listens on a port of the loopback address from [`new`](Self::new) on. Each
/// [`on_connection`](Self::on_connection) is the script of one more connection, in the order in which
/// they come. A script gets a [`Peer`], and runs in a thread of its own.
///
/// [`verify`](Self::verify), or the drop, waits until all scripts have run, and panics with a report if
/// one failed, did not run, or did not end.
///
/// ```
/// use blocking_ws::testing::MockServer;
/// use blocking_ws::{Client, Error};
///
/// let mock = MockServer::new()?
///     .on_connection(|peer| {
///         peer.expect_text("join lobby");
///         peer.send("welcome");
///         peer.cut(); // in the middle of everything
///     })
///     .refuse(503, "busy\n");
///
/// // The code under test:
/// let mut ws = Client::new().connect(&mock.url())?;
/// ws.send("join lobby")?;
/// assert_eq!(ws.recv()?, Some("welcome".into()));
/// assert!(matches!(ws.recv(), Err(Error::Lost(_))));
/// assert!(matches!(Client::new().connect(&mock.url()), Err(Error::Refused(_))));
/// mock.verify();
/// # Ok::<(), Error>(())
/// ```
pub struct MockServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What happens to one connection.
enum Step {
    Script(Box<dyn FnOnce(&mut Peer) + Send>, &'static Location<'static>),
    Refuse(u16, String, &'static Location<'static>),
    /// Accepted, and never answered.
    Silent(&'static Location<'static>),
}

/// The most bytes of a Close frame's reason (RFC 6455 §5.5).
const REASON: usize = 123;

type Otherwise = Arc<dyn Fn(&mut Peer) + Send + Sync>;

struct Shared {
    state: Mutex<State>,
    /// Notified when a script ends.
    changed: Condvar,
}

struct State {
    steps: VecDeque<Step>,
    otherwise: Option<Otherwise>,
    within: Duration,
    /// How many connections have come, and how many of their scripts still run.
    came: usize,
    running: usize,
    requests: Vec<Request<()>>,
    failures: Vec<String>,
    /// Connections that are held open and not answered.
    silent: Vec<TcpStream>,
    ended: bool,
}

impl MockServer {
    /// Begins to listen on a free port of the loopback address.
    ///
    /// # Errors
    /// The system has no port or no thread.
    pub fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                steps: VecDeque::new(),
                otherwise: None,
                within: Duration::from_secs(5),
                came: 0,
                running: 0,
                requests: Vec::new(),
                failures: Vec::new(),
                silent: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        let name = format!("MockServer ws://{address}");
        thread::Builder::new().name(name).spawn(move || accepting.accept(&listener, address))?;
        Ok(Self { address, shared })
    }

    /// Adds the script of the next connection.
    ///
    /// The peer has read the request, and sends the 101 before whatever it sends or expects first.
    #[must_use]
    #[track_caller]
    pub fn on_connection(self, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        self.step(Step::Script(Box::new(script), Location::caller()))
    }

    /// Answers the next connection with this status and body.
    #[must_use]
    #[track_caller]
    pub fn refuse(self, status: u16, body: &str) -> Self {
        self.step(Step::Refuse(status, body.to_owned(), Location::caller()))
    }

    /// Accepts the next connection and never answers it, until the mock is dropped.
    #[must_use]
    #[track_caller]
    pub fn silent(self) -> Self {
        self.step(Step::Silent(Location::caller()))
    }

    /// Sets the script of all connections for which there is no other. Without it they are failures.
    #[must_use]
    pub fn otherwise(self, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        lock(&self.shared.state).otherwise = Some(Arc::new(script));
        self
    }

    /// Sets how long each expectation of a script, and [`verify`](Self::verify), wait; 5 seconds by
    /// default.
    #[must_use]
    pub fn within(self, most: Duration) -> Self {
        lock(&self.shared.state).within = most;
        self
    }

    fn step(self, step: Step) -> Self {
        lock(&self.shared.state).steps.push_back(step);
        self
    }

    /// Returns the URL, such as `ws://127.0.0.1:41233/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// Returns the requests that have come, the first first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<()>> {
        lock(&self.shared.state).requests.clone()
    }

    /// Returns how many connections have come.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.shared.state).came
    }

    /// Waits until all scripts have run, and ends the mock.
    ///
    /// # Panics
    /// A script has failed, did not run, or did not end in time; or a connection came for which there
    /// is no script. The text is a report.
    pub fn verify(self) {
        if let Some(report) = self.end() {
            panic!("{report}");
        }
    }

    /// Ends the mock, whatever its scripts have done.
    pub fn leave(self) {
        self.shared.stop(self.address);
    }

    /// Waits, and returns what there is to report, once.
    fn end(&self) -> Option<String> {
        if lock(&self.shared.state).ended {
            return None;
        }
        let mut state = lock(&self.shared.state);
        let deadline = Deadline::after(Some(state.within));
        while (state.running > 0 || !state.steps.is_empty()) && !deadline.has_passed() {
            // A failure is told at once.
            if !state.failures.is_empty() && state.running == 0 {
                break;
            }
            state = deadline.wait(&self.shared.changed, state);
        }
        let mut report = state.failures.join("\n");
        let mut line = |line: fmt::Arguments<'_>| {
            // A String takes everything.
            let _ = writeln!(report, "{line}");
        };
        if state.running > 0 {
            let (running, within) = (state.running, state.within);
            line(format_args!("scripts that have not ended in {within:?}: {running}"));
        }
        for (at, step) in state.steps.iter().enumerate() {
            let number = state.came + at + 1;
            let place = step.place();
            let (file, at) = (place.file(), place.line());
            line(format_args!("connection {number} did not come; its script is at {file}:{at}"));
        }
        drop(state);
        self.shared.stop(self.address);
        (!report.is_empty()).then(|| format!("MockServer ws://{}: {report}", self.address))
    }
}

impl Step {
    fn place(&self) -> &'static Location<'static> {
        match self {
            Self::Script(_, place) | Self::Refuse(_, _, place) | Self::Silent(place) => place,
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener, address: SocketAddr) {
        loop {
            let accepted = listener.accept();
            let mut state = lock(&self.state);
            if state.ended {
                return;
            }
            let Ok((stream, _)) = accepted else { continue };
            state.came += 1;
            let number = state.came;
            let step = state.steps.pop_front().or_else(|| {
                let otherwise = state.otherwise.clone()?;
                let script = move |peer: &mut Peer| otherwise(peer);
                Some(Step::Script(Box::new(script), Location::caller()))
            });
            match step {
                Some(Step::Silent(_)) => {
                    state.silent.push(stream);
                    self.changed.notify_all();
                }
                Some(step) => {
                    state.running += 1;
                    let within = state.within;
                    drop(state);
                    let shared = Arc::clone(&self);
                    let name = format!("MockServer ws://{address} connection {number}");
                    let run = move || shared.run(stream, step, number, within);
                    if let Err(e) = thread::Builder::new().name(name).spawn(run) {
                        self.ended(Some(format!("connection {number}: no thread: {e}")), None);
                    }
                }
                None => {
                    let text = format!("connection {number} was not expected\n");
                    state.failures.push(text);
                    self.changed.notify_all();
                }
            }
        }
    }

    fn run(&self, stream: TcpStream, step: Step, number: usize, within: Duration) {
        let name = format!("connection {number}");
        let mut peer = match Peer::accept_named(stream, &name, Deadline::after(Some(within))) {
            Ok(peer) => peer,
            Err(e) => return self.ended(Some(format!("{name} failed: {e}\n")), None),
        };
        peer.be_quiet().within(within);
        let request = peer.request().clone();
        lock(&self.state).requests.push(request);
        let done = catch_unwind(AssertUnwindSafe(|| match step {
            Step::Script(script, _) => script(&mut peer),
            Step::Refuse(status, body, _) => peer.refuse(status, &body),
            Step::Silent(_) => {}
        }));
        let failure = done.err().map(|panic| text_of(&*panic, &name));
        self.ended(failure, Some(peer));
    }

    /// Notes that a script has ended, perhaps with a failure. The other end reads of it in a Close frame.
    fn ended(&self, failure: Option<String>, peer: Option<Peer>) {
        if let (Some(failure), Some(mut peer)) = (&failure, peer) {
            let mut reason: String = failure.chars().filter(|c| !c.is_control()).collect();
            while reason.len() > REASON {
                reason.pop();
            }
            let _ = catch_unwind(AssertUnwindSafe(|| peer.close(1008, &reason)));
        }
        let mut state = lock(&self.state);
        state.running -= 1;
        state.failures.extend(failure);
        self.changed.notify_all();
    }

    /// Ends the thread that accepts, and the connections that are not answered.
    fn stop(&self, address: SocketAddr) {
        let mut state = lock(&self.state);
        state.ended = true;
        state.silent.clear();
        state.steps.clear();
        drop(state);
        // Wakes the thread.
        let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
    }
}

/// What a script that has failed says.
fn text_of(panic: &(dyn Any + Send), name: &str) -> String {
    if let Some(Mismatch(report)) = panic.downcast_ref() {
        return report.clone();
    }
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("{name}: its script panicked: {}\n", said.unwrap_or("without a text"))
}

impl Drop for MockServer {
    fn drop(&mut self) {
        let Some(report) = self.end() else { return };
        if thread::panicking() {
            // The test fails already, and this may be the reason.
            eprintln!("{report}");
        } else {
            panic!("{report}");
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url()).finish_non_exhaustive()
    }
}
