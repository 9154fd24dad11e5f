//! Operations in any order on a connection over a stream that misbehaves.
//!
//! ```text
//! input: settings, the stream's script, then operations with what they take
//! ```
//!
//! One thread does it all but what a hub's does, for which each broadcast is given a moment. The rules
//! are those of [`Model`], and:
//!
//! - where a send or a flush went well, all that was accepted before is out;
//! - where a write failed, nothing is written any more, and no send goes well;
//! - the peer's messages come whole, in order, and once;
//! - the end is told once, and by every later call as `None`; how it ended never changes;
//! - once the stream is well again, all that is owed comes.
//!
//! `here` has what this end does, `peer` the other end, and `end` what holds in the end.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::LazyLock;

use blocking_ws::testing::internals::{Agreement, Compression, websocket};
use blocking_ws::{
    CloseCode, CloseFrame, CloseStatus, ClosedBy, Deflate, Hub, Message, Overflow, Role, Seat,
    Sender, WebSocket,
};

use crate::bytes::Bytes;
use crate::deflate::agree;
use crate::model::Model;
use crate::wire::{Injected, Wire};

/// Of the process: a thread of a hub stays for a while when nothing is to be done.
static HUBS: LazyLock<[Hub; 3]> = LazyLock::new(|| {
    [
        Hub::new(),
        Hub::new().max_queued_messages(2).overflow(Overflow::DropNewest),
        Hub::new().max_queued_messages(2).overflow(Overflow::DropOldest),
    ]
});
/// Whether operations are told on their way, for those who look into a finding.
static TELLS: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TELL").is_some());
const MOST_OPERATIONS: usize = 60;

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let script = bytes.counted();
    let mut run = Run::new(settings, script);
    for _ in 0..MOST_OPERATIONS {
        if bytes.is_empty() {
            break;
        }
        run.operation(&mut bytes);
    }
    run.end();
}

struct Run {
    role: Role,
    wire: Wire,
    websocket: Option<WebSocket<Wire>>,
    sender: Option<Sender<Wire>>,
    seat: Option<(Seat, &'static Hub)>,
    model: Model,
    /// The other end.
    peer: Compression,
    compresses: bool,
    sent: Vec<Message>,
    received: usize,
    /// It sent something that is no frame, or a Close frame, and what that said.
    is_junk: bool,
    peer_closed: Option<Option<CloseFrame>>,
    /// A send or flush failed.
    has_failed: bool,
    /// Somebody may have asked for a Close frame on this side.
    asked: bool,
    /// How it ended, or will: a send that failed may have seen the peer's Close frame.
    status: Option<CloseStatus>,
    /// A receiving call or a close has told the end.
    is_over: bool,
}

impl Run {
    fn new(settings: u8, script: &[u8]) -> Self {
        let role = if settings & 1 == 0 { Role::Server } else { Role::Client };
        let takeover = settings & 4 != 0;
        let deflate = Deflate::new().min_size(20).send_takeover(takeover).recv_takeover(takeover);
        let [client, server] = agree(&deflate, &deflate);
        let (here, there) = match role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        let compresses = settings & 2 != 0;
        let wire = Wire::new(script, settings & 8 == 0, settings & 16 != 0);
        let agreement: Option<&Agreement> = compresses.then_some(&there);
        Self {
            role,
            websocket: Some(websocket(wire.clone(), role, compresses.then_some(&deflate))),
            wire,
            sender: None,
            seat: None,
            model: Model::new(role, agreement),
            peer: Compression::between(&there, &here),
            compresses,
            sent: Vec::new(),
            received: 0,
            is_junk: false,
            peer_closed: None,
            has_failed: false,
            asked: false,
            status: None,
            is_over: false,
        }
    }

    fn operation(&mut self, bytes: &mut Bytes<'_>) {
        self.wire.begin();
        let panicked = catch_unwind(AssertUnwindSafe(|| self.one(bytes))).err();
        if let Some(payload) = panicked {
            if !payload.is::<Injected>() {
                resume_unwind(payload);
            }
            if *TELLS {
                eprintln!("the stream panicked");
            }
        }
        self.look();
    }

    fn look(&mut self) {
        let state = self.wire.state();
        self.model.look(&state.output, state.delivered);
        drop(state);
        let now = self.websocket.as_ref().and_then(WebSocket::close_status);
        if let Some(status) = &self.status {
            assert!(now.is_none_or(|now| now == status), "{status:?} became {now:?}");
        } else if let Some(status) = now {
            self.status = Some(status.clone());
            self.check_status();
        }
    }

    /// How it ended is what was seen.
    fn check_status(&self) {
        let Some(status) = &self.status else { return };
        match status.by() {
            ClosedBy::Loss => {
                assert_eq!(status.code(), CloseCode::Abnormal);
                assert!(!status.is_clean(), "{status:?}");
            }
            ClosedBy::Remote => {
                let code = |frame: &Option<CloseFrame>| {
                    frame.as_ref().map_or(CloseCode::NoStatus, CloseFrame::code)
                };
                assert_eq!(self.peer_closed.as_ref().map(code), Some(status.code()));
            }
            ClosedBy::Local => {
                assert!(self.asked || self.is_junk, "{status:?}");
                let out = self.model.closed_with();
                assert!(out.is_none_or(|code| code == status.code()), "{out:?} and {status:?}");
            }
        }
        if status.is_clean() {
            assert!(self.model.closed.is_some() && self.peer_closed.is_some(), "{status:?}");
        }
    }

    fn one(&mut self, bytes: &mut Bytes<'_>) {
        let (operation, more) = (bytes.byte(), bytes.byte());
        if *TELLS {
            eprintln!("operation {} with {more}", operation % 32);
        }
        match operation % 32 {
            0 | 1 => self.receive(more),
            2 => self.stream_in(more, bytes.byte()),
            3..=6 => self.send(more, operation & 1 == 0, bytes.byte()),
            7 => self.flush(more),
            8 => self.ping(more),
            9 | 10 => self.stream_out(more, bytes),
            11 => self.sender = self.websocket.as_ref().and_then(|it| it.sender().ok()),
            12 => self.sender = None,
            13 => self.close(more),
            14 => self.close_by_sender(more),
            15 => self.join(more),
            16..=18 => self.broadcast(more, bytes.byte()),
            19 => self.leave(),
            20 => self.set(more),
            21 => {
                self.websocket = None;
                self.asked = true;
            }
            22..=25 => self.peer_sends(more, bytes.byte()),
            26 | 27 => self.peer_pings(),
            28 => self.peer_closes(more, bytes.byte()),
            29 => self.wire.state().has_hung_up = true,
            30 => {
                self.is_junk = true;
                let junk = bytes.take(usize::from(more % 16));
                self.wire.state().input.extend(junk);
            }
            _ => self.settle(),
        }
    }
}

mod end;
mod here;
mod peer;
