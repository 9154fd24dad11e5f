//! [`Shared`]: what a proxy, its listener and its connections have in common.

use std::any::Any;
use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use super::super::faults::{Faults, Lane};
use super::super::wire_log::WireLog;
use super::frames::FrameFilter;
use super::link::Link;
use super::verdict::{Flow, OnFrame};
use crate::process::lock;

/// The most connections that are kept for the report. The oldest that is over goes first.
const REMEMBERED: usize = 100;

/// The most faults that are kept for a test to see.
const HAPPENED: usize = 1000;

/// Takes a line about what happens.
pub(super) type OnNote = Arc<dyn Fn(&str) + Send + Sync>;

pub(super) struct Shared {
    /// Where the server is, as `host:port`.
    pub(super) server: String,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) upstream: Faults,
    pub(super) downstream: Faults,
    pub(super) on_frame: Option<OnFrame>,
    pub(super) on_note: Option<OnNote>,
    pub(super) log: Option<WireLog>,
    /// The faults, the first ones.
    pub(super) happened: Vec<String>,
    pub(super) is_partitioned: bool,
    /// How many connections have come.
    pub(super) came: usize,
    pub(super) links: Vec<Arc<Link>>,
    pub(super) threads: Vec<JoinHandle<()>>,
    /// The first panic of a function of the test.
    pub(super) panic: Option<Box<dyn Any + Send>>,
    is_stopped: bool,
}

impl Shared {
    pub(super) fn new(server: String) -> Self {
        let state = State {
            upstream: Faults::new(),
            downstream: Faults::new(),
            on_frame: None,
            on_note: None,
            log: None,
            happened: Vec::new(),
            is_partitioned: false,
            came: 0,
            links: Vec::new(),
            threads: Vec::new(),
            panic: None,
            is_stopped: false,
        };
        Self { server, state: Mutex::new(state) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Makes the next connection. `None` if the proxy is dropped.
    pub(super) fn next(&self) -> Option<Arc<Link>> {
        let mut state = self.lock();
        if state.is_stopped {
            return None;
        }
        state.came += 1;
        let link = Arc::new(Link::new(state.came, state.is_partitioned));
        state.links.push(Arc::clone(&link));
        state.threads.retain(|thread| !thread.is_finished());
        if state.links.len() > REMEMBERED {
            if let Some(over) = state.links.iter().position(|link| link.is_over()) {
                state.links.remove(over);
            }
        }
        Some(link)
    }

    /// The lane of one direction of a connection.
    pub(super) fn lane(&self, link: &Link, flow: Flow) -> Lane {
        let state = self.lock();
        let plan = match flow {
            Flow::Upstream => state.upstream.clone(),
            Flow::Downstream => state.downstream.clone(),
        };
        drop(state);
        Lane::new(plan, link.number, flow.lane())
    }

    pub(super) fn filter(&self, flow: Flow) -> Option<FrameFilter> {
        let on_frame = self.lock().on_frame.clone();
        on_frame.map(|on_frame| FrameFilter::new(flow, on_frame))
    }

    /// Tells that a fault has happened, too.
    pub(super) fn note_fault(&self, link: &Link, what: &dyn fmt::Display) {
        let mut state = self.lock();
        if state.happened.len() < HAPPENED {
            state.happened.push(format!("connection {}: {what}", link.number));
        }
        drop(state);
        self.note(link, what);
    }

    /// Tells the program and the log what happens.
    pub(super) fn note(&self, link: &Link, what: &dyn fmt::Display) {
        let state = self.lock();
        let (on_note, log) = (state.on_note.clone(), state.log.clone());
        drop(state);
        if let Some(log) = log {
            log.note(link.id, &what.to_string());
        }
        if let Some(on_note) = on_note {
            let text = format!("connection {}: {what}", link.number);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| on_note(&text))) {
                self.panicked(panic);
            }
        }
    }

    /// Keeps a panic of a function of the test for the thread of the test.
    pub(super) fn panicked(&self, panic: Box<dyn Any + Send>) {
        self.lock().panic.get_or_insert(panic);
    }

    /// Ends all threads that work for connections, and waits for them.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        let links = state.links.clone();
        drop(state);
        for link in &links {
            link.stop();
        }
        loop {
            let threads = std::mem::take(&mut self.lock().threads);
            if threads.is_empty() {
                return;
            }
            // A thread may have begun another one.
            for thread in threads {
                // It catches the panics of the test's functions.
                let _ = thread.join();
            }
        }
    }

    /// A line for each connection with faults.
    pub(super) fn report(&self, address: SocketAddr) -> Vec<String> {
        let links = self.lock().links.clone();
        let reports = links.iter().filter_map(|link| link.report());
        reports.map(|report| format!("FaultyProxy {address}: {report}")).collect()
    }
}
