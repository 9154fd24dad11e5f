//! The thread that reads lines.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use blocking_ws::{Message, Result};
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, Config, Editor};

use super::commands::{Command, HELP, parse};
use super::history;
use super::mode::save;
use super::printer::{Printer, Prompted, Watcher, direct};
use crate::exit::Failure;
use crate::options::{Args, CloseWith};
use crate::session::{Gathered, Gatherer};

/// The prompt, and the prompt of further lines of a JSON value.
const PROMPT: &str = "> ";
const MORE: &str = "| ";

/// Who gets what is typed.
pub(crate) trait Far: Send + Sync {
    fn send(&self, message: &Message) -> Result<()>;
    fn ping(&self, data: &str) -> Result<()>;
    fn pong(&self, data: &str) -> Result<()>;
    /// Closes the connection; `None` with the Close frame of the command line.
    fn close(&self, with: Option<CloseWith>);
    /// The person has typed Ctrl-D.
    fn leave(&self);
    /// The person has typed Ctrl-C.
    fn interrupt(&self);
}

type Lines = Editor<Watcher, DefaultHistory>;

/// What the thread works with.
struct Reader {
    lines: Lines,
    prompted: Arc<Prompted>,
    history: Option<PathBuf>,
    json: Option<Gatherer>,
    is_binary: bool,
}

/// An editor that edits no line yet.
pub(crate) struct Ready(Reader);

impl Ready {
    /// Begins to edit lines, in a thread of its own.
    pub(crate) fn begin(mut self, far: Arc<dyn Far>) {
        thread::spawn(move || self.0.read(&*far));
    }
}

/// Prepares the terminal. Returns how to print above the line that will be edited.
///
/// # Errors
/// The terminal cannot be used.
pub(crate) fn start(args: &Args) -> std::result::Result<(Printer, Ready), Failure> {
    save();
    // The watcher is asked only where colors are on. It adds none.
    let config = Config::builder().color_mode(ColorMode::Forced).build();
    let unusable =
        |e: ReadlineError| Failure::usage(format_args!("the terminal cannot be used: {e}"));
    let mut lines = Lines::with_config(config).map_err(unusable)?;
    lines.set_max_history_size(1000).map_err(unusable)?;
    let prompted = Arc::new(Prompted::default());
    lines.set_helper(Some(Watcher(Arc::clone(&prompted))));
    let printer =
        Printer::new(Arc::clone(&prompted), lines.create_external_printer().ok(), has_colors());
    let history = if args.show.screen.no_history { None } else { history::file() };
    history::load(&mut lines, history.as_ref());
    let json = args.frames.form.json.then(Gatherer::default);
    let reader = Reader { lines, prompted, history, json, is_binary: args.frames.form.binary };
    Ok((printer, Ready(reader)))
}

/// Returns `true` if a terminal may be colored.
pub(crate) fn has_colors() -> bool {
    let is_dumb = env::var_os("TERM").is_some_and(|it| it == "dumb");
    !is_dumb && env::var_os("NO_COLOR").is_none()
}

impl Reader {
    /// Reads lines until the person leaves. Then goes on without a prompt: what still comes is printed
    /// by the editor.
    fn read(&mut self, far: &dyn Far) {
        let mut has_left = false;
        loop {
            let is_open = self.json.as_ref().is_some_and(Gatherer::is_open);
            let prompt = if has_left {
                ""
            } else if is_open {
                MORE
            } else {
                PROMPT
            };
            let line = self.lines.readline(prompt);
            self.prompted.gone();
            match (line, &mut self.json) {
                (Ok(_), _) if has_left => {}
                (Ok(line), _) => {
                    if !line.trim().is_empty() {
                        history::add(&mut self.lines, &line, self.history.as_ref());
                    }
                    match self.line(&line, far) {
                        Ok(leaves) => has_left = leaves,
                        // A terminal that is gone ends the loop at the next line.
                        Err(why) => drop(direct(&format!("error: {why}"))),
                    }
                }
                (Err(ReadlineError::Interrupted), Some(json)) if json.is_open() => json.clear(),
                (Err(ReadlineError::Interrupted), _) => {
                    has_left = true;
                    far.interrupt();
                }
                // A window that changes its size is no reason to leave.
                (Err(ReadlineError::Signal(_)), _) => {}
                (Err(_), _) if has_left => return,
                (Err(_), _) => {
                    has_left = true;
                    far.leave();
                }
            }
        }
    }

    /// Does what a line asks for. Returns `true` if the person leaves.
    fn line(&mut self, line: &str, far: &dyn Far) -> std::result::Result<bool, String> {
        let is_open = self.json.as_ref().is_some_and(Gatherer::is_open);
        let command = if is_open { Command::Text(line.to_owned()) } else { parse(line)? };
        let done = match command {
            Command::Text(text) => match &mut self.json {
                None => far.send(&self.message(text)),
                Some(json) => match json.line(&text) {
                    Gathered::Whole(text) => far.send(&Message::from(text)),
                    Gathered::More | Gathered::Nothing => Ok(()),
                    Gathered::Not(why) => {
                        return Err(format!("this is no JSON, and was not sent: {why}"));
                    }
                },
            },
            Command::Ping(data) => far.ping(&data),
            Command::Pong(data) => far.pong(&data),
            Command::Hex(bytes) => far.send(&Message::from(bytes)),
            Command::Send(path) => {
                let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                far.send(&if self.is_binary { Message::from(bytes) } else { text_or_binary(bytes) })
            }
            Command::Close(with) => {
                far.close(with);
                Ok(())
            }
            Command::Quit => {
                far.leave();
                return Ok(true);
            }
            Command::Help => direct(HELP).map_err(Into::into),
        };
        done.map(|()| false).map_err(|e| e.to_string())
    }

    fn message(&self, text: String) -> Message {
        if self.is_binary { Message::from(text.into_bytes()) } else { Message::from(text) }
    }
}

fn text_or_binary(bytes: Vec<u8>) -> Message {
    match String::from_utf8(bytes) {
        Ok(text) => Message::from(text),
        Err(e) => Message::from(e.into_bytes()),
    }
}
