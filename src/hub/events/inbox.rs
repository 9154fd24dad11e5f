//! [`Inbox`]: the lanes of all connections behind a lock, and where the program waits for an event.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::gate::Gate;
use super::lanes::{Lanes, Limits, Taken, What};
use super::peer::Peer;
use super::peer_event::PeerEvent;
use crate::error::{Error, Result};
use crate::io::Deadline;
use crate::process::{BUDGET, lock};
use crate::proto::bytes::Grant;
use crate::proto::close::CloseStatus;
use crate::proto::message::Message;

/// What the threads of the connections and the program share.
pub(super) struct Inbox {
    state: Mutex<State>,
    /// Notified when an event comes, or when none will come any more, if a thread waits for that.
    changed: Condvar,
}

struct State {
    lanes: Lanes<Peer>,
    /// How many handlers and connections there are from which events may come.
    sources: usize,
    /// How many threads wait for an event.
    takers: usize,
    /// The program takes no more events.
    is_over: bool,
}

/// Something from which events may come, until it is dropped.
#[derive(Debug)]
pub(super) struct Source(Arc<Inbox>);

impl Inbox {
    pub(super) fn new(limits: Limits) -> Self {
        let lanes = Lanes::new(limits);
        let state = State { lanes, sources: 0, takers: 0, is_over: false };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn set_limits(&self, set: impl FnOnce(&mut Limits)) {
        set(&mut self.lock().lanes.limits);
    }

    /// How many events wait.
    pub(super) fn len(&self) -> usize {
        self.lock().lanes.len()
    }

    /// How many events wait, for a program that asks for them.
    pub(super) fn ask(&self) -> usize {
        let mut state = self.lock();
        state.lanes.ask();
        state.lanes.len()
    }

    /// Returns `true` if no event waits and none will come.
    pub(super) fn has_ended(&self) -> bool {
        let state = self.lock();
        state.sources == 0 && state.lanes.len() == 0
    }

    /// Adds a connection. Waits until there is room for it, or its gate is open for good. Returns
    /// `false` if the program takes no more events.
    pub(super) fn enter(&self, peer: &Peer, gate: &Arc<Gate>) -> bool {
        let mut state = self.lock();
        if !state.is_over && !state.lanes.may_open(gate) {
            drop(state);
            let has_room = gate.wait();
            state = self.lock();
            if !has_room {
                state.lanes.waits_no_more(gate);
            }
        }
        if state.is_over {
            return false;
        }
        state.lanes.open(peer.id(), peer.clone(), gate);
        self.tell(state);
        true
    }

    /// Waits until there is room for a message, or the connection's gate is open for good. Returns
    /// `false` if there is no room.
    pub(super) fn wait_for_room(&self, id: u64, gate: &Gate) -> bool {
        while !self.has_room(id) {
            if !gate.wait() {
                return false;
            }
        }
        true
    }

    /// Returns `true` if there is room for a message.
    pub(super) fn has_room(&self, id: u64) -> bool {
        self.lock().lanes.may_read(id)
    }

    /// Waits until the program has taken all events of a connection and asks for another event, for
    /// `most` at most. Does not wait at a gate that is open for good.
    pub(super) fn wait_until_taken(&self, id: u64, gate: &Gate, most: Duration) {
        let mut state = self.lock();
        state.lanes.shut_until_taken(id);
        if state.takers > 0 {
            state.lanes.ask();
        }
        drop(state);
        gate.wait_at_most(most);
    }

    /// Adds a message.
    pub(super) fn push(&self, id: u64, message: Message) {
        let mut room = Grant::new(Some(&BUDGET));
        let room = room.cover(message.as_bytes().len()).then_some(room);
        let mut state = self.lock();
        if !state.is_over {
            state.lanes.push(id, message, room);
            self.tell(state);
        }
    }

    /// Adds the last event of a connection.
    pub(super) fn close(&self, id: u64, status: CloseStatus) {
        let mut state = self.lock();
        if !state.is_over {
            state.lanes.close(id, status);
            self.tell(state);
        }
    }

    /// Takes the next event. Returns `None` if there is none and none will come.
    ///
    /// # Errors
    /// [`Error::Timeout`] if `deadline` comes first.
    pub(super) fn take(&self, deadline: Deadline) -> Result<Option<PeerEvent>> {
        let mut state = self.lock();
        let taken = loop {
            if let Some(taken) = state.lanes.take() {
                break taken;
            }
            if state.sources == 0 {
                return Ok(None);
            }
            if deadline.has_passed() {
                return Err(Error::Timeout);
            }
            state.takers += 1;
            state = deadline.wait(&self.changed, state);
            state.takers -= 1;
        };
        drop(state);
        let Taken { peer, what, gates } = taken;
        gates.iter().flatten().for_each(|gate| gate.open());
        Ok(Some(match what {
            What::Opened => {
                peer.enter();
                PeerEvent::Opened(peer)
            }
            What::Message(message) => PeerEvent::Message(peer, message),
            What::Closed(status) => PeerEvent::Closed(peer, status),
        }))
    }

    /// Takes no more events, and returns who is there.
    pub(super) fn end(&self) -> Vec<Peer> {
        let mut state = self.lock();
        state.is_over = true;
        state.lanes.end()
    }

    /// Wakes a thread that waits for an event.
    fn tell(&self, state: MutexGuard<'_, State>) {
        let is_awaited = state.takers > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while this lock is held.
        lock(&self.state)
    }
}

/// Shows no message: it may be a secret.
impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl Source {
    pub(super) fn new(inbox: &Arc<Inbox>) -> Self {
        inbox.lock().sources += 1;
        Self(Arc::clone(inbox))
    }

    pub(super) fn inbox(&self) -> &Inbox {
        &self.0
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.sources -= 1;
        let is_last = state.sources == 0;
        drop(state);
        if is_last {
            self.0.changed.notify_all();
        }
    }
}
