//! The clients of a server: counted, asked to leave, cut, and counted again for the report.
//!
//! Locks: one mutex guards all entries. At most, it is held while every entry is visited, which
//! includes the `OwedLock` of each outbox and the call that shuts a socket. It is not held while a
//! line is logged, a stream is written, or a part of an entry is dropped.

use std::cell::Cell;
use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::super::listening::Address;
use super::shutdown_report::ShutdownReport;
use crate::connection::Sender;
use crate::io::{Deadline, Duplex, LAST_WORDS, Pause, SHORTEST};
use crate::process::{lock, warning};
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;
use crate::transport::Stream;

/// The connections of one server, each from its accept until its thread has finished with it.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    entries: Mutex<Entries>,
    /// Notified when an entry leaves that a thread waits for, and when the deadline becomes
    /// earlier.
    left: Condvar,
}

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    here: HashMap<u64, Entry>,
    /// How many of these entries are above the limit of connections.
    turned_away: usize,
    /// How many of these entries are handlers that wait in `shutdown`.
    aside: usize,
    closing: bool,
    /// If `closing`: when the remaining connections are cut.
    cut_at: Deadline,
    /// How the clients ended that left since `closing` was set.
    gone: ShutdownReport,
}

#[derive(Debug)]
struct Entry {
    /// A handle with which the connection can be cut. `None` if there is no such handle, or the
    /// stream has not been handed over yet.
    stream: Option<Stream>,
    peer: Address,
    /// Set when a thread serves the client.
    thread: Option<ThreadId>,
    /// Set when the client's request is granted.
    admitted: bool,
    /// Set when the connection is open.
    sender: Option<Sender>,
    aside: bool,
    /// The handler has called `shutdown`.
    asked: bool,
}

/// A client's permit to be served. Dropping it removes the client's entry.
#[derive(Debug)]
pub(crate) struct Permit {
    connections: Arc<Connections>,
    number: u64,
    /// The client is above the limit of connections. It is served only to receive the 503.
    turned_away: bool,
    closed: Cell<bool>,
}

/// Notes, until it is dropped, that an entry's handler waits in `shutdown`.
#[derive(Debug)]
pub(crate) struct ShutdownCaller<'a> {
    connections: &'a Connections,
    number: u64,
    /// The same thread holds an outer `ShutdownCaller`, which ends the note.
    nested: bool,
}

/// How many clients above the limit are answered at the same time. Others are disconnected.
const TURNED_AWAY: usize = 16;

impl Connections {
    /// Adds a client, which may be above the limit of `most` connections. Returns `None` if too
    /// many clients are above the limit already, or once the server shuts down.
    pub(crate) fn enter(
        self: &Arc<Self>,
        stream: Option<Stream>,
        peer: Address,
        most: usize,
    ) -> Option<Permit> {
        let mut entries = self.lock();
        let turned_away = entries.here.len() - entries.turned_away >= most;
        if entries.closing || turned_away && entries.turned_away == TURNED_AWAY {
            return None;
        }
        let number = entries.next;
        entries.next += 1;
        entries.turned_away += usize::from(turned_away);
        let is_first = turned_away && entries.turned_away == 1;
        let (thread, sender) = (None, None);
        let (admitted, aside, asked) = (false, false, false);
        entries.here.insert(number, Entry { stream, peer, thread, admitted, sender, aside, asked });
        drop(entries);
        let (connections, closed) = (Arc::clone(self), Cell::new(false));
        let permit = Permit { connections, number, turned_away, closed };
        if is_first {
            warning!("no room for a client: max_connections is {most}");
        }
        Some(permit)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Adds no more clients, and has the remaining connections cut at the earliest deadline of all
    /// calls. The first call returns the connections that need a Close frame.
    pub(crate) fn close(&self, cut_at: Deadline) -> Vec<Sender> {
        let mut entries = self.lock();
        entries.cut_at = entries.cut_at.earlier(cut_at);
        self.left.notify_all();
        if std::mem::replace(&mut entries.closing, true) {
            return Vec::new();
        }
        let mut open = Vec::new();
        for entry in entries.here.values() {
            match &entry.sender {
                Some(sender) => open.push(sender.clone()),
                // `open` sends the Close frame to it.
                None if entry.admitted => {}
                // The rest of a request is not read any more. A request that is complete is
                // answered.
                None => shut(entry, Shutdown::Read),
            }
        }
        open
    }

    /// Sends Close frames (1001) until the deadline and a moment longer: even without any time,
    /// clients should learn why they are cut.
    ///
    /// A stream that is full is tried again while others leave, because its peer may read on at any
    /// time.
    pub(crate) fn say_goodbye(&self, mut open: Vec<Sender>) {
        let mut pause = Pause::FIRST;
        loop {
            open.retain(|sender| {
                let cut_at = self.cut_at();
                !cut_at.plus(LAST_WORDS).has_passed() && !say_goodbye(sender, cut_at)
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
    /// handler.
    pub(crate) fn note_caller(&self) -> Option<ShutdownCaller<'_>> {
        let own = Some(thread::current().id());
        let mut entries = self.lock();
        let (&number, entry) = entries.here.iter_mut().find(|(_, entry)| entry.thread == own)?;
        // A logger that a handler's `shutdown` calls may call `shutdown` again.
        let nested = std::mem::replace(&mut entry.aside, true);
        entry.asked = true;
        entries.aside += usize::from(!nested);
        Some(ShutdownCaller { connections: self, number, nested })
    }

    /// Waits until all have left, or until `grace` after the deadline. With `aside`, the caller is
    /// a handler in `shutdown`, and such handlers are not waited for. Returns how many remain of
    /// those waited for.
    pub(crate) fn wait(&self, grace: Duration, aside: bool) -> usize {
        let mut entries = self.lock();
        loop {
            let staying = entries.here.len() - if aside { entries.aside } else { 0 };
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
        for entry in self.lock().here.values().filter(|entry| !spared(entry)) {
            if let Some(sender) = &entry.sender {
                sender.note_cut();
            }
            shut(entry, Shutdown::Both);
        }
    }

    /// When the remaining connections are cut.
    pub(crate) fn cut_at(&self) -> Deadline {
        self.lock().cut_at
    }

    /// Names up to `most` of the clients that remain. With `aside`, those whose handlers
    /// wait in `shutdown` are left out.
    pub(crate) fn whose(&self, most: usize, aside: bool) -> Vec<String> {
        let entries = self.lock();
        let staying = entries.here.values().filter(|entry| !(aside && entry.aside));
        let (named, more) = (staying.clone().take(most), staying.count().saturating_sub(most));
        let more = (more > 0).then(|| format!("{more} more"));
        named.map(|entry| entry.peer.to_string()).chain(more).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().here.len()
    }

    /// How the clients ended that were there when the server began to close, or came later.
    pub(crate) fn report(&self) -> ShutdownReport {
        let entries = self.lock();
        ShutdownReport { running: entries.here.len(), ..entries.gone }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}

impl Entries {
    /// Counts a client that has left.
    fn note(&mut self, entry: &Entry, closed: bool) {
        let gone = &mut self.gone;
        let count = match entry.sender {
            None => &mut gone.refused,
            Some(_) if closed => &mut gone.closed,
            Some(_) => &mut gone.cut,
        };
        *count += 1;
    }
}

impl Permit {
    /// Notes the stream of a client whose request another HTTP server has read.
    pub(crate) fn hand_over(&self, stream: Option<Stream>) {
        if let Some(entry) = self.connections.lock().here.get_mut(&self.number) {
            entry.stream = stream;
        }
    }

    /// Notes that this thread serves the client.
    pub(crate) fn begin(&self) {
        if let Some(entry) = self.connections.lock().here.get_mut(&self.number) {
            entry.thread = Some(thread::current().id());
        }
    }

    /// Returns `true` if the client is above the limit of connections.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.turned_away
    }

    /// Returns `true` if a request may be granted. The caller then grants it, and from here on the
    /// client gets a Close frame when the server shuts down.
    pub(crate) fn admit(&self) -> bool {
        let mut entries = self.connections.lock();
        let admits = !entries.closing && !self.turned_away;
        if let Some(entry) = entries.here.get_mut(&self.number) {
            entry.admitted = admits;
        }
        admits
    }

    /// Notes that the connection is open. If the server shuts down already, sends the Close frame.
    pub(crate) fn open(&self, sender: &Sender<Stream>) {
        let closing = {
            let mut entries = self.connections.lock();
            if let Some(entry) = entries.here.get_mut(&self.number) {
                entry.sender = Some(sender.clone());
            }
            entries.closing
        };
        if closing {
            say_goodbye(sender, self.connections.cut_at());
        }
    }

    /// Notes that the connection ended in order.
    pub(crate) fn closed(&self) {
        self.closed.set(true);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut entries = self.connections.lock();
        let entry = entries.here.remove(&self.number);
        entries.turned_away -= usize::from(self.turned_away);
        if entries.closing {
            if let Some(entry) = &entry {
                entries.note(entry, self.closed.get());
            }
            if entries.here.len() <= entries.aside {
                self.connections.left.notify_all();
            }
        }
        // Dropping the entry's stream may send a TLS close_notify.
        drop(entries);
    }
}

impl Drop for ShutdownCaller<'_> {
    fn drop(&mut self) {
        if self.nested {
            return;
        }
        let mut entries = self.connections.lock();
        entries.aside -= 1;
        if let Some(entry) = entries.here.get_mut(&self.number) {
            entry.aside = false;
        }
    }
}

/// Sends the Close frame. Returns `true` if there is nothing more to do for this connection.
fn say_goodbye(sender: &Sender<Stream>, cut_at: Deadline) -> bool {
    let frame = CloseFrame::new(CloseCode::GoingAway, "the server shuts down");
    let left = cut_at.remaining().map_or(SHORTEST, |left| left.unwrap_or(LAST_WORDS));
    // If the connection is closed or lost already, its thread is about to leave.
    frame.is_none_or(|frame| sender.try_close(frame, LAST_WORDS.min(left)))
}

fn shut(entry: &Entry, how: Shutdown) {
    if let Some(stream) = &entry.stream {
        // It may be shut down already.
        let _ = stream.shutdown(how);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_request_is_granted_to_those_for_whom_there_is_room_until_it_closes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let enter = |connections: &Arc<Connections>| {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let peer = Address::Ip(client.local_addr().unwrap());
            connections.enter(Stream::new(client).ok(), peer, 2)
        };
        let connections = Arc::new(Connections::default());
        let [first, second, third] = [(); 3].map(|()| enter(&connections).unwrap());
        assert!(first.admit());
        assert!(!third.admit(), "there is room for two");
        assert!(connections.close(Deadline::NEVER).is_empty(), "nobody is in yet");
        assert!(!second.admit(), "it closes");
        assert!(enter(&connections).is_none());
        assert_eq!(
            connections.report(),
            ShutdownReport { running: 3, ..ShutdownReport::default() }
        );
        drop((first, second, third));
        assert_eq!(connections.wait(Duration::ZERO, false), 0);
        assert_eq!(
            connections.report(),
            ShutdownReport { refused: 3, ..ShutdownReport::default() }
        );
    }
}
