//! [`Progress`]: how far a run is.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ws_conformance::Lenient;
use ws_conformance::report::CaseReport;

/// A run is not long before it has lasted this long.
const LONG: Duration = Duration::from_secs(1);

/// A bar on the terminal, once a run is long. If standard error is no terminal there is none.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    is_shown: bool,
    began: Instant,
}

impl Progress {
    pub(super) fn new(cases: usize, is_shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(cases as u64), ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} cases {elapsed} {msg}")
        {
            bar.set_style(style);
        }
        let is_shown = is_shown && std::io::stderr().is_terminal();
        Self { bar, is_shown, began: Instant::now() }
    }

    /// Counts a case.
    pub(super) fn count(&self, report: &CaseReport, lenient: Lenient) {
        if self.is_shown && self.bar.is_hidden() && self.began.elapsed() >= LONG {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        if !lenient.allows(report.outcome) {
            self.bar.set_message(format!("{}: {}", report.id, report.outcome));
        }
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
