//! [`Ask`]: a request for a WebSocket, legal or not, and what a server must answer.

use super::act::Writes;
use super::want::Excerpt;

/// A request for a WebSocket, legal or not, and what a server must answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The request. In it `{target}`, `{query}` and `{host}` stand for those of the server: its path, its
    /// path with a query, and its host with the port.
    pub request: Vec<u8>,
    /// In which writes it leaves.
    pub writes: Writes,
    /// The value of `Sec-WebSocket-Key` that the answer must accept.
    pub key: &'static str,
    /// The subprotocols that it offers.
    pub subprotocols: &'static [&'static str],
    /// Texts that are glued to the request, as frames, and must come back.
    pub glued: usize,
    /// How many bytes of the last of them leave only after the answer.
    pub held_back: usize,
    /// What must be answered.
    pub answer: Answer,
}

/// What a server must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It opens the connection.
    Opens,
    /// It refuses by an answer of HTTP. With another status than these it is not strict.
    Refuses {
        /// The right statuses. Without any, all errors are right.
        statuses: &'static [u16],
        /// The answer must say that version 13 is known.
        names_version: bool,
    },
    /// It opens the connection, or refuses, with an answer or without.
    Either,
    /// It refuses, or ends TCP.
    CutsOff,
    /// It answers at most once, and takes what follows for neither a request nor a frame.
    Once,
}

impl Answer {
    /// Returns `true` if the end of TCP is as good as an answer.
    pub(crate) fn may_be_the_end(self) -> bool {
        match self {
            Self::Opens | Self::Refuses { .. } => false,
            Self::Either | Self::CutsOff | Self::Once => true,
        }
    }
}

impl Ask {
    /// Describes what is sent.
    pub(super) fn sends(&self) -> Vec<String> {
        let excerpt = Excerpt::of(&self.request);
        let text = String::from_utf8_lossy(&excerpt.hex);
        let how = match self.writes {
            Writes::Chopped(1) => ", byte by byte",
            _ => "",
        };
        let rest = if excerpt.is_cut() { " and more" } else { "" };
        let quoted: Vec<String> =
            text.trim_end().lines().map(|line| format!("\"{}\"", shown(line))).collect();
        let mut lines = vec![format!(
            "Sends a request of {} bytes{how} with the lines {}{rest}.",
            excerpt.len,
            quoted.join(", ")
        )];
        match (self.glued, self.held_back) {
            (0, _) => {}
            (count, 0) => lines.push(format!("Sends {count} text frames in the same write.")),
            (_, held) => lines.push(format!(
                "Sends a text frame in the same write, without its last {held} bytes, which follow \
                 after the answer."
            )),
        }
        lines.push("Waits for the answer.".to_owned());
        lines
    }

    /// Describes what must come.
    pub(super) fn wishes(&self) -> String {
        match self.answer {
            Answer::Opens if self.glued > 0 => {
                "The server opens the connection, and sends each text back.".to_owned()
            }
            Answer::Opens => "The server opens the connection, and answers a ping.".to_owned(),
            Answer::Refuses { statuses, names_version } => {
                let list: Vec<String> = statuses.iter().map(ToString::to_string).collect();
                let status = match list.as_slice() {
                    [] => String::new(),
                    list => format!(" with status {}", list.join(" or ")),
                };
                let version = if names_version { ", and names version 13" } else { "" };
                format!("The server refuses by an answer of HTTP{status}{version}.")
            }
            Answer::Either => "The server opens the connection, or refuses.".to_owned(),
            Answer::CutsOff => "The server refuses, or ends TCP.".to_owned(),
            Answer::Once => {
                "The server answers at most once; what follows is neither a request nor a frame."
                    .to_owned()
            }
        }
    }

    /// Describes what may come instead.
    pub(super) fn may_be_instead(&self) -> Option<String> {
        match self.answer {
            Answer::Refuses { statuses: [_, ..], .. } => {
                Some("The server refuses with another status.".to_owned())
            }
            _ => None,
        }
    }
}

/// A line in which blanks in a row can be counted.
fn shown(line: &str) -> String {
    line.escape_debug().to_string().replace("  ", "␣␣")
}
