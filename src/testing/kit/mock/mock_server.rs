//! [`MockServer`]: a server that does what a test tells it, connection by connection.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::Request;

use super::super::super::pair::CAPACITY;
use super::super::super::pipe::Pipe;
use super::super::peer::Peer;
use super::super::wire_log::WireLog;
use super::connection;
use super::port::Port;
use super::progress::{Caller, Progress, Step};
use super::replay;
use crate::error::Result;
use crate::transport::TlsAcceptor;

/// How long a script's expectations wait by default.
const WITHIN: Duration = Duration::from_secs(5);

/// A server for tests of clients, in any language: it does what a script says, for one connection
/// after the other.
///
/// It listens on a port of the loopback address from [`new`](Self::new) on. Each
/// [`on_connection`](Self::on_connection) is the script of one more connection, in the order in
/// which they come. A script gets a [`Peer`], and runs in a thread of its own. When it returns, the
/// connection ends.
///
/// [`verify`](Self::verify), or the drop, waits until all scripts have run, and panics with a
/// report if one failed, did not run, or did not end.
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
///
/// A script that fails unwinds without a word, and the client reads the beginning of the report in
/// a Close frame with code 1008. A script that panics otherwise, such as by `assert!`, prints a
/// message as any thread does; the report repeats it.
///
/// A test that returns early by `?` drops the mock, which panics: then its report comes before the
/// error.
pub struct MockServer {
    port: Port,
    progress: Arc<Progress>,
}

impl MockServer {
    /// Begins to listen on a free port of the loopback address.
    ///
    /// # Errors
    /// The system has no port or no thread.
    pub fn new() -> Result<Self> {
        let progress = Arc::new(Progress::new(WITHIN));
        let port = Port::open(&progress)?;
        Ok(Self { port, progress })
    }

    /// Adds the script of the next connection.
    ///
    /// The peer has read the request. It sends the 101 before whatever it sends or expects first,
    /// or when the script returns.
    #[must_use]
    #[track_caller]
    pub fn on_connection(self, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        self.script(Location::caller(), script)
    }

    /// Answers the next connection with this status and body.
    #[must_use]
    #[track_caller]
    pub fn refuse(self, status: u16, body: &str) -> Self {
        let body = body.to_owned();
        self.own_script(Location::caller(), move |peer| peer.refuse(status, &body))
    }

    /// Answers the request of the next connection with these bytes as they are, and ends it.
    ///
    /// ```
    /// use blocking_ws::testing::MockServer;
    /// use blocking_ws::{Client, Error};
    ///
    /// let mock = MockServer::new()?.answer("SSH-2.0-server\r\n");
    /// assert!(matches!(Client::new().connect(&mock.url()), Err(Error::Connect(_))));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn answer(self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref().to_vec();
        self.own_script(Location::caller(), move |peer| peer.answer(bytes))
    }

    /// Accepts the next connection and never answers it. TLS does not begin either.
    ///
    /// The client has to give up and hang up within the time of [`within`](Self::within), 5 seconds by
    /// default. After that its connection is cut, and the step has failed. For a server that is silent
    /// once the connection is open, use [`Peer::stay_silent`] in a script.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use blocking_ws::testing::MockServer;
    /// use blocking_ws::{Client, Error};
    ///
    /// let mock = MockServer::new()?.silent();
    /// let client = Client::new().connect_timeout(Duration::from_millis(50));
    /// assert!(matches!(client.connect(&mock.url()), Err(Error::Deadline(_))));
    /// mock.verify();
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn silent(self) -> Self {
        self.step(Step::Silent(Location::caller()))
    }

    /// Sets the script of all connections for which there is no other. By default they are
    /// failures, and are answered with 503.
    #[must_use]
    #[track_caller]
    pub fn otherwise(self, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let caller = Location::caller();
        self.progress.with(|state| state.otherwise = Some((Arc::new(script), caller)));
        self
    }

    /// Sets how long a client's request may take, how long each expectation of a script waits, how
    /// long a [`silent`](Self::silent) connection lasts, and how long [`verify`](Self::verify) waits for
    /// connections; 5 seconds each by default.
    #[must_use]
    pub fn within(self, most: Duration) -> Self {
        self.progress.with(|state| state.within = most);
        self
    }

    /// Takes connections over TLS only. [`url`](Self::url) is then `wss://localhost:port/`, so the
    /// certificate has to name `localhost`.
    ///
    /// ```no_run
    /// use blocking_ws::testing::MockServer;
    /// use blocking_ws::{Client, Identity, TlsAcceptor};
    ///
    /// let identity = Identity::from_pem_files("localhost.pem", "localhost-key.pem")?;
    /// let mock = MockServer::new()?
    ///     .tls(&TlsAcceptor::new(&identity)?)
    ///     .on_connection(|peer| peer.send("welcome"));
    /// let client = Client::new().root_certificate_pem(&std::fs::read("localhost.pem")?);
    /// let mut ws = client.connect(&mock.url())?;
    /// assert_eq!(ws.recv()?, Some("welcome".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    #[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
    pub fn tls(self, acceptor: &TlsAcceptor) -> Self {
        self.progress.with(|state| state.tls = Some(acceptor.clone()));
        self
    }

    /// Logs all connections, with their opening handshakes and without TLS.
    ///
    /// [`verify`](Self::verify) and the drop then also wait until the clients have hung up, half a
    /// second at most. So a client that is dropped before is in the log to its end.
    #[must_use]
    pub fn log(self, log: &WireLog) -> Self {
        self.progress.with(|state| state.log = Some(log.clone()));
        self
    }

    /// Does with the next connections what a server did with those in a log: one connection after the
    /// other, in the order of their numbers.
    ///
    /// The mock sends the server's frames as they were, and expects the client's messages, pings, pongs
    /// and Close frames. It does not wait between them. So a session with a real server, logged once, is
    /// a test that needs the server no more:
    ///
    /// ```
    /// use blocking_ws::testing::{MockServer, WireLog};
    /// use blocking_ws::{Client, Result, Server};
    ///
    /// /// The code under test.
    /// fn ask(url: &str, client: Client) -> Result<String> {
    ///     let mut ws = client.connect(url)?;
    ///     ws.send("the time?")?;
    ///     let answer = ws.recv()?.map(|message| message.to_string());
    ///     ws.close(1000, "")?;
    ///     Ok(answer.unwrap_or_default())
    /// }
    ///
    /// let real = Server::bind("127.0.0.1:0")?.spawn(|ws| {
    ///     ws.recv()?;
    ///     ws.send("noon")?;
    ///     ws.recv().map(drop)
    /// })?;
    /// let log = WireLog::new().payloads(usize::MAX);
    /// let answer = ask(real.url(), Client::new().tap(log.clone()))?;
    /// drop(real);
    ///
    /// let mock = MockServer::new()?.replay(&log);
    /// assert_eq!(ask(&mock.url(), Client::new())?, answer);
    /// mock.verify();
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// To keep the log in a file, record it with [`WireLog::follow_jsonl`] and a
    /// [`File`](std::fs::File), or by `std::fs::write(path, log.to_jsonl())`.
    /// [`WireLog::from_jsonl`] reads the file.
    ///
    /// A refusal has the status and the headers of the log, which hides secrets in them, and no body.
    /// Pings and pongs may come between the frames of a message, if they did so in the log.
    ///
    /// A script fails if not all of a payload was kept: see [`WireLog::payloads`].
    #[must_use]
    #[track_caller]
    pub fn replay(self, log: &WireLog) -> Self {
        let caller = Location::caller();
        let recorded = replay::connections(log);
        recorded.into_iter().fold(self, |mock, entries| {
            mock.own_script(caller, move |peer| replay::run(peer, &entries))
        })
    }

    /// Returns the URL, such as `ws://127.0.0.1:41233/`.
    #[must_use]
    pub fn url(&self) -> String {
        if self.progress.with(|state| state.tls.is_some()) {
            format!("wss://localhost:{}/", self.port.address.port())
        } else {
            format!("ws://{}/", self.port.address)
        }
    }

    /// Opens a connection in memory, without a port, and returns the client's end.
    ///
    /// It takes the next step, as a connection to [`url`](Self::url) does, and has TLS if
    /// [`tls`](Self::tls) is set.
    ///
    /// ```
    /// use blocking_ws::Client;
    /// use blocking_ws::testing::MockServer;
    ///
    /// let mock = MockServer::new()?.on_connection(|peer| peer.send("welcome"));
    /// let mut ws = Client::new().connect_over("ws://localhost/", mock.pipe())?;
    /// assert_eq!(ws.recv()?, Some("welcome".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn pipe(&self) -> Pipe {
        let (near, far) = Pipe::new(CAPACITY);
        connection::begin(&self.progress, far, &self.name());
        near
    }

    /// Returns the requests that have come, in the order of their connections.
    ///
    /// A request is there before its client gets any answer. So after [`verify`](Self::verify) all
    /// are.
    ///
    /// ```
    /// use blocking_ws::Client;
    /// use blocking_ws::testing::MockServer;
    ///
    /// let mock = MockServer::new()?.on_connection(|peer| drop(peer.expect_close(1001)));
    /// let client = Client::new().header("X-Token", "1234");
    /// drop(client.connect(&format!("{}chat", mock.url()))?);
    /// mock.verify();
    /// let requests = mock.requests();
    /// assert_eq!(requests[0].uri(), "/chat");
    /// assert_eq!(requests[0].headers()["x-token"], "1234");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn requests(&self) -> Vec<Request<()>> {
        self.progress.with(|state| state.requests())
    }

    /// Returns how many connections have come, also those without a request.
    ///
    /// A connection counts before its client gets any answer. One that never gets any may count
    /// later than the client believes.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.progress.with(|state| state.connections())
    }

    /// Waits until all scripts have run.
    ///
    /// Connections have the time of [`within`](Self::within) to come. Scripts that still run then
    /// have as long again to end. After that the mock goes on: [`otherwise`](Self::otherwise) takes
    /// further connections. Without it they are failures, which the drop of the mock reports.
    ///
    /// # Panics
    /// A script has failed, did not run, or did not end in time, or a connection came without a
    /// script for it. The text is a report. The mock has ended.
    #[track_caller]
    pub fn verify(&self) {
        if let Some(report) = self.progress.wait() {
            self.stop();
            panic!("{}: {report}", self.name());
        }
    }

    /// Ends the mock, whatever its scripts have done.
    pub fn leave(self) {
        self.stop();
    }

    fn script(self, caller: Caller, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        self.step(Step::Script(Box::new(script), caller))
    }

    /// A script of this file, whose failures are those of the test's line.
    fn own_script(self, caller: Caller, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        self.script(caller, move |peer| {
            peer.blame(caller);
            script(peer);
        })
    }

    fn step(self, step: Step) -> Self {
        self.progress.with(|state| state.steps.push_back(step));
        self
    }

    /// What reports call it.
    fn name(&self) -> String {
        format!("MockServer {}", self.url().trim_end_matches('/'))
    }

    /// Closes the connections that are held open, and the port.
    fn stop(&self) {
        self.progress.end();
        self.port.close();
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        if self.progress.with(|state| state.has_ended) {
            return;
        }
        if thread::panicking() {
            // The test fails already. What has failed here may be the reason.
            if let Some(report) = self.progress.failures() {
                eprintln!("{}: {report}", self.name());
            }
            return self.stop();
        }
        let report = self.progress.wait();
        self.stop();
        if let Some(report) = report {
            panic!("{}: {report}", self.name());
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("url", &self.url()).finish_non_exhaustive()
    }
}
