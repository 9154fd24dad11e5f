//! [`begin`]: what passes on a connection, as lines for the crate `log`.

use std::sync::{Arc, Mutex};

use log::Level;

use super::observer::Observer;
use super::tap::{Tap, TapEvent};
use crate::process::{caught, lock};
use crate::proto::wire::Shows;

/// A logger asks for the lines by this name.
const TARGET: &str = "blocking_ws::wire";

/// More of a payload than a line shows, and all of a control frame's.
const SHOWS: Shows = Shows { bytes: 128, secrets: false };

/// Returns a tap for a connection that begins now, if the log wants its lines.
///
/// The log is asked once for each connection. So a connection without such lines pays nothing for each
/// message.
pub(super) fn begin() -> Option<Arc<dyn Tap>> {
    let is_possible = Level::Trace <= log::max_level();
    // The logger is the program's, and may panic.
    let is_wanted = || log::log_enabled!(target: TARGET, Level::Trace);
    let is_wanted = is_possible && caught(is_wanted).unwrap_or(false);
    is_wanted.then(|| Arc::new(Trace(Mutex::new(Observer::new(SHOWS)))) as Arc<dyn Tap>)
}

/// Writes a line for each frame of one connection.
struct Trace(Mutex<Observer>);

impl Tap for Trace {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        let mut lines = Vec::new();
        lock(&self.0).see(event, &mut |passed| lines.push(passed));
        // The lock is free again: a logger may take its time, and the other direction goes on.
        for line in lines {
            log::trace!(target: TARGET, "#{connection} {line}");
        }
    }
}
