//! [`Rules`]: a peer that replies, in whatever order messages come.

use std::fmt::{self, Write as _};
use std::panic::Location;

use super::super::wire::RawFrame;
use super::expect::{close_code, shown, shown_close};
use super::messages::Event;
use super::pattern::Pattern;
use super::peer::{Came, Peer, StreamEnd};
use super::times::{Times, times};
use crate::proto::message::{AsMessage, Message};

/// What a [`Peer`] replies to messages, in whatever order they come. Made by [`Peer::rules`], which
/// has an example.
#[must_use = "nothing is answered before `run`"]
pub struct Rules<'a> {
    peer: &'a mut Peer,
    all: Vec<Rule<'a>>,
    ignores_the_rest: bool,
}

/// The beginning of a rule: which messages it takes. Made by [`Rules::when`].
#[must_use = "a rule is complete with its reply"]
pub struct When<'a> {
    rules: Rules<'a>,
    pattern: Pattern,
    place: &'static Location<'static>,
}

struct Rule<'a> {
    pattern: Pattern,
    place: &'static Location<'static>,
    reply: Reply<'a>,
    times: Times,
    used: usize,
}

/// How the other end has ended.
enum Ended {
    Close(RawFrame),
    Without(StreamEnd),
}

enum Reply<'a> {
    Nothing,
    Message(Message),
    With(Box<dyn FnMut(&Message) -> Message + 'a>),
    Then(Box<dyn FnMut(&mut Peer) + 'a>),
}

impl Peer {
    /// Begins rules for what this peer replies. [`run`](Rules::run) follows them until the other
    /// end has closed.
    ///
    /// For each message, the first rule replies whose pattern takes it and that has not been used
    /// as often as it may be. A message that no rule takes is a failure. Pings are answered too.
    ///
    /// ```
    /// use blocking_ws::Client;
    /// use blocking_ws::testing::{MockServer, Pattern};
    ///
    /// let mock = MockServer::new()?.on_connection(|peer| {
    ///     peer.rules()
    ///         .when("ping").reply("pong").times(1..)
    ///         .when(Pattern::starts_with("sub ")).reply_with(|message| format!("{message}: done"))
    ///         .when("log out").then(|peer| peer.close(1000, "bye")).times(1)
    ///         .run();
    /// });
    /// let mut ws = Client::new().connect(&mock.url())?;
    /// ws.send("sub news")?;
    /// assert_eq!(ws.recv()?, Some("sub news: done".into()));
    /// ws.send("ping")?;
    /// assert_eq!(ws.recv()?, Some("pong".into()));
    /// ws.send("log out")?;
    /// assert_eq!(ws.recv()?, None);
    /// mock.verify();
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn rules(&mut self) -> Rules<'_> {
        Rules { peer: self, all: Vec::new(), ignores_the_rest: false }
    }

    /// Sends each message back, until the other end has closed.
    ///
    /// ```
    /// use blocking_ws::Client;
    /// use blocking_ws::testing::{MockServer, Peer};
    ///
    /// let mock = MockServer::new()?.on_connection(Peer::echo);
    /// let mut ws = Client::new().connect(&mock.url())?;
    /// ws.send("hello")?;
    /// assert_eq!(ws.recv()?, Some("hello".into()));
    /// # drop(ws);
    /// # mock.verify();
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`Rules::run`].
    #[track_caller]
    pub fn echo(&mut self) {
        self.rules().when(Pattern::any()).reply_with(Clone::clone).run();
    }
}

impl<'a> Rules<'a> {
    /// Begins a rule for messages that this pattern takes, of either kind.
    #[track_caller]
    pub fn when(self, pattern: impl Into<Pattern>) -> When<'a> {
        When { rules: self, pattern: pattern.into(), place: Location::caller() }
    }

    /// Sets how often the last rule is to be used: a number, or a range such as `1..`. By default
    /// any number is right.
    ///
    /// A rule that has been used as often as it may be takes no more messages, so a later rule for
    /// the same messages may reply.
    ///
    /// # Panics
    /// There is no rule yet, or the range is empty.
    #[track_caller]
    pub fn times(mut self, times: impl Into<Times>) -> Self {
        let times = times.into();
        let Times { least, most } = times;
        assert!(least <= most, "`times` has an empty range: from {least} to {most}");
        let rule = self.all.last_mut();
        rule.expect("`times` belongs to the rule before it: call `when` first").times = times;
        self
    }

    /// Ignores messages that no rule takes. By default they are failures.
    pub fn ignoring_the_rest(mut self) -> Self {
        self.ignores_the_rest = true;
        self
    }

    /// Follows the rules until the other end closes, and answers its Close frame. The connection
    /// may also end without one, but not within a message.
    ///
    /// Waits for each message as long as [`within`](Peer::within) says.
    ///
    /// # Panics
    /// With a report: a message came that no rule takes, nothing came in time, or at the end a rule
    /// was not used as often as it is to be.
    #[track_caller]
    pub fn run(mut self) {
        self.follow();
        self.check_times();
    }

    /// Follows the rules like [`run`](Self::run), until a Close frame with this code.
    ///
    /// # Panics
    /// As [`run`](Self::run), or the connection ends otherwise.
    #[track_caller]
    pub fn run_until_close(mut self, code: u16) {
        let ended = self.follow();
        self.check_times();
        let expected = format!("close {code}");
        match ended {
            Ended::Close(frame) if close_code(&frame) == Some(code) => {}
            Ended::Close(frame) => self.peer.fail(&expected, &shown_close(&frame)),
            Ended::Without(end) => self.peer.fail_on(&expected, &Came::End(end)),
        }
    }

    #[track_caller]
    fn follow(&mut self) -> Ended {
        self.peer.open_if_asked();
        loop {
            match self.peer.next_event(&self.expected()) {
                Event::Message(message) => self.answer(&message),
                Event::Close(frame) => {
                    self.peer.answer_close(&frame);
                    return Ended::Close(frame);
                }
                Event::End(end) => return Ended::Without(end),
            }
        }
    }

    #[track_caller]
    fn check_times(&self) {
        for rule in &self.all {
            if rule.used < rule.times.least {
                let (pattern, wanted, place) = (&rule.pattern, rule.times, at(rule.place));
                let expected = format!("message {pattern} {wanted}, by the rule at {place}");
                self.peer.fail(&expected, &times(rule.used));
            }
        }
    }

    #[track_caller]
    fn answer(&mut self, message: &Message) {
        let takes =
            |rule: &&mut Rule<'_>| rule.used < rule.times.most && rule.pattern.takes(message);
        let Some(rule) = self.all.iter_mut().find(takes) else {
            if !self.ignores_the_rest {
                self.peer.fail(&self.expected(), &shown(message));
            }
            return;
        };
        rule.used += 1;
        match &mut rule.reply {
            Reply::Nothing => {}
            Reply::Message(reply) => self.peer.send(reply),
            Reply::With(reply) => self.peer.send(reply(message)),
            Reply::Then(act) => act(self.peer),
        }
    }

    /// What a report says of the rules.
    fn expected(&self) -> String {
        let mut expected = "a message that a rule takes, or the end. The rules:".to_owned();
        for Rule { pattern, place, times: wanted, used, .. } in &self.all {
            let (place, used) = (at(place), times(*used));
            // A String takes everything.
            let _ = write!(expected, "\n{pattern} at {place}: used {used}, to be used {wanted}");
        }
        expected
    }
}

impl<'a> When<'a> {
    /// Replies with this message.
    pub fn reply(self, message: impl AsMessage) -> Rules<'a> {
        self.with(Reply::Message(message.as_message().into()))
    }

    /// Replies with what `reply` makes of the message.
    pub fn reply_with<M: AsMessage>(self, mut reply: impl FnMut(&Message) -> M + 'a) -> Rules<'a> {
        self.with(Reply::With(Box::new(move |message| reply(message).as_message().into())))
    }

    /// Does something else: sends several messages, pings, closes, or leaves.
    pub fn then(self, act: impl FnMut(&mut Peer) + 'a) -> Rules<'a> {
        self.with(Reply::Then(Box::new(act)))
    }

    /// Does not reply.
    pub fn no_reply(self) -> Rules<'a> {
        self.with(Reply::Nothing)
    }

    fn with(self, reply: Reply<'a>) -> Rules<'a> {
        let Self { mut rules, pattern, place } = self;
        rules.all.push(Rule { pattern, place, reply, times: Times::ANY, used: 0 });
        rules
    }
}

fn at(place: &Location<'_>) -> String {
    format!("{}:{}", place.file(), place.line())
}

impl fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("rules", &self.all.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for When<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("When").field("pattern", &self.pattern).finish_non_exhaustive()
    }
}
