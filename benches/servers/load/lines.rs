//! All connections for throughput: echoes in a closed loop.
//!
//! It must cost less than the server that it measures. So it reads much at a time, writes all that is due
//! on a connection at once, and sleeps while nothing has come.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::line::Line;
use super::loops::ClosedLoop;
use super::opening;
use super::script::Script;
use crate::Outcome;

/// How long a server may be silent while answers are due.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes one read takes at most.
const ROOM: usize = 256 << 10;

/// Connections that all send the same messages.
pub(crate) struct Lines {
    all: Vec<Line>,
    script: Script,
    poll: Poll,
    events: Events,
    room: Vec<u8>,
}

impl Lines {
    /// Opens connections.
    pub(crate) fn open(address: SocketAddr, count: usize, script: Script) -> Outcome<Self> {
        let poll = Poll::new()?;
        let all = (0..count).map(|index| {
            let mut stream = opening::open(address, "/", index)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(index), both)?;
            Ok(Line::new(stream))
        });
        let all = all.collect::<Outcome<_>>()?;
        let (events, room) = (Events::with_capacity(1024), vec![0; ROOM]);
        Ok(Self { all, script, poll, events, room })
    }

    /// Sends for this time, and returns when all messages have been answered.
    pub(crate) fn run(&mut self, time: Duration) -> Outcome<ClosedLoop> {
        let begun = Instant::now();
        for line in &mut self.all {
            line.send(&self.script, true)?;
        }
        let (mut messages, mut heard) = (0, begun);
        while self.all.iter().any(|line| line.answered < line.sent) {
            match self.poll.poll(&mut self.events, Some(PATIENCE)) {
                // A signal came, and no event.
                Err(error) if error.kind() == ErrorKind::Interrupted => self.events.clear(),
                polled => polled?,
            }
            let now = Instant::now();
            let more = now.duration_since(begun) < time;
            let mut came = 0;
            for event in &self.events {
                let line = &mut self.all[event.token().0];
                if event.is_readable() {
                    came += line.receive(&mut self.room, &self.script)?;
                }
                line.send(&self.script, more)?;
            }
            messages += came;
            if came > 0 {
                heard = now;
            } else if heard.elapsed() > PATIENCE {
                let text = format!(
                    "no answer came for {} s. Look at what the server does, or leave it out of this row \
                     with `--no`",
                    PATIENCE.as_secs()
                );
                return Err(text.into());
            }
        }
        Ok(ClosedLoop { messages, took: begun.elapsed() })
    }
}
