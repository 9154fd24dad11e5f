//! [`Bench`]: one connection to a program under test, its states and its timers.

use std::time::{Instant, SystemTime};

use blocking_ws::testing::{Key, RawFrame};
use blocking_ws::{MessageKind, Role};

use super::ending::{CLOSE_TIME, State, Timers};
use super::matcher::{Came, Matcher};
use super::patience::Patience;
use crate::case::{Case, Test, Writes};
use crate::compression::{Agreed, Compressor};
use crate::connection::{self, Breach, Inspector, Link, Meaning, Opening};
use crate::random::Random;
use crate::report::{CaseReport, Closing, OneWay};

/// How cases are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    /// All messages of rounds are sent.
    pub(crate) full: bool,
    /// The program does not send messages back. Those that it sends mean something else.
    pub(crate) no_echo: bool,
}

/// A connection on which the opening handshake is done.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) link: Link,
    /// The role of this suite.
    pub(crate) role: Role,
    pub(crate) opening: Opening,
    pub(crate) agreed: Option<Agreed>,
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
    pub(super) random: Random,
    pub(super) compressor: Option<Compressor>,
    pub(super) compressed: Vec<u8>,
    /// What leaves with the next write.
    pub(super) out: Vec<u8>,
    pub(super) full: bool,
    no_echo: bool,
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
    /// When the first Close frame was sent.
    pub(super) closed: Option<Instant>,
    /// Since when both Close frames have passed.
    pub(super) both_closed: Option<Instant>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(case: &'a Case, opened: Opened, patience: Patience, how: How) -> Self {
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
            full: how.full,
            no_echo: how.no_echo,
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
            closed: None,
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
            Test::Asks(_) | Test::Responds(_) => {
                unreachable!("a case about an opening handshake has no bench")
            }
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
            Meaning::Message(..) if self.closing.failed_by_me || self.no_echo => {}
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
}
