//! The logger of the tests: it remembers what the library and other crates say, and which thread said it.
//!
//! A process has one logger, and the tests of a binary share it: each looks for its own lines.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use blocking_ws::ServerHandle;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// The name of a thread, how loud it was, and what it said.
type Line = (String, Level, String);

/// Waits for a line that contains this.
type Listener = (String, Box<dyn FnOnce() + Send>);

struct Journal {
    lines: Mutex<Vec<Line>>,
    listeners: Mutex<Vec<Listener>>,
}

static JOURNAL: Journal =
    Journal { lines: Mutex::new(Vec::new()), listeners: Mutex::new(Vec::new()) };

/// Begins to write down; a second call does nothing.
pub fn begin() {
    if log::set_logger(&JOURNAL).is_ok() {
        log::set_max_level(LevelFilter::Trace);
    }
}

/// What was said so far that has `part` in it.
pub fn said(part: &str) -> Vec<(Level, String)> {
    let has_part = |(_, _, text): &&Line| text.contains(part);
    let line = |(_, level, text): &Line| (*level, text.clone());
    locked(&JOURNAL.lines).iter().filter(has_part).map(line).collect()
}

/// What a server has said so far at a level, or louder.
pub fn said_by(server: &ServerHandle, least: Level) -> Vec<String> {
    let lines = lines_of(server).into_iter().filter(|(level, _)| *level <= least);
    lines.map(|(_, text)| text).collect()
}

/// What a server has said so far.
pub fn lines_of(server: &ServerHandle) -> Vec<(Level, String)> {
    let name = format!("ws {}", server.local_addr().unwrap());
    let of_it = |(thread, _, _): &&Line| thread.split(" accept").next() == Some(&name);
    let line = |(_, level, text): &Line| (*level, text.clone());
    locked(&JOURNAL.lines).iter().filter(of_it).map(line).collect()
}

/// Calls `then` within the first logging call from now on whose text contains `part`.
pub fn when(part: &str, then: impl FnOnce() + Send + 'static) {
    locked(&JOURNAL.listeners).push((part.to_owned(), Box::new(then)));
}

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Tests look through it for secrets, which no crate may tell, on no level.
        metadata.level() <= Level::Trace
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        let mut listeners = locked(&self.listeners);
        let heard = listeners.iter().position(|(part, _)| text.contains(part));
        let listener = heard.map(|at| listeners.remove(at));
        drop(listeners);
        let name = thread::current().name().unwrap_or_default().to_owned();
        locked(&self.lines).push((name, record.level(), text));
        // No lock is held: it may log.
        if let Some((_, then)) = listener {
            then();
        }
    }

    fn flush(&self) {}
}

/// A test that failed does not fail the others.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
