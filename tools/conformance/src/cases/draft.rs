//! [`Draft`]: a case that is being written.

use std::time::Duration;

use blocking_ws::{MessageKind, Role};

use super::notation::{SECOND, id};
use crate::case::{
    Act, By, Case, End, Expected, Fatal, Frame, Level, Payload, Test, Timer, Want, Writes,
};

/// The roles of programs that can be tested with the cases of this folder.
pub(super) const BOTH: &[Role] = &[Role::Client, Role::Server];

/// A case of acts that is being written. It begins with what is usual for its end.
#[derive(Debug)]
pub(super) struct Draft {
    id: String,
    title: String,
    rule: &'static str,
    level: Level,
    acts: Vec<Act>,
    timer: Timer,
    want: Want,
}

impl Draft {
    /// Begins a case in which all is legal: we close it, after a second at the latest.
    pub(super) fn legal(
        id: impl Into<String>,
        title: impl Into<String>,
        rule: &'static str,
    ) -> Self {
        Self::new(id.into(), title.into(), rule, Timer::Close(SECOND), End::us())
    }

    /// Begins a case that breaks the protocol: the peer fails it, within a second.
    pub(super) fn illegal(
        id: impl Into<String>,
        title: impl Into<String>,
        rule: &'static str,
    ) -> Self {
        Self::new(id.into(), title.into(), rule, Timer::Fail(SECOND), End::peer())
    }

    /// Begins a case with a text that is not UTF-8: the peer fails it, within a second.
    pub(super) fn bad_text(
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
        };
        Self { id, title, rule, level: Level::Must, acts: Vec::new(), timer, want }
    }

    /// Adds frames.
    pub(super) fn frames(mut self, frames: impl IntoIterator<Item = Frame>) -> Self {
        self.acts.extend(frames.into_iter().map(Act::Frame));
        self
    }

    /// Adds a step.
    pub(super) fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    /// Adds a message, in fragments or not, which is to come back.
    pub(super) fn echoed(
        self,
        kind: MessageKind,
        payload: Payload,
        fragment: Option<usize>,
    ) -> Self {
        let back = Expected::Message(kind, payload.clone());
        self.act(Act::Message { kind, payload, fragment }).wants([back])
    }

    /// Sets in which writes the frames leave that were added.
    pub(super) fn written(mut self, writes: Writes) -> Self {
        for act in &mut self.acts {
            if let Act::Frame(frame) = act {
                frame.writes = writes;
            }
        }
        self
    }

    /// Adds what must come.
    pub(super) fn wants(mut self, expected: impl IntoIterator<Item = Expected>) -> Self {
        self.want.ok.extend(expected);
        self
    }

    /// Sets what may come too, of a program that is not strict.
    pub(super) fn or(mut self, expected: impl IntoIterator<Item = Expected>) -> Self {
        self.want.non_strict = Some(expected.into_iter().collect());
        self
    }

    /// Lets the connection fail after this time.
    pub(super) fn fails_after(mut self, time: Duration) -> Self {
        self.timer = Timer::Fail(time);
        self
    }

    /// Closes the connection after this time.
    pub(super) fn closes_after(mut self, time: Duration) -> Self {
        self.timer = Timer::Close(time);
        self
    }

    /// Sets the codes that the peer's Close frame may have.
    pub(super) fn codes(mut self, codes: impl Into<Vec<u16>>) -> Self {
        self.want.end.codes = codes.into();
        self
    }

    /// Lets the peer end without a Close frame.
    pub(super) fn unclean(mut self) -> Self {
        self.want.end.clean = false;
        self
    }

    /// Sets what is more than a fault of the close.
    pub(super) fn fatal(mut self, fatal: Fatal) -> Self {
        self.want.end.fatal = fatal;
        self
    }

    /// Leaves it to the acts and the timer to close the connection.
    pub(super) fn closed_by_acts(mut self) -> Self {
        self.want.closes_when_done = false;
        self
    }

    /// Compares only the kind and the length of messages.
    pub(super) fn by_length(mut self) -> Self {
        self.want.by_length = true;
        self
    }

    /// Reports what comes, and judges nothing.
    pub(super) fn informational(mut self) -> Self {
        self.want.informational = true;
        self.level(Level::Info)
    }

    /// Sets how much the rule binds.
    pub(super) fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Makes the case.
    pub(super) fn case(self) -> Case {
        let Self { id: name, title, rule, level, acts, timer, want } = self;
        let needs_echo = want.ok.iter().any(|e| matches!(e, Expected::Message(..)));
        let test = Test::Acts { acts, timer, want };
        Case { id: id(&name), title, rule, level, roles: BOTH, needs_echo, test }
    }
}
