//! The clients of a server: asked to leave, cut, and counted for the report. `permit` is a client's
//! own part of this.
//!
//! Locks: one mutex guards all entries. At most, it is held while every entry is visited, which
//! includes the `OwedLock` of each outbox. It is not held while a line is logged, a stream is
//! written or shut, or a part of an entry is dropped.

use std::collections::HashMap;
use std::fmt;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use super::client_log::ClientLog;
use super::shares::{Network, Part, Shares};
use super::shutdown_report::ShutdownReport;
use super::totals::Totals;
use super::who::Who;
use crate::connection::{Connection, Sender};
use crate::handshake::Opened;
use crate::io::{Deadline, Duplex, LAST_WORDS, Pause, SHORTEST};
use crate::process::{caught, lock};
use crate::proto::close::CloseFrame;
use crate::transport::Stream;

/// The connections of one server, each from its accept until its thread has finished with it.
#[derive(Debug)]
pub(crate) struct Connections {
    entries: Mutex<Entries>,
    /// Notified when an entry leaves that a thread waits for, and when the deadline becomes
    /// earlier.
    pub(super) left: Condvar,
    pub(crate) log: ClientLog,
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    /// By number.
    pub(super) here: HashMap<u64, Entry>,
    /// How many of these entries are above a limit, and only answered.
    pub(super) turned_away: usize,
    /// How many of these entries are handlers that wait in `shutdown`.
    pub(super) aside: usize,
    /// How many of these entries are pending.
    pub(super) pending: usize,
    pub(super) shares: Shares,
    pub(super) closing: bool,
    /// If `closing`: when the remaining connections are cut.
    pub(super) cut_at: Deadline,
    /// If `closing`: the Close frame that all connections get.
    pub(super) goodbye: Option<CloseFrame>,
    /// How the clients ended that left since `closing` was set.
    gone: ShutdownReport,
    /// What the connections did that have ended.
    past: Totals,
    /// A client has come, whatever became of it.
    pub(super) has_come: bool,
}

#[derive(Debug)]
pub(super) struct Entry {
    /// A handle with which the connection can be cut. `None` if there is no such handle, or the
    /// stream has not been handed over yet.
    pub(super) stream: Option<Arc<Stream>>,
    pub(super) who: Who,
    /// Set when a thread serves the client.
    pub(super) thread: Option<ThreadId>,
    pub(super) stage: Stage,
    /// Set when the connection is open.
    pub(super) open: Option<Open>,
    pub(super) counted: Counted,
    pub(super) aside: bool,
    /// The handler has called `shutdown`.
    pub(super) asked: bool,
}

/// As what a client counts, and for which address. `None` if addresses have no limit, or the
/// address is not known.
pub(super) type Counted = Option<(Network, Part)>;

/// How far a client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its request has not been granted.
    Asks,
    /// Its request has been granted.
    Admitted,
    /// The same, but another HTTP server has not handed over the stream yet. Nothing waits for such
    /// a client.
    Pending,
    /// Its connection is open.
    Open,
    /// Its connection has ended in order.
    Closed,
}

/// What is known of an open connection.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) sender: Sender,
    pub(super) opened: Arc<Opened>,
    pub(super) since: Instant,
}

/// Notes, until it is dropped, that the entries of this thread wait in `shutdown`.
#[derive(Debug)]
pub(crate) struct ShutdownCaller<'a> {
    connections: &'a Connections,
    /// Not those that an outer `ShutdownCaller` of the same thread has noted.
    numbers: Vec<u64>,
}

impl Connections {
    /// The connections of the server at this address.
    pub(crate) fn new(server: &dyn fmt::Display) -> Self {
        Self { entries: Mutex::default(), left: Condvar::new(), log: ClientLog::new(server) }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Returns `true` if no client has come yet, and the server takes more.
    pub(crate) fn is_new(&self) -> bool {
        let entries = self.lock();
        !entries.has_come && !entries.closing
    }

    /// Adds no more clients, and has the remaining connections cut at the earliest deadline of all
    /// calls. The first call decides which Close frame they get, and returns the connections that
    /// need it.
    pub(crate) fn close(&self, goodbye: &CloseFrame, cut_at: Deadline) -> Vec<Sender> {
        let mut entries = self.lock();
        entries.cut_at = entries.cut_at.earlier(cut_at);
        self.left.notify_all();
        if std::mem::replace(&mut entries.closing, true) {
            return Vec::new();
        }
        entries.goodbye = Some(goodbye.clone());
        let (mut open, mut unread) = (Vec::new(), Vec::new());
        for entry in entries.here.values() {
            match &entry.open {
                Some(Open { sender, .. }) => open.push(sender.clone()),
                // `open` sends the Close frame to it.
                None if entry.stage != Stage::Asks => {}
                // The rest of a request is not read any more. A request that is complete is
                // answered.
                None => unread.extend(entry.stream.clone()),
            }
        }
        drop(entries);
        shut(unread, Shutdown::Read);
        open
    }

    /// Sends Close frames until the deadline and a moment longer: even without any time,
    /// clients should learn why they are cut.
    ///
    /// A stream that is full is tried again while others leave, because its peer may read on at any
    /// time.
    pub(crate) fn say_goodbye(&self, mut open: Vec<Sender>) {
        let mut pause = Pause::FIRST;
        loop {
            open.retain(|sender| {
                let (goodbye, cut_at) = self.goodbye();
                !cut_at.plus(LAST_WORDS).has_passed() && !say_goodbye(sender, goodbye, cut_at)
            });
            let entries = self.lock();
            if open.is_empty() || entries.here.is_empty() {
                return;
            }
            let until =
                entries.cut_at.plus(LAST_WORDS).earlier(Deadline::after(Some(pause.time())));
            drop(until.wait(&self.left, entries));
            pause = pause.longer();
        }
    }

    /// Notes that the handler of this thread waits in `shutdown`. `None` if this thread runs no
    /// handler. It may have several entries: a handler may hand a client to its own server, whose
    /// hook then runs in this thread.
    pub(crate) fn note_caller(&self) -> Option<ShutdownCaller<'_>> {
        let own = Some(thread::current().id());
        let mut entries = self.lock();
        let (mut is_handler, mut numbers) = (false, Vec::new());
        for (&number, entry) in entries.here.iter_mut().filter(|(_, entry)| entry.thread == own) {
            (is_handler, entry.asked) = (true, true);
            // A logger that a handler's `shutdown` calls may call `shutdown` again.
            if !std::mem::replace(&mut entry.aside, true) {
                numbers.push(number);
            }
        }
        entries.aside += numbers.len();
        drop(entries);
        is_handler.then(|| ShutdownCaller { connections: self, numbers })
    }

    /// Waits until all have left, or until `grace` after the deadline. With `aside`, the caller is
    /// a handler in `shutdown`, and such handlers are not waited for. Returns how many remain of
    /// those waited for.
    pub(crate) fn wait(&self, grace: Duration, aside: bool) -> usize {
        let mut entries = self.lock();
        loop {
            let staying = entries.staying() - if aside { entries.aside } else { 0 };
            let deadline = entries.cut_at.plus(grace);
            if staying == 0 || deadline.has_passed() {
                return staying;
            }
            entries = deadline.wait(&self.left, entries);
        }
    }

    /// Cuts the remaining connections, which wakes their threads. The connections of handlers that
    /// wait in `shutdown` are spared: they can still close in order. With `spares_who_asked`, so
    /// are those of handlers that have called `shutdown` before.
    pub(crate) fn cut(&self, spares_who_asked: bool) {
        let spared = |entry: &Entry| entry.aside || spares_who_asked && entry.asked;
        let mut streams = Vec::new();
        for entry in self.lock().here.values().filter(|entry| !spared(entry)) {
            if let Some(open) = &entry.open {
                open.sender.note_cut();
            }
            streams.extend(entry.stream.clone());
        }
        shut(streams, Shutdown::Both);
    }

    /// The Close frame that all connections get, and when the remaining connections are cut.
    pub(super) fn goodbye(&self) -> (Option<CloseFrame>, Deadline) {
        let entries = self.lock();
        (entries.goodbye.clone(), entries.cut_at)
    }

    /// When the remaining connections are cut.
    pub(crate) fn cut_at(&self) -> Deadline {
        self.lock().cut_at
    }

    /// Names up to `most` of the clients that remain, with their requests' paths. With `aside`,
    /// those whose handlers wait in `shutdown` are left out.
    pub(crate) fn whose(&self, most: usize, aside: bool) -> Vec<String> {
        let entries = self.lock();
        let staying = entries.here.values().filter(|entry| !(aside && entry.aside));
        let mut staying: Vec<_> = staying.collect();
        staying.sort_unstable_by_key(|entry| entry.who.id());
        let more = staying.len().saturating_sub(most);
        let more = (more > 0).then(|| format!("{more} more"));
        let named = staying.into_iter().take(most).map(|entry| match &entry.open {
            Some(open) => format!("{} {}", entry.who, open.opened.request.uri().path()),
            None => entry.who.to_string(),
        });
        named.chain(more).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().staying()
    }

    /// How the clients ended that were there when the server began to close, or came later.
    pub(crate) fn report(&self) -> ShutdownReport {
        let entries = self.lock();
        ShutdownReport { running: entries.staying(), ..entries.gone }
    }

    /// The open connections, in the order in which they were accepted.
    pub(crate) fn open(&self) -> Vec<Connection> {
        let mut open: Vec<_> = self.lock().here.values().filter_map(Entry::connection).collect();
        open.sort_unstable_by_key(Connection::id);
        open
    }

    /// How many connections are open.
    pub(crate) fn count_open(&self) -> usize {
        self.lock().here.values().filter(|entry| entry.open.is_some()).count()
    }

    /// The open connection with this number.
    pub(crate) fn find(&self, id: u64) -> Option<Connection> {
        self.lock().here.get(&id)?.connection()
    }

    /// What all connections did that are open or have ended.
    pub(crate) fn totals(&self) -> Totals {
        let entries = self.lock();
        let mut totals = entries.past;
        for open in entries.here.values().filter_map(|entry| entry.open.as_ref()) {
            totals.add(open.sender.stats());
        }
        totals
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}

impl Entries {
    /// How many clients a shutdown waits for.
    pub(super) fn staying(&self) -> usize {
        self.here.len() - self.pending
    }

    /// Takes out of an entry what must be dropped without a lock. What the connection has done is
    /// counted.
    pub(super) fn take_parts(&mut self, id: u64) -> Option<(Option<Arc<Stream>>, Option<Open>)> {
        let entry = self.here.get_mut(&id)?;
        let parts = (entry.stream.take(), entry.open.take());
        if let (_, Some(open)) = &parts {
            self.past.add(open.sender.stats());
        }
        Some(parts)
    }

    /// Counts a client that has left.
    pub(super) fn note(&mut self, entry: &Entry) {
        if !self.closing {
            return;
        }
        let gone = &mut self.gone;
        let count = match entry.stage {
            Stage::Closed => &mut gone.closed,
            Stage::Open => &mut gone.cut,
            Stage::Asks | Stage::Admitted | Stage::Pending => &mut gone.refused,
        };
        *count += 1;
    }
}

impl Entry {
    fn connection(&self) -> Option<Connection> {
        let Open { sender, opened, since } = self.open.as_ref()?;
        let (id, addr) = (self.who.id(), self.who.addr());
        Some(Connection::new(id, addr, Arc::clone(opened), *since, sender.clone()))
    }
}

impl Drop for ShutdownCaller<'_> {
    fn drop(&mut self) {
        let mut entries = self.connections.lock();
        entries.aside -= self.numbers.len();
        for number in &self.numbers {
            if let Some(entry) = entries.here.get_mut(number) {
                entry.aside = false;
            }
        }
    }
}

/// Sends the Close frame. Returns `true` if there is nothing more to do for this connection.
pub(super) fn say_goodbye(sender: &Sender, frame: Option<CloseFrame>, cut_at: Deadline) -> bool {
    let left = cut_at.remaining().map_or(SHORTEST, |left| left.unwrap_or(LAST_WORDS));
    // If the connection is closed or lost already, its thread is about to leave.
    frame.is_none_or(|frame| sender.try_close(frame, LAST_WORDS.min(left)))
}

/// Shuts streams, which may be the program's: without a lock, because they may do anything.
fn shut(streams: Vec<Arc<Stream>>, how: Shutdown) {
    for stream in streams {
        // It may be shut down already.
        let _ = caught(|| stream.shutdown(how));
        let _ = caught(|| drop(stream));
    }
}
