//! Any bytes as frames: what comes of them does not depend on where they are cut.
//!
//! ```text
//! input: settings, cuts, bytes of frames
//! ```

use blocking_ws::testing::internals::{Agreement, Inbound};
use blocking_ws::{CloseCode, Deflate, Event, Message, MessageKind, ProtocolError, Role};

use crate::bytes::{Bytes, Cuts};
use crate::deflate::agree;

/// What a receiver has come upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Message(Message),
    Control(Event),
    /// Nothing follows.
    Broken(ProtocolError, CloseCode),
}

/// How messages are taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Lent,
    Taken,
    Streamed,
}

/// A receiver, and what it has seen.
pub struct Receiver {
    inbound: Inbound,
    reads: Reads,
    /// Of a stream.
    begun: Vec<u8>,
    pub seen: Vec<Seen>,
    is_over: bool,
}

impl Receiver {
    /// Takes messages of so many bytes in so many fragments at most.
    pub fn new(
        role: Role,
        (bytes, fragments): (usize, usize),
        agreement: Option<&Agreement>,
        reads: Reads,
    ) -> Self {
        let mut inbound = Inbound::bounded(role, bytes, fragments);
        if let Some(agreement) = agreement {
            inbound.inflate(agreement);
        }
        if reads == Reads::Streamed {
            inbound.want_stream();
        }
        Self { inbound, reads, begun: Vec::new(), seen: Vec::new(), is_over: false }
    }

    /// Takes bytes as they come from a socket; tells how many were taken before the end.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_over {
            let space = self.inbound.space();
            let n = space.len().min(bytes.len());
            assert!(n > 0, "there is room for a read");
            space[..n].copy_from_slice(&bytes[..n]);
            self.inbound.filled(n);
            bytes = &bytes[n..];
            while !self.is_over && self.step() {}
        }
    }

    fn step(&mut self) -> bool {
        let came = match self.inbound.advance() {
            Ok(None) => return false,
            Ok(Some(came)) => came,
            Err(broken) => {
                self.broke(broken);
                return false;
            }
        };
        if let Some(control) = came.clone().control() {
            self.is_over = matches!(control, Event::Close(_));
            self.seen.push(Seen::Control(control));
        } else if self.reads == Reads::Streamed {
            self.take_part();
        } else {
            assert!(came.is_message());
            self.take_message();
        }
        true
    }

    fn take_message(&mut self) {
        let taken = match self.reads {
            Reads::Lent => self.inbound.lend().map(Message::from),
            Reads::Taken | Reads::Streamed => self.inbound.take(),
        };
        match taken {
            Ok(message) => self.seen.push(Seen::Message(message)),
            Err(broken) => self.broke(broken),
        }
    }

    fn take_part(&mut self) {
        let (kind, bytes, is_last) = self.inbound.part().expect("a part was announced");
        assert!(is_last || !bytes.is_empty(), "a part is something");
        if kind == MessageKind::Text {
            std::str::from_utf8(bytes).expect("whole characters");
        }
        self.begun.extend_from_slice(bytes);
        if is_last {
            let whole = std::mem::take(&mut self.begun);
            self.seen.push(Seen::Message(match kind {
                MessageKind::Text => Message::Text(String::from_utf8(whole).expect("a text")),
                MessageKind::Binary => Message::Binary(whole),
            }));
            self.inbound.want_stream();
        }
    }

    fn broke(&mut self, broken: ProtocolError) {
        // A stream has a limit of its own, which is the same here.
        let broken = match broken {
            ProtocolError::StreamTooBig(most) if self.reads == Reads::Streamed => {
                ProtocolError::MessageTooBig(most)
            }
            broken => broken,
        };
        let code = broken.close_code();
        assert!(code.may_be_sent(), "{code} for {broken}");
        self.seen.push(Seen::Broken(broken, code));
        self.is_over = true;
    }
}

pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let settings = bytes.byte();
    let role = if settings & 1 == 0 { Role::Server } else { Role::Client };
    let most = if settings & 2 == 0 { (300, 100) } else { (1 << 16, 20) };
    let takeover = settings & 8 == 0;
    let ends = (settings & 4 != 0).then(|| {
        let deflate = Deflate::new().send_takeover(takeover).recv_takeover(takeover);
        agree(&deflate, &deflate)
    });
    let agreement = ends.as_ref().map(|[client, server]| match role {
        Role::Client => client,
        Role::Server => server,
    });
    let cuts = Cuts::new(&mut bytes);
    let mut whole = Receiver::new(role, most, agreement, Reads::Taken);
    whole.feed(bytes.0);
    for reads in [Reads::Lent, Reads::Taken, Reads::Streamed] {
        let mut cut = Receiver::new(role, most, agreement, reads);
        for piece in cuts.pieces(bytes.0) {
            cut.feed(piece);
        }
        compare(&cut.seen, &whole.seen, reads);
    }
}

fn compare(cut: &[Seen], whole: &[Seen], reads: Reads) {
    let more = |seen: &[Seen]| {
        matches!(seen.last(), Some(Seen::Broken(ProtocolError::TooManyFragments(_), _)))
    };
    if reads == Reads::Streamed && more(whole) {
        // A stream may have more frames, and goes on.
        assert!(cut.starts_with(&whole[..whole.len() - 1]));
    } else {
        assert_eq!(cut, whole, "{reads:?}");
    }
}
