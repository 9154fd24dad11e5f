//! Two ends of the library over a pipe, one of them behind faults, and what they say to each other.

use std::time::Duration;

use blocking_ws::testing::{
    Fault, FaultHandle, Faults, Faulty, Pipe, WireEntry, WireLog, pair_over,
};
use blocking_ws::{ClosedBy, Deflate, Message, Result, Role, Settings, Stream, WebSocket};
use test_support::peer::opposite;
use test_support::within;

/// How long an end waits that is stalled. Nothing else waits: what is to come has come before.
pub(crate) const SHORT: Duration = Duration::from_millis(1);

/// A kind of connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The role of the end behind the faults.
    pub(crate) role: Role,
    pub(crate) deflate: bool,
    /// Each read and write moves one byte.
    pub(crate) by_byte: bool,
}

/// A connection.
pub(crate) struct Line {
    /// The end behind the faults.
    pub(crate) near: WebSocket,
    pub(crate) far: WebSocket,
    pub(crate) handle: FaultHandle,
}

/// Every kind of connection.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    (0..8).map(|n| Case {
        role: if n & 1 == 0 { Role::Client } else { Role::Server },
        deflate: n & 2 != 0,
        by_byte: n & 4 != 0,
    })
}

impl Case {
    /// Opens a connection with a fault in what the near end reads, and another in what it writes.
    pub(crate) fn line(
        self,
        reading: Option<(usize, &Fault)>,
        writing: Option<(usize, &Fault)>,
    ) -> Line {
        let plan = |fault: Option<(usize, &Fault)>| {
            let faults = if self.by_byte { Faults::new().chunk(1..=1) } else { Faults::new() };
            match fault {
                Some((at, fault)) => faults.after(at, fault.clone()),
                None => faults,
            }
        };
        let (near, far) = Pipe::new(64 << 10);
        let near = Faulty::new(near).unwrap().reading(plan(reading)).writing(plan(writing));
        let handle = near.handle();
        let (near, far) = self.pair(Stream::new(near).unwrap(), Stream::new(far).unwrap());
        Line { near, far, handle }
    }

    fn pair(self, near: Stream, far: Stream) -> (WebSocket, WebSocket) {
        // An end that pings says what the tests do not expect.
        let mut settings = Settings::new().ping_interval(None);
        if self.deflate {
            settings = settings.deflate(Deflate::new().min_size(0));
        }
        let is_client = self.role == Role::Client;
        let ends = if is_client { (near, far) } else { (far, near) };
        let (client, server) = pair_over(ends, &settings).unwrap();
        if is_client { (client, server) } else { (server, client) }
    }

    /// Where each message of [`say`] ends, and the Close frame behind them, if an end with this role
    /// says it.
    pub(crate) fn ends(self, by: Role) -> Vec<usize> {
        self.ends_by(by, |ws, message| ws.send(message))
    }

    /// The same if the messages are sent in this way.
    pub(crate) fn ends_by(
        self,
        by: Role,
        send: fn(&mut WebSocket, &Message) -> Result<()>,
    ) -> Vec<usize> {
        self.ends_of(by, |ws| say_by(ws, send).1.unwrap())
    }

    /// The same of whatever the near end says.
    pub(crate) fn ends_of(self, by: Role, say: impl FnOnce(&mut WebSocket)) -> Vec<usize> {
        let log = WireLog::new();
        let (near, far) = Pipe::new(64 << 10);
        let near = log.stream(near, by).unwrap();
        let (mut near, _far) = Self { role: by, ..self }.pair(near, Stream::new(far).unwrap());
        say(&mut near);
        let mut at = 0;
        let mut ends = Vec::new();
        for frame in log.entries().iter().filter_map(WireEntry::frame) {
            at += frame.to_bytes(by).len();
            if frame.fin {
                ends.push(at);
            }
        }
        assert_eq!(ends.len(), messages().len() + 1, "{log}");
        ends
    }

    pub(crate) fn other(self) -> Role {
        opposite(self.role)
    }
}

/// The messages that an end sends.
pub(crate) fn messages() -> [Message; 3] {
    ["héllo".into(), vec![7; 130].into(), "in two frames: é".into()]
}

/// Sends the messages, and then a Close frame.
pub(crate) fn say(ws: &mut WebSocket) -> Result<()> {
    say_by(ws, |ws, message| ws.send(message)).1
}

/// The same in another way. Returns how many messages were sent, too.
pub(crate) fn say_by(
    ws: &mut WebSocket,
    send: fn(&mut WebSocket, &Message) -> Result<()>,
) -> (usize, Result<()>) {
    let mut done = 0;
    for message in messages() {
        if done == 2 {
            // The second frame of the third message begins within a character.
            ws.set_fragment_size(16);
        }
        if let Err(e) = send(ws, &message) {
            return (done, Err(e));
        }
        done += 1;
    }
    (done, ws.sender().and_then(|sender| sender.close(1000, "bye")))
}

/// Receives until there is nothing, and returns what ended it.
pub(crate) fn receive(ws: &mut WebSocket) -> (Vec<Message>, Result<()>) {
    let mut got = Vec::new();
    let outcome = loop {
        match ws.recv() {
            Ok(Some(message)) => got.push(message),
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
        }
    };
    (got, outcome)
}

/// Who ended it, with what number, and whether in order.
pub(crate) fn status(ws: &WebSocket) -> Option<(ClosedBy, u16, bool)> {
    ws.close_status().map(|status| (status.by(), status.code().into(), status.is_clean()))
}

/// Makes a test for each way in which a connection breaks, of every kind of connection.
macro_rules! with_each_fault {
    ($sweep:expr) => {
        #[test]
        fn a_cut() {
            $crate::exchange::sweep(&blocking_ws::testing::Fault::Cut, $sweep);
        }

        #[test]
        fn a_reset() {
            $crate::exchange::sweep(&blocking_ws::testing::Fault::Reset, $sweep);
        }

        #[test]
        fn a_stall() {
            $crate::exchange::sweep(&blocking_ws::testing::Fault::Stall, $sweep);
        }
    };
}
pub(crate) use with_each_fault;

pub(crate) fn sweep(fault: &'static Fault, test: fn(Case, &Fault)) {
    within(move || cases().for_each(|case| test(case, fault)));
}
