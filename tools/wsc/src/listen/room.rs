//! [`Room`]: the clients hear this side. With `--broadcast` they hear each other as well.

use std::io::ErrorKind;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use blocking_ws::{CloseCode, Hub, Message, Overflow, Result, ServerHandle, WebSocket};

use super::visit::Visit;
use crate::options::CloseWith;
use crate::pipe::Sink;
use crate::session::{Show, Talk};
use crate::terminal::Far;

/// How much may wait for a client. A client that takes less is disconnected with 1008.
const MOST_MESSAGES: usize = 100_000;
const MOST_BYTES: usize = 64 << 20;
/// After this much of the input its thread waits until the clients have it.
const PORTION: usize = 1 << 20;
const PORTION_MESSAGES: usize = 1000;
/// How long one look at that takes.
const LOOK: Duration = Duration::from_millis(500);

/// The clients of a server, all of which get what this side sends.
pub(super) struct Room {
    hub: Hub,
    /// The clients hear each other.
    is_broadcast: bool,
    /// A client has come. Before that, the input has no reader.
    has_begun: Mutex<bool>,
    begins: Condvar,
    /// What was queued since the clients had everything: messages and bytes.
    queued: Mutex<(usize, usize)>,
    handle: ServerHandle,
    talk: Arc<Talk>,
    /// The Close frame, if the person names none.
    close: CloseWith,
}

impl Room {
    pub(super) fn new(
        is_broadcast: bool,
        handle: ServerHandle,
        talk: Arc<Talk>,
        close: CloseWith,
    ) -> Arc<Self> {
        let hub = Hub::new()
            .max_queued_messages(MOST_MESSAGES)
            .max_queued_bytes(MOST_BYTES)
            .overflow(Overflow::Disconnect(CloseCode::Policy));
        let (has_begun, begins, queued) = (Mutex::new(false), Condvar::new(), Mutex::default());
        Arc::new(Self { hub, is_broadcast, has_begun, begins, queued, handle, talk, close })
    }

    /// Has a client take part until it goes.
    pub(super) fn visit(
        &self,
        ws: &mut WebSocket,
        visit: &Visit,
        show: &mut impl Show,
        expected: Option<u64>,
    ) -> Result<()> {
        let _seat = self.hub.join(ws)?;
        *self.has_begun.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.begins.notify_all();
        visit.each(ws, |message| {
            if self.is_broadcast {
                self.hub.broadcast(&message)?;
            }
            if self.talk.prints(expected) {
                match show.message(&message) {
                    Ok(()) => self.talk.printed(),
                    Err(e) if e.kind() == ErrorKind::BrokenPipe => self.talk.output_gone(),
                    Err(e) => self.talk.output_failed(e.to_string()),
                }
            }
            Ok(())
        })
    }

    /// Waits until the first client is there.
    pub(super) fn wait_for_a_client(&self) {
        let begun = self.has_begun.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.begins.wait_while(begun, |has_begun| !*has_begun));
    }

    /// Waits until all clients have what was sent, for `most` at most.
    pub(super) fn flush(&self, most: Duration) -> bool {
        self.hub.flush(most)
    }
}

impl Sink for Room {
    /// Waits for slow clients now and then, so that none is disconnected because of the input.
    fn send(&self, message: &Message, at_once: bool) -> Result<()> {
        self.hub.broadcast(message)?;
        self.talk.sent();
        let mut queued = self.queued.lock().unwrap_or_else(PoisonError::into_inner);
        queued.0 += 1;
        queued.1 += message.as_bytes().len();
        if at_once || queued.0 >= PORTION_MESSAGES || queued.1 >= PORTION {
            *queued = (0, 0);
            // The write timeout ends a client that reads nothing.
            while !self.flush(LOOK) && !self.hub.is_empty() {}
        }
        Ok(())
    }
}

impl Far for Room {
    fn send(&self, message: &Message) -> Result<()> {
        self.hub.broadcast(message)?;
        self.talk.sent();
        Ok(())
    }

    fn ping(&self, data: &str) -> Result<()> {
        // A client that goes just now needs no ping.
        self.handle.connections().iter().for_each(|it| drop(it.sender().ping(data)));
        Ok(())
    }

    fn pong(&self, data: &str) -> Result<()> {
        self.handle.connections().iter().for_each(|it| drop(it.sender().pong(data)));
        Ok(())
    }

    fn close(&self, with: Option<CloseWith>) {
        let with = with.unwrap_or_else(|| self.close.clone());
        for connection in self.handle.connections() {
            // A client that goes just now needs no Close frame.
            let _ = connection.close(with.code, &with.reason);
        }
    }

    fn leave(&self) {
        self.talk.close(self.close.clone());
    }

    fn interrupt(&self) {
        self.talk.interrupt();
    }
}
