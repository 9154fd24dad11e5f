//! Who is connected to a server: counted, told to leave, cut off.
//!
//! Locks: one mutex over all of it, held for a few instructions.

use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::deadline::Deadline;
use super::duplex::Duplex;
use super::sender::Sender;
use super::stream::{Socket, Stream};
use crate::proto::close::CloseFrame;
use crate::proto::code::CloseCode;

/// How long a peer that does not read may keep the others from hearing the goodbye.
const GOODBYE: Duration = Duration::from_millis(100);

/// The connections of one server, from their accept to the end of their thread.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    guests: Mutex<Guests>,
    /// Told whenever a guest leaves.
    left: Condvar,
}

#[derive(Debug, Default)]
struct Guests {
    next: u64,
    here: HashMap<u64, Guest>,
    /// Those of them for whom there is no room.
    turned_away: usize,
    closing: bool,
}

#[derive(Debug)]
struct Guest {
    socket: Socket,
    /// Once the connection is open.
    sender: Option<Sender>,
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    registry: Arc<Registry>,
    number: u64,
    /// There is no room for it: it is let in only to be told so.
    pub(crate) turned_away: bool,
}

/// So many are told at one time that there is no room; those beyond that are just dropped.
const TURNED_AWAY: usize = 16;

impl Registry {
    /// Takes in a connection, which may be one more than the `most` there is room for; `None`
    /// where there are too many of those as well, or once the server shuts down.
    pub(crate) fn enter(self: &Arc<Self>, socket: Socket, most: usize) -> Option<Place> {
        let mut guests = self.lock();
        let turned_away = guests.here.len() - guests.turned_away >= most;
        if guests.closing || turned_away && guests.turned_away == TURNED_AWAY {
            return None;
        }
        let number = guests.next;
        guests.next += 1;
        guests.turned_away += usize::from(turned_away);
        guests.here.insert(number, Guest { socket, sender: None });
        Some(Place { registry: Arc::clone(self), number, turned_away })
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Lets nobody in any more and asks everybody to leave (1001); waits for nobody.
    ///
    /// Tells how many were here.
    pub(crate) fn close(&self) -> usize {
        let mut open = Vec::new();
        let all = {
            let mut guests = self.lock();
            guests.closing = true;
            for guest in guests.here.values() {
                match &guest.sender {
                    Some(sender) => open.push(sender.clone()),
                    // No request is read any more; one that has just been answered still hears
                    // the goodbye, from `open`.
                    None => shut(&guest.socket, Shutdown::Read),
                }
            }
            guests.here.len()
        };
        open.iter().for_each(say_goodbye);
        all
    }

    /// Waits until all have left or the deadline passes; tells how many are still here.
    pub(crate) fn wait(&self, deadline: Deadline) -> usize {
        let mut guests = self.lock();
        while !guests.here.is_empty() && !deadline.has_passed() {
            guests = deadline.wait(&self.left, guests);
        }
        guests.here.len()
    }

    /// Cuts the connections of all who are still here, which wakes their threads.
    pub(crate) fn cut(&self) {
        for guest in self.lock().here.values() {
            shut(&guest.socket, Shutdown::Both);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
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
            say_goodbye(sender);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut guests = self.registry.lock();
        guests.here.remove(&self.number);
        guests.turned_away -= usize::from(self.turned_away);
        drop(guests);
        self.registry.left.notify_all();
    }
}

fn say_goodbye(sender: &Sender<Stream>) {
    let frame = CloseFrame::new(CloseCode::GoingAway, "the server shuts down");
    // Where it is closed or lost already, its thread is about to leave anyway.
    let _ = frame.map(|frame| sender.close_within(frame, GOODBYE));
}

fn shut(socket: &Socket, how: Shutdown) {
    // It may be down already.
    let _ = socket.shutdown(how);
}
