//! [`WireLog`]: what has passed on connections, frame by frame.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::entry::WireEntry;
use super::stamp::Clock;
use super::{from_jsonl, har, jsonl};
use crate::error::Result;
use crate::io::Duplex;
use crate::process::lock;
use crate::proto::rules::Role;
use crate::proto::wire::{Passed, Shows};
use crate::transport::tap::{Observer, unseen};
use crate::transport::{Stream, Tap, TapEvent};

/// How many entries are kept by default.
const ENTRIES: usize = 10_000;
/// How many bytes of each payload are kept by default.
const PAYLOAD: usize = 4 << 10;

/// What has passed on connections, frame by frame, with the rule beside what is wrong.
///
/// A log is a [`Tap`] of a [`Client`](crate::Client), a [`Server`](crate::Server) or
/// [`Settings`](crate::Settings). [`stream`](Self::stream) logs any [`Duplex`] stream. TLS and
/// compression are removed. Handles from `clone` share the log.
///
/// ```
/// use blocking_ws::testing::{Peer, RawFrame, WireLog};
/// use blocking_ws::{Client, Server};
///
/// let log = WireLog::new();
/// let server = Server::bind("127.0.0.1:0")?.tap(log.clone()).spawn(|ws| ws.recv().map(drop))?;
/// let mut peer = Peer::connect(server.url())?;
/// peer.frame(RawFrame::text("Hello").rsv(2));
/// peer.expect_close(1002);
/// println!("{log}");
/// assert!(log.to_text().contains("(RFC 6455 §5.2: a reserved bit that no extension uses)"));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// It prints, with the dates left out here:
///
/// ```text
/// +0.0001 #1 -- OPEN server, peer 127.0.0.1:38202
/// +0.0002 #1 <- GET / HTTP/1.1 | Host: 127.0.0.1:36501 | Upgrade: websocket | ...
/// +0.0002 #1 -> HTTP/1.1 101 Switching Protocols | Upgrade: websocket | ...
/// +0.0003 #1 <- TEXT   fin rsv2 len=5 mask=37fa213d "Hello"  (RFC 6455 §5.2: a reserved bit that no extension uses)
/// +0.0003 #1 -> CLOSE  fin len=75 1002 "a reserved bit is set without an extension that …"
/// ```
///
/// `#1` is the connection's number, which its lines in the crate `log` have too. A [`stream`](Self::stream)
/// has a number of its own. `->` was sent by the end whose log this is, and `<-` was received.
///
/// What was sent stands in the log a moment after it was sent. So let the threads end that send, by
/// `join`, `shutdown` or the drop of a proxy, before you look at the last lines.
///
/// Credentials in heads are hidden: the values of queries, user names of URLs, subprotocols that are too
/// long to be names, the values of all headers but those that are known to hold none, and the bodies of
/// HTTP. Messages are shown as they are.
#[derive(Clone, Default)]
pub struct WireLog(Arc<Shared>);

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    /// Locked while lines are written. `kept` is not.
    followers: Mutex<Vec<Follower>>,
}

struct Kept {
    clock: Clock,
    shows: Shows,
    most: usize,
    entries: VecDeque<WireEntry>,
    left_out: u64,
    connections: HashMap<u64, Observer>,
}

struct Follower {
    form: fn(&WireEntry) -> String,
    out: Box<dyn Write + Send>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            clock: Clock::new(),
            shows: Shows { bytes: PAYLOAD, secrets: false },
            most: ENTRIES,
            entries: VecDeque::new(),
            left_out: 0,
            connections: HashMap::new(),
        }
    }
}

impl WireLog {
    /// Creates an empty log. It keeps the last 10,000 entries, and 4 KiB of each payload.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a log that [`to_jsonl`](Self::to_jsonl) or [`follow_jsonl`](Self::follow_jsonl) has
    /// written, until the end of the reader.
    ///
    /// So a session with a real server is logged to a file once, and each later test run
    /// [replays](crate::testing::MockServer::replay) it. For that, set [`payloads`](Self::payloads)
    /// to `usize::MAX` when it is logged. A file holds the lines of one log.
    ///
    /// ```
    /// use std::fs::{self, File};
    /// use std::io::BufReader;
    ///
    /// use blocking_ws::testing::{MockServer, WireLog};
    /// use blocking_ws::{Client, Server};
    ///
    /// let path = std::env::temp_dir().join(format!("session-{}.jsonl", std::process::id()));
    ///
    /// // Once, with the real server:
    /// let real = Server::bind("127.0.0.1:0")?.spawn(|ws| ws.send("noon"))?;
    /// let log = WireLog::new().payloads(usize::MAX).follow_jsonl(File::create(&path)?);
    /// let mut ws = Client::new().tap(log).connect(real.url())?;
    /// assert_eq!(ws.recv()?, Some("noon".into()));
    /// ws.close(1000, "")?;
    /// drop(ws);
    ///
    /// // In each test run:
    /// let log = WireLog::from_jsonl(BufReader::new(File::open(&path)?))?;
    /// let mock = MockServer::new()?.replay(&log);
    /// let mut ws = Client::new().connect(&mock.url())?;
    /// assert_eq!(ws.recv()?, Some("noon".into()));
    /// ws.close(1000, "")?;
    /// mock.verify();
    /// # fs::remove_file(path)?;
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// All entries are kept, in the order of time, with their times and the numbers of their
    /// connections. Connections of this program may have the same numbers, so log them elsewhere.
    /// Unknown fields are ignored, and a line of an unknown type becomes a note.
    ///
    /// # Errors
    /// The reader fails ([`Error::Io`](crate::Error::Io)), or a line is no entry of a log
    /// ([`Error::Invalid`](crate::Error::Invalid)). The text names the line, and says what to do.
    pub fn from_jsonl(reader: impl BufRead) -> Result<Self> {
        let entries = from_jsonl::entries(reader)?;
        let log = Self::new();
        let mut kept = lock(&log.0.kept);
        kept.most = kept.most.max(entries.len());
        kept.entries = entries.into();
        drop(kept);
        Ok(log)
    }

    /// Sets how many entries are kept: the last ones. For a test that runs for hours and wants to see
    /// what was last.
    #[must_use]
    pub fn most(self, entries: usize) -> Self {
        lock(&self.0.kept).most = entries;
        self
    }

    /// Sets how many bytes of each payload are kept, for connections that begin after this. For whole
    /// messages use `usize::MAX`.
    #[must_use]
    pub fn payloads(self, bytes: usize) -> Self {
        lock(&self.0.kept).shows.bytes = bytes;
        self
    }

    /// Shows credentials, queries and bodies too, for connections that begin after this.
    #[must_use]
    pub fn secrets(self, shown: bool) -> Self {
        lock(&self.0.kept).shows.secrets = shown;
        self
    }

    /// Writes each entry to `out` as well, at once, as a line of text. Call it once for each.
    ///
    /// While `out` blocks, so do the connections. After an error of `out` nothing more is written to
    /// it. The entries of two threads may stand in another order than in [`entries`](Self::entries).
    /// What `out` does with connections is not logged.
    #[must_use]
    pub fn follow_text(self, out: impl Write + Send + 'static) -> Self {
        self.follow(ToString::to_string, out)
    }

    /// Writes each entry to `out` as well, at once, as a line of JSON. See
    /// [`follow_text`](Self::follow_text).
    #[must_use]
    pub fn follow_jsonl(self, out: impl Write + Send + 'static) -> Self {
        self.follow(jsonl::line, out)
    }

    fn follow(self, form: fn(&WireEntry) -> String, out: impl Write + Send + 'static) -> Self {
        lock(&self.0.followers).push(Follower { form, out: Box::new(out) });
        self
    }

    /// Logs what passes on a stream, as that of an end with this role. The number of the connection is
    /// a new one.
    ///
    /// # Errors
    /// As [`Stream::new`].
    pub fn stream(&self, stream: impl Duplex + Send + 'static, role: Role) -> io::Result<Stream> {
        Ok(Stream::new(stream)?.tap(role, self.clone()))
    }

    /// Returns the entries that are kept, in the order of time.
    #[must_use]
    pub fn entries(&self) -> Vec<WireEntry> {
        self.snapshot().0
    }

    /// Returns the entries that are kept, in the order of time, and removes them from the log. So a tap
    /// of the program's own can pass each event on to a log, and look at what it makes.
    #[must_use]
    pub fn take(&self) -> Vec<WireEntry> {
        let mut kept = lock(&self.0.kept);
        kept.left_out = 0;
        std::mem::take(&mut kept.entries).into()
    }

    /// Returns the entries as lines of text. So does `Display`.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    /// Returns the entries as lines of JSON.
    ///
    /// Each is an object. `v` is 1, `t` the seconds since the log began, `time` the date, `conn` the
    /// connection and `dir` `sent` or `received`. `type` is `open`, `request`, `response`, `frame`,
    /// `fin`, `error`, `note`, or `bytes` for what is no WebSocket. `broken` lists rules.
    ///
    /// A frame has `opcode`, `fin`, `rsv`, `len` and `mask`; `bits` if its length is not in the
    /// shortest form; and its payload as `text` or `base64`. `utf8` is `false` if a text is not
    /// UTF-8, or if a frame of it begins or ends within a character. If the payload was compressed,
    /// it stands there inflated, with that length as `inflated`; `raw` is what was on the wire, in
    /// base64, and what a replay sends. A Close frame has `code` and `reason` instead, and `raw` if
    /// the reason is not UTF-8. `truncated` is `true` if not all of the payload was kept.
    ///
    /// [`from_jsonl`](Self::from_jsonl) reads them.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        self.snapshot().0.iter().map(|entry| jsonl::line(entry) + "\n").collect()
    }

    /// Returns the connections and their messages as an HTTP Archive, which the developer tools of
    /// browsers open.
    ///
    /// It has whole messages and no control frames. A message of which not all was kept says so in
    /// `_leftOut`.
    #[must_use]
    pub fn to_har(&self) -> String {
        har::archive(self.snapshot().0.iter())
    }

    /// Adds a line of the program's own.
    pub fn note(&self, connection: u64, text: &str) {
        let mut kept = lock(&self.0.kept);
        let entry = kept.add(connection, Instant::now(), Passed::note(text));
        drop(kept);
        // As when a tap writes it: whatever a follower does comes to no follower.
        unseen(|| self.tell(&[entry]));
    }

    /// The entries, and how many before them were not kept. Nothing is locked when they are shown.
    fn snapshot(&self) -> (Vec<WireEntry>, u64) {
        let kept = lock(&self.0.kept);
        (kept.entries.iter().cloned().collect(), kept.left_out)
    }

    /// Writes entries to those that follow. Nothing else is locked.
    fn tell(&self, entries: &[WireEntry]) {
        if entries.is_empty() {
            return;
        }
        lock(&self.0.followers).retain_mut(|Follower { form, out }| {
            let lines: String = entries.iter().map(|entry| form(entry) + "\n").collect();
            out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_ok()
        });
    }
}

impl Tap for WireLog {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        let at = if let TapEvent::Bytes { at, .. } = event { at } else { Instant::now() };
        let is_over = matches!(event, TapEvent::Closed);
        let mut passed = Vec::new();
        let mut kept = lock(&self.0.kept);
        let shows = kept.shows;
        let observer = kept.connections.entry(connection);
        observer.or_insert_with(|| Observer::new(shows)).see(event, &mut |it| passed.push(it));
        if is_over {
            kept.connections.remove(&connection);
        }
        let added: Vec<_> = passed.into_iter().map(|it| kept.add(connection, at, it)).collect();
        drop(kept);
        self.tell(&added);
    }
}

impl Kept {
    /// Adds an entry at its place in time: a thread that has sent may come later than the thread that
    /// has received the answer.
    fn add(&mut self, connection: u64, at: Instant, passed: Passed) -> WireEntry {
        let entry = WireEntry { connection, stamp: self.clock.stamp(at), passed };
        let before = |other: &WireEntry| other.stamp.since <= entry.stamp.since;
        let place = self.entries.iter().rposition(before).map_or(0, |place| place + 1);
        self.entries.insert(place, entry.clone());
        while self.entries.len() > self.most {
            self.entries.pop_front();
            self.left_out += 1;
        }
        entry
    }
}

impl fmt::Display for WireLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, left_out) = self.snapshot();
        if left_out > 0 {
            writeln!(f, "{left_out} entries before these were not kept")?;
        }
        entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

impl fmt::Debug for WireLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = lock(&self.0.kept).entries.len();
        f.debug_struct("WireLog").field("entries", &entries).finish_non_exhaustive()
    }
}
