//! [`conduct`]: when this side closes the connection, and what the exit status is.

use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::{CloseCode, Sender};

use super::talk::{Ended, Input, Output, State, Talk};
use crate::exit::{Exit, Failure, explain_closed, explain_lost};
use crate::options::{CloseWith, Wait};

/// How long a peer has to answer the Close frame after a signal, or when the output has no reader.
const SOON: Duration = Duration::from_secs(2);
/// The library reports a peer that does not answer a Close frame. This is for a thread that cannot.
const SPARE: Duration = Duration::from_secs(2);

/// What the conversation is for.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// The Close frame at the end.
    pub(crate) close: CloseWith,
    /// Close after this many messages.
    pub(crate) expected: Option<u64>,
    /// What to wait for after the end of the input. `None`: as many messages as were sent.
    pub(crate) wait: Option<Wait>,
    /// How long to wait for the next message, and for the answer to the Close frame.
    pub(crate) timeout: Duration,
}

/// Why this side closes the connection, or that it has ended.
#[derive(Debug)]
enum Why {
    Ended,
    Done,
    Asked(CloseWith),
    Silence(String),
    Stopped,
    InputFailed(String),
    OutputGone,
    OutputFailed(String),
}

/// Waits for the end of the conversation, and closes the connection if this side has to.
pub(crate) fn conduct(talk: &Talk, sender: &Sender, goal: &Goal) -> Result<Exit, Failure> {
    let why = wait(talk, goal);
    let normal = CloseWith::normal;
    let (frame, most) = match &why {
        Why::Ended => return end(talk, goal),
        Why::Stopped => (CloseWith { code: CloseCode::GoingAway, reason: String::new() }, SOON),
        Why::Asked(frame) => (frame.clone(), goal.timeout + SPARE),
        Why::Done | Why::Silence(_) => (goal.close.clone(), goal.timeout + SPARE),
        Why::InputFailed(_) => (normal(), goal.timeout + SPARE),
        Why::OutputGone | Why::OutputFailed(_) => (normal(), SOON),
    };
    let is_stopped = matches!(why, Why::Stopped);
    let sender = sender.clone();
    // Without room in the stream this would wait, and only the receiving thread makes room.
    thread::spawn(move || sender.close(frame.code, &frame.reason));
    let has_ended = wait_for_end(talk, most, is_stopped);
    match why {
        Why::Stopped => Ok(Exit::Interrupted),
        Why::OutputGone => Ok(Exit::Well),
        Why::OutputFailed(why) => Err(unwritten(&why)),
        Why::InputFailed(why) => Err(Failure::usage(why)),
        Why::Silence(text) => Err(Failure::new(Exit::Timeout, text)),
        // All has come that was waited for. Many peers end TCP after a Close frame without answering it.
        Why::Done | Why::Asked(_) if has_ended && talk.is_lost() => Ok(Exit::Well),
        Why::Ended | Why::Done | Why::Asked(_) if has_ended => end(talk, goal),
        // A signal came while the peer was waited for.
        _ if talk.lock().is_stopped => Ok(Exit::Interrupted),
        _ => Err(unanswered(goal)),
    }
}

/// Waits for the end of a server. `shut_down` closes all connections with a frame, within a time.
pub(crate) fn conduct_server(
    talk: &Talk,
    goal: &Goal,
    shut_down: impl FnOnce(&CloseWith, Duration),
) -> Result<Exit, Failure> {
    let why = wait(talk, goal);
    let most = if matches!(why, Why::Done) { goal.timeout } else { SOON };
    let going = CloseWith { code: CloseCode::GoingAway, reason: String::new() };
    match why {
        Why::Done => shut_down(&goal.close, most),
        Why::Asked(ref with) => shut_down(with, most),
        _ => shut_down(&going, most),
    }
    match why {
        Why::Stopped => Ok(Exit::Interrupted),
        Why::OutputFailed(why) => Err(unwritten(&why)),
        Why::InputFailed(why) => Err(Failure::usage(why)),
        Why::Ended | Why::Done | Why::Asked(_) | Why::Silence(_) | Why::OutputGone => {
            Ok(Exit::Well)
        }
    }
}

fn unwritten(why: &str) -> Failure {
    Failure::usage(format_args!("cannot write the output: {why}"))
}

fn unanswered(goal: &Goal) -> Failure {
    let seconds = goal.timeout.as_secs_f64();
    Failure::new(
        Exit::Timeout,
        format_args!("the peer did not answer the Close frame within {seconds} s"),
    )
}

/// Waits until there is a reason to close, or the connection has ended.
fn wait(talk: &Talk, goal: &Goal) -> Why {
    let mut state = talk.lock();
    loop {
        match decide(&state, goal, Instant::now()) {
            Ok(why) => return why,
            Err(most) => state = talk.wait(state, most),
        }
    }
}

/// Returns why to close, or how long to wait at most until something changes.
fn decide(state: &State, goal: &Goal, now: Instant) -> Result<Why, Option<Duration>> {
    if state.is_stopped {
        return Ok(Why::Stopped);
    }
    match &state.output {
        Output::Well => {}
        Output::Gone => return Ok(Why::OutputGone),
        Output::Failed(why) => return Ok(Why::OutputFailed(why.clone())),
    }
    if state.ended.is_some() {
        return Ok(Why::Ended);
    }
    if let Some(frame) = &state.asked {
        return Ok(Why::Asked(frame.clone()));
    }
    let enough = goal.expected.unwrap_or(u64::MAX);
    if state.received >= enough {
        return Ok(Why::Done);
    }
    let ended_at = match &state.input {
        Input::Open => return Err(None),
        Input::Failed(why) => return Ok(Why::InputFailed(why.clone())),
        Input::Ended(at) => *at,
    };
    let awaited = goal.expected.unwrap_or(state.sent);
    match goal.wait {
        Some(Wait::Forever) => Err(None),
        Some(Wait::For(time)) => match (ended_at + time).checked_duration_since(now) {
            Some(left) if !left.is_zero() => Err(Some(left)),
            _ => Ok(Why::Done),
        },
        None if state.received >= awaited => Ok(Why::Done),
        // The reader of the output is slow, and not the peer.
        None if state.is_printing => Err(None),
        None => match (state.last + goal.timeout).checked_duration_since(now) {
            Some(left) if !left.is_zero() => Err(Some(left)),
            _ => Ok(Why::Silence(silence(state.received, awaited, goal.timeout))),
        },
    }
}

fn silence(received: u64, awaited: u64, timeout: Duration) -> String {
    let seconds = timeout.as_secs_f64();
    format!(
        "no message came within {seconds} s: {received} of {awaited} have come; --timeout SECONDS \
         waits longer, --wait SECONDS waits for a time and not for a number"
    )
}

/// Waits until the connection has ended, for `most` at most, not counting the time in which a message
/// is printed. Returns `false` if it has not, or a signal has come meanwhile.
fn wait_for_end(talk: &Talk, most: Duration, is_stopped: bool) -> bool {
    let begun = Instant::now();
    let mut state = talk.lock();
    loop {
        if state.ended.is_some() {
            return true;
        }
        if state.is_stopped && !is_stopped {
            return false;
        }
        let is_slow = state.is_printing && !is_stopped && matches!(state.output, Output::Well);
        let left = (begun.max(state.last) + most).checked_duration_since(Instant::now());
        match left {
            _ if is_slow => state = talk.wait(state, None),
            Some(left) if !left.is_zero() => state = talk.wait(state, Some(left)),
            _ => return false,
        }
    }
}

/// What the end of the connection means.
fn end(talk: &Talk, goal: &Goal) -> Result<Exit, Failure> {
    let failure = match &talk.lock().ended {
        Some(Ended::Closed(status)) => status.as_ref().and_then(explain_closed),
        Some(Ended::Failed(error)) => Some(explain_lost(error, goal.timeout)),
        None => None,
    };
    failure.map_or(Ok(Exit::Well), Err)
}
