//! What is owed on a connection, and how far its closing handshake is.
//!
//! ```text
//! Nothing --owe_pong--> Pong --collect--> Nothing
//! Nothing, Pong --owe_close--> Close --collect--> Queued --close_is_paid--> Nothing
//! ```
//!
//! The state alone: who changes it when, and who writes, is in `outbox`.

use std::mem;
use std::time::Instant;

use crate::proto::close::{CloseFrame, CloseSeen, Closing};
use crate::proto::frame::ControlPayload;

/// So many times a sender pays for a reader before it goes its way.
pub(crate) const ROUNDS: u32 = 16;

/// What the reader owes, and what both directions must know.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    reply: Reply,
    /// The number of the ping that the reader owes.
    ping: Option<u64>,
    pinged: Option<Pinged>,
    wanted: Wanted,
    /// Nobody comes back any more for what there was no room for.
    abandoned: bool,
    /// The stream is needed no more.
    is_gone: bool,
    closing: Closing,
    asked: Option<Asked>,
    unanswered: Option<PeerClose>,
    failure: Option<Failure>,
}

/// What is to be written besides replies.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// What is queued.
    flush: bool,
    /// What hubs have and nobody else writes at the moment.
    queue: bool,
    /// Nothing, from now on: the writer is to be told.
    nothing: bool,
}

/// The one reply the reader owes: the latest pong is enough (§5.5.3), and none follows a Close.
#[derive(Clone, Copy, Debug, Default)]
enum Reply {
    #[default]
    Nothing,
    Pong(ControlPayload),
    /// There will be no other, whether this one is written or fails.
    Close(ControlPayload),
    /// The writer has the Close frame.
    Queued,
    /// The Close frame is out. There is nothing more to write.
    Sent,
}

/// How this side began the closing handshake.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) frame: Option<CloseFrame>,
    pub(crate) at: Instant,
}

/// The peer's Close frame; it need not carry anything.
#[derive(Debug)]
pub(crate) struct PeerClose(pub(crate) Option<CloseFrame>);

/// When a ping was written that the reader had owed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pinged {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// How a write went wrong; nothing more can be sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It ran out of time, and the connection was cut on this side.
    TimedOut,
    /// The connection was cut on this side, at the deadline of a shutdown.
    Cut,
    Broken,
    /// The stream panicked.
    Panicked,
}

/// What a writer finds in the slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    /// To be queued: a ping with this number,
    pub(crate) ping: Option<u64>,
    /// and this behind it.
    pub(crate) frame: Option<Control>,
    /// What is to be done with all that is queued then.
    pub(crate) debt: Debt,
    /// The queue of hubs follows.
    pub(crate) queue: bool,
    /// A message may follow.
    pub(crate) may_send: bool,
}

/// Whether what is queued is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debt {
    NotYet,
    Now,
    /// A Close frame is among it: now or never.
    Close,
}

/// A control frame that is owed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Control {
    Pong(ControlPayload),
    Close(ControlPayload),
}

impl Owed {
    /// Owes the answer to a ping.
    pub(crate) fn owe_pong(&mut self, payload: ControlPayload) {
        if self.may_send() {
            self.reply = Reply::Pong(payload);
        }
    }

    /// Owes a ping with a number for its payload.
    pub(crate) fn owe_ping(&mut self, number: u64) {
        (self.ping, self.pinged) = (Some(number), None);
    }

    /// When the ping that was owed last was written; another thread may have done it.
    pub(crate) fn pinged(&self) -> Option<Pinged> {
        self.pinged
    }

    /// Notes that the ping that was owed is written.
    pub(crate) fn ping_is_written(&mut self, pinged: Pinged) {
        self.pinged = Some(pinged);
    }

    /// Owes a Close frame unless one went out before.
    pub(crate) fn owe_close(&mut self, frame: Option<CloseFrame>, at: Instant) {
        if self.may_send() {
            let payload = frame.as_ref().map_or(ControlPayload::EMPTY, CloseFrame::payload);
            self.reply = Reply::Close(payload);
            if self.closing == Closing::Open {
                self.asked = Some(Asked { frame, at });
            }
        }
    }

    /// Owes a flush of what is queued.
    pub(crate) fn owe_flush(&mut self) {
        self.wanted.flush = true;
    }

    /// Leaves what there was no room for to whoever writes next.
    pub(crate) fn abandon(&mut self) {
        self.abandoned = true;
        self.wanted.flush = true;
    }

    /// Returns `true` if what there was no room for is anybody's now.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Owes what waits in the queue of hubs.
    pub(crate) fn owe_queues(&mut self) {
        self.wanted.queue = true;
    }

    /// Notes that nothing is to be written any more: the thread that holds the writer
    /// tells it.
    pub(crate) fn lose(&mut self) {
        self.wanted.nothing = true;
    }

    /// Returns `true` once if the writer is to be told that.
    pub(crate) fn take_lost(&mut self) -> bool {
        mem::take(&mut self.wanted.nothing)
    }

    /// Notes that the connection is over for good: whoever holds the stream lets go of it.
    pub(crate) fn end(&mut self) {
        self.is_gone = true;
    }

    /// Returns `true` if the stream is needed no more.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Returns `true` if nothing is owed, and a message may follow.
    pub(crate) fn is_settled(&self) -> bool {
        !self.owes() && self.may_send() && self.unanswered.is_none()
    }

    pub(crate) fn owes(&self) -> bool {
        let owes_frame = self.ping.is_some() || !matches!(self.reply, Reply::Nothing | Reply::Sent);
        let Wanted { flush, queue, nothing } = self.wanted;
        flush || queue || nothing || owes_frame || self.is_gone
    }

    /// Returns `true` if something is owed that the reader does not come back for: it waits, or it
    /// closes.
    ///
    /// A reader that waits again and again is kept awake by its peer, and will come. So will a hub.
    pub(crate) fn owes_for_good(&self, rounds: u32) -> bool {
        self.wanted.flush && rounds < ROUNDS
            || self.ping.is_some()
            || self.owes_close()
            || self.wanted.nothing
            || self.is_gone
    }

    /// Returns `true` if a Close frame is owed, or the writer has it.
    pub(crate) fn owes_close(&self) -> bool {
        matches!(self.reply, Reply::Close(_) | Reply::Queued)
    }

    pub(crate) fn may_send(&self) -> bool {
        self.closing.may_send() && !self.owes_close()
    }

    /// Gives a writer all that is owed; if a Close frame is among that, it
    /// says when it is written with [`close_is_paid`](Self::close_is_paid).
    pub(crate) fn collect(&mut self) -> Due {
        let (closes, may_send) = (self.owes_close(), self.may_send());
        let (frame, left) = match self.reply {
            Reply::Pong(payload) => (Some(Control::Pong(payload)), Reply::Nothing),
            Reply::Close(payload) => (Some(Control::Close(payload)), Reply::Queued),
            left @ (Reply::Nothing | Reply::Queued | Reply::Sent) => (None, left),
        };
        self.reply = left;
        let ping = self.ping.take().filter(|_| may_send);
        let debt = match mem::take(&mut self.wanted.flush) || frame.is_some() || ping.is_some() {
            _ if closes => Debt::Close,
            true => Debt::Now,
            false => Debt::NotYet,
        };
        self.abandoned = false;
        let queue = mem::take(&mut self.wanted.queue) && may_send;
        Due { ping, frame, debt, queue, may_send }
    }

    /// Gives a writer the answer to a ping and nothing else.
    pub(crate) fn collect_pong(&mut self) -> Option<ControlPayload> {
        let Reply::Pong(payload) = self.reply else { return None };
        self.reply = Reply::Nothing;
        Some(payload)
    }

    /// Notes that a Close frame is written, or failed: there will be no second one.
    pub(crate) fn close_is_paid(&mut self, is_out: bool) {
        self.reply = if is_out { Reply::Sent } else { Reply::Nothing };
        self.closing = self.closing.after(CloseSeen::Sent);
    }

    /// Notes that the peer's Close frame has come. Unless it is the answer to ours, the reader still has
    /// to answer it.
    pub(crate) fn close_received(&mut self, frame: Option<CloseFrame>) -> Closing {
        self.closing = self.closing.after(CloseSeen::Received);
        self.unanswered = (self.closing != Closing::Done).then_some(PeerClose(frame));
        self.closing
    }

    /// Returns `true` if the reader has not begun to answer the peer's Close frame.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.unanswered.is_some()
    }

    /// Takes the peer's Close frame, for the reader to answer it.
    pub(crate) fn take_unanswered(&mut self) -> Option<PeerClose> {
        self.unanswered.take()
    }

    pub(crate) fn closing(&self) -> Closing {
        self.closing
    }

    pub(crate) fn asked(&self) -> Option<&Asked> {
        self.asked.as_ref()
    }

    /// Notes how a write went wrong; the first time counts. Where nothing is to be written any more,
    /// nothing can go wrong.
    pub(crate) fn fail(&mut self, failure: Failure) {
        let matters = match failure {
            Failure::TimedOut | Failure::Broken | Failure::Panicked => {
                !matches!(self.reply, Reply::Sent)
            }
            Failure::Cut => self.closing != Closing::Done,
        };
        if matters {
            self.failure.get_or_insert(failure);
        }
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure
    }
}
