//! [`Case`]: what is sent, and what must come.

use std::time::Duration;

use blocking_ws::{MessageKind, Role};

use super::act::Act;
use super::ask::Ask;
use super::id::CaseId;
use super::payload::Payload;
use super::response::{Look, Response};
use super::want::{By, End, Want};
use crate::compression::Terms;
use crate::data::Corpus;

/// One case of the suite, as data.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub id: CaseId,
    /// What it does, in a few words.
    pub title: String,
    /// The rule that it is about, such as `RFC 6455 §5.4`.
    pub rule: &'static str,
    /// How much the rule binds.
    pub level: Level,
    /// The roles of programs that can be tested with it.
    pub roles: &'static [Role],
    /// Whether it can be judged only if the program sends messages back.
    pub needs_echo: bool,
    /// What is done.
    pub test: Test,
}

impl Case {
    /// How its connection must end.
    pub(crate) fn wished_end(&self) -> End {
        match &self.test {
            Test::Acts { want, .. } => want.end.clone(),
            Test::Responds(response) if response.ends_at_client() => {
                End { by: By::Peer, codes: Vec::new(), ..End::peer() }
            }
            Test::Responds(_) | Test::Rounds(_) | Test::Asks(_) => End::us(),
        }
    }

    /// Returns `true` if it compares a connection with earlier ones of the client.
    pub(crate) fn compares_connections(&self) -> bool {
        matches!(&self.test, Test::Responds(response) if response.look == Some(Look::FreshKey))
    }

    /// How its messages are compressed, if they are.
    pub(crate) fn terms(&self) -> Option<Terms> {
        match &self.test {
            Test::Rounds(rounds) => rounds.compression,
            Test::Acts { .. } | Test::Asks(_) | Test::Responds(_) => None,
        }
    }
}

/// How much the rule of a case binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The RFC says MUST: what breaks the rule fails.
    Must,
    /// The RFC says SHOULD, or good practice does: what breaks the rule is not strict.
    Should,
    /// The RFC leaves the choice: what was seen is reported.
    Info,
}

/// What a case does.
#[derive(Clone, Debug)]
pub enum Test {
    /// Steps, and what must have come after them.
    Acts {
        /// The steps.
        acts: Vec<Act>,
        /// What happens if nothing ends the case before.
        timer: Timer,
        /// What must come.
        want: Want,
    },
    /// Messages that are sent one by one, each once the one before has come back.
    Rounds(Rounds),
    /// A request, and the answer to it. Only servers can be tested so.
    Asks(Ask),
    /// An answer to a request, and what becomes of it. Only clients can be tested so.
    Responds(Response),
}

/// What ends a case at the latest. The time runs from when everything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The connection fails then: `K` in the tables of the suite.
    Fail(Duration),
    /// The connection is closed then, with a Close frame without a code: `C`.
    Close(Duration),
}

/// Messages that go back and forth.
#[derive(Clone, Debug)]
pub struct Rounds {
    /// Text or binary.
    pub kind: MessageKind,
    /// What the messages say.
    pub content: Content,
    /// How long each message is: in bytes, or in characters of a text.
    pub size: usize,
    /// The most bytes of a fragment, after compression. `None` is a single frame.
    pub fragment: Option<usize>,
    /// How many messages there are, if all are sent.
    pub count: usize,
    /// How the messages are compressed. `None`: they are not.
    pub compression: Option<Terms>,
    /// The connection is closed then at the latest.
    pub timer: Duration,
}

/// What the messages of [`Rounds`] say.
#[derive(Clone, Debug)]
pub enum Content {
    /// All the same. Of the answers only the kind and the length count.
    Same(Payload),
    /// Windows of made data, one after the other. The answers must be equal.
    Windows(Corpus),
}
