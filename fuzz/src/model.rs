//! What must come out of a connection, and what has.

use std::sync::Arc;

use blocking_ws::testing::internals::{Agreement, Header};
use blocking_ws::{CloseCode, CloseFrame, Event, Message, Role};

use crate::frames::{Reads, Receiver, Seen};

/// What fills a message.
const WORDS: &str = "words and more words, ";

/// What is known of a message, or of a ping, that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It comes, unless the connection ends before.
    Accepted,
    /// It may come.
    Unsure,
    /// It must not come.
    Refused,
    Arrived,
}

/// Whose messages keep an order among themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// From the connection's own calls, and its senders'.
    Own,
    Hub,
    /// Pings.
    Ping,
}

impl Line {
    const ALL: [Self; 3] = [Self::Own, Self::Hub, Self::Ping];

    fn mark(self) -> char {
        match self {
            Self::Own => 'S',
            Self::Hub => 'H',
            Self::Ping => 'U',
        }
    }
}

/// One line of messages: by number, what each says and what became of it.
#[derive(Default)]
struct Told {
    messages: Vec<(Arc<Message>, Fate)>,
    /// The number of the last that came.
    last: Option<usize>,
}

/// The other end as it would see the connection.
pub struct Model {
    lines: [Told; 3],
    receiver: Receiver,
    /// How much of the output was looked at, and was whole frames.
    fed: usize,
    whole: usize,
    looked: usize,
    /// Our Close frame, once it is out.
    pub closed: Option<Option<CloseFrame>>,
    /// Pings of the other end, by number: how many it sent, and the last that was answered.
    pub pings: u32,
    pub pong: Option<u32>,
}

impl Model {
    pub fn new(role: Role, agreement: Option<&Agreement>) -> Self {
        let peer = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        Self {
            lines: [Told::default(), Told::default(), Told::default()],
            receiver: Receiver::new(peer, (1 << 30, 1 << 20), agreement, Reads::Taken),
            fed: 0,
            whole: 0,
            looked: 0,
            closed: None,
            pings: 0,
            pong: None,
        }
    }

    /// A new message of a line: its number in front, and filler behind it.
    pub fn compose(&mut self, line: Line, text: bool, filler: usize) -> (usize, Arc<Message>) {
        let told = &mut self.lines[line as usize];
        let number = told.messages.len();
        let mut content = format!("{}{number:05} ", line.mark());
        // Copied as a whole: what goes character by character takes most of a run.
        let skip = number % 7;
        let words = WORDS.repeat((filler + skip) / WORDS.len() + 1);
        content.push_str(&words[skip..skip + filler]);
        let message =
            if text { Message::Text(content) } else { Message::Binary(content.into_bytes()) };
        let message = Arc::new(message);
        told.messages.push((Arc::clone(&message), Fate::Unsure));
        (number, message)
    }

    /// Notes what is known of a message now.
    pub fn note(&mut self, line: Line, number: usize, fate: Fate) {
        let (_, known) = &mut self.lines[line as usize].messages[number];
        assert!(*known != Fate::Arrived || fate != Fate::Refused, "{line:?} {number} was refused");
        if *known != Fate::Arrived {
            *known = fate;
        }
    }

    /// Nobody knows what becomes of those that have not come.
    pub fn give_up(&mut self, line: Line) {
        for (_, fate) in &mut self.lines[line as usize].messages {
            if *fate == Fate::Accepted {
                *fate = Fate::Unsure;
            }
        }
    }

    /// Nothing that was accepted is missing.
    pub fn assert_all(&self, line: Line, when: &str) {
        let messages = &self.lines[line as usize].messages;
        let missing = messages.iter().position(|(_, fate)| *fate == Fate::Accepted);
        assert_eq!(missing, None, "{line:?} is missing after {when}");
    }

    /// Looks at what has come out.
    pub fn look(&mut self, output: &[u8], delivered: usize) {
        self.walk(output);
        self.receiver.feed(&output[self.fed..delivered]);
        self.fed = delivered;
        while self.looked < self.receiver.seen.len() {
            let seen = self.receiver.seen[self.looked].clone();
            self.looked += 1;
            match seen {
                Seen::Message(message) => self.came(message),
                Seen::Control(Event::Ping(payload)) => self.came(Message::Binary(payload)),
                Seen::Control(Event::Pong(payload)) => self.ponged(&payload),
                Seen::Control(Event::Close(frame)) => self.closed = Some(frame),
                Seen::Control(event) => panic!("{event:?}"),
                Seen::Broken(broken, _) => panic!("the other end would fail it: {broken}"),
            }
        }
    }

    /// Nothing follows a Close frame, not even a part of a frame (§5.5.1).
    fn walk(&mut self, output: &[u8]) {
        while self.whole < output.len() {
            let rest = &output[self.whole..];
            let Ok(Some((header, len))) = Header::parse(rest) else { return };
            let end = len + usize::try_from(header.payload()).expect("a payload in memory");
            if rest.len() < end {
                return;
            }
            self.whole += end;
            let closes = rest[0] & 0x0f == 8;
            assert!(!closes || self.whole == output.len(), "something follows a Close frame");
        }
    }

    /// Tells whether the output is whole frames.
    pub fn is_whole(&self, output: &[u8]) -> bool {
        self.whole == output.len()
    }

    fn came(&mut self, message: Message) {
        let content = message.as_bytes();
        let content = String::from_utf8_lossy(&content[..content.len().min(10)]);
        let line = Line::ALL.into_iter().find(|line| content.starts_with(line.mark()));
        let line = line.unwrap_or_else(|| panic!("nobody sent {content:?}"));
        let told = &mut self.lines[line as usize];
        let number: usize = content[1..6].parse().expect("a number");
        let from = told.last.map_or(0, |last| last + 1);
        assert!(number >= from, "{line:?} {number} came twice, or behind a later one");
        for (skipped, (_, fate)) in told.messages[..number].iter().enumerate().skip(from) {
            assert_ne!(*fate, Fate::Accepted, "{line:?} {skipped} is lost");
        }
        let (sent, fate) = &mut told.messages[number];
        assert_ne!(
            *fate,
            Fate::Refused,
            "{line:?} {number} came, and its sender was told otherwise"
        );
        if line != Line::Ping {
            assert!(**sent == message, "{line:?} {number} is not what was sent");
        }
        *fate = Fate::Arrived;
        told.last = Some(number);
    }

    /// §5.5.3: each ping is answered once at most, the latest in any case.
    fn ponged(&mut self, payload: &[u8]) {
        let number = u32::from_be_bytes(payload.try_into().expect("the payload of a ping"));
        assert!(number < self.pings, "an answer to no ping");
        assert!(self.pong.is_none_or(|last| last < number), "an answer to an older ping");
        self.pong = Some(number);
    }

    /// The code of our Close frame.
    pub fn closed_with(&self) -> Option<CloseCode> {
        let frame = self.closed.as_ref()?;
        Some(frame.as_ref().map_or(CloseCode::NoStatus, CloseFrame::code))
    }
}
