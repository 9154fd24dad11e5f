//! All connections to a server, and the wait for messages on them.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::connection::Connection;
use super::frames::Frames;
use super::opening;
use crate::Outcome;

/// How long a server may be silent while answers are due.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes one read takes at most.
const ROOM: usize = 64 << 10;

/// Connections of clients, in the order in which they were opened.
pub(crate) struct Crowd {
    members: Members,
    poll: Poll,
    events: Events,
    room: Vec<u8>,
    /// Whether this thread has a processor for itself.
    alone: bool,
    /// When the last message came, or the wait for messages began.
    heard: Instant,
}

/// The connections, for a caller that sends while it looks at messages.
pub(crate) struct Members {
    connections: Vec<Connection>,
    frames: Frames,
}

/// Messages that came on a connection.
#[derive(Clone, Copy)]
pub(crate) struct Got {
    pub(crate) connection: usize,
    pub(crate) messages: usize,
    /// When they had been read.
    pub(crate) at: Instant,
}

impl Crowd {
    /// Opens connections to a path, each after the one before. `alone` says that this thread has a processor
    /// for itself.
    pub(crate) fn open(
        address: SocketAddr,
        path: &str,
        count: usize,
        alone: bool,
    ) -> Outcome<Self> {
        let poll = Poll::new()?;
        let connections = (0..count).map(|index| {
            let mut connection = Connection::new(opening::open(address, path, index)?);
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut connection.stream, Token(index), both)?;
            Ok(connection)
        });
        let mut members = Members { connections: Vec::new(), frames: Frames::new() };
        for connection in connections {
            let done = members.connections.len();
            let connection = connection.map_err(|error: Box<dyn std::error::Error>| {
                format!("{done} of {count} connections are open, and the next one fails: {error}. See how many \
                     files and threads the server may have: `ulimit -Hn`, `ulimit -u`")
            })?;
            members.connections.push(connection);
        }
        Ok(Self {
            members,
            poll,
            events: Events::with_capacity(1024),
            room: vec![0; ROOM],
            alone,
            heard: Instant::now(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.members.connections.len()
    }

    pub(crate) fn members(&mut self) -> &mut Members {
        &mut self.members
    }

    /// Begins to wait for answers.
    pub(crate) fn begin(&mut self) -> Instant {
        self.heard = Instant::now();
        self.heard
    }

    /// Calls `look` for each connection on which messages have come. Does not wait for messages.
    pub(crate) fn look(
        &mut self,
        look: impl FnMut(&mut Members, Got) -> Outcome<()>,
    ) -> Outcome<()> {
        self.poll(Duration::ZERO)?;
        if self.events.is_empty() && !self.alone {
            // The server may wait for this processor.
            thread::yield_now();
        }
        self.handle(look)
    }

    /// Waits for messages, and calls `look` for each connection on which they have come. Call it only
    /// while answers are due.
    pub(crate) fn wait(
        &mut self,
        look: impl FnMut(&mut Members, Got) -> Outcome<()>,
    ) -> Outcome<()> {
        // With a processor of its own, it does not sleep: to wake up would take longer than many answers do.
        self.poll(if self.alone { Duration::ZERO } else { PATIENCE })?;
        self.handle(look)?;
        if self.heard.elapsed() > PATIENCE {
            return Err(format!(
                "no answer came for {} s. Look at what the server does, or leave it out of this row with \
                 `--no`",
                PATIENCE.as_secs()
            )
            .into());
        }
        Ok(())
    }

    fn poll(&mut self, patience: Duration) -> Outcome<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            // A signal came, and no event.
            Err(error) if error.kind() == ErrorKind::Interrupted => self.events.clear(),
            polled => polled?,
        }
        Ok(())
    }

    fn handle(&mut self, mut look: impl FnMut(&mut Members, Got) -> Outcome<()>) -> Outcome<()> {
        for event in &self.events {
            let Token(index) = event.token();
            let connection = &mut self.members.connections[index];
            if event.is_writable() {
                connection.flush()?;
            }
            if !event.is_readable() {
                continue;
            }
            let messages = connection.receive(&mut self.room, &self.members.frames)?;
            if messages > 0 {
                self.heard = Instant::now();
                look(&mut self.members, Got { connection: index, messages, at: self.heard })?;
            }
        }
        Ok(())
    }
}

impl Members {
    /// Sends the message with this number on a connection.
    pub(crate) fn send(&mut self, connection: usize, number: usize) -> Outcome<()> {
        self.connections[connection].send(self.frames.sent(number))
    }

    /// Says which message a connection gets next.
    pub(crate) fn expect(&mut self, connection: usize, number: usize) {
        self.connections[connection].next = Some(number);
    }

    /// Returns `true` if this message is the latest that a connection got.
    pub(crate) fn has(&self, connection: usize, number: usize) -> bool {
        self.connections[connection].next == Some(number + 1)
    }
}
