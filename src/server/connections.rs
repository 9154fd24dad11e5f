//! Who is connected to a server: counted, told to leave, cut off, and counted again.
//!
//! Locks: one mutex over all of it. It is held for a look at every entry at most, which includes that
//! of an outbox's account and the call that shuts a socket; never while a line is logged, a stream is
//! written, or something of an entry is dropped.

use std::cell::Cell;
use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::address::Address;
use super::shutdown_report::ShutdownReport;
use crate::connection::Sender;
use crate::io::{Deadline, Duplex, LAST_WORDS, SHORTEST};
use crate::process::{lock, warning};
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;
use crate::transport::{Socket, Stream};

/// The pause before a stream that had no room for it is tried again, the first and the longest.
const PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// The connections of one server, from their accept to the end of their thread's work.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    entries: Mutex<Entries>,
    /// Told when an entry leaves for whom somebody waits, and when less time is left.
    left: Condvar,
}

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    here: HashMap<u64, Entry>,
    /// Those of them for whom there is no room.
    turned_away: usize,
    /// Those of them who wait for the others.
    aside: usize,
    closing: bool,
    /// Once it is closing: when those who are still here are cut off.
    cut_at: Deadline,
    /// What became of those who left since.
    gone: ShutdownReport,
}

#[derive(Debug)]
struct Entry {
    socket: Socket,
    peer: Address,
    /// Once somebody serves it.
    thread: Option<ThreadId>,
    /// Once it is promised a connection.
    admitted: bool,
    /// Once the connection is open.
    sender: Option<Sender>,
    aside: bool,
    /// Once it has asked for the end itself.
    asked: bool,
}

/// A connection's permit; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    connections: Arc<Connections>,
    number: u64,
    /// There is no room for it: it is let in only to be told so.
    turned_away: bool,
    closed: Cell<bool>,
}

/// Where an entry waits for the others, until this is dropped.
#[derive(Debug)]
pub(crate) struct ShutdownCaller<'a> {
    connections: &'a Connections,
    number: u64,
    /// It is within another one, which ends it.
    nested: bool,
}

/// So many are told at one time that there is no room; those beyond that are just dropped.
const TURNED_AWAY: usize = 16;

impl Connections {
    /// Takes in a connection, which may be one more than the `most` there is room for; `None`
    /// where there are too many of those as well, or once the server shuts down.
    pub(crate) fn enter(
        self: &Arc<Self>,
        socket: Socket,
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
        entries.here.insert(number, Entry { socket, peer, thread, admitted, sender, aside, asked });
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

    /// Lets nobody in any more; those who are here are cut off at the earliest deadline of all
    /// calls. Returns whom to say goodbye to, the first time.
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
                // It will hear the goodbye from `open`.
                None if entry.admitted => {}
                // Nobody waits for the rest of a request any more; one that is there is answered.
                None => shut(&entry.socket, Shutdown::Read),
            }
        }
        open
    }

    /// Asks connections to leave (1001) as long as there is time, and a moment longer: even without any
    /// time they are to hear why they are cut.
    ///
    /// A stream that has no room just now is tried again while others leave: its peer may read on at
    /// any time.
    pub(crate) fn say_goodbye(&self, mut open: Vec<Sender>) {
        let mut pause = PAUSE;
        loop {
            open.retain(|sender| {
                let cut_at = self.cut_at();
                !cut_at.plus(LAST_WORDS).has_passed() && !say_goodbye(sender, cut_at)
            });
            let entries = self.lock();
            if open.is_empty() || entries.here.is_empty() {
                return;
            }
            let until = entries.cut_at.plus(LAST_WORDS).earlier(Deadline::after(Some(pause)));
            drop(until.wait(&self.left, entries));
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Notes that the entry whose thread this is waits for the others; `None` where there is none.
    pub(crate) fn note_caller(&self) -> Option<ShutdownCaller<'_>> {
        let own = Some(thread::current().id());
        let mut entries = self.lock();
        let (&number, entry) = entries.here.iter_mut().find(|(_, entry)| entry.thread == own)?;
        // A logger may ask within a call of its handler's.
        let nested = std::mem::replace(&mut entry.aside, true);
        entry.asked = true;
        entries.aside += usize::from(!nested);
        Some(ShutdownCaller { connections: self, number, nested })
    }

    /// Waits until all have left, but for those aside if the caller is one of them, or until a
    /// while after who stays is cut off. Tells how many are still here of those waited for.
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

    /// Cuts the connections of those who are still here, which wakes their threads. Who waits for
    /// the others may still close in order, and who once did if `spares_who_asked`.
    pub(crate) fn cut(&self, spares_who_asked: bool) {
        let spared = |entry: &Entry| entry.aside || spares_who_asked && entry.asked;
        for entry in self.lock().here.values().filter(|entry| !spared(entry)) {
            if let Some(sender) = &entry.sender {
                sender.note_cut();
            }
            shut(&entry.socket, Shutdown::Both);
        }
    }

    /// When those who are still here are cut off.
    pub(crate) fn cut_at(&self) -> Deadline {
        self.lock().cut_at
    }

    /// Names the clients of those who are still here, but for those aside if the caller is one of
    /// them: not more than `most`.
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

    /// What became of everybody since the server began to close.
    pub(crate) fn report(&self) -> ShutdownReport {
        let entries = self.lock();
        ShutdownReport { running: entries.here.len(), ..entries.gone }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}

impl Entries {
    /// Counts one who has left.
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
    /// Notes that this thread serves the connection.
    pub(crate) fn begin(&self) {
        if let Some(entry) = self.connections.lock().here.get_mut(&self.number) {
            entry.thread = Some(thread::current().id());
        }
    }

    /// Returns `true` if there is no room for it.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.turned_away
    }

    /// Returns `true` if a request may be granted. Then it will be: from here on the server owes it a
    /// goodbye.
    pub(crate) fn admit(&self) -> bool {
        let mut entries = self.connections.lock();
        let admits = !entries.closing && !self.turned_away;
        if let Some(entry) = entries.here.get_mut(&self.number) {
            entry.admitted = admits;
        }
        admits
    }

    /// Notes that the connection is open; it may have to be told to leave at once.
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
        // The entry's stream has still a goodbye of its own to say.
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

/// Returns `true` if there is nothing more to do about it.
fn say_goodbye(sender: &Sender<Stream>, cut_at: Deadline) -> bool {
    let frame = CloseFrame::new(CloseCode::GoingAway, "the server shuts down");
    let left = cut_at.remaining().map_or(SHORTEST, |left| left.unwrap_or(LAST_WORDS));
    // Where it is closed or lost already, its thread is about to leave anyway.
    frame.is_none_or(|frame| sender.try_close(frame, LAST_WORDS.min(left)))
}

fn shut(socket: &Socket, how: Shutdown) {
    // It may be down already.
    let _ = socket.shutdown(how);
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
            connections.enter(Socket::tcp(client).unwrap(), peer, 2)
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
