//! The client in a pipe.

use std::io;
use std::sync::Arc;
use std::thread;

use blocking_ws::{Message, MessageKind, Result, Sender};

use super::input::Input;
use super::output::Output;
use super::sending::{Sink, send_all, stream_all};
use crate::connect::Observed;
use crate::exit::{Exit, Failure};
use crate::options::Args;
use crate::session::{Attempts, Goal, Notices, Talk, conduct, receive};

/// Connects, sends the input, and prints what comes.
pub(crate) fn client(
    args: &Args,
    mut attempts: Attempts<'_>,
    talk: &Arc<Talk>,
    goal: &Goal,
    observed: &Observed,
) -> std::result::Result<Exit, Failure> {
    let notices = Notices::new(&args.show, None);
    let ws = attempts.open(&notices)?;
    let sender = ws.sender().map_err(Failure::usage)?;
    let output = Output::new(&args.frames, args.show.screen.pings.then(|| notices.clone()));
    let (told, times) = (Arc::clone(talk), observed.times.clone());
    let expected = goal.expected;
    thread::spawn(move || receive(ws, output, &told, expected, times.as_deref()));
    send_input(args, &sender, talk);
    let done = conduct(talk, &sender, goal);
    let (sent, received) = talk.counts();
    if let Some(closed) = talk.closed().filter(|_| done.is_ok()) {
        notices.detail(|| format!("[{closed}]"));
    }
    notices.detail(|| format!("[{sent} sent, {received} received]"));
    done
}

/// Sends the input in a thread of its own: it may wait for the input, or for the server.
fn send_input(args: &Args, sender: &Sender, talk: &Arc<Talk>) {
    let (sender, talk) = (sender.clone(), Arc::clone(talk));
    let is_binary = args.frames.form.binary;
    let kind = if is_binary { MessageKind::Binary } else { MessageKind::Text };
    let executed = args.frames.execute.clone();
    let is_raw = args.frames.separator.raw;
    let input = Input::new(io::stdin(), &args.frames);
    thread::spawn(move || {
        let sink = Counted { sender, talk: Arc::clone(&talk) };
        let sent = if !executed.is_empty() {
            let all = executed.into_iter().map(|text| message(text, is_binary));
            all.into_iter().try_for_each(|message| sink.send(&message, true)).map_err(Into::into)
        } else if is_raw {
            stream_all(io::stdin().lock(), &sink.sender, kind).map(|()| sink.talk.sent())
        } else {
            send_all(input, &sink)
        };
        match sent {
            Ok(()) => talk.input_ended(),
            Err(why) => {
                // `None`: the connection has ended, and the receiving thread knows why.
                if let Some(why) = why.0 {
                    talk.input_failed(why);
                }
            }
        }
    });
}

fn message(text: String, is_binary: bool) -> Message {
    if is_binary { Message::from(text.into_bytes()) } else { Message::from(text) }
}

/// Sends on a connection, and counts.
struct Counted {
    sender: Sender,
    talk: Arc<Talk>,
}

impl Sink for Counted {
    fn send(&self, message: &Message, at_once: bool) -> Result<()> {
        // Counted before it is sent: the answer may come sooner than this thread goes on.
        self.talk.sent();
        if at_once { self.sender.send(message) } else { self.sender.feed(message) }
    }
}
