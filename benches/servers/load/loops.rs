//! Echoes: as many as the server can do (closed loop), or on a schedule (open loop).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::crowd::{Crowd, Got, Members};
use crate::Outcome;
use crate::schedule::Schedule;

/// When a closed loop ends.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// When this number of messages has been answered.
    Messages(usize),
    /// After this time, when all messages have been answered.
    Time(Duration),
}

/// The result of a closed loop.
pub(crate) struct ClosedLoop {
    pub(crate) messages: usize,
    pub(crate) took: Duration,
}

/// The result of an open loop.
pub(crate) struct OpenLoop {
    /// From when a message was due until its answer had been read.
    pub(crate) latencies: Vec<Duration>,
    /// From when a message was due until it was sent: what this program adds to the latencies.
    pub(crate) late: Vec<Duration>,
}

/// The numbers of the messages.
struct Echoes {
    /// For each connection, how many were sent.
    sent: Vec<usize>,
}

impl Echoes {
    fn new(crowd: &Crowd) -> Self {
        Self { sent: vec![0; crowd.len()] }
    }

    /// Sends the next message of a connection. Neighbours do not send the same.
    fn send(&mut self, members: &mut Members, connection: usize) -> Outcome<()> {
        let sent = &mut self.sent[connection];
        if *sent == 0 {
            members.expect(connection, connection);
        }
        members.send(connection, connection + *sent)?;
        *sent += 1;
        Ok(())
    }
}

/// Keeps this number of messages in flight, at most one on each connection. After an answer the next idle
/// connection sends, so that all connections have their turn.
pub(crate) fn closed_loop(
    crowd: &mut Crowd,
    in_flight: usize,
    until: Until,
) -> Outcome<ClosedLoop> {
    let count = crowd.len();
    let mut echoes = Echoes::new(crowd);
    let mut busy = vec![false; count];
    let (mut sent, mut answered, mut at) = (0, 0, 0);
    let begun = crowd.begin();
    let goes_on = |sent| match until {
        Until::Messages(messages) => sent < messages,
        Until::Time(time) => begun.elapsed() < time,
    };
    let mut next = |members: &mut Members, busy: &mut Vec<bool>| {
        while busy[at] {
            at = (at + 1) % count;
        }
        busy[at] = true;
        echoes.send(members, at)?;
        at = (at + 1) % count;
        Outcome::Ok(())
    };
    while sent < in_flight.min(count) && goes_on(sent) {
        next(crowd.members(), &mut busy)?;
        sent += 1;
    }
    while answered < sent {
        crowd.wait(|members, got| {
            if got.messages > 1 || !busy[got.connection] {
                return Err("an answer came that no message was sent for".into());
            }
            busy[got.connection] = false;
            answered += 1;
            if goes_on(sent) {
                next(members, &mut busy)?;
                sent += 1;
            }
            Ok(())
        })?;
    }
    Ok(ClosedLoop { messages: answered, took: begun.elapsed() })
}

/// Sends messages when they are due, whether or not earlier messages have been answered. A time counts
/// from when the message was due. So a server that stalls is charged for each message that was due
/// meanwhile.
pub(crate) fn open_loop(
    crowd: &mut Crowd,
    mut schedule: Schedule,
    duration: Duration,
) -> Outcome<OpenLoop> {
    let mut echoes = Echoes::new(crowd);
    // For each connection, when the messages in flight were due. Answers come in order.
    let mut in_flight = vec![VecDeque::<Instant>::new(); crowd.len()];
    let (mut latencies, mut late) = (Vec::new(), Vec::new());
    let begun = crowd.begin();
    let mut next = schedule.next();
    while next.after < duration || latencies.len() < late.len() {
        while next.after < duration && next.after <= begun.elapsed() {
            echoes.send(crowd.members(), next.connection)?;
            late.push(begun.elapsed().saturating_sub(next.after));
            in_flight[next.connection].push_back(begun + next.after);
            next = schedule.next();
        }
        let answered = |_: &mut Members, got: Got| {
            for _ in 0..got.messages {
                let due = in_flight[got.connection].pop_front();
                let due = due.ok_or("an answer came that no message was sent for")?;
                latencies.push(got.at.saturating_duration_since(due));
            }
            Ok(())
        };
        if next.after < duration {
            crowd.look(answered)?;
        } else {
            crowd.wait(answered)?;
        }
    }
    Ok(OpenLoop { latencies, late })
}
