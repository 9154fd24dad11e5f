//! [`Times`]: how long each step of a connection took.
//!
//! The steps follow each other, and each begins where the step before it has ended:
//!
//! ```text
//! DNS      the name is resolved; measured only where this command connects itself
//! TCP      the first address has answered
//! TLS      the tap, which sits above TLS, sees the connection
//! 101      the response is there
//! message  the first message is there
//! ```
//!
//! Through a proxy, by `--connect-to` or by `--unix` the library connects, and the steps before the
//! request are one line that says so. After a redirect they begin anew, behind a line for what was before.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use blocking_ws::{Tap, TapEvent};

/// What is measured, in the order in which it happens.
#[derive(Debug)]
pub(crate) struct Times(Mutex<Steps>);

#[derive(Debug)]
struct Steps {
    begun: Instant,
    /// The end of each step, and its name.
    ends: Vec<(&'static str, Instant)>,
    /// What the way to the server consists of, if it is not measured in parts.
    way: Option<&'static str>,
    /// The last connection was encrypted.
    is_open: bool,
    redirects: u32,
    has_message: bool,
}

impl Times {
    pub(super) fn begin() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Steps {
            begun: Instant::now(),
            ends: Vec::new(),
            way: None,
            is_open: false,
            redirects: 0,
            has_message: false,
        })))
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The library connects, by a way that this name describes.
    pub(super) fn whole_way(&self, name: &'static str) {
        self.steps().way = Some(name);
    }

    /// A step has ended.
    pub(super) fn end(&self, step: &'static str) {
        self.steps().ends.push((step, Instant::now()));
    }

    /// The connection is open.
    pub(crate) fn opened(&self) {
        let mut steps = self.steps();
        steps.is_open = true;
        steps.ends.push(("101", Instant::now()));
    }

    /// A message has come.
    pub(crate) fn message(&self) {
        let mut steps = self.steps();
        if !steps.has_message {
            steps.has_message = true;
            steps.ends.push(("first message", Instant::now()));
        }
    }
}

impl Tap for Times {
    fn event(&self, _connection: u64, event: TapEvent<'_>) {
        let mut steps = self.steps();
        match event {
            TapEvent::Opened { tls, .. } if !steps.is_open => match steps.way {
                Some(way) => steps.ends.push((way, Instant::now())),
                None if tls => steps.ends.push(("TLS", Instant::now())),
                None => {}
            },
            // The server of this connection has answered with something else than 101.
            TapEvent::Closed if !steps.is_open => {
                steps.redirects += 1;
                let now = Instant::now();
                steps.ends = vec![("redirects before", now)];
            }
            _ => {}
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, now) = (self.steps(), Instant::now());
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let ends = steps.ends.iter().copied().chain([("until the end", now)]);
        let width = ends.clone().map(|(name, _)| name.len()).max().unwrap_or_default();
        writeln!(f, "{:width$}        took   since the start", "time")?;
        let mut last = steps.begun;
        for (name, end) in ends {
            let (took, since) = (ms(end - last), ms(end - steps.begun));
            writeln!(f, "{name:width$} {took:8.1} ms {since:14.1} ms")?;
            last = end;
        }
        write!(f, "{:width$}             {:14.1} ms", "total", ms(now - steps.begun))
    }
}
