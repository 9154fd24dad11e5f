//! What a hub's handles, its seats and its thread share, and the lock around it.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use super::member::Member;
use super::overflow::Overflow;
use crate::outbox::Bounds;
use crate::process::lock;

/// How threads are made: by the system, but for tests.
pub(super) type Spawn = fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<()>;

pub(super) fn spawn(builder: thread::Builder, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    builder.spawn(work).map(drop)
}

/// What the handles of a hub, its seats and its thread have in common.
#[derive(Debug)]
pub(crate) struct HubState {
    pub(super) spawn: Spawn,
    pub(super) state: Mutex<HubMembers>,
    /// Told when a visit becomes due.
    pub(super) due: Condvar,
    /// Told when nothing waits for anybody.
    pub(super) settled: Condvar,
}

#[derive(Debug)]
pub(crate) struct HubMembers {
    pub(crate) bounds: Bounds,
    pub(crate) overflow: Overflow,
    pub(crate) members: Vec<Arc<Member>>,
    /// Whom the thread is to visit next.
    pub(super) due: Vec<Arc<Member>>,
    /// Members for whom something waits.
    pub(super) unsettled: usize,
    /// The thread is there, and whether it waits.
    pub(super) is_served: bool,
    pub(super) is_waiting: bool,
    /// There was no thread to have, the last time.
    pub(super) is_alone: bool,
}

impl HubState {
    pub(crate) fn new(bounds: Bounds, overflow: Overflow) -> Self {
        let state = HubMembers {
            bounds,
            overflow,
            members: Vec::new(),
            due: Vec::new(),
            unsettled: 0,
            is_served: false,
            is_waiting: false,
            is_alone: false,
        };
        Self { spawn, state: Mutex::new(state), due: Condvar::new(), settled: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HubMembers> {
        // Nothing panics while this lock is held.
        lock(&self.state)
    }
}
