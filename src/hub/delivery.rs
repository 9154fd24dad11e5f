//! [`Delivery`]: the hub's thread. It writes what waits for members, and never waits for a member.
//!
//! ```text
//!          a message
//! at rest -----------> due --visit--> at rest     all of it is written
//!                       ^  \
//!                       |   +-------> behind      there is no room, or another thread writes
//!                       +---------------/         after a pause
//! ```
//!
//! No stream tells when it has room again: TLS and pipes have no such call. So a member that is
//! behind is visited again after a millisecond, and less and less often while nothing moves.
//!
//! The system may have no thread left. Then the thread that broadcasts visits the members itself.
//! What it has to leave is written by the threads that send to these members or receive from them.
//!
//! Locks: `HubState`, then a member's queue. Neither is held while a stream is written.

use std::mem;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::member::{Member, Visit};
use super::overflow::{Broadcast, Overflow};
use super::state::{HubMembers, HubState};
use crate::io::{Deadline, Pause};
use crate::outbox::{Bounds, PreparedMessage};
use crate::process::warning;
use crate::proto::close::CloseFrame;

/// How long the thread waits for something to do before it ends.
const IDLE: Duration = Duration::from_secs(5);

impl HubState {
    /// Queues a message for all members except `except`, and starts the delivery.
    pub(crate) fn broadcast(
        self: &Arc<Self>,
        message: PreparedMessage,
        except: Option<&Member>,
    ) -> Broadcast {
        let message = Arc::new(message);
        let mut count = Broadcast::default();
        self.each(|member, bounds, overflow| {
            let is_meant = !except.is_some_and(|one| std::ptr::eq(one, member));
            is_meant && member.offer(&message, bounds, overflow, &mut count)
        });
        count
    }

    /// Lets a Close frame follow what waits for each member, and starts the delivery. Returns how
    /// many members were not closed before.
    pub(crate) fn close_all(self: &Arc<Self>, farewell: &CloseFrame) -> usize {
        let mut count = 0;
        self.each(|member, _, _| {
            let closed = member.close_after(farewell);
            count += usize::from(closed.is_some());
            closed.unwrap_or(false)
        });
        count
    }

    /// Queues a message for one member, and starts the delivery.
    pub(crate) fn send_to(
        self: &Arc<Self>,
        member: &Arc<Member>,
        message: PreparedMessage,
    ) -> Broadcast {
        let message = Arc::new(message);
        let mut count = Broadcast::default();
        self.one(member, |bounds, overflow| member.offer(&message, bounds, overflow, &mut count));
        count
    }

    /// Lets a Close frame follow what waits for one member, and starts the delivery.
    pub(crate) fn close_one(self: &Arc<Self>, member: &Arc<Member>, farewell: &CloseFrame) {
        self.one(member, |_, _| member.close_after(farewell).unwrap_or(false));
    }

    /// Calls `offer`, and has the member visited if it returns `true`.
    fn one(self: &Arc<Self>, member: &Arc<Member>, offer: impl FnOnce(&Bounds, Overflow) -> bool) {
        let mut state = self.lock();
        let is_due = offer(&state.bounds, state.overflow);
        if is_due {
            state.due.push(Arc::clone(member));
            state.unsettled += 1;
        }
        self.serve_if(is_due, state);
    }

    /// Calls `offer` for each member, and has those visited for which it returns `true`.
    fn each(self: &Arc<Self>, mut offer: impl FnMut(&Member, &Bounds, Overflow) -> bool) {
        let mut state = self.lock();
        let HubMembers { bounds, overflow, members, due, .. } = &mut *state;
        let before = due.len();
        due.extend(members.iter().filter(|member| offer(member, bounds, *overflow)).cloned());
        let more = due.len() - before;
        state.unsettled += more;
        self.serve_if(more > 0, state);
    }

    /// Has members visited if some have become `due`, or if members that were due before still are,
    /// because there was no thread.
    fn serve_if(self: &Arc<Self>, due: bool, state: MutexGuard<'_, HubMembers>) {
        if due || !state.is_served && !state.due.is_empty() {
            self.serve(state);
        }
    }

    /// Wakes the hub's thread, or starts it.
    fn serve(self: &Arc<Self>, mut state: MutexGuard<'_, HubMembers>) {
        if mem::replace(&mut state.is_served, true) {
            // A notification is a system call even if the thread does not wait.
            if mem::take(&mut state.is_waiting) {
                self.due.notify_one();
            }
            return;
        }
        drop(state);
        let mut delivery = Delivery::new(Arc::clone(self));
        let thread = thread::Builder::new().name("ws hub".to_owned()).stack_size(STACK);
        let spawned = (self.spawn)(thread, Box::new(move || delivery.go()));
        let was_alone = mem::replace(&mut self.lock().spawn_failed, spawned.is_err());
        if let Err(e) = spawned {
            if !was_alone {
                warning!("no thread for a hub, whose messages go out more slowly: {e}");
            }
            // One warning is enough: no second one for a writer thread.
            let delivery =
                Delivery { member_spawn_failed: true, ..Delivery::new(Arc::clone(self)) };
            delivery.run_without_thread();
        }
    }

    /// Waits until no message waits for `member`, or for any member. Returns `false` if `deadline`
    /// comes first.
    pub(crate) fn flush(self: &Arc<Self>, member: Option<&Member>, deadline: Deadline) -> bool {
        let mut state = self.lock();
        while member.map_or(state.unsettled > 0, Member::is_due) {
            if deadline.has_passed() {
                return false;
            }
            if state.is_served {
                state.flushing += 1;
                state = deadline.wait(&self.settled, state);
                state.flushing -= 1;
            } else {
                // No thread could be started before. Perhaps one can now.
                self.serve(state);
                state = self.lock();
                if !state.is_served {
                    let deadline = deadline.earlier(Deadline::after(Some(Pause::LONGEST.time())));
                    state.flushing += 1;
                    state = deadline.wait(&self.settled, state);
                    state.flushing -= 1;
                }
            }
        }
        true
    }
}

/// Enough for the deepest call, a TLS library's.
const STACK: usize = 256 << 10;

/// How many rounds a thread of the program makes in place of the hub's thread.
const ROUNDS_ALONE: u32 = 16;

/// What the hub's thread knows, or the thread that takes its place.
struct Delivery {
    hub: Arc<HubState>,
    due: Vec<Arc<Member>>,
    behind: Vec<Behind>,
    /// How many members have nothing left to deliver. The hub has not been told yet.
    settled: usize,
    /// The last writer thread could not be started.
    member_spawn_failed: bool,
}

struct Behind {
    member: Arc<Member>,
    at: Instant,
    pause: Pause,
}

impl Delivery {
    fn new(hub: Arc<HubState>) -> Self {
        Self { hub, due: Vec::new(), behind: Vec::new(), settled: 0, member_spawn_failed: false }
    }

    fn go(&mut self) {
        while self.wait() {
            self.round();
        }
    }

    /// Delivers in place of a thread that could not be started. Members that are behind stay due,
    /// for the next broadcast or flush. Meanwhile, a thread that sends to such a member or receives
    /// from it writes what waits.
    fn run_without_thread(mut self) {
        let hub = Arc::clone(&self.hub);
        for round in 1.. {
            self.due.append(&mut hub.lock().due);
            for member in mem::take(&mut self.due) {
                self.visit(member, Pause::FIRST);
            }
            let mut state = hub.lock();
            self.tell(&mut state);
            // This thread belongs to the program, and has other things to do.
            if state.due.is_empty() || round == ROUNDS_ALONE {
                let behind = self.behind.drain(..).map(|behind| behind.member);
                let left: Vec<_> = self.due.drain(..).chain(behind).collect();
                state.due.extend(left.iter().map(Arc::clone));
                state.is_served = false;
                drop(state);
                for member in left {
                    member.entrust();
                }
                return;
            }
        }
    }

    /// Waits until a member must be visited. Returns `false` if there was nothing to do for
    /// [`IDLE`].
    fn wait(&mut self) -> bool {
        let hub = Arc::clone(&self.hub);
        let mut state = hub.lock();
        self.tell(&mut state);
        let idle = Instant::now() + IDLE;
        loop {
            self.due.append(&mut state.due);
            let next = self.behind.iter().map(|behind| behind.at).min();
            let until = next.unwrap_or(idle);
            let left = until.saturating_duration_since(Instant::now());
            if !self.due.is_empty() || next.is_some() && left.is_zero() {
                return true;
            }
            if left.is_zero() {
                state.is_served = false;
                return false;
            }
            state.is_waiting = true;
            let waited = hub.due.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.is_waiting = false;
        }
    }

    fn tell(&mut self, state: &mut HubMembers) {
        let settled = mem::take(&mut self.settled);
        state.unsettled -= settled;
        if settled > 0 && state.flushing > 0 {
            self.hub.settled.notify_all();
        }
    }

    /// Visits the members that are due, and those that are behind and whose pause is over.
    fn round(&mut self) {
        for member in mem::take(&mut self.due) {
            self.visit(member, Pause::FIRST);
        }
        if self.behind.is_empty() {
            return;
        }
        let now = Instant::now();
        for Behind { member, at, pause } in mem::take(&mut self.behind) {
            if at <= now {
                self.visit(member, pause.longer());
            } else {
                self.behind.push(Behind { member, at, pause });
            }
        }
    }

    fn visit(&mut self, member: Arc<Member>, pause: Pause) {
        match member.visit() {
            Visit::Done => self.settled += 1,
            Visit::Again => self.due.push(member),
            Visit::Later { some } => {
                let pause = if some { Pause::FIRST } else { pause };
                self.behind.push(Behind { member, at: Instant::now() + pause.time(), pause });
            }
            Visit::Unable => self.spawn_writer(member),
        }
    }

    /// Starts a thread that writes what waits for `member`, and may wait for room.
    fn spawn_writer(&mut self, member: Arc<Member>) {
        let (hub, patient) = (Arc::clone(&self.hub), Arc::clone(&member));
        let thread = thread::Builder::new().name("ws hub writer".to_owned()).stack_size(STACK);
        let work = move || {
            loop {
                match patient.visit_and_wait() {
                    Visit::Done | Visit::Unable => break,
                    Visit::Again => {}
                    // There is no memory for a frame.
                    Visit::Later { .. } => thread::sleep(Pause::LONGEST.time()),
                }
            }
            let mut delivery = Self::new(Arc::clone(&hub));
            delivery.settled = 1;
            delivery.tell(&mut hub.lock());
        };
        let spawned = (self.hub.spawn)(thread, Box::new(work));
        let lacked = mem::replace(&mut self.member_spawn_failed, spawned.is_err());
        if let Err(e) = spawned {
            if !lacked {
                let id = member.id();
                warning!("#{id} no thread for a member of a hub, trying again: {e}");
            }
            let (at, pause) = (Instant::now() + Pause::LONGEST.time(), Pause::LONGEST);
            self.behind.push(Behind { member, at, pause });
        }
    }
}

#[cfg(test)]
mod tests;
