//! [`Metrics`]: the counters of a server, in the text format of Prometheus.
//!
//! The library counts; this writes the numbers down when they are asked for. A crate such as
//! `prometheus-client` pays for histograms, and for labels with values that come from outside.

use std::fmt::{Display, Formatter, Result as FmtResult};
use std::sync::atomic::{AtomicU64, Ordering};

use blocking_ws::http::HeaderValue;
use blocking_ws::{Error, Result, ServerHandle, Traffic, buffered};

/// Of version 0.0.4 of the format.
pub(crate) const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// The counters of a server, and those that its program keeps itself.
pub(crate) struct Metrics {
    server: ServerHandle,
    lost: AtomicU64,
    failed: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(server: ServerHandle) -> Self {
        Self { server, lost: AtomicU64::new(0), failed: AtomicU64::new(0) }
    }

    /// Counts how a handler has ended, and passes that on.
    pub(crate) fn count(&self, outcome: Result<()>) -> Result<()> {
        match &outcome {
            Ok(()) => {}
            // The network, or a client that went away: some of these are normal.
            Err(Error::Lost(_) | Error::Deadline(_)) => add(&self.lost),
            Err(_) => add(&self.failed),
        }
        outcome
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Name, type, help and value.
type Value = (&'static str, &'static str, &'static str, u64);

/// A counter for each direction.
type Directed = (&'static str, &'static str, fn(&Traffic) -> u64);

const DIRECTED: [Directed; 4] = [
    ("websocket_messages_total", "Messages of all connections.", |it| it.messages),
    ("websocket_frames_total", "Frames of all connections, with pings and pongs.", |it| it.frames),
    ("websocket_payload_bytes_total", "Bytes of messages, not compressed.", |it| it.bytes),
    ("websocket_wire_bytes_total", "Bytes of frames as they were sent.", |it| it.wire_bytes),
];

impl Display for Metrics {
    fn fmt(&self, out: &mut Formatter<'_>) -> FmtResult {
        let totals = self.server.totals();
        let open = self.server.connection_count();
        let [lost, failed] = [&self.lost, &self.failed].map(|it| it.load(Ordering::Relaxed));
        let values: [Value; 5] = [
            ("websocket_connections", "gauge", "Connections that are open.", open as u64),
            ("websocket_opened_total", "counter", "Connections so far.", totals.connections),
            ("websocket_lost_total", "counter", "Connections that were lost.", lost),
            ("websocket_failed_total", "counter", "Handlers that failed otherwise.", failed),
            (
                "websocket_buffered_bytes",
                "gauge",
                "Bytes of messages in memory.",
                buffered() as u64,
            ),
        ];
        for (name, kind, help, value) in values.into_iter().chain(system()) {
            write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")?;
        }
        for (name, help, value) in DIRECTED {
            let [received, sent] = [value(&totals.received), value(&totals.sent)];
            write!(
                out,
                "# HELP {name} {help}\n# TYPE {name} counter\n\
                 {name}{{direction=\"received\"}} {received}\n{name}{{direction=\"sent\"}} {sent}\n"
            )?;
        }
        Ok(())
    }
}

/// What bounds a server with many threads, under the names that all programs use.
#[cfg(target_os = "linux")]
fn system() -> Vec<Value> {
    use std::fs;

    let number = |file: &str, line: &str, column: usize| {
        let text = fs::read_to_string(file).ok()?;
        let line = text.lines().find_map(|it| it.strip_prefix(line))?;
        line.split_whitespace().nth(column)?.parse::<u64>().ok()
    };
    let threads = number("/proc/self/status", "Threads:", 0);
    let memory = number("/proc/self/status", "VmRSS:", 0).map(|kib| kib * 1024);
    let most = number("/proc/self/limits", "Max open files", 0);
    let open = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
    [
        ("process_threads", "Threads of the process.", threads),
        ("process_resident_memory_bytes", "Memory of the process.", memory),
        ("process_open_fds", "Open files and sockets.", open),
        ("process_max_fds", "The limit of open files and sockets.", most),
    ]
    .into_iter()
    .filter_map(|(name, help, value)| Some((name, "gauge", help, value?)))
    .collect()
}

/// Elsewhere a crate such as `sysinfo` has these values.
#[cfg(not(target_os = "linux"))]
fn system() -> Vec<Value> {
    Vec::new()
}
