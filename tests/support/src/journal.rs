//! What servers write to the log, by whose threads wrote it.

use std::sync::{Mutex, PoisonError};
use std::thread;

use blocking_ws::ServerHandle;
use log::{Level, LevelFilter, Log, Metadata, Record};

/// The name of a thread, how loud it was, and what it said.
type Line = (String, Level, String);

struct Journal(Mutex<Vec<Line>>);

static JOURNAL: Journal = Journal(Mutex::new(Vec::new()));

/// Begins to write down; again, it does nothing.
pub(crate) fn begin() {
    if log::set_logger(&JOURNAL).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

/// What a server has said so far at a level: louder than debug, or that.
pub(crate) fn said(server: &ServerHandle, loud: bool) -> Vec<String> {
    let name = format!("ws {}", server.local_addr().unwrap());
    let lines = JOURNAL.0.lock().unwrap_or_else(PoisonError::into_inner);
    let of_it = |(thread, level, _): &&Line| {
        thread.split(" accept").next() == Some(&name) && (*level < Level::Debug) == loud
    };
    lines.iter().filter(of_it).map(|(_, _, text)| text.clone()).collect()
}

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        let name = thread::current().name().unwrap_or_default().to_owned();
        let line = (name, record.level(), record.args().to_string());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn flush(&self) {}
}
