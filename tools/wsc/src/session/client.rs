//! The client: connects, and has a conversation in a pipe or on a terminal.

use std::io::{self, IsTerminal, Write as _};
use std::sync::Arc;

use blocking_ws::{Client, Reconnecting, StopHandle, WebSocket};

use super::conduct::Goal;
use super::notices::Notices;
use super::talk::Talk;
use crate::connect::{self, Observed, show_agreed, shown};
use crate::exit::{Exit, Failure, explain_connecting, in_options, on_signal};
use crate::options::Args;
use crate::{pipe, terminal};

/// Connects to a server and talks with it. Returns when the connection has ended.
pub(crate) fn client(args: &Args, url: &str) -> Result<Exit, Failure> {
    let goal = Goal {
        close: args.close()?,
        expected: args.frames.expected(),
        wait: args.frames.wait,
        timeout: args.client.timeout,
    };
    let observed = Observed::new(&args.show)?;
    let client = connect::client(args, &observed)?;
    let talk = Talk::new();
    leave_on_signal(&talk)?;
    let attempts = Attempts::new(args, (&client, url), &talk, &observed);
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let done = if is_terminal && args.frames.execute.is_empty() && !args.frames.separator.raw {
        terminal::client(args, attempts, &talk, &goal, &observed)
    } else {
        pipe::client(args, attempts, &talk, &goal, &observed)
    };
    // Also after a failure: then it is wanted most.
    let written = observed.finish();
    done.and_then(|exit| written.map(|()| exit))
}

/// Ends the conversation at the first signal, and the process at the second, or if there is no
/// conversation.
pub(crate) fn leave_on_signal(talk: &Arc<Talk>) -> Result<(), Failure> {
    let talk = Arc::clone(talk);
    on_signal(move || talk.interrupt())
        .map_err(|e| Failure::usage(format_args!("signals cannot be caught: {e}")))
}

/// The server, and the attempts to reach it.
pub(crate) struct Attempts<'a> {
    args: &'a Args,
    client: &'a Client,
    pub(crate) url: &'a str,
    talk: &'a Talk,
    observed: &'a Observed,
    /// With `--retry`. It remembers how long the last connection has lived, so that a server that drops
    /// its clients at once is not flooded.
    reconnecting: Option<Reconnecting>,
}

impl<'a> Attempts<'a> {
    fn new(
        args: &'a Args,
        (client, url): (&'a Client, &'a str),
        talk: &'a Talk,
        observed: &'a Observed,
    ) -> Self {
        let reconnecting = args.client.retry.map(|retries| {
            let (mut notes, is_quiet) = (observed.notes.clone(), args.show.notices.quiet);
            let attempts = client.reconnecting(url).max_attempts(retries.saturating_add(1));
            attempts.on_retry(move |retry| {
                let why = retry.error.as_ref().map(ToString::to_string).unwrap_or_default();
                let (why, delay) = (in_options(&why), retry.delay.as_secs_f64());
                if !is_quiet {
                    // In one write, because each is a line on a terminal.
                    let text = format!("[{why}; trying again in {delay:.1} s]\n");
                    // Standard error that is closed hears nothing.
                    let _ = notes.write_all(text.as_bytes());
                }
            })
        });
        Self { args, client, url, talk, observed, reconnecting }
    }

    /// What ends the attempts. `None` without `--retry`.
    pub(crate) fn stop_handle(&self) -> Option<StopHandle> {
        self.reconnecting.as_ref().map(Reconnecting::stop_handle)
    }

    /// Opens a connection, with as many attempts as `--retry` allows. From then on a signal ends the
    /// conversation, and not the process.
    pub(crate) fn open(&mut self, notices: &Notices) -> Result<WebSocket, Failure> {
        let connected = match &mut self.reconnecting {
            None => self.client.connect(self.url),
            Some(attempts) => match attempts.next() {
                Some(connected) => connected,
                // The person has left meanwhile.
                None => return Err(Failure::new(Exit::Lost, "the connection was lost (1006)")),
            },
        };
        let timeout = self.args.client.timeout;
        let ws = connected.map_err(|e| explain_connecting(&shown(self.url), &e, timeout))?;
        if let Some(times) = &self.observed.times {
            times.opened();
        }
        self.talk.begin();
        notices.detail(|| show_agreed(&ws));
        Ok(ws)
    }
}
