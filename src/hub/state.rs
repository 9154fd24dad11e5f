//! [`HubState`]: what the handles, the seats and the thread of a hub share.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::member::Member;
use super::overflow::Overflow;
use crate::outbox::Bounds;
use crate::process::lock;

/// How threads are started: by the system, except in tests.
pub(super) type Spawn = fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<()>;

pub(super) fn spawn(builder: thread::Builder, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    builder.spawn(work).map(drop)
}

/// What the handles, the seats and the thread of a hub share.
#[derive(Debug)]
pub(crate) struct HubState {
    pub(super) spawn: Spawn,
    pub(super) state: Mutex<HubMembers>,
    /// Notified when a visit becomes due.
    pub(super) due: Condvar,
    /// Notified when nothing waits any more for a member, if a thread is `flushing`.
    pub(super) settled: Condvar,
}

#[derive(Debug)]
pub(crate) struct HubMembers {
    pub(crate) bounds: Bounds,
    pub(crate) overflow: Overflow,
    pub(crate) members: Vec<Arc<Member>>,
    /// The members that the thread must visit next.
    pub(super) due: Vec<Arc<Member>>,
    /// How many members have messages waiting.
    pub(super) unsettled: usize,
    /// How many threads wait for `settled`.
    pub(super) flushing: usize,
    /// The hub's thread is there, or a thread of the program takes its place.
    pub(super) is_served: bool,
    /// The hub's thread waits for `due`.
    pub(super) is_waiting: bool,
    /// The hub's thread could not be started the last time.
    pub(super) spawn_failed: bool,
}

impl HubState {
    pub(crate) fn new(bounds: Bounds, overflow: Overflow) -> Self {
        let state = HubMembers {
            bounds,
            overflow,
            members: Vec::new(),
            due: Vec::new(),
            unsettled: 0,
            flushing: 0,
            is_served: false,
            is_waiting: false,
            spawn_failed: false,
        };
        Self { spawn, state: Mutex::new(state), due: Condvar::new(), settled: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HubMembers> {
        // Nothing panics while this lock is held.
        lock(&self.state)
    }
}
