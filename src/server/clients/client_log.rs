//! [`ClientLog`]: what a server's log says of its clients, and at which level.
//!
//! | Level | What |
//! |---|---|
//! | `error` | a handler panicked |
//! | `warn` | a handler failed, there is no room, clients cannot be accepted |
//! | `info` | a refusal, with the setting that decided; no subprotocol; TLS failed; a lost connection |
//! | `debug` | routine: connections that open and end, plain HTTP, clients that leave without a request |
//!
//! Clients can cause all of these, so each kind is a [`Flood`].

use std::fmt;
use std::io::{self, ErrorKind};

use http::header;
use log::Level;

use super::room::{NoRoom, Room};
use super::who::Who;
use crate::connection::WebSocket;
use crate::error::{Error, Phase};
use crate::process::{Flood, debug};
use crate::proto::bytes::first_line;
use crate::proto::close::ClosedBy;
use crate::proto::http::elements;
use crate::proto::rules::{HandshakeError, quoted};

/// What a server's log says of its clients.
#[derive(Debug)]
pub(crate) struct ClientLog {
    /// The server's address.
    server: String,
    not_accepted: Flood,
    no_room: Flood,
    refused: Flood,
    no_subprotocol: Flood,
    tls: Flood,
    lost: Flood,
    failed: Flood,
    panicked: Flood,
}

impl ClientLog {
    pub(crate) fn new(server: &dyn fmt::Display) -> Self {
        Self {
            server: server.to_string(),
            not_accepted: Flood::new(Level::Warn, "attempts to accept a client failed"),
            no_room: Flood::new(Level::Warn, "clients found no room"),
            refused: Flood::new(Level::Info, "clients were refused"),
            no_subprotocol: Flood::new(Level::Info, "clients got no subprotocol"),
            tls: Flood::new(Level::Info, "clients failed to begin TLS"),
            lost: Flood::new(Level::Info, "connections were lost"),
            failed: Flood::new(Level::Warn, "handlers failed"),
            panicked: Flood::new(Level::Error, "handlers panicked"),
        }
    }

    fn all(&self) -> [&Flood; 8] {
        let Self { server: _, not_accepted, no_room, refused, no_subprotocol, .. } = self;
        let Self { tls, lost, failed, panicked, .. } = self;
        [not_accepted, no_room, refused, no_subprotocol, tls, lost, failed, panicked]
    }

    /// Writes how many lines were left out in seconds that are over.
    pub(crate) fn sum_up(&self) {
        self.all().iter().for_each(|flood| flood.sum_up(&self.server));
    }

    /// Writes how many lines were left out.
    pub(crate) fn end(&self) {
        self.all().iter().for_each(|flood| flood.end(&self.server));
    }

    fn line(&self, flood: &Flood, text: fmt::Arguments<'_>) {
        flood.line(&self.server, text);
    }

    /// No client could be accepted, or it could not be given a thread.
    pub(crate) fn not_accepted(&self, error: &dyn fmt::Display) {
        let name = &self.server;
        self.line(
            &self.not_accepted,
            format_args!("{name}: cannot accept clients, trying again: {error}"),
        );
    }

    /// A client is disconnected without an answer, because it could not be given a thread. The line
    /// of [`not_accepted`](Self::not_accepted) or an error tells the program.
    pub(crate) fn no_thread(who: &Who, error: &io::Error) {
        debug!("{who}: disconnected without an answer, there is no thread for it: {error}");
    }

    /// A client is disconnected without an answer.
    pub(crate) fn dropped(&self, who: &Who, why: NoRoom, room: Room) {
        let what = "disconnected without an answer";
        match why {
            NoRoom::Full => {
                self.line(&self.no_room, format_args!("{who}: {what}, {}", full(room)));
            }
            NoRoom::Crowded => {
                self.line(&self.refused, format_args!("{who}: {what}, {}", crowded(room)));
            }
            NoRoom::Closing => debug!("{who}: {what}, the server shuts down"),
        }
    }

    /// A client is refused because there is no room.
    pub(crate) fn no_room(&self, who: &Who, why: NoRoom, room: Room) {
        match why {
            NoRoom::Full => {
                self.line(&self.no_room, format_args!("{who}: refused with 503, {}", full(room)));
            }
            NoRoom::Crowded => {
                self.line(
                    &self.refused,
                    format_args!("{who}: refused with 429, {}", crowded(room)),
                );
            }
            NoRoom::Closing => debug!("{who}: refused with 503, the server shuts down"),
        }
    }

    /// A client's connection was not opened, for another reason than [`no_room`](Self::no_room).
    pub(crate) fn not_opened(&self, who: &Who, error: &Error) {
        match error {
            // `no_room` has said why.
            Error::Handshake(HandshakeError::Busy | HandshakeError::TooManyConnections) => {}
            // Pages were answered as well, and `http_hook` has said how.
            Error::Handshake(broken @ HandshakeError::NotAnUpgrade) => {
                debug!("{who}: plain HTTP: {broken}");
            }
            Error::Handshake(broken) => {
                let (status, by) = (broken.status().as_u16(), Setting(broken));
                self.line(
                    &self.refused,
                    format_args!("{who}: refused with {status}{by}: {broken}"),
                );
            }
            Error::Refused(response) => {
                let (status, body) = (response.status(), response.body());
                let said = if body.is_empty() { String::new() } else { first_line(body) };
                let colon = if body.is_empty() { "" } else { ": " };
                self.line(
                    &self.refused,
                    format_args!("{who}: refused with {status} by on_upgrade{colon}{said}"),
                );
            }
            Error::Tls(e) if !is_hang_up(e) => {
                self.line(&self.tls, format_args!("{who}: {error}"));
            }
            // Health checks, and connections that a browser opens in advance.
            error => debug!("{who}: no connection: {error}"),
        }
    }

    /// A handler returned an error.
    pub(crate) fn handler_error(&self, who: &Who, error: &Error) {
        match error {
            // The handler may send until it notices the end.
            Error::Closed => debug!("{who}: {error}"),
            // Errors that the peer or the network caused.
            Error::Lost(_)
            | Error::Ended(_)
            | Error::Protocol(_)
            | Error::Json(_)
            | Error::Deadline(Phase::Pong | Phase::Close | Phase::Write) => {
                self.line(&self.lost, format_args!("{who}: {error}"));
            }
            // The handler had set a read timeout, and passed on that it is over.
            Error::Timeout => {
                let text = "the handler returned Error::Timeout: a receiving call ran out of time, \
                            which `is_timeout` tells";
                self.line(&self.failed, format_args!("{who}: {text}"));
            }
            error => self.line(&self.failed, format_args!("{who}: the handler failed: {error}")),
        }
    }

    /// A handler, the drop of what it left, or other code of the program panicked.
    pub(crate) fn panicked(&self, who: &Who, what: &str) {
        self.line(&self.panicked, format_args!("{who}: {what}"));
    }

    /// A connection is open. A client may end it if none of its subprotocols was chosen.
    // A frame of its own, below which no handler runs: see `server/worker.rs`.
    #[inline(never)]
    pub(crate) fn opened(&self, who: &Who, websocket: &WebSocket) {
        let request = websocket.request();
        match websocket.tls() {
            Some(tls) => debug!("{who}: open, {}, {tls}", request.uri().path()),
            None => debug!("{who}: open, {}", request.uri().path()),
        }
        if websocket.subprotocol().is_none() {
            let offered: Vec<_> =
                elements(request.headers(), &header::SEC_WEBSOCKET_PROTOCOL).collect();
            if !offered.is_empty() {
                let offered = quoted(offered.join(", ").as_bytes());
                self.line(
                    &self.no_subprotocol,
                    format_args!(
                        "{who}: open without a subprotocol, because the server supports none that \
                         the client offers: {offered}"
                    ),
                );
            }
        }
    }

    /// A connection has ended.
    pub(crate) fn ended(who: &Who, websocket: &WebSocket) {
        let Some(status) = websocket.close_status() else { return };
        let by = match status.by() {
            ClosedBy::Local => "closed by this side",
            ClosedBy::Remote => "closed by the client",
            ClosedBy::Loss => "lost",
        };
        let colon = if status.reason().is_empty() { "" } else { ": " };
        debug!("{who}: {by}, {}{colon}{}", status.code(), status.reason().escape_debug());
    }
}

/// Returns `true` for a client that left without a word of why.
fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
    )
}

fn full(room: Room) -> impl fmt::Display {
    format!("max_connections is {}", room.most)
}

fn crowded(room: Room) -> impl fmt::Display {
    format!("max_connections_per_client is {}", room.per_client.unwrap_or_default())
}

/// Names the setting of the server that decided, if it was one.
struct Setting<'a>(&'a HandshakeError);

impl fmt::Display for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            HandshakeError::HeadTooLarge(_) => " by max_head_size",
            HandshakeError::TooManyHeaders(_) => " by max_headers",
            HandshakeError::SlowHead => " by handshake_timeout",
            HandshakeError::Origin(_) => " by origin",
            HandshakeError::Forwarded => " by trusted_proxy",
            HandshakeError::NotFound(_) => " by serve_routes",
            HandshakeError::NoCommonSubprotocol(_) => " by require_subprotocol",
            _ => "",
        })
    }
}
