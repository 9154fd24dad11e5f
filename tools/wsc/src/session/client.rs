//! The client: connects, and has a conversation in a pipe or on a terminal.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use blocking_ws::{Client, WebSocket};

use super::conduct::Goal;
use super::notices::Notices;
use super::talk::Talk;
use crate::connect::{self, Observed, show_agreed, shown};
use crate::exit::{Exit, Failure, explain_connecting, on_signal};
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
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let done = if is_terminal && args.frames.execute.is_empty() && !args.frames.separator.raw {
        terminal::client(args, (&client, url), &talk, &goal, &observed)
    } else {
        pipe::client(args, (&client, url), &talk, &goal, &observed)
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

/// Opens a connection, with as many attempts as `--retry` allows. From then on a signal ends the
/// conversation, and not the process.
pub(crate) fn open(
    args: &Args,
    (client, url): (&Client, &str),
    talk: &Talk,
    notices: &Notices,
    observed: &Observed,
) -> Result<WebSocket, Failure> {
    let connected = match args.client.retry {
        None => client.connect(url),
        Some(retries) => {
            let notices = notices.clone();
            let attempts = client.reconnecting(url).max_attempts(retries.saturating_add(1));
            let mut attempts = attempts.on_retry(move |retry| {
                let why = retry.error.as_ref().map(ToString::to_string).unwrap_or_default();
                notices
                    .say(&format!("[{why}; trying again in {:.1} s]", retry.delay.as_secs_f64()));
            });
            // The iterator ends with an item.
            attempts.next().unwrap_or_else(|| client.connect(url))
        }
    };
    let ws = connected.map_err(|e| explain_connecting(&shown(url), &e, args.client.timeout))?;
    if let Some(times) = &observed.times {
        times.opened();
    }
    talk.begin();
    notices.detail(|| show_agreed(&ws));
    Ok(ws)
}
