//! Who is connected to a server: counted, told to leave, cut off, and counted again.
//!
//! Locks: one mutex over all of it. It is held for a look at every guest at most, which includes that
//! of an outbox's account and the call that shuts a socket; never while a line is logged, a stream is
//! written, or something of a guest is dropped.

use std::cell::Cell;
use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::address::Address;
use crate::connection::Sender;
use crate::io::{Deadline, Duplex, SHORTEST};
use crate::process::warning;
use crate::proto::close::CloseFrame;
use crate::proto::rules::CloseCode;
use crate::transport::{Socket, Stream};

/// How long a peer that does not read may keep the others from hearing the goodbye, where its stream
/// cannot write without waiting; and how long after the deadline it is still said.
const GOODBYE: Duration = Duration::from_millis(100);
/// The pause before a stream that had no room for it is tried again, the first and the longest.
const PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// What became of the clients of a server that shut down, each counted once.
///
/// Every call of [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) reports the whole of it,
/// whichever of them came first. A later one can differ in those that were `running`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Connections that ended in order: a Close frame went each way (§7.1.4).
    pub closed: usize,
    /// Connections that did not, and whose handlers have returned: they were cut off at the deadline,
    /// or broke before.
    pub cut: usize,
    /// Clients whose opening handshake was not done, and who were turned away.
    pub refused: usize,
    /// Handlers that had not returned: those that stayed although their connections were cut off, whose
    /// clients the log names, and those that called `shutdown` themselves. Each is counted here alone,
    /// and once it has returned in `closed` or `cut` instead. The functions of `Server::http` and
    /// `Server::on_upgrade` are counted too; once they have returned, in `refused`.
    pub running: usize,
}

/// The connections of one server, from their accept to the end of their thread's work.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    guests: Mutex<Guests>,
    /// Told when a guest leaves for whom somebody waits, and when less time is left.
    left: Condvar,
}

#[derive(Debug, Default)]
struct Guests {
    next: u64,
    here: HashMap<u64, Guest>,
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
struct Guest {
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

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    registry: Arc<Registry>,
    number: u64,
    /// There is no room for it: it is let in only to be told so.
    turned_away: bool,
    closed: Cell<bool>,
}

/// Where a guest waits for the others, until this is dropped.
#[derive(Debug)]
pub(crate) struct Aside<'a> {
    registry: &'a Registry,
    number: u64,
    /// It is within another one, whose place it is to end it.
    nested: bool,
}

/// So many are told at one time that there is no room; those beyond that are just dropped.
const TURNED_AWAY: usize = 16;

impl Registry {
    /// Takes in a connection, which may be one more than the `most` there is room for; `None`
    /// where there are too many of those as well, or once the server shuts down.
    pub(crate) fn enter(
        self: &Arc<Self>,
        socket: Socket,
        peer: Address,
        most: usize,
    ) -> Option<Place> {
        let mut guests = self.lock();
        let turned_away = guests.here.len() - guests.turned_away >= most;
        if guests.closing || turned_away && guests.turned_away == TURNED_AWAY {
            return None;
        }
        let number = guests.next;
        guests.next += 1;
        guests.turned_away += usize::from(turned_away);
        let is_first = turned_away && guests.turned_away == 1;
        let (thread, sender) = (None, None);
        let (admitted, aside, asked) = (false, false, false);
        guests.here.insert(number, Guest { socket, peer, thread, admitted, sender, aside, asked });
        drop(guests);
        let (registry, closed) = (Arc::clone(self), Cell::new(false));
        let place = Place { registry, number, turned_away, closed };
        if is_first {
            warning!("no room for a client: max_connections is {most}");
        }
        Some(place)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Lets nobody in any more; those who are here are cut off at the earliest deadline of all
    /// calls. Returns whom to say goodbye to, the first time.
    pub(crate) fn close(&self, cut_at: Deadline) -> Vec<Sender> {
        let mut guests = self.lock();
        guests.cut_at = guests.cut_at.earlier(cut_at);
        self.left.notify_all();
        if std::mem::replace(&mut guests.closing, true) {
            return Vec::new();
        }
        let mut open = Vec::new();
        for guest in guests.here.values() {
            match &guest.sender {
                Some(sender) => open.push(sender.clone()),
                // It will hear the goodbye from `open`.
                None if guest.admitted => {}
                // Nobody waits for the rest of a request any more; one that is there is answered.
                None => shut(&guest.socket, Shutdown::Read),
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
                !cut_at.plus(GOODBYE).has_passed() && !say_goodbye(sender, cut_at)
            });
            let guests = self.lock();
            if open.is_empty() || guests.here.is_empty() {
                return;
            }
            let until = guests.cut_at.plus(GOODBYE).earlier(Deadline::after(Some(pause)));
            drop(until.wait(&self.left, guests));
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Notes that the guest whose thread this is waits for the others; `None` where there is none.
    pub(crate) fn step_aside(&self) -> Option<Aside<'_>> {
        let own = Some(thread::current().id());
        let mut guests = self.lock();
        let (&number, guest) = guests.here.iter_mut().find(|(_, guest)| guest.thread == own)?;
        // A logger may ask within a call of its handler's.
        let nested = std::mem::replace(&mut guest.aside, true);
        guest.asked = true;
        guests.aside += usize::from(!nested);
        Some(Aside { registry: self, number, nested })
    }

    /// Waits until all have left, but for those aside if the caller is one of them, or until a
    /// while after who stays is cut off. Tells how many are still here of those waited for.
    pub(crate) fn wait(&self, grace: Duration, aside: bool) -> usize {
        let mut guests = self.lock();
        loop {
            let staying = guests.here.len() - if aside { guests.aside } else { 0 };
            let deadline = guests.cut_at.plus(grace);
            if staying == 0 || deadline.has_passed() {
                return staying;
            }
            guests = deadline.wait(&self.left, guests);
        }
    }

    /// Cuts the connections of those who are still here, which wakes their threads. Who waits for
    /// the others may still close in order, and who once did if `spares_who_asked`.
    pub(crate) fn cut(&self, spares_who_asked: bool) {
        let spared = |guest: &Guest| guest.aside || spares_who_asked && guest.asked;
        for guest in self.lock().here.values().filter(|guest| !spared(guest)) {
            if let Some(sender) = &guest.sender {
                sender.note_cut();
            }
            shut(&guest.socket, Shutdown::Both);
        }
    }

    /// When those who are still here are cut off.
    pub(crate) fn cut_at(&self) -> Deadline {
        self.lock().cut_at
    }

    /// Names the clients of those who are still here, but for those aside if the caller is one of
    /// them: not more than `most`.
    pub(crate) fn whose(&self, most: usize, aside: bool) -> Vec<String> {
        let guests = self.lock();
        let staying = guests.here.values().filter(|guest| !(aside && guest.aside));
        let (named, more) = (staying.clone().take(most), staying.count().saturating_sub(most));
        let more = (more > 0).then(|| format!("{more} more"));
        named.map(|guest| guest.peer.to_string()).chain(more).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().here.len()
    }

    /// What became of everybody since the server began to close.
    pub(crate) fn report(&self) -> ShutdownReport {
        let guests = self.lock();
        ShutdownReport { running: guests.here.len(), ..guests.gone }
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests {
    /// Counts one who has left.
    fn note(&mut self, guest: &Guest, closed: bool) {
        let gone = &mut self.gone;
        let count = match guest.sender {
            None => &mut gone.refused,
            Some(_) if closed => &mut gone.closed,
            Some(_) => &mut gone.cut,
        };
        *count += 1;
    }
}

impl Place {
    /// Notes that this thread serves the connection.
    pub(crate) fn begin(&self) {
        if let Some(guest) = self.registry.lock().here.get_mut(&self.number) {
            guest.thread = Some(thread::current().id());
        }
    }

    /// Returns `true` if there is no room for it.
    pub(crate) fn is_turned_away(&self) -> bool {
        self.turned_away
    }

    /// Returns `true` if a request may be granted. Then it will be: from here on the server owes it a
    /// goodbye.
    pub(crate) fn admit(&self) -> bool {
        let mut guests = self.registry.lock();
        let admits = !guests.closing && !self.turned_away;
        if let Some(guest) = guests.here.get_mut(&self.number) {
            guest.admitted = admits;
        }
        admits
    }

    /// Notes that the connection is open; it may have to be told to leave at once.
    pub(crate) fn open(&self, sender: &Sender<Stream>) {
        let closing = {
            let mut guests = self.registry.lock();
            if let Some(guest) = guests.here.get_mut(&self.number) {
                guest.sender = Some(sender.clone());
            }
            guests.closing
        };
        if closing {
            say_goodbye(sender, self.registry.cut_at());
        }
    }

    /// Notes that the connection ended in order.
    pub(crate) fn closed(&self) {
        self.closed.set(true);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut guests = self.registry.lock();
        let guest = guests.here.remove(&self.number);
        guests.turned_away -= usize::from(self.turned_away);
        if guests.closing {
            if let Some(guest) = &guest {
                guests.note(guest, self.closed.get());
            }
            if guests.here.len() <= guests.aside {
                self.registry.left.notify_all();
            }
        }
        // The guest's stream has still a goodbye of its own to say.
        drop(guests);
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        if self.nested {
            return;
        }
        let mut guests = self.registry.lock();
        guests.aside -= 1;
        if let Some(guest) = guests.here.get_mut(&self.number) {
            guest.aside = false;
        }
    }
}

/// Returns `true` if there is nothing more to do about it.
fn say_goodbye(sender: &Sender<Stream>, cut_at: Deadline) -> bool {
    let frame = CloseFrame::new(CloseCode::GoingAway, "the server shuts down");
    let left = cut_at.remaining().map_or(SHORTEST, |left| left.unwrap_or(GOODBYE));
    // Where it is closed or lost already, its thread is about to leave anyway.
    frame.is_none_or(|frame| sender.try_close(frame, GOODBYE.min(left)))
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
        let enter = |registry: &Arc<Registry>| {
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let peer = Address::Ip(client.local_addr().unwrap());
            registry.enter(Socket::tcp(client).unwrap(), peer, 2)
        };
        let registry = Arc::new(Registry::default());
        let [first, second, third] = [(); 3].map(|()| enter(&registry).unwrap());
        assert!(first.admit());
        assert!(!third.admit(), "there is room for two");
        assert!(registry.close(Deadline::NEVER).is_empty(), "nobody is in yet");
        assert!(!second.admit(), "it closes");
        assert!(enter(&registry).is_none());
        assert_eq!(registry.report(), ShutdownReport { running: 3, ..ShutdownReport::default() });
        drop((first, second, third));
        assert_eq!(registry.wait(Duration::ZERO, false), 0);
        assert_eq!(registry.report(), ShutdownReport { refused: 3, ..ShutdownReport::default() });
    }
}
