//! [`Printer`]: prints above the line that is edited, from any thread.
//!
//! The editor prints for other threads while it waits for a key. In the short time between two lines it
//! does not, and what is printed then may come behind the next prompt. So a print waits until the prompt
//! is there, which the editor's helper notices, and then until it was painted again.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{ExternalPrinter, Helper};

use super::commands::complete;

/// How long a print waits for the prompt. A command such as `/send` may keep the editor away longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints above the line that is edited.
#[derive(Clone)]
pub(crate) struct Printer {
    prompt: Arc<Prompted>,
    /// `None` where no line can be edited.
    above: Option<Arc<Mutex<dyn ExternalPrinter + Send>>>,
    is_colored: bool,
}

/// What is known of the prompt.
#[derive(Debug, Default)]
pub(super) struct Prompted {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_there: bool,
    /// How often it was painted.
    paints: u64,
}

impl Prompted {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn painted(&self) {
        let mut state = self.lock();
        state.is_there = true;
        state.paints += 1;
        self.changed.notify_all();
    }

    /// The editor has returned a line.
    pub(super) fn gone(&self) {
        self.lock().is_there = false;
    }

    /// Waits for this, within limits. Returns how often the prompt was painted.
    fn wait(&self, until: impl Fn(&State) -> bool) -> u64 {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |state| !until(state));
        waited.unwrap_or_else(PoisonError::into_inner).0.paints
    }
}

impl Printer {
    pub(super) fn new(
        prompt: Arc<Prompted>,
        above: Option<impl ExternalPrinter + Send + 'static>,
        is_colored: bool,
    ) -> Self {
        let above = above.map(|above| Arc::new(Mutex::new(above)) as Arc<Mutex<_>>);
        Self { prompt, above, is_colored }
    }

    /// Prints lines above the line that is edited.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        let Some(above) = &self.above else { return direct(text) };
        let mut above = above.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.prompt.wait(|state| state.is_there);
        above.print(format!("{text}\n")).map_err(io::Error::other)?;
        self.prompt.wait(|state| state.paints > before || !state.is_there);
        Ok(())
    }

    /// Prints a line that is no message. A terminal that is gone hears nothing of it.
    pub(crate) fn notice(&self, text: &str) {
        let _ = self.print(&self.colored(text, "32"));
    }

    /// Prints a line that is no message before the first prompt.
    pub(crate) fn notice_before_the_prompt(&self, text: &str) {
        let _ = direct(&self.colored(text, "32"));
    }

    /// Returns the text in a color, if there are colors.
    pub(super) fn colored(&self, text: &str, color: &str) -> String {
        if self.is_colored { format!("\x1b[{color}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Prints where no line is edited.
pub(super) fn direct(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(format!("{text}\n").as_bytes())?;
    out.flush()
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}

/// What the editor asks while a line is edited.
#[derive(Debug)]
pub(super) struct Watcher(pub(super) Arc<Prompted>);

impl Highlighter for Watcher {
    /// Nothing is highlighted. But this is called each time the prompt is painted.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        _default: bool,
    ) -> Cow<'b, str> {
        self.0.painted();
        Cow::Borrowed(prompt)
    }
}

impl Completer for Watcher {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((0, complete(&line[..pos])))
    }
}

impl Hinter for Watcher {
    type Hint = String;
}

impl Validator for Watcher {}

impl Helper for Watcher {}
