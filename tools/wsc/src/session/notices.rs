//! [`Notices`]: lines that are no messages.

use crate::exit::say;
use crate::options::ShowArgs;
use crate::terminal::Printer;

/// Prints what is no message: on standard error, or above the line that is edited on a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Notices {
    is_quiet: bool,
    is_verbose: bool,
    printer: Option<Printer>,
}

impl Notices {
    pub(crate) fn new(args: &ShowArgs, printer: Option<Printer>) -> Self {
        Self { is_quiet: args.notices.quiet, is_verbose: args.notices.verbose, printer }
    }

    /// A line that `--quiet` leaves out.
    pub(crate) fn say(&self, text: &str) {
        if !self.is_quiet {
            self.print(text);
        }
    }

    /// A line that only `--verbose` shows.
    pub(crate) fn detail(&self, text: impl FnOnce() -> String) {
        if self.is_verbose {
            self.print(&text());
        }
    }

    fn print(&self, text: &str) {
        match &self.printer {
            Some(printer) => printer.notice(text),
            None => say(text),
        }
    }
}
