//! [`Lanes`]: what waits of each connection, whose turn is next, and who may read on. It knows no
//! threads: `inbox` puts a lock around it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::gate::Gate;
use crate::outbox::Bounds;
use crate::proto::bytes::Grant;
use crate::proto::close::CloseStatus;
use crate::proto::message::Message;

/// How much may wait in all, and of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) all: Bounds,
    pub(super) each: Bounds,
}

/// What waits of all connections. `P` is what the program knows a connection by.
pub(super) struct Lanes<P> {
    pub(super) limits: Limits,
    /// By the number of the connection.
    by_id: HashMap<u64, Lane<P>>,
    /// The connections of which something waits, each once. The first one's turn is next.
    turns: VecDeque<u64>,
    /// Where connections wait until the program asks for another event.
    leaving: Vec<Arc<Gate>>,
    /// The connections that are not opened yet, because there is no room.
    newcomers: VecDeque<Arc<Gate>>,
    /// How many events wait.
    events: usize,
    /// How large their messages are together.
    bytes: usize,
}

/// What waits of one connection, in the order of the fields.
struct Lane<P> {
    opened: bool,
    messages: VecDeque<Waiting>,
    closed: Option<CloseStatus>,

    peer: P,
    gate: Arc<Gate>,
    /// The size of the messages together.
    bytes: usize,
    /// The thread of the connection waits for room.
    is_shut: bool,
    /// It waits until the program has taken all that is here, and asks for more.
    is_leaving: bool,
}

/// A message that waits, and the memory that it has of the process's budget.
struct Waiting {
    message: Message,
    /// `None` if the budget is spent.
    room: Option<Grant>,
}

/// What happened on a connection.
#[derive(Debug, PartialEq)]
pub(super) enum What {
    Opened,
    Message(Message),
    Closed(CloseStatus),
}

/// An event that was taken.
#[derive(Debug)]
pub(super) struct Taken<P> {
    pub(super) peer: P,
    pub(super) what: What,
    /// The threads that may go on.
    pub(super) gates: [Option<Arc<Gate>>; 2],
}

impl<P: Clone> Lanes<P> {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            by_id: HashMap::new(),
            turns: VecDeque::new(),
            leaving: Vec::new(),
            newcomers: VecDeque::new(),
            events: 0,
            bytes: 0,
        }
    }

    /// How many events wait.
    pub(super) fn len(&self) -> usize {
        self.events
    }

    /// Returns `true` if another connection has room for its first event. If not, shuts its gate
    /// until there is.
    pub(super) fn may_open(&mut self, gate: &Arc<Gate>) -> bool {
        let may_open = self.limits.all.allow(self.events + 1, self.bytes);
        if !may_open {
            gate.shut();
            self.newcomers.push_back(Arc::clone(gate));
        }
        may_open
    }

    /// Lets a newcomer wait no more.
    pub(super) fn waits_no_more(&mut self, gate: &Arc<Gate>) {
        self.newcomers.retain(|newcomer| !Arc::ptr_eq(newcomer, gate));
    }

    /// Adds a connection.
    pub(super) fn open(&mut self, id: u64, peer: P, gate: &Arc<Gate>) {
        let lane = Lane {
            opened: true,
            messages: VecDeque::new(),
            closed: None,
            peer,
            gate: Arc::clone(gate),
            bytes: 0,
            is_shut: false,
            is_leaving: false,
        };
        self.by_id.insert(id, lane);
        self.turns.push_back(id);
        self.events += 1;
    }

    /// Returns `true` if another message of the connection has room. If not, shuts its gate until
    /// there is.
    pub(super) fn may_read(&mut self, id: u64) -> bool {
        let (limits, events, bytes) = (self.limits, self.events, self.bytes);
        let Some(lane) = self.by_id.get_mut(&id) else { return true };
        let may_read = lane.has_room(&limits, events, bytes);
        if !may_read {
            lane.is_shut = true;
            lane.gate.shut();
        }
        may_read
    }

    /// Adds a message, whether it has room or not.
    pub(super) fn push(&mut self, id: u64, message: Message, room: Option<Grant>) {
        let Some(lane) = self.by_id.get_mut(&id) else { return };
        if lane.is_empty() {
            self.turns.push_back(id);
        }
        let bytes = message.as_bytes().len();
        lane.bytes += bytes;
        lane.messages.push_back(Waiting { message, room });
        self.bytes += bytes;
        self.events += 1;
    }

    /// Adds the last event of a connection.
    pub(super) fn close(&mut self, id: u64, status: CloseStatus) {
        let Some(lane) = self.by_id.get_mut(&id) else { return };
        if lane.closed.is_some() {
            return;
        }
        if lane.is_empty() {
            self.turns.push_back(id);
        }
        lane.closed = Some(status);
        self.events += 1;
    }

    /// Shuts the gate of a connection until the program has taken all of its events, and asks for
    /// another event.
    pub(super) fn shut_until_taken(&mut self, id: u64) {
        let Some(lane) = self.by_id.get_mut(&id) else { return };
        lane.gate.shut();
        if lane.is_empty() {
            self.leaving.push(Arc::clone(&lane.gate));
        } else {
            lane.is_leaving = true;
        }
    }

    /// Notes that the program asks for an event. So it is done with those that it took before.
    pub(super) fn ask(&mut self) {
        self.leaving.drain(..).for_each(|gate| gate.open());
    }

    /// Takes the next event.
    pub(super) fn take(&mut self) -> Option<Taken<P>> {
        self.ask();
        let id = self.turns.pop_front()?;
        let lane = self.by_id.get_mut(&id)?;
        self.events -= 1;
        let what = if std::mem::take(&mut lane.opened) {
            What::Opened
        } else if let Some(Waiting { message, room }) = lane.messages.pop_front() {
            let bytes = message.as_bytes().len();
            lane.bytes -= bytes;
            self.bytes -= bytes;
            drop(room);
            What::Message(message)
        } else {
            // A connection whose turn it is has something, and this is the last thing.
            let lane = self.by_id.remove(&id)?;
            let gates = [None, self.newcomer()];
            return Some(Taken { peer: lane.peer, what: What::Closed(lane.closed?), gates });
        };
        if !lane.is_empty() {
            self.turns.push_back(id);
        } else if std::mem::take(&mut lane.is_leaving) {
            self.leaving.push(Arc::clone(&lane.gate));
        }
        let goes_on = lane.is_shut && lane.is_low(&self.limits, self.events, self.bytes);
        lane.is_shut &= !goes_on;
        let gates = [goes_on.then(|| Arc::clone(&lane.gate)), self.newcomer()];
        Some(Taken { peer: self.by_id.get(&id)?.peer.clone(), what, gates })
    }

    /// The next newcomer, if it has room.
    fn newcomer(&mut self) -> Option<Arc<Gate>> {
        let has_room = self.limits.all.allow(self.events + 1, self.bytes);
        if has_room { self.newcomers.pop_front() } else { None }
    }

    /// Removes all connections, and returns what the program knows of them. No thread waits at a
    /// gate from now on.
    pub(super) fn end(&mut self) -> Vec<P> {
        self.newcomers.drain(..).for_each(|gate| gate.open_for_good());
        self.turns.clear();
        self.leaving.clear();
        (self.events, self.bytes) = (0, 0);
        let lanes = self.by_id.drain();
        lanes
            .map(|(_, lane)| {
                lane.gate.open_for_good();
                lane.peer
            })
            .collect()
    }
}

impl<P> Lane<P> {
    fn is_empty(&self) -> bool {
        !self.opened && self.messages.is_empty() && self.closed.is_none()
    }

    /// Returns `true` if another message has room. One always has.
    fn has_room(&self, limits: &Limits, events: usize, bytes: usize) -> bool {
        let has_grant = self.messages.back().is_none_or(|waiting| waiting.room.is_some());
        let next = self.messages.len() + 1;
        next == 1
            || has_grant
                && limits.each.allow(next, self.bytes + 1)
                && limits.all.allow(events + 1, bytes + 1)
    }

    /// Returns `true` if there is room again for some messages.
    fn is_low(&self, limits: &Limits, events: usize, bytes: usize) -> bool {
        let is_half_empty =
            self.messages.len() <= limits.each.messages / 2 && self.bytes <= limits.each.bytes / 2;
        self.messages.is_empty() || is_half_empty && self.has_room(limits, events, bytes)
    }
}

#[cfg(test)]
mod tests;
