//! A program for each client.
//!
//! ```text
//! client's thread    messages of the client -> a short queue
//! writing thread     the queue              -> standard input of the program
//! answering thread   lines of its output    -> messages to the client
//! ```
//!
//! A program that does not read makes its client wait. Then the client is pinged, because a client that has
//! gone would not be noticed otherwise.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{CloseCode, Error, Message, Result, Sender, WebSocket};

use super::processes::{end, has_ended, in_group};
use super::visit::Visit;
use crate::exit::Failure;
use crate::options::FrameArgs;
use crate::pipe::{Input, Separator, Sink, send_all};
use crate::session::Talk;

/// How long a program may take to end by itself after its output or its input has.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many messages wait for a program, and how often a client is pinged that waits for it.
const QUEUED: usize = 16;
const PING: Duration = Duration::from_secs(2);
/// How long one look at a program waits for the next. A queue is looked at sooner at first: a program that
/// reads makes room at once.
const PAUSE: Duration = Duration::from_millis(10);
const SHORTEST: Duration = Duration::from_micros(50);

/// The command of `--exec`, and the programs that run.
#[derive(Debug)]
pub(super) struct Programs {
    words: Vec<String>,
    running: Mutex<Vec<Arc<Mutex<Child>>>>,
}

/// Sends to a client.
struct Client(Sender);

impl Sink for Client {
    fn send(&self, message: &Message, at_once: bool) -> Result<()> {
        if at_once { self.0.send(message) } else { self.0.feed(message) }
    }
}

impl Programs {
    /// Splits the command as a shell does. No shell runs it.
    pub(super) fn new(command: &str) -> std::result::Result<Arc<Self>, Failure> {
        let words = shell_words::split(command)
            .map_err(|e| Failure::usage(format_args!("--exec {command:?}: {e}")))?;
        if words.is_empty() {
            return Err(Failure::usage("--exec needs a program"));
        }
        Ok(Arc::new(Self { words, running: Mutex::default() }))
    }

    /// Runs the program for a client, until one of them has gone.
    pub(super) fn visit(
        &self,
        ws: &mut WebSocket,
        visit: &Visit,
        frames: &FrameArgs,
        talk: &Arc<Talk>,
    ) -> Result<()> {
        let mut child = self.spawn(ws).map_err(|e| {
            visit.notices.say(&format!("[#{} {}: {e}]", ws.id(), self.words[0]));
            Error::other(format!("the program cannot be run: {e}"))
        })?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let child = Arc::new(Mutex::new(child));
        self.lock().push(Arc::clone(&child));
        let sender = ws.sender()?;
        let messages = output.map(|output| Input::new(output, frames));
        let waits = Arc::clone(&child);
        let answering = thread::spawn(move || {
            let client = Client(sender);
            let sent = messages.map_or(Ok(()), |messages| send_all(messages, &client));
            let (code, reason) = match sent {
                Ok(()) => ending(&waits),
                Err(why) => (CloseCode::Internal, why.0.unwrap_or_default()),
            };
            // The client may have gone before.
            let _ = client.0.close(code, &cut(&reason));
        });
        let queue = write_all(input, Separator::of(frames).byte());
        let pings = ws.sender()?;
        let done = visit.each(ws, |message| {
            enqueue(&queue, message, &pings)?;
            talk.received();
            Ok(())
        });
        // Its input ends with the queue, and what the client has said last may still be read.
        drop(queue);
        wait(&child);
        // It may have been ended by another thread.
        let _ = end(&mut lock(&child));
        self.lock().retain(|other| !Arc::ptr_eq(other, &child));
        // Its output has ended with it, unless a process that it has left behind keeps that open.
        drop(answering);
        done
    }

    fn spawn(&self, ws: &WebSocket) -> std::io::Result<Child> {
        let uri = ws.request().uri();
        let peer = ws.peer_addr().map_or_else(|_| "unix".to_owned(), |at| at.to_string());
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .env("WSC_PEER", peer)
            .env("WSC_PATH", uri.path())
            .env("WSC_QUERY", uri.query().unwrap_or_default())
            .env("WSC_SUBPROTOCOL", ws.subprotocol().unwrap_or_default())
            .env("WSC_CONNECTION", ws.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        in_group(&mut command).spawn()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Mutex<Child>>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all programs: the server ends.
    pub(super) fn end_all(&self) {
        for child in self.lock().drain(..) {
            let _ = end(&mut lock(&child));
        }
    }
}

/// Writes messages to the standard input of a program, in a thread of its own, until it reads no more or
/// the queue is dropped.
fn write_all(input: Option<ChildStdin>, separator: u8) -> SyncSender<Message> {
    let (queue, messages) = mpsc::sync_channel::<Message>(QUEUED);
    thread::spawn(move || {
        let Some(mut input) = input else { return };
        for message in messages {
            let mut bytes = message.into_bytes();
            bytes.push(separator);
            if input.write_all(&bytes).and_then(|()| input.flush()).is_err() {
                return;
            }
        }
    });
    queue
}

/// Waits for room in the queue, and pings the client meanwhile. A program that reads no more may still
/// have something to say, so its messages are dropped.
fn enqueue(queue: &SyncSender<Message>, mut message: Message, pings: &Sender) -> Result<()> {
    let mut last = Instant::now();
    let mut pause = SHORTEST;
    loop {
        message = match queue.try_send(message) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => return Ok(()),
            Err(TrySendError::Full(message)) => message,
        };
        if last.elapsed() >= PING {
            pings.ping("")?;
            last = Instant::now();
        }
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSE);
    }
}

/// The Close frame after the end of a program's output: 1000, or 1011 if the program failed.
fn ending(child: &Mutex<Child>) -> (CloseCode, String) {
    if wait(child)
        && let Ok(status) = end(&mut lock(child))
        && !status.success()
    {
        return (CloseCode::Internal, format!("the program has failed: {status}"));
    }
    (CloseCode::Normal, String::new())
}

/// Gives a program time to end by itself. Returns `true` if it has.
fn wait(child: &Mutex<Child>) -> bool {
    let begun = Instant::now();
    loop {
        // Locked for a moment only: another thread may want to end the program.
        let has_ended = has_ended(&mut lock(child));
        if has_ended || begun.elapsed() > PATIENCE {
            return has_ended;
        }
        thread::sleep(PAUSE);
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reason has at most 123 bytes (RFC 6455 §5.5).
fn cut(reason: &str) -> String {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].to_owned()
}
