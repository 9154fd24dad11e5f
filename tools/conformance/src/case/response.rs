//! [`Response`]: what this suite answers to the request of a client, and what the client must do.

use std::time::Duration;

use super::want::Excerpt;

/// What this suite answers to the request of a client, legal or not, and what the client must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What is looked at in the request, before the answer.
    pub look: Option<Look>,
    /// The answer. In it these words stand for what the request makes of them: `{accept}` for the
    /// `Sec-WebSocket-Accept` of its key, `{lowercase}` for the same in small letters, and
    /// `{subprotocol}` for the first subprotocol that it offers, in the other letter case.
    pub head: Vec<u8>,
    /// How many quarters of the answer are sent.
    pub quarters: usize,
    /// In which writes it leaves.
    pub pace: Pace,
    /// What follows the answer in the same write.
    pub glued: Option<Glued>,
    /// How this suite ends TCP after the answer.
    pub end: Option<HowEnded>,
    /// What the client must do.
    pub reaction: Reaction,
}

/// What is looked at in the request of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The method, the version of HTTP.
    RequestLine,
    /// The `Host`, which needs a port other than that of the scheme.
    Host,
    /// The tokens of `Upgrade` and `Connection`.
    Upgrade,
    /// The key: 16 bytes in base64.
    Key,
    /// The version of the protocol.
    Version,
    /// Headers that may come only once.
    Once,
    /// The target: a path with a query, and no fragment.
    Target,
    /// That nothing follows it before the answer.
    Nothing,
    /// The key again: that no earlier connection had it.
    FreshKey,
}

/// In which writes an answer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// In one.
    Together,
    /// Byte by byte.
    Chopped,
    /// The answer in one write, and then a byte of a header each time that this has passed.
    Drips(Duration),
}

/// What follows an answer in the same write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glued {
    /// A text.
    Message,
    /// A ping.
    Ping,
    /// A Close frame with 1000.
    Close,
}

/// How this suite ends TCP after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowEnded {
    /// In order.
    Fin,
    /// By a reset.
    Reset,
}

/// What a client must do about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It opens the connection, sends a text back, and answers a Close frame.
    Opens,
    /// It sends no frame, and ends TCP once this suite has ended its direction.
    Fails,
    /// It opens the connection or ends it, and does so in time.
    Either,
    /// It sends no frame, and ends TCP by itself in time.
    GivesUp,
}

impl Response {
    /// Returns `true` if the case can be judged only if the program sends messages back.
    #[must_use]
    pub fn needs_echo(&self) -> bool {
        self.reaction == Reaction::Opens && self.glued != Some(Glued::Close)
    }

    /// Returns `true` if the client must end TCP.
    pub(super) fn ends_at_client(&self) -> bool {
        matches!(self.reaction, Reaction::Fails | Reaction::GivesUp)
            && self.end != Some(HowEnded::Reset)
    }

    /// Describes what is looked at and sent.
    pub(super) fn sends(&self) -> Vec<String> {
        let mut lines = vec!["Waits for the request.".to_owned()];
        lines.extend(self.look.map(|look| format!("Looks at {}.", look.in_words())));
        let excerpt = Excerpt::of(&self.head);
        let text = String::from_utf8_lossy(&excerpt.hex);
        let quoted: Vec<String> =
            text.trim_end().lines().map(|line| format!("\"{}\"", line.escape_debug())).collect();
        let what = match (self.quarters, self.head.len()) {
            (0, _) | (_, 0) => None,
            (4, len) => Some(format!("an answer of {len} bytes")),
            (1, len) => Some(format!("a quarter of an answer of {len} bytes")),
            (2, len) => Some(format!("half of an answer of {len} bytes")),
            (_, len) => Some(format!("three quarters of an answer of {len} bytes")),
        };
        let how = if self.pace == Pace::Chopped { ", byte by byte," } else { "" };
        let rest = if excerpt.is_cut() { " and more" } else { "" };
        lines.push(match what {
            Some(what) => format!("Sends {what}{how} with the lines {}{rest}.", quoted.join(", ")),
            None => "Sends no answer.".to_owned(),
        });
        if let Pace::Drips(pause) = self.pace {
            lines.push(format!("Sends one byte of a header each {} ms.", pause.as_millis()));
        }
        lines.extend(self.glued.map(|glued| {
            let what = match glued {
                Glued::Message => "a text",
                Glued::Ping => "a ping",
                Glued::Close => "a Close frame with 1000",
            };
            format!("Sends {what} in the same write.")
        }));
        lines.push(match (self.end, self.reaction) {
            (Some(HowEnded::Fin), _) => "Ends its direction of TCP.".to_owned(),
            (Some(HowEnded::Reset), _) => "Resets the connection.".to_owned(),
            (None, Reaction::GivesUp) => "Waits for the client to give up.".to_owned(),
            (None, _) if self.glued == Some(Glued::Close) => {
                "Waits for the answer to the Close frame.".to_owned()
            }
            (None, Reaction::Opens | Reaction::Either) => {
                "Waits for the text to come back, and closes with 1000.".to_owned()
            }
            (None, Reaction::Fails) => {
                "Sends a text and a ping if the client stays, and ends its direction of TCP."
                    .to_owned()
            }
        });
        if matches!(self.reaction, Reaction::Opens | Reaction::Either)
            && !matches!(self.glued, Some(Glued::Message | Glued::Close))
        {
            let at = lines.len() - 1;
            lines.insert(at, "Sends a text.".to_owned());
        }
        lines
    }

    /// Describes what must come.
    pub(super) fn wishes(&self) -> String {
        let opens = match self.glued {
            Some(Glued::Close) => "The client opens the connection, and answers the Close frame.",
            Some(Glued::Ping) => {
                "The client opens the connection, answers the ping, and sends the text back."
            }
            _ => "The client opens the connection, and sends the text back.",
        };
        match (self.look, self.reaction) {
            (Some(look), _) => format!("{} {opens}", look.wish()),
            (None, Reaction::Opens) => opens.to_owned(),
            (None, Reaction::Fails) if self.end == Some(HowEnded::Reset) => {
                "The client sends no frame.".to_owned()
            }
            (None, Reaction::Fails) => "The client sends no frame, and ends TCP.".to_owned(),
            (None, Reaction::Either) => {
                "The client opens the connection, or ends TCP; what it does is reported.".to_owned()
            }
            (None, Reaction::GivesUp) => {
                "The client sends no frame, and ends TCP by itself in 30 s.".to_owned()
            }
        }
    }
}

impl Look {
    fn in_words(self) -> &'static str {
        match self {
            Self::RequestLine => "its first line",
            Self::Host => "its Host",
            Self::Upgrade => "its Upgrade and its Connection",
            Self::Key => "its Sec-WebSocket-Key",
            Self::Version => "its Sec-WebSocket-Version",
            Self::Once => "the headers that may come only once",
            Self::Target => "its target",
            Self::Nothing => "what follows it, for a moment",
            Self::FreshKey => "its Sec-WebSocket-Key and those of earlier connections",
        }
    }

    /// What is wished of a request.
    fn wish(self) -> &'static str {
        match self {
            Self::RequestLine => "The request is a GET of HTTP/1.1.",
            Self::Host => "One Host names the port, unless it is that of the scheme.",
            Self::Upgrade => "Upgrade has websocket, and Connection has Upgrade.",
            Self::Key => "The key is 16 bytes in base64.",
            Self::Version => "The version is 13.",
            Self::Once => "Each of these headers comes at most once.",
            Self::Target => {
                "The target is a path with a query, or a whole URL, without a fragment."
            }
            Self::Nothing => "Nothing comes before the answer.",
            Self::FreshKey => "The key is another one on each connection.",
        }
    }
}
