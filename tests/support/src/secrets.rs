//! User names and passwords that must show nowhere, and a logger that keeps all that is said.

use std::sync::{Mutex, Once, PoisonError};

use log::{LevelFilter, Log, Metadata, Record};

/// `YWxp` and `ZXZl` are how Basic authentication writes the beginnings of `ali:` and `eve:`.
const SECRETS: [&str; 6] = ["ali:", "sesame", "YWxp", "eve:", "simsim", "ZXZl"];

struct Lines(Mutex<Vec<String>>);

static LINES: Lines = Lines(Mutex::new(Vec::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Keeps all log lines of this process from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&LINES).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

/// Looks for secrets in what is shown, and in all that was logged.
pub(crate) fn assert_unseen(shown: &str) {
    let lines = LINES.0.lock().unwrap_or_else(PoisonError::into_inner);
    for text in lines.iter().map(String::as_str).chain([shown]) {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
