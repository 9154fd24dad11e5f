//! The client on a terminal.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use blocking_ws::{Error, Message, Result, Sender, StopHandle};

use super::editor::{Far, start};
use super::mode::restore;
use super::screen::Screen;
use crate::connect::{Observed, shown};
use crate::exit::{Exit, Failure};
use crate::options::{Args, CloseWith};
use crate::session::{Attempts, Goal, Notices, Talk, conduct, receive};

/// Connects, and talks with a person until the connection has ended.
pub(crate) fn client(
    args: &Args,
    mut attempts: Attempts<'_>,
    talk: &Arc<Talk>,
    goal: &Goal,
    observed: &Observed,
) -> std::result::Result<Exit, Failure> {
    // Before the first prompt there is no line to print above.
    let mut ws = attempts.open(&Notices::new(&args.show, None))?;
    let (printer, editor) = start(args)?;
    observed.notes.print_by(printer.clone());
    let notices = Notices::new(&args.show, Some(printer.clone()));
    let line = Arc::new(Line {
        sender: Mutex::default(),
        talk: Arc::clone(talk),
        close: goal.close.clone(),
        attempts: attempts.stop_handle(),
    });
    let mut editor = Some(editor);
    let done = loop {
        let sender = ws.sender().map_err(Failure::usage)?;
        line.connected(Some(sender.clone()));
        let text =
            format!("[connected to {}; Ctrl-D closes, /help lists commands]", shown(attempts.url));
        match editor.take() {
            Some(editor) => {
                if !args.show.notices.quiet {
                    printer.notice_before_the_prompt(&text);
                }
                editor.begin(Arc::clone(&line) as Arc<dyn Far>);
            }
            None => notices.say(&text),
        }
        let (told, times) = (Arc::clone(talk), observed.times.clone());
        let (screen, expected) = (Screen::new(args, printer.clone()), goal.expected);
        thread::spawn(move || receive(ws, screen, &told, expected, times.as_deref()));
        let done = conduct(talk, &sender, goal);
        if let Some(closed) = talk.closed() {
            notices.say(&format!("[{closed}]"));
        }
        match done {
            Err(failure) if failure.exit == Exit::Lost && args.client.retry.is_some() => {
                line.connected(None);
                talk.is_over();
                notices.say(&format!("[{}]", failure.message));
                ws = match attempts.open(&notices) {
                    Ok(ws) => ws,
                    Err(failure) => break Err(failure),
                };
            }
            done => break done,
        }
    };
    let (sent, received) = talk.counts();
    notices.detail(|| format!("[{sent} sent, {received} received]"));
    observed.notes.settle();
    restore();
    done
}

/// The connection, as the editor sees it.
struct Line {
    /// `None` while there is no connection.
    sender: Mutex<Option<Sender>>,
    talk: Arc<Talk>,
    close: CloseWith,
    /// Ends the attempts to connect again.
    attempts: Option<StopHandle>,
}

impl Line {
    fn connected(&self, sender: Option<Sender>) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = sender;
    }

    fn with(&self, act: impl FnOnce(&Sender) -> Result<()>) -> Result<()> {
        // A clone, because sending may wait, and a signal must not wait for that.
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match sender {
            Some(sender) => act(&sender).map_err(|e| match e {
                Error::Closed => Error::other("the connection is closed, so nothing was sent"),
                e => e,
            }),
            None => Err(Error::other("there is no connection now, so nothing was sent")),
        }
    }
}

impl Far for Line {
    fn send(&self, message: &Message) -> Result<()> {
        self.with(|sender| sender.send(message))?;
        self.talk.sent();
        Ok(())
    }

    fn ping(&self, data: &str) -> Result<()> {
        self.with(|sender| sender.ping(data))
    }

    fn pong(&self, data: &str) -> Result<()> {
        self.with(|sender| sender.pong(data))
    }

    fn close(&self, with: Option<CloseWith>) {
        self.talk.close(with.unwrap_or_else(|| self.close.clone()));
        if let Some(attempts) = &self.attempts {
            attempts.stop();
        }
    }

    fn leave(&self) {
        self.close(None);
    }

    fn interrupt(&self) {
        self.talk.interrupt();
    }
}
