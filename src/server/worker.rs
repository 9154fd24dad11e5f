//! One connection of a server, in its own thread: TLS, opening handshake, handler, close.

use std::fmt;

use super::clients::{ClientLog, Permit};
use super::settings::ServerSettings;
use crate::connection::WebSocket;
use crate::error::{Error, Phase, Result};
use crate::handshake::Upgraded;
use crate::io::{Deadline, LINGER};
use crate::process::{caught, debug};
use crate::proto::close::CloseStatus;
use crate::proto::rules::{CloseCode, Role};
use crate::transport::Stream;

/// The function that a server runs for each client.
pub(crate) trait Handler: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static {}

impl<F: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static> Handler for F {}

/// A client, as it comes to a worker.
pub(crate) enum Arrival {
    /// Nothing was read from it.
    Stream(Stream),
    /// Another HTTP server has done the opening handshake.
    Upgraded(Stream, Box<Upgraded>),
}

pub(crate) struct Worker<H> {
    pub(crate) settings: ServerSettings,
    pub(crate) handler: H,
}

impl<H: Handler> Worker<H> {
    /// Serves one client until its connection has ended.
    pub(crate) fn run(&self, arrival: Arrival, permit: &Permit) {
        if let Some(mut websocket) = self.begin(arrival, permit) {
            self.serve(&mut websocket, permit);
        }
    }

    /// Does all that comes before the handler. Returns `None` if there is no connection.
    // A page of a thread's stack stays in memory after its first use, for as long as the thread lives.
    // So what is called before the handler must not need more stack than the handler and a waiting
    // read do. That is why long functions on this way have a frame of their own, which is gone when
    // the next begins, and why what is large is boxed.
    #[inline(never)]
    fn begin(&self, arrival: Arrival, permit: &Permit) -> Option<Box<WebSocket>> {
        permit.begin();
        let deadline = Deadline::after(self.settings.connection.timeouts.opening);
        // A client above a limit has less time, because others wait for the same answer.
        let most = if permit.is_turned_away() { Some(LINGER) } else { None };
        let deadline = deadline.earlier(Deadline::after(most));
        let upgraded = match arrival {
            Arrival::Stream(stream) => self.upgrade(stream, permit, deadline),
            Arrival::Upgraded(stream, upgraded) => {
                let stream = self.seen(stream, permit, &upgraded.already_read);
                Ok((stream, *upgraded))
            }
        };
        match upgraded.and_then(|(stream, upgraded)| self.open(stream, upgraded, permit)) {
            Ok(websocket) => Some(websocket),
            Err(e) => {
                not_opened(permit, deadline, e);
                None
            }
        }
    }

    /// Does the opening handshake.
    #[inline(never)]
    fn upgrade(
        &self,
        mut stream: Stream,
        permit: &Permit,
        deadline: Deadline,
    ) -> Result<(Stream, Upgraded)> {
        if let Some(tls) = self.settings.tls.as_ref().filter(|_| !stream.is_tls()) {
            stream = stream.accept_tls(permit.who().id(), tls, deadline)?;
        }
        stream = self.seen(stream, permit, &[]);
        let (who, settings) = (permit.who(), &self.settings.connection);
        settings.accept_by(who.id(), deadline, stream, who.peer(), permit)
    }

    /// Attaches those that see what passes.
    fn seen(&self, stream: Stream, permit: &Permit, already_read: &[u8]) -> Stream {
        let (taps, id) = (&self.settings.connection.taps, permit.who().id());
        stream.seen_by(taps, id, Role::Server, already_read)
    }

    #[inline(never)]
    fn open(&self, stream: Stream, upgraded: Upgraded, permit: &Permit) -> Result<Box<WebSocket>> {
        let id = permit.who().id();
        let settings = &self.settings.connection;
        settings.open(id, stream, Role::Server, upgraded)
    }

    /// Serves an open connection until it has ended.
    #[inline(never)]
    fn serve(&self, websocket: &mut WebSocket, permit: &Permit) {
        permit.open(websocket);
        permit.log().opened(permit.who(), websocket);
        let result = self.handle(websocket);
        close(result, websocket, permit);
    }

    /// Runs the handler. Returns `None` if it panics.
    #[inline(never)]
    fn handle(&self, websocket: &mut WebSocket) -> Option<Result<()>> {
        // After a panic the handler does not see again what it had borrowed.
        caught(|| match websocket.route() {
            Some(route) => (self.settings.handlers[route])(websocket),
            None => (self.handler)(websocket),
        })
    }
}

/// Notes that a connection was not opened, by a deadline.
#[cold]
#[inline(never)]
fn not_opened(permit: &Permit, deadline: Deadline, error: Error) {
    permit.log().not_opened(permit.who(), &deadline.explain(error, Phase::Handshake));
}

/// Closes a connection as the result of its handler says, and notes how it has ended.
#[inline(never)]
fn close(result: Option<Result<()>>, websocket: &mut WebSocket, permit: &Permit) {
    let who = permit.who();
    let code = match result {
        Some(Ok(())) => CloseCode::Normal,
        Some(Err(e)) => {
            let code = e.handlers_code();
            permit.log().handler_error(who, &e);
            // The error may be the program's own, so its drop may panic.
            if caught(|| drop(e)).is_none() {
                let what = "the handler's error panicked when it was dropped";
                permit.log().panicked(who, what);
            }
            code
        }
        None => {
            permit.log().panicked(who, "the handler panicked");
            CloseCode::Internal
        }
    };
    if let Err(e) = websocket.close(code, "") {
        debug!("{who}: not closed in order: {e}");
    }
    websocket.show_received();
    ClientLog::ended(who, websocket);
    if websocket.close_status().is_some_and(CloseStatus::is_clean) {
        permit.closed();
    }
}

impl<H> fmt::Debug for Worker<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("settings", &self.settings).finish_non_exhaustive()
    }
}
