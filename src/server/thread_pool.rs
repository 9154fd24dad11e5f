//! The threads of one server: created when needed, kept for a while, joined in the end.
//!
//! ```text
//!          run                       5 s without a job, or dismissed
//! made --------> works <----> waits ---------------------------------> leaves
//! ```
//!
//! A thread whose job is done waits a few seconds for the next job, because waking it takes a tenth
//! of the time of creating a thread. The thread that has waited shortest gets the next job, so that
//! threads that are not needed any more can leave.
//!
//! A thread that has left may still run: it drops the handler's thread-locals after its last line,
//! which can take any time. Only a join waits for that, and a join has no deadline. So one thread
//! at a time does the joins, and the others wait for that thread until their deadline. Usually it
//! is a thread that is about to leave; for the last threads it is one that is created for it. A
//! thread does not join itself, and it does not wait for the thread that is joining it.
//!
//! Locks: `state` is held for a few instructions, and not while a thread is created, called or
//! joined.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, SendError, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use crate::io::Deadline;
use crate::process::{caught, error, lock};

/// How long a thread whose job is done waits for the next job.
const IDLE: Duration = Duration::from_secs(5);

/// How many threads that left may wait to be joined while another join does not end. Further
/// threads are detached.
const MOST_LEFT: usize = 1024;

/// What a thread does for one client.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The threads of one server. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ThreadPool(Arc<Pool>);

#[derive(Debug, Default)]
struct Pool {
    state: Mutex<PoolState>,
    /// Notified when the handle of a thread is stored, when a thread leaves, and when one is
    /// joined; see [`waits`](PoolState::waits).
    changed: Condvar,
}

#[derive(Debug, Default)]
struct PoolState {
    made: u64,
    /// All threads that have not left. A thread's handle is stored a moment after its start.
    workers: HashMap<u64, Option<JoinHandle<()>>>,
    /// The threads among them that wait for a job, each with the channel that brings one.
    waiting: Vec<(u64, SyncSender<Job>)>,
    /// The threads that left; the last in the list is joined first.
    left: Vec<JoinHandle<()>>,
    /// A thread is joining those that left.
    joining: bool,
    /// The thread whose join is being waited for.
    joined: Option<ThreadId>,
    dismissed: bool,
    /// How many threads wait for `changed`. Std makes a system call for each notification, even if
    /// no thread waits, and each new thread would cost one.
    waits: usize,
}

impl ThreadPool {
    /// Has a waiting thread, or else a new thread, do a job. Does not wait for the job.
    ///
    /// # Errors
    /// The system cannot create a thread; the job has been dropped.
    pub(crate) fn run(&self, builder: thread::Builder, mut job: Job) -> io::Result<()> {
        while let Some(call) = self.first_waiting() {
            // The channel holds one job, and the thread does not leave before it has taken that.
            match call.send(job) {
                Ok(()) => return Ok(()),
                Err(SendError(unsent)) => job = unsent,
            }
        }
        let number = self.add();
        let pool = self.clone();
        let made = caught(move || builder.spawn(move || PoolThread { pool, number }.work(job)));
        // Std panics for some stack sizes.
        let made =
            made.unwrap_or_else(|| Err(io::Error::other("a thread cannot be made like this")));
        let mut state = self.lock();
        let made = match made {
            Ok(handle) => {
                state.workers.insert(number, Some(handle));
                Ok(())
            }
            Err(e) => {
                state.workers.remove(&number);
                Err(e)
            }
        };
        self.tell(state);
        made
    }

    /// Makes all waiting threads leave, and the others when their jobs are done.
    pub(crate) fn dismiss(&self) {
        let mut state = self.lock();
        state.dismissed = true;
        state.waiting.clear();
    }

    /// Adds a thread that is about to end, to be joined after all others.
    pub(crate) fn adopt(&self, thread: JoinHandle<()>) {
        let mut state = self.lock();
        state.left.insert(0, thread);
        self.tell(state);
    }

    /// Waits until the deadline, or until all but `busy` threads have left and those that left have
    /// been joined. If a thread of the pool calls this, it is not waited for and not counted in
    /// `busy`.
    pub(crate) fn join(&self, busy: usize, deadline: Deadline) {
        let own = thread::current().id();
        let mut state = self.lock();
        loop {
            if state.joined == Some(own) || state.is_gone(busy, own) || deadline.has_passed() {
                return;
            }
            let idle = !state.joining && state.left.iter().any(|left| left.thread().id() != own);
            if !idle {
                state.waits += 1;
                state = deadline.wait(&self.0.changed, state);
                state.waits -= 1;
                continue;
            }
            state.joining = true;
            drop(state);
            let pool = self.clone();
            let joiner = thread::Builder::new().name("ws joiner".to_owned());
            if joiner.spawn(move || pool.join_those_who_left(None)).is_err() {
                // The threads end without a join too, only after this returns.
                let mut state = self.lock();
                state.joining = false;
                self.tell(state);
                return;
            }
            state = self.lock();
        }
    }

    /// Joins the threads that left until none remains, and then adds the caller's own handle to the
    /// list for the next thread that joins. The caller has set `joining`.
    fn join_those_who_left(&self, own: Option<JoinHandle<()>>) {
        let mut state = self.lock();
        while let Some(thread) = state.left.pop() {
            state.joined = Some(thread.thread().id());
            // A thread that waits in `join` must know that it is being joined.
            self.tell(state);
            // Its panic has been logged. The drop of the panic's payload may panic too.
            let _ = caught(|| drop(thread.join()));
            state = self.lock();
        }
        state.joined = None;
        state.joining = false;
        state.left.extend(own);
        self.tell(state);
    }

    /// Unlocks the state, and wakes the threads that wait for a change of it.
    fn tell(&self, state: MutexGuard<'_, PoolState>) {
        let waits = state.waits > 0;
        drop(state);
        if waits {
            self.0.changed.notify_all();
        }
    }

    fn first_waiting(&self) -> Option<SyncSender<Job>> {
        self.lock().waiting.pop().map(|(_, call)| call)
    }

    /// Counts a new thread.
    fn add(&self) -> u64 {
        let mut state = self.lock();
        state.made += 1;
        let number = state.made;
        state.workers.insert(number, None);
        number
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        lock(&self.0.state)
    }
}

impl PoolState {
    /// Returns `true` if all threads have been joined except `busy` threads and the caller's own.
    fn is_gone(&self, busy: usize, own: ThreadId) -> bool {
        let is_own = |thread: &JoinHandle<()>| thread.thread().id() == own;
        let others = |thread: &&Option<JoinHandle<()>>| !thread.as_ref().is_some_and(is_own);
        !self.joining
            && self.left.iter().all(is_own)
            && self.workers.values().filter(others).count() <= busy
    }
}

/// A thread's registration in the pool. Dropping it makes the thread leave, also after a panic.
struct PoolThread {
    pool: ThreadPool,
    number: u64,
}

impl PoolThread {
    fn work(self, mut job: Job) {
        loop {
            if caught(job).is_none() {
                error!("a thread panicked outside of its handler");
            }
            match self.next_job() {
                Some(next) => job = next,
                None => return,
            }
        }
    }

    /// Waits for a job. Returns `None` if none comes in time, or once the pool is dismissed.
    // A frame of its own: otherwise its part of the stack is added to that of a job.
    #[inline(never)]
    fn next_job(&self) -> Option<Job> {
        let (call, called) = mpsc::sync_channel(1);
        let mut state = self.pool.lock();
        if state.dismissed {
            return None;
        }
        state.waiting.push((self.number, call));
        drop(state);
        match called.recv_timeout(IDLE) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                let mut state = self.pool.lock();
                state.waiting.retain(|(number, _)| *number != self.number);
                drop(state);
                // If a job is being sent, it arrives. Otherwise the sender is gone and this returns
                // at once.
                called.recv().ok()
            }
        }
    }
}

impl Drop for PoolThread {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        // The thread that made this one is about to store its handle.
        while matches!(state.workers.get(&self.number), Some(None)) {
            state.waits += 1;
            state = Deadline::NEVER.wait(&self.pool.0.changed, state);
            state.waits -= 1;
        }
        let own = state.workers.remove(&self.number).flatten();
        if !state.joining && !state.left.is_empty() {
            state.joining = true;
            self.pool.tell(state);
            self.pool.join_those_who_left(own);
            return;
        }
        if state.dismissed || state.left.len() < MOST_LEFT {
            state.left.extend(own);
        }
        self.pool.tell(state);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::mpsc::{Receiver, Sender};
    use std::thread::ThreadId;

    use super::*;

    /// Much more time than anything here takes.
    const SOON: Duration = Duration::from_secs(10);

    /// Runs a job that sends the id of its thread, and then runs until the returned sender is
    /// dropped.
    fn call(pool: &ThreadPool, told: &Sender<ThreadId>) -> Sender<()> {
        let (let_go, goes_on) = mpsc::channel::<()>();
        let told = told.clone();
        let job = move || {
            told.send(thread::current().id()).unwrap();
            let _ = goes_on.recv();
        };
        pool.run(thread::Builder::new(), Box::new(job)).unwrap();
        let_go
    }

    fn waits_for(pool: &ThreadPool, what: impl Fn(&PoolState) -> bool) {
        let deadline = Deadline::after(Some(SOON));
        while !what(&pool.lock()) {
            assert!(!deadline.has_passed(), "{pool:?}");
            thread::yield_now();
        }
    }

    fn next(ids: &Receiver<ThreadId>) -> ThreadId {
        ids.recv_timeout(SOON).unwrap()
    }

    #[test]
    fn jobs_at_one_time_have_a_thread_each_and_jobs_in_turn_share_one() {
        let (pool, (tell, ids)) = (ThreadPool::default(), mpsc::channel());
        let (first, second) = (call(&pool, &tell), call(&pool, &tell));
        let both = [next(&ids), next(&ids)];
        assert_ne!(both[0], both[1]);
        drop(first);
        waits_for(&pool, |state| state.waiting.len() == 1);
        drop(second);
        waits_for(&pool, |state| state.waiting.len() == 2);
        let third = call(&pool, &tell);
        let again = next(&ids);
        assert!(both.contains(&again));
        drop(third);
        waits_for(&pool, |state| state.waiting.len() == 2);
        drop(call(&pool, &tell));
        assert_eq!(next(&ids), again, "the last one that came back is called first");
        assert_eq!(pool.lock().made, 2);
    }

    #[test]
    fn a_panic_costs_no_thread() {
        let (pool, (tell, ids)) = (ThreadPool::default(), mpsc::channel());
        drop(call(&pool, &tell));
        waits_for(&pool, |state| state.waiting.len() == 1);
        pool.run(thread::Builder::new(), Box::new(|| panic!("as told"))).unwrap();
        waits_for(&pool, |state| state.waiting.len() == 1);
        drop(call(&pool, &tell));
        assert_eq!(next(&ids), next(&ids));
    }

    #[test]
    fn a_panic_of_a_panic_costs_one() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                assert!(thread::panicking(), "as told");
            }
        }
        let pool = ThreadPool::default();
        let job = || std::panic::panic_any(Bomb);
        pool.run(thread::Builder::new(), Box::new(job)).unwrap();
        waits_for(&pool, |state| state.workers.is_empty());
        pool.join(0, Deadline::NEVER);
    }

    #[test]
    fn those_who_left_are_joined_even_if_one_stays() {
        const JOBS: usize = 20;
        /// Sends when its thread ends or stores the next value: thread-locals are dropped last.
        struct Told(Sender<()>);
        impl Drop for Told {
            fn drop(&mut self) {
                thread::sleep(Duration::from_millis(1));
                let _ = self.0.send(());
            }
        }
        thread_local!(static TOLD: RefCell<Option<Told>> = const { RefCell::new(None) });

        let (pool, (tell, ends)) = (ThreadPool::default(), mpsc::channel());
        let (stay, stays) = mpsc::channel::<()>();
        pool.run(thread::Builder::new(), Box::new(move || _ = stays.recv())).unwrap();
        for _ in 0..JOBS {
            let told = Told(tell.clone());
            let job = || TOLD.set(Some(told));
            pool.run(thread::Builder::new(), Box::new(job)).unwrap();
        }
        pool.dismiss();
        pool.join(1, Deadline::NEVER);
        assert_eq!(ends.try_iter().count(), JOBS);
        let began = std::time::Instant::now();
        pool.join(0, Deadline::after(Some(Duration::from_millis(20))));
        assert!(began.elapsed() < SOON, "it waits for the one that stays");
        drop(stay);
        pool.join(0, Deadline::NEVER);
        assert!(pool.lock().left.is_empty());
    }

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    #[test]
    fn where_there_is_no_thread_to_have_those_that_wait_go_on() {
        let (pool, (tell, ids)) = (ThreadPool::default(), mpsc::channel());
        // More stack than there are addresses.
        let impossible = || thread::Builder::new().stack_size(1 << 48);
        let dropped = tell.clone();
        let job = move || dropped.send(thread::current().id()).unwrap();
        assert!(pool.run(impossible(), Box::new(job.clone())).is_err());
        assert!(pool.lock().workers.is_empty());
        drop(call(&pool, &tell));
        waits_for(&pool, |state| state.waiting.len() == 1);
        pool.run(impossible(), Box::new(job)).unwrap();
        assert_eq!(next(&ids), next(&ids));
    }
}
