//! [`Explainer`]: the tap that writes what it sees in words.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use blocking_ws::testing::{WireEntry, WireLog};
use blocking_ws::{Role, Tap, TapEvent};

use super::colours::Colours;
use super::connection::{Connection, name, other};
use super::frame::Seen;
use super::{ending, frame, head};

/// How an [`Explainer`] writes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// With the colours of a terminal.
    pub(crate) colours: bool,
    /// With the number of the connection on each line. For a server, which can have several clients.
    pub(crate) numbers: bool,
    /// With credentials, which are hidden by default.
    pub(crate) secrets: bool,
}

/// Explains in words what passes on connections, with the section of the RFC. It is a tap of a client
/// or of a server.
///
/// Each event has a line with its time and its direction, and more lines that are indented. While the
/// writer blocks, so do the connections. After an error of the writer nothing more is written.
pub(crate) struct Explainer {
    options: Options,
    state: Mutex<State>,
}

struct State {
    /// Decodes the bytes. It is emptied after each event.
    log: WireLog,
    connections: HashMap<u64, Connection>,
    out: Box<dyn Write + Send>,
    has_failed: bool,
}

impl Explainer {
    pub(crate) fn new(out: Box<dyn Write + Send>, options: Options) -> Self {
        let log = WireLog::new().secrets(options.secrets);
        let state = State { log, connections: HashMap::new(), out, has_failed: false };
        Self { options, state: Mutex::new(state) }
    }

    /// Puts the time and the direction before the lines of an entry, and the broken rules behind them.
    fn laid_out(&self, entry: &WireEntry, by: Option<Role>, lines: &[String]) -> Vec<u8> {
        let colours = Colours(self.options.colours);
        let time = format!("+{:.4}", entry.since().as_secs_f64());
        let number =
            if self.options.numbers { format!("#{} ", entry.connection()) } else { String::new() };
        let way = by.map_or_else(String::new, |by| format!("{} -> {}", name(by), name(other(by))));
        let way = format!("{way:16}");
        let painted = match by {
            Some(Role::Client) => colours.client(&way),
            Some(Role::Server) => colours.server(&way),
            None => way.clone(),
        };
        let indent = " ".repeat(time.len() + 1 + number.len() + way.len() + 2);
        let mut text = format!("{} {number}{painted}  ", colours.faint(&time));
        let rule = colours.wrong("A RULE IS BROKEN:");
        let broken = entry.breaches().into_iter().map(|breach| format!("{rule} {breach}"));
        let lines: Vec<_> = lines.iter().cloned().chain(broken).collect();
        text += &lines.join(&format!("\n{indent}"));
        text.push('\n');
        text.into_bytes()
    }

    /// Explains an entry, which `event` has made. `is_last` is true for its last entry.
    fn explain(
        &self,
        entry: &WireEntry,
        event: TapEvent<'_>,
        is_last: bool,
        connection: &mut Connection,
    ) -> Vec<u8> {
        let by = entry.way().map(|way| connection.sender(way));
        let role = connection.role();
        let lines = if let Some((line, headers)) = entry.head() {
            let fits = entry.breaches().is_empty();
            head::explain(line, headers, fits, connection)
        } else if let (Some(frame), Some(by)) = (entry.frame(), by) {
            let (content, close) = (entry.content().unwrap_or_default(), entry.close());
            // A frame that is whole is told when its last bytes come.
            let is_part = !matches!(event, TapEvent::Bytes { .. });
            let (at, is_cut) = (entry.since(), entry.is_cut());
            let seen = Seen { by, at, frame, content, close, is_cut, is_part };
            frame::explain(&seen, connection)
        } else {
            match (event, is_last) {
                (TapEvent::Opened { peer, tls, .. }, true) => ending::opened(role, peer, tls),
                (TapEvent::End(way), true) => {
                    ending::ended(connection.sender(way), None, connection)
                }
                (TapEvent::Failed(way, e), true) => {
                    ending::ended(connection.sender(way), Some(e.to_string()), connection)
                }
                (TapEvent::Closed, true) => ending::dropped(),
                (_, _) => ending::no_frames(),
            }
        };
        self.laid_out(entry, by, &lines)
    }
}

impl Tap for Explainer {
    fn event(&self, connection: u64, event: TapEvent<'_>) {
        // A panic of the writer leaves nothing half done that the next event would see.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        state.log.event(connection, event);
        let entries = state.log.take();
        if let TapEvent::Opened { role, .. } = event {
            state.connections.insert(connection, Connection::new(role));
        }
        let Some(known) = state.connections.get_mut(&connection) else { return };
        let mut text = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            text.extend(self.explain(entry, event, at + 1 == entries.len(), known));
        }
        if let TapEvent::Closed = event {
            state.connections.remove(&connection);
        }
        if !state.has_failed {
            state.has_failed = put(&mut *state.out, &text).is_err();
        }
    }
}

fn put(out: &mut dyn Write, text: &[u8]) -> io::Result<()> {
    out.write_all(text)?;
    out.flush()
}

impl fmt::Debug for Explainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explainer").field("options", &self.options).finish_non_exhaustive()
    }
}
