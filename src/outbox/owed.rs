//! [`Owed`]: what is owed on a connection (a pong, a ping, a Close frame, a flush, hubs' messages),
//! and how far its closing handshake has come.
//!
//! ```text
//! Nothing --owe_pong--> Pong --collect--> Nothing
//! Nothing, Pong --owe_close--> Close --collect--> Queued --close_is_paid--> Sent
//! ```
//!
//! A Close frame that fails leads from `Queued` to `Nothing`. Only the state is here: `outbox`
//! changes it, and `settle` writes what is owed.

use std::mem;
use std::time::Instant;

use crate::proto::close::{CloseFrame, CloseSeen, Closing};
use crate::proto::frame::ControlPayload;

/// The most times that one call pays what others owe.
pub(crate) const ROUNDS: u32 = 16;

/// What the reader and hubs owe, and what both directions must know.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    reply: Reply,
    /// The number of the ping that the reader owes.
    ping: Option<u64>,
    pinged: Option<Pinged>,
    /// The number of the latest ping that threads wait for the answer to, if it is not queued.
    round_trip: Option<u64>,
    wanted: Wanted,
    /// No thread comes back for unsent data: the thread that writes next writes it.
    abandoned: bool,
    /// The connection is over: the sink must drop its handle of the stream.
    is_gone: bool,
    closing: Closing,
    asked: Option<Box<Asked>>,
    unanswered: Option<Box<PeerClose>>,
    failure: Option<Failure>,
}

/// What a writer must do besides replying.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// Write what is queued.
    flush: bool,
    /// Write the queues of hubs.
    queues: bool,
    /// Write nothing from now on: the writer must be told.
    nothing: bool,
}

/// The reply that the reader owes. The latest pong is enough (§5.5.3); no pong follows a Close.
#[derive(Debug, Default)]
enum Reply {
    #[default]
    Nothing,
    Pong(Box<ControlPayload>),
    /// There is no second Close frame, whether this one is written or fails.
    Close(Box<ControlPayload>),
    /// The writer has the Close frame.
    Queued,
    /// The Close frame is out, and nothing more may be written.
    Sent,
}

/// How this side began the closing handshake.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) frame: Option<CloseFrame>,
    /// From when the peer's answer is waited for: when the Close frame was out. Before that, when it
    /// was owed, or when it was seen that the peer reads on.
    pub(crate) at: Instant,
    /// How many bytes were written by then.
    written: u64,
}

/// The peer's Close frame, which may be empty.
#[derive(Debug)]
pub(crate) struct PeerClose(pub(crate) Option<CloseFrame>);

/// When an owed ping was written: from when it was queued to when it was out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pinged {
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// Why nothing more can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A write timed out, and this side cut the connection.
    TimedOut,
    /// This side cut the connection at the deadline of a shutdown.
    Cut,
    /// A write failed.
    Broken,
    /// The stream panicked.
    Panicked,
}

/// What a writer takes out of [`Owed`].
#[derive(Debug)]
pub(crate) struct Due {
    /// A ping of the keepalive with this number.
    pub(crate) ping: Option<u64>,
    /// Another ping, to be queued before that one. Its number is that of `RoundTrips`.
    pub(crate) round_trip: Option<u64>,
    /// A control frame, to be queued behind the pings.
    pub(crate) frame: Option<Control>,
    /// Whether all that is queued must then be written.
    pub(crate) debt: Debt,
    /// The queues of hubs must be written after that.
    pub(crate) queues: bool,
    /// A message may follow.
    pub(crate) may_send: bool,
}

/// Whether what is queued must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debt {
    NotYet,
    Now,
    /// Now, and a Close frame is part of it. If it fails, it is not tried again.
    Close,
}

/// A control frame that is owed.
#[derive(Debug)]
pub(crate) enum Control {
    Pong(Box<ControlPayload>),
    Close(Box<ControlPayload>),
}

impl Owed {
    /// Owes the answer to a ping.
    pub(crate) fn owe_pong(&mut self, payload: Box<ControlPayload>) {
        if self.may_send() {
            self.reply = Reply::Pong(payload);
        }
    }

    /// Owes a ping with `number` as its payload.
    pub(crate) fn owe_ping(&mut self, number: u64) {
        (self.ping, self.pinged) = (Some(number), None);
    }

    /// Owes a ping of `RoundTrips`, which stands for those with smaller numbers.
    pub(crate) fn owe_round_trip(&mut self, number: u64) {
        self.round_trip = self.round_trip.max(Some(number));
    }

    /// When the latest owed ping was written, by whichever thread; `None` until then.
    pub(crate) fn pinged(&self) -> Option<Pinged> {
        self.pinged
    }

    /// Notes that the owed ping is written.
    pub(crate) fn ping_is_written(&mut self, pinged: Pinged) {
        self.pinged = Some(pinged);
    }

    /// Owes a Close frame, unless one is owed or sent already. `written` is how many bytes have been
    /// written.
    pub(crate) fn owe_close(&mut self, frame: Option<CloseFrame>, at: Instant, written: u64) {
        if self.may_send() {
            let payload = frame.as_ref().map_or(ControlPayload::EMPTY, CloseFrame::payload);
            self.reply = Reply::Close(Box::new(payload));
            if self.closing == Closing::Open {
                self.asked = Some(Box::new(Asked { frame, at, written }));
            }
        }
    }

    /// Owes a flush of what is queued.
    pub(crate) fn owe_flush(&mut self) {
        self.wanted.flush = true;
    }

    /// Leaves unsent data to the thread that writes next.
    pub(crate) fn abandon_unsent(&mut self) {
        self.abandoned = true;
        self.wanted.flush = true;
    }

    /// Returns `true` if any thread may write the unsent data.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Owes what waits in the queues of hubs.
    pub(crate) fn owe_queues(&mut self) {
        self.wanted.queues = true;
    }

    /// Notes that nothing may be written any more. The thread that holds the sink tells the writer.
    pub(crate) fn lose(&mut self) {
        self.wanted.nothing = true;
    }

    /// Returns `true`, once, if the writer must be told that nothing may be written any more.
    pub(crate) fn take_lost(&mut self) -> bool {
        mem::take(&mut self.wanted.nothing)
    }

    /// Notes that the connection is over. The thread that holds the sink drops its stream.
    pub(crate) fn end(&mut self) {
        self.is_gone = true;
    }

    /// Returns `true` if the connection is over and the sink must drop its stream.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Returns `true` if nothing is owed, and a message may follow.
    pub(crate) fn is_settled(&self) -> bool {
        !self.owes() && self.may_send() && self.unanswered.is_none()
    }

    pub(crate) fn owes(&self) -> bool {
        let owes_frame = self.owes_ping() || !matches!(self.reply, Reply::Nothing | Reply::Sent);
        let Wanted { flush, queues, nothing } = self.wanted;
        flush || queues || nothing || owes_frame || self.is_gone
    }

    fn owes_ping(&self) -> bool {
        self.ping.is_some() || self.round_trip.is_some()
    }

    /// Returns `true` if a thread that has paid `rounds` times must pay again, because perhaps
    /// no other thread comes back for the debt.
    ///
    /// A hub comes back for its queue, and the reader for a pong. A reader that keeps owing a flush
    /// is kept awake by its peer, so it comes back as well: after [`ROUNDS`] a flush is left to it.
    pub(crate) fn must_pay_again(&self, rounds: u32) -> bool {
        self.wanted.flush && rounds < ROUNDS
            || self.owes_ping()
            || self.owes_close()
            || self.wanted.nothing
            || self.is_gone
    }

    /// Returns `true` if a Close frame is owed, or the writer has it.
    pub(crate) fn owes_close(&self) -> bool {
        matches!(self.reply, Reply::Close(_) | Reply::Queued)
    }

    /// Returns `true` if the Close frame is written.
    pub(crate) fn is_close_out(&self) -> bool {
        matches!(self.reply, Reply::Sent)
    }

    pub(crate) fn may_send(&self) -> bool {
        self.closing.may_send() && !self.owes_close()
    }

    /// Gives a writer all that is owed. If that includes a Close frame, the writer calls
    /// [`close_is_paid`](Self::close_is_paid) when the frame is written or has failed.
    pub(crate) fn collect(&mut self) -> Due {
        let (closes, may_send) = (self.owes_close(), self.may_send());
        let (frame, left) = match mem::take(&mut self.reply) {
            Reply::Pong(payload) => (Some(Control::Pong(payload)), Reply::Nothing),
            Reply::Close(payload) => (Some(Control::Close(payload)), Reply::Queued),
            left @ (Reply::Nothing | Reply::Queued | Reply::Sent) => (None, left),
        };
        self.reply = left;
        let ping = self.ping.take().filter(|_| may_send);
        let round_trip = self.round_trip.take().filter(|_| may_send);
        let owes_frame = frame.is_some() || ping.is_some() || round_trip.is_some();
        let debt = match mem::take(&mut self.wanted.flush) || owes_frame {
            _ if closes => Debt::Close,
            true => Debt::Now,
            false => Debt::NotYet,
        };
        self.abandoned = false;
        let queues = mem::take(&mut self.wanted.queues) && may_send;
        Due { ping, round_trip, frame, debt, queues, may_send }
    }

    /// Gives a writer the answer to a ping and nothing else.
    pub(crate) fn collect_pong(&mut self) -> Option<Box<ControlPayload>> {
        match mem::take(&mut self.reply) {
            Reply::Pong(payload) => Some(payload),
            other => {
                self.reply = other;
                None
            }
        }
    }

    /// Notes that the Close frame is written or has failed, `at` this moment. There is no second one.
    pub(crate) fn close_is_paid(&mut self, is_out: bool, at: Instant) {
        self.reply = if is_out { Reply::Sent } else { Reply::Nothing };
        self.closing = self.closing.after(CloseSeen::Sent);
        if let Some(asked) = self.asked.as_mut().filter(|_| is_out) {
            asked.at = at;
        }
    }

    /// Gives the peer its time for the answer anew, from `now`, if the Close frame waits behind bytes
    /// that the peer reads. Returns `false` if it does not.
    pub(crate) fn renew_answer(&mut self, now: Instant, written: u64) -> bool {
        let waits = self.owes_close();
        let asked = self.asked.as_mut().filter(|asked| waits && asked.written != written);
        let Some(asked) = asked else { return false };
        (asked.at, asked.written) = (now, written);
        true
    }

    /// Notes that the peer's Close frame has come. Unless that is the answer to ours, the reader
    /// still has to answer it.
    pub(crate) fn close_received(&mut self, frame: Option<CloseFrame>) -> Closing {
        self.closing = self.closing.after(CloseSeen::Received);
        self.unanswered = (self.closing != Closing::Done).then(|| Box::new(PeerClose(frame)));
        self.closing
    }

    /// Returns `true` if the peer's Close frame has come and the reader has not begun to answer it.
    pub(crate) fn is_unanswered(&self) -> bool {
        self.unanswered.is_some()
    }

    /// Takes the peer's Close frame, for the reader to answer it.
    pub(crate) fn take_unanswered(&mut self) -> Option<PeerClose> {
        self.unanswered.take().map(|unanswered| *unanswered)
    }

    pub(crate) fn closing(&self) -> Closing {
        self.closing
    }

    pub(crate) fn asked(&self) -> Option<&Asked> {
        self.asked.as_deref()
    }

    /// Notes a failure. Only the first is kept. A failure is ignored if nothing more had to be
    /// written.
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
