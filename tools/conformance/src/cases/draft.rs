//! [`Draft`]: a case that is being written.

use std::time::Duration;

use blocking_ws::{MessageKind, Role};

use super::notation::{SECOND, id};
use crate::case::{
    Act, By, Case, End, Expected, Fatal, Frame, Instead, Level, Manners, Payload, Pongs, Test,
    Timer, Want, Writes,
};

/// The roles of programs that can be tested with the cases of this folder.
pub(in crate::cases) const BOTH: &[Role] = &[Role::Client, Role::Server];

/// A case of acts that is being written. It begins with what is usual for its end.
#[derive(Debug)]
pub(in crate::cases) struct Draft {
    id: String,
    title: String,
    rule: &'static str,
    level: Level,
    acts: Vec<Act>,
    timer: Timer,
    want: Want,
    roles: &'static [Role],
}

impl Draft {
    /// Begins a case in which all is legal: we close it, after a second at the latest.
    pub(in crate::cases) fn legal(
        id: impl Into<String>,
        title: impl Into<String>,
        rule: &'static str,
    ) -> Self {
        Self::new(id.into(), title.into(), rule, Timer::Close(SECOND), End::us())
    }

    /// Begins a case that breaks the protocol: the peer fails it, within a second.
    pub(in crate::cases) fn illegal(
        id: impl Into<String>,
        title: impl Into<String>,
        rule: &'static str,
    ) -> Self {
        Self::new(id.into(), title.into(), rule, Timer::Fail(SECOND), End::peer())
    }

    /// Begins a case with a text that is not UTF-8: the peer fails it, within a second.
    pub(in crate::cases) fn bad_text(
        id: impl Into<String>,
        title: impl Into<String>,
        rule: &'static str,
    ) -> Self {
        Self::new(id.into(), title.into(), rule, Timer::Fail(SECOND), End::utf8())
    }

    fn new(id: String, title: String, rule: &'static str, timer: Timer, end: End) -> Self {
        let closes_when_done = end.by == By::Us;
        let want = Want {
            ok: Vec::new(),
            non_strict: None,
            end,
            by_length: false,
            informational: false,
            closes_when_done,
            instead: Vec::new(),
            pongs: Pongs::All,
            manners: Manners::Good,
        };
        let level = Level::Must;
        Self { id, title, rule, level, acts: Vec::new(), timer, want, roles: BOTH }
    }

    /// Adds frames.
    pub(in crate::cases) fn frames(mut self, frames: impl IntoIterator<Item = Frame>) -> Self {
        self.acts.extend(frames.into_iter().map(Act::Frame));
        self
    }

    /// Adds a step.
    pub(in crate::cases) fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    /// Adds a message, in fragments or not, which is to come back.
    pub(in crate::cases) fn echoed(
        self,
        kind: MessageKind,
        payload: Payload,
        fragment: Option<usize>,
    ) -> Self {
        let back = Expected::Message(kind, payload.clone());
        self.act(Act::Message { kind, payload, fragment }).wants([back])
    }

    /// Sets in which writes the frames leave that were added.
    pub(in crate::cases) fn written(mut self, writes: Writes) -> Self {
        for act in &mut self.acts {
            if let Act::Frame(frame) = act {
                frame.writes = writes;
            }
        }
        self
    }

    /// Adds what must come.
    pub(in crate::cases) fn wants(mut self, expected: impl IntoIterator<Item = Expected>) -> Self {
        self.want.ok.extend(expected);
        self
    }

    /// Sets what may come too, of a program that is not strict.
    pub(in crate::cases) fn or(mut self, expected: impl IntoIterator<Item = Expected>) -> Self {
        self.want.non_strict = Some(expected.into_iter().collect());
        self
    }

    /// Lets the connection fail after this time.
    pub(in crate::cases) fn fails_after(mut self, time: Duration) -> Self {
        self.timer = Timer::Fail(time);
        self
    }

    /// Closes the connection after this time.
    pub(in crate::cases) fn closes_after(mut self, time: Duration) -> Self {
        self.timer = Timer::Close(time);
        self
    }

    /// Sets the codes that the peer's Close frame may have.
    pub(in crate::cases) fn codes(mut self, codes: impl Into<Vec<u16>>) -> Self {
        self.want.end.codes = codes.into();
        self
    }

    /// Lets the peer end without a Close frame.
    pub(in crate::cases) fn unclean(mut self) -> Self {
        self.want.end.clean = false;
        self
    }

    /// Sets what is more than a fault of the close.
    pub(in crate::cases) fn fatal(mut self, fatal: Fatal) -> Self {
        self.want.end.fatal = fatal;
        self
    }

    /// Leaves it to the acts and the timer to close the connection.
    pub(in crate::cases) fn closed_by_acts(mut self) -> Self {
        self.want.closes_when_done = false;
        self
    }

    /// Compares only the kind and the length of messages.
    pub(in crate::cases) fn by_length(mut self) -> Self {
        self.want.by_length = true;
        self
    }

    /// Reports what comes, and judges nothing.
    pub(in crate::cases) fn informational(mut self) -> Self {
        self.want.informational = true;
        self.level(Level::Info)
    }

    /// Sets how much the rule binds.
    pub(in crate::cases) fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets who can be tested with it.
    pub(in crate::cases) fn roles(mut self, roles: &'static [Role]) -> Self {
        self.roles = roles;
        self
    }

    /// Sets how the connection ends.
    pub(in crate::cases) fn end(mut self, end: End) -> Self {
        self.want.end = end;
        self
    }

    /// Adds what may happen in place of all that is wished.
    pub(in crate::cases) fn instead(
        mut self,
        level: Level,
        received: impl Into<Vec<Expected>>,
        end: End,
    ) -> Self {
        self.want.instead.push(Instead { level, received: received.into(), end });
        self
    }

    /// Lets a pong be missing if another pong follows.
    pub(in crate::cases) fn skips_pongs(mut self) -> Self {
        self.want.pongs = Pongs::Last;
        self
    }

    /// Answers no Close frame, and does not end TCP.
    pub(in crate::cases) fn lingers(mut self) -> Self {
        self.want.manners = Manners::Lingers;
        self
    }

    /// Makes the case.
    pub(in crate::cases) fn case(self) -> Case {
        let Self { id: name, title, rule, level, acts, timer, want, roles } = self;
        let needs_echo = want.ok.iter().any(|e| matches!(e, Expected::Message(..)));
        let test = Test::Acts { acts, timer, want };
        Case { id: id(&name), title, rule, level, roles, needs_echo, test }
    }
}
