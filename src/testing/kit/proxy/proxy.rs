//! [`FaultyProxy`]: a proxy on which things go wrong, between two programs.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use super::super::faults::{Ending, Faults};
use super::super::wire::RawFrame;
use super::super::wire_log::WireLog;
use super::door::{Door, reachable};
use super::shared::Shared;
use super::verdict::{Flow, Verdict};
use crate::error::{Error, Result};
use crate::proto::url::Url;

/// A proxy on which things go wrong, between a client and a server in any language.
///
/// It passes on bytes between TCP connections, and adds what the plans say:
/// [`upstream`](Self::upstream) for what clients send, and [`downstream`](Self::downstream) for
/// what they receive. A connection has a thread for each direction, so that bytes can be under way:
/// at most 1 MiB in each direction. TLS passes through it as bytes, whose places can be given in
/// bytes only. An end of one side only is passed on as such.
///
/// ```
/// use blocking_ws::testing::{At, Fault, Faults, FaultyProxy};
/// use blocking_ws::{Client, Error, Server};
///
/// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
///     ws.send("one")?;
///     ws.send("two")
/// })?;
/// // The first client loses its connection within the second message. Those after it do not.
/// let at = At::head().frame(2).byte(1);
/// let faults = Faults::new().after(at, Fault::Reset).on_connections(..=1);
/// let proxy = FaultyProxy::to(server.url())?.downstream(faults);
/// let mut ws = Client::new().connect(&proxy.url("/"))?;
/// assert_eq!(ws.recv()?, Some("one".into()));
/// assert!(matches!(ws.recv(), Err(Error::Lost(_))));
/// let mut ws = Client::new().connect(&proxy.url("/"))?;
/// assert_eq!(ws.recv()?, Some("one".into()));
/// assert_eq!(ws.recv()?, Some("two".into()));
/// # Ok::<(), Error>(())
/// ```
///
/// The drop ends all connections and waits for their threads. If the server is just being connected
/// to and does not answer, that takes up to five seconds for each of its addresses.
///
/// If a thread drops it while it panics, the seeds and what has happened are printed, a line for
/// each connection.
pub struct FaultyProxy {
    shared: Arc<Shared>,
    /// `None` only while it is replaced or dropped.
    door: Option<Door>,
    address: SocketAddr,
    is_secure: bool,
}

impl FaultyProxy {
    /// Begins to listen on a free port of the loopback address, for a server at this address:
    /// `host:port`, or a URL such as `ws://host/`.
    ///
    /// The server may come later: it is connected to when a client comes. If that fails, the
    /// client's connection is reset.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Invalid`]: that is no such address. [`Error::Io`]: the system has
    /// no port or no thread.
    pub fn to(server: &str) -> Result<Self> {
        let (server, is_secure) = parse(server)?;
        let shared = Arc::new(Shared::new(server));
        let door = Door::open("127.0.0.1:0", &shared)?;
        Ok(Self { shared, address: door.address, door: Some(door), is_secure })
    }

    /// Listens at this address instead.
    ///
    /// # Errors
    /// [`Error::Io`]: the address cannot be used.
    pub fn listen(mut self, address: impl ToSocketAddrs) -> Result<Self> {
        // The one before may be in the way.
        self.door = None;
        let door = Door::open(address, &self.shared)?;
        self.address = door.address;
        self.door = Some(door);
        Ok(self)
    }

    /// Sets the plan for what clients send, for connections that come from now on.
    #[must_use]
    pub fn upstream(self, faults: Faults) -> Self {
        self.shared.lock().upstream = faults;
        self
    }

    /// Sets the plan for what the server sends, for connections that come from now on.
    #[must_use]
    pub fn downstream(self, faults: Faults) -> Self {
        self.shared.lock().downstream = faults;
        self
    }

    /// Asks a function about each frame that comes after the opening handshake.
    ///
    /// By default no function is asked, and nothing is held. It is called in the thread of the
    /// direction, which waits for it. A frame is held until it is whole, except for frames of more
    /// than 64 MiB: these pass, and the function does not see them. What follows a head that opens
    /// no WebSocket passes as it is. Plans count what is passed on.
    ///
    /// If the function panics, the connection is reset, and the drop of the proxy panics.
    ///
    /// ```
    /// use blocking_ws::testing::{FaultyProxy, RawFrame, Verdict, Flow};
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| {
    ///     while let Some(message) = ws.recv()? {
    ///         ws.send(message)?;
    ///     }
    ///     Ok(())
    /// })?;
    /// let proxy = FaultyProxy::to(server.url())?.on_frame(|frame, flow| match (flow, frame.opcode) {
    ///     (Flow::Upstream, 1) => Verdict::Replace(vec![frame.clone(), RawFrame::text("more")]),
    ///     _ => Verdict::Forward,
    /// });
    /// let mut ws = Client::new().connect(&proxy.url("/"))?;
    /// ws.send("hello")?;
    /// assert_eq!(ws.recv()?, Some("hello".into()));
    /// assert_eq!(ws.recv()?, Some("more".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn on_frame(
        self,
        verdict: impl Fn(&RawFrame, Flow) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.shared.lock().on_frame = Some(Arc::new(verdict));
        self
    }

    /// Calls a function with a line for each connection that comes or ends, and for each fault that
    /// happens, such as `connection 1: downstream: cut at byte 1000`.
    ///
    /// It is called in threads of the proxy. The lines are for people, and may change. If the
    /// function panics, the connection goes on, and the drop of the proxy panics.
    #[must_use]
    pub fn on_note(self, note: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.shared.lock().on_note = Some(Arc::new(note));
        self
    }

    /// Logs what passes, for connections that come from now on.
    ///
    /// What the client sends and gets is one connection in the log, what the server gets and sends
    /// is another, and each fault is a note. Without TLS both are frames.
    ///
    /// ```
    /// use blocking_ws::testing::{At, Fault, Faults, FaultyProxy, WireLog};
    /// use blocking_ws::{Client, Server};
    ///
    /// let log = WireLog::new();
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
    /// let faults = Faults::new().after(At::head().frame(1).byte(4), Fault::Corrupt(0x80));
    /// let proxy = FaultyProxy::to(server.url())?.downstream(faults).log(&log);
    /// assert!(Client::new().connect(&proxy.url("/"))?.recv().is_err());
    /// let text = log.to_text();
    /// assert!(text.contains(r#"<- TEXT   fin len=5 "hello""#), "{text}"); // from the server
    /// assert!(text.contains(r#"-> TEXT   fin len=5 "he\xeclo""#), "{text}"); // to the client
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn log(self, log: &WireLog) -> Self {
        self.shared.lock().log = Some(log.clone());
        self
    }

    /// Returns the URL of a path behind the proxy: `ws://`, or `wss://` if it was given such a URL.
    ///
    /// If it listens at all addresses of the machine, the URL has the loopback address.
    ///
    /// By `wss://`, the client sees the server's certificate, and `127.0.0.1` as the host.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.is_secure { "wss" } else { "ws" };
        let path = path.strip_prefix('/').unwrap_or(path);
        format!("{scheme}://{}/{path}", reachable(self.address))
    }

    /// Returns the address at which it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many connections have come.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().came
    }

    /// Returns the first 1,000 faults that have happened, such as
    /// `connection 1: downstream: reset at byte 132`: those of plans and of
    /// [`on_frame`](Self::on_frame), resets by an end, and partitions and their repair. A
    /// [`cut`](Self::cut) or a [`reset`](Self::reset) by the program is not among them.
    ///
    /// A test in which none has happened has tested nothing: a place may lie behind all that was
    /// sent. A cut or a reset is there before the ends see it, other faults a moment after.
    ///
    /// ```
    /// use blocking_ws::testing::{At, Fault, Faults, FaultyProxy};
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("hello"))?;
    /// let faults = Faults::new().after(At::head().frame(1).byte(3), Fault::Cut);
    /// let proxy = FaultyProxy::to(server.url())?.downstream(faults);
    /// assert!(Client::new().connect(&proxy.url("/"))?.recv().is_err());
    /// let happened = proxy.happened();
    /// assert!(happened[0].starts_with("connection 1: downstream: cut at byte"), "{happened:?}");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn happened(&self) -> Vec<String> {
        self.shared.lock().happened.clone()
    }

    /// Lets nothing pass any more in any connection, until [`repair`](Self::repair). Clients that
    /// come are taken in, and connected to the server after it.
    pub fn partition(&self) {
        self.set_partitioned(true);
    }

    /// Ends a [`partition`](Self::partition). What was sent meanwhile passes now.
    pub fn repair(&self) {
        self.set_partitioned(false);
    }

    fn set_partitioned(&self, is_partitioned: bool) {
        let mut state = self.shared.lock();
        state.is_partitioned = is_partitioned;
        for link in &state.links {
            link.set_partitioned(is_partitioned);
        }
        let links = state.links.clone();
        drop(state);
        let what = if is_partitioned { "partitioned" } else { "repaired" };
        for link in links.iter().filter(|link| !link.is_over()) {
            self.shared.note_fault(link, &format_args!("{what} by the program"));
        }
    }

    /// Ends all connections in order, as [`Fault::Cut`](crate::testing::Fault::Cut) does.
    pub fn cut(&self) {
        self.end(Ending::Cut);
    }

    /// Resets all connections, as [`Fault::Reset`](crate::testing::Fault::Reset) does.
    pub fn reset(&self) {
        self.end(Ending::Reset);
    }

    fn end(&self, ending: Ending) {
        let links = self.shared.lock().links.clone();
        for link in links {
            if link.end(ending) {
                self.shared.note(&link, &format_args!("{ending} by the program"));
            }
        }
    }
}

/// `host:port`, and whether the server speaks TLS.
fn parse(server: &str) -> Result<(String, bool)> {
    if server.contains("://") {
        let url = Url::parse(server)?;
        let host = url.resolvable();
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        return Ok((format!("{host}:{}", url.port), url.secure));
    }
    let port = server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let url = Url::parse(&format!("ws://{server}/"));
    match (url, port) {
        // A part of a path is no port.
        (Ok(url), Some(port)) if port > 0 && url.port == port => Ok((server.to_owned(), false)),
        _ => {
            let text = format!("{server:?} is neither host:port nor a ws:// URL");
            Err(Error::Invalid(text.into()))
        }
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.door = None;
        self.shared.stop();
        let panic = self.shared.lock().panic.take();
        if thread::panicking() {
            for line in self.shared.report(self.address) {
                eprintln!("{line}");
            }
        } else if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl fmt::Debug for FaultyProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyProxy")
            .field("address", &self.address)
            .field("server", &self.shared.server)
            .finish_non_exhaustive()
    }
}
