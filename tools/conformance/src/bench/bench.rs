//! [`Bench`]: one connection to a program under test, its states and its timers.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use blocking_ws::testing::{Key, RawFrame};
use blocking_ws::{MessageKind, Role};

use super::matcher::{Came, Matcher};
use super::patience::Patience;
use super::verdict::blank;
use crate::case::{Case, Test, Timer, Writes};
use crate::compression::{Agreed, Compressor};
use crate::connection::{self, Breach, Inspector, Link, Meaning, Opening, Refused};
use crate::random::Random;
use crate::report::{CaseReport, Closing, Late, OneWay, WireEvent};

/// How long the peer may take to answer a Close frame, and then to end TCP.
pub(super) const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The most bytes of the header of a frame.
const LONGEST_HEADER: usize = 14;

/// How long the bytes of a header are apart.
const APART: Duration = Duration::from_millis(1);

/// A connection on which the opening handshake is done.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) link: Link,
    /// The role of this suite.
    pub(crate) role: Role,
    pub(crate) opening: Opening,
    pub(crate) agreed: Option<Agreed>,
}

/// Makes the report of a case whose opening handshake came to nothing.
pub(crate) fn refused(case: &Case, role: Role, link: Link, refused: Refused) -> CaseReport {
    let closing = Closing {
        late: refused.has_timed_out.then_some(Late::Opening),
        unclean: Some("the opening handshake was not completed".to_owned()),
        ..Closing::default()
    };
    let duration = link.log.elapsed();
    let (wire, stats) = link.log.entries();
    CaseReport {
        reasons: vec![refused.why],
        duration,
        closing,
        request: refused.request,
        response: refused.response,
        stats,
        wire,
        ..blank(case, role)
    }
}

/// Makes the report of a case for which there was no connection.
pub(crate) fn unreachable(case: &Case, role: Role, why: String) -> CaseReport {
    CaseReport { reasons: vec![why], ..blank(case, role) }
}

/// One connection to a program under test: what has been sent, and what has come.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(super) case: &'a Case,
    pub(super) link: Link,
    pub(super) role: Role,
    pub(super) opening: Opening,
    pub(super) patience: Patience,

    // What is sent.
    random: Random,
    pub(super) compressor: Option<Compressor>,
    pub(super) compressed: Vec<u8>,
    /// What leaves with the next write.
    pub(super) out: Vec<u8>,
    pub(super) full: bool,
    /// Messages of rounds.
    pub(super) sent: OneWay,

    // What comes.
    pub(super) inspector: Inspector,
    pub(super) matcher: Option<Matcher<'a>>,
    /// The last message that came, for who waits for one.
    pub(super) message: Option<(MessageKind, Vec<u8>)>,
    pub(super) pongs: usize,
    /// Rules that the peer has broken.
    pub(super) breaches: Vec<Breach>,

    // How it ends.
    pub(super) state: State,
    pub(super) closing: Closing,
    pub(super) timers: Timers,
    /// Since when both Close frames have passed.
    pub(super) both_closed: Option<Instant>,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// A Close frame was sent.
    Closing,
    /// TCP has ended.
    Closed,
}

/// What happens if nothing else does.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// What the case says.
    pub(super) case: Option<(Instant, Timer)>,
    /// The peer must have answered a Close frame.
    pub(super) answer: Option<Instant>,
    /// The server must have ended TCP.
    pub(super) fin: Option<Instant>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(case: &'a Case, opened: Opened, patience: Patience, full: bool) -> Self {
        let Opened { link, role, opening, agreed } = opened;
        let peer = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        let mut inspector = Inspector::new(peer);
        if case.id.is_beyond() {
            inspector = inspector.strict();
        }
        if let Some(agreed) = agreed {
            inspector.agree(agreed);
        }
        Self {
            case,
            link,
            role,
            opening,
            patience,
            random: Random::unforeseen(),
            compressor: agreed.map(Agreed::compressor),
            compressed: Vec::new(),
            out: Vec::new(),
            full,
            sent: OneWay::default(),
            inspector,
            matcher: None,
            message: None,
            pongs: 0,
            breaches: Vec::new(),
            state: State::Open,
            closing: Closing {
                unclean: Some("no Close frame came".to_owned()),
                ..Closing::default()
            },
            timers: Timers::default(),
            both_closed: None,
        }
    }

    /// Runs the case, until TCP has ended, and judges it.
    pub(crate) fn run(mut self) -> CaseReport {
        let started = SystemTime::now();
        let verdict = match &self.case.test {
            Test::Acts { acts, timer, want } => {
                self.act(acts, *timer, want);
                self.judge(want)
            }
            Test::Rounds(rounds) => {
                let played = self.play(rounds);
                self.judge_rounds(&played)
            }
            Test::Asks(_) => unreachable!("a case about a request has no bench"),
        };
        self.report(verdict, started)
    }

    /// Handles the next thing that happens: a frame, the end, or a timer. Waits until then at most.
    pub(super) fn step(&mut self, until: Option<Instant>) {
        if let Some((frame, len)) = RawFrame::parse(self.link.rest()) {
            self.link.take(len);
            self.frame(frame, len);
            return;
        }
        let timers = [self.timers.case.map(|(at, _)| at), self.timers.answer, self.timers.fin];
        let deadline = timers.into_iter().chain([until]).flatten().min();
        // A connection has a timer as long as nobody waits for something else.
        let deadline = deadline.unwrap_or_else(|| Instant::now() + self.patience.of(CLOSE_TIME));
        match self.link.receive(deadline) {
            connection::Came::Bytes => {}
            connection::Came::End(end) => self.over(&end),
            connection::Came::Nothing => self.ring(),
        }
    }

    /// Sets the timer of the case, from now on.
    pub(super) fn set_timer(&mut self, timer: Timer) {
        let (time, note) = match timer {
            Timer::Fail(time) => {
                let time = self.patience.of(time);
                (time, WireEvent::FailIn { time })
            }
            Timer::Close(time) => {
                let time = self.patience.of(time);
                (time, WireEvent::CloseIn { time })
            }
        };
        self.link.log.note(note);
        self.timers.case = Some((Instant::now() + time, timer));
    }

    /// Does what the timers say whose time has come.
    fn ring(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if let Some((_, timer)) = self.timers.case.take_if(|(at, _)| *at <= now) {
            match timer {
                Timer::Fail(_) => {
                    self.link.log.note(WireEvent::Fail);
                    self.fail(1001, "Going Away");
                }
                Timer::Close(_) => {
                    self.link.log.note(WireEvent::Close);
                    self.close(None);
                    if self.timers.answer.is_none() && self.timers.fin.is_none() {
                        // The peer has closed, and does not end TCP.
                        self.timers.fin = Some(now + self.patience.of(CLOSE_TIME));
                    }
                }
            }
        } else if is_due(self.timers.answer) {
            self.closing.late = Some(Late::Close);
            self.unclean("the Close frame was not answered in time");
            self.drop_tcp();
        } else if is_due(self.timers.fin) {
            self.closing.late = Some(Late::Drop);
            self.unclean("the server did not end TCP in time after both Close frames");
            self.drop_tcp();
        }
    }

    /// Takes a frame.
    fn frame(&mut self, frame: RawFrame, len: usize) {
        let mask = if let Key::Fixed(key) = frame.key { Some(key) } else { None };
        self.link.log.received(&frame, mask);
        let meaning = match self.inspector.take(frame, len) {
            Ok(meaning) => meaning,
            Err(breach) => return self.broken(breach),
        };
        match meaning {
            Meaning::Part => {}
            Meaning::Ping(payload) => {
                if self.state == State::Open {
                    self.send(RawFrame::pong(payload), Writes::Together);
                }
            }
            Meaning::Pong(payload) => {
                self.pongs += 1;
                self.came(&Came::Pong(&payload));
            }
            // Once the connection has failed, messages say nothing any more.
            Meaning::Message(..) if self.closing.failed_by_me => {}
            Meaning::Message(kind, payload) => {
                self.came(&Came::Message(kind, &payload));
                self.message = Some((kind, payload));
            }
            Meaning::Close(close) => self.peer_closes(close),
        }
    }

    /// Compares with what is wanted, and closes if all is there.
    pub(super) fn came(&mut self, came: &Came<'_>) {
        let Some(matcher) = &mut self.matcher else { return };
        matcher.take(came);
        let want = matcher.want();
        let is_answered =
            want.by_length && want.closes_when_done && matches!(came, Came::Message(..));
        if let Some(end) = matcher.closes().or(is_answered.then_some(&want.end)) {
            self.close(end.codes.first().copied());
        }
    }

    fn broken(&mut self, breach: Breach) {
        self.link.log.note(WireEvent::Breach { rule: breach.rule.clone() });
        if breach.closed_with.is_some() {
            self.closing.remote_code = breach.closed_with;
        }
        self.fail(breach.code, &breach.rule);
        self.breaches.push(breach);
    }

    /// Fails the connection (RFC 6455 §7.1.7).
    fn fail(&mut self, code: u16, reason: &str) {
        match self.state {
            State::Open => {
                self.begin_close(Some((code, reason)));
                self.closing.failed_by_me = true;
            }
            State::Closing => {
                self.closing.failed_by_me = true;
                if self.lingers() {
                    self.unclean("the peer did not end TCP");
                }
                self.drop_tcp();
            }
            State::Closed => {}
        }
    }

    /// Sends a frame. If the peer has gone, what it has said last is seen next.
    pub(super) fn send(&mut self, frame: RawFrame, writes: Writes) {
        let bytes = self.prepare(frame, writes, None);
        // An end shows when the peer's last words are read.
        let _ = self.write(&bytes, writes);
    }

    /// Notes a frame, and returns its bytes, with a key of its own if the role demands one.
    pub(super) fn prepare(
        &mut self,
        frame: RawFrame,
        writes: Writes,
        repeated: Option<usize>,
    ) -> Vec<u8> {
        let key = match frame.key {
            Key::Role => self.key(),
            Key::Fixed(key) => Some(key),
            Key::None => None,
        };
        let frame = frame.key(key.map_or(Key::None, Key::Fixed));
        self.link.log.sent(&frame, key, writes, repeated);
        frame.to_bytes(self.role)
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// The peer has gone.
    pub(super) fn write(&mut self, bytes: &[u8], writes: Writes) -> io::Result<()> {
        match writes {
            Writes::Together => self.link.write(bytes, false),
            Writes::Alone => self.link.write(bytes, true),
            Writes::Chopped(most) => {
                bytes.chunks(most).try_for_each(|piece| self.link.write(piece, false))
            }
            Writes::ChoppedHeader => {
                // The first bytes have the longest header, and more than that is no loss.
                let (header, rest) = bytes.split_at(bytes.len().min(LONGEST_HEADER));
                for byte in header.chunks(1) {
                    self.link.write(byte, false)?;
                    // Without a pause the system joins most of the bytes.
                    thread::sleep(APART);
                }
                if rest.is_empty() { Ok(()) } else { self.link.write(rest, false) }
            }
        }
    }

    /// A new key, if the role demands one.
    pub(super) fn key(&mut self) -> Option<[u8; 4]> {
        (self.role == Role::Client).then(|| self.random.bytes())
    }
}
