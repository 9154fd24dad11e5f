//! Every debt, every payer, and every outcome of a write without waiting.

use std::sync::Arc;

use super::script::{Act, Call, NO_ROOM, Script};
use crate::error::{Error, Result};
use crate::io::Controls;
use crate::outbox::outbox::Outbox;
use crate::outbox::owed::Failure;
use crate::outbox::terms::Terms;
use crate::outbox::writer::{Filled, Keeper, MessageQueue, PreparedMessage, Progress};
use crate::process::{Lock, caught};
use crate::proto::close::CloseFrame;
use crate::proto::frame::ControlPayload;
use crate::proto::rules::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Debt {
    Flush,
    Pong,
    Ping,
    Close,
    Queues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payer {
    Reader,
    /// A reader that is about to wait.
    Waiting,
    Hub,
    Goodbye,
    Sender,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    All,
    Some,
    Nothing,
    Unable,
    Fails,
    Interrupted,
    Panics,
    /// A write failed before.
    Broken,
    /// A Close frame went out before.
    Closed,
}

/// What the payer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Progress(Progress),
    Closed,
    Lost,
    Panicked,
}

const DEBTS: [Debt; 5] = [Debt::Flush, Debt::Pong, Debt::Ping, Debt::Close, Debt::Queues];
const PAYERS: [Payer; 5] =
    [Payer::Reader, Payer::Waiting, Payer::Hub, Payer::Goodbye, Payer::Sender];
const OUTCOMES: [Outcome; 9] = [
    Outcome::All,
    Outcome::Some,
    Outcome::Nothing,
    Outcome::Unable,
    Outcome::Fails,
    Outcome::Interrupted,
    Outcome::Panics,
    Outcome::Broken,
    Outcome::Closed,
];

const CLOSE: [u8; 4] = [0x88, 2, 0x03, 0xE8];

/// At most once for each call that pays, and once more for what others owe by then.
const PROBES: usize = 2;

struct Row {
    script: Script,
    outbox: Outbox<Script>,
    queue: Arc<Lock<MessageQueue>>,
}

impl Row {
    fn new() -> Self {
        let script = Script::new();
        let outbox = Outbox::new(Role::Server);
        outbox.controls.set(Controls::new()).unwrap();
        outbox.attach(script.handle());
        let queue = Arc::default();
        outbox.add_queue(Arc::clone(&queue));
        Self { script, outbox, queue }
    }

    /// Owes `debt`. Returns the frame that pays it.
    fn owe(&self, debt: Debt, payer: Payer) -> Vec<u8> {
        match debt {
            Debt::Flush => {
                // This fails if nothing can be sent any more.
                let _ = self.outbox.out().send(&"f", false);
                if payer != Payer::Waiting {
                    self.outbox.owed.open().owe_flush();
                }
                vec![0x81, 1, b'f']
            }
            Debt::Pong => {
                self.outbox.owe_pong(Box::new(ControlPayload::new(b"p").unwrap()));
                vec![0x8A, 1, b'p']
            }
            Debt::Ping => {
                self.outbox.owe_ping(7);
                let payload = ControlPayload::of_number(7);
                let len = u8::try_from(payload.as_slice().len()).unwrap();
                [&[0x89, len], payload.as_slice()].concat()
            }
            Debt::Close => {
                self.outbox.owe_close(CloseFrame::new(1000, ""));
                CLOSE.to_vec()
            }
            Debt::Queues => {
                self.queue.lock().push(Arc::new(PreparedMessage::new(&"m").unwrap()));
                if payer != Payer::Hub {
                    self.outbox.owe_queues();
                }
                vec![0x81, 1, b'm']
            }
        }
    }

    fn pay(&self, payer: Payer) -> Told {
        let reader = Terms { at_once: Some((Controls::new(), Keeper::Reader)), within: None };
        let paid = caught(|| match payer {
            Payer::Reader => self.outbox.out().settle(reader),
            Payer::Waiting => self.outbox.out().settle_all(reader).map(|settled| settled.paid),
            Payer::Hub => self.outbox.try_deliver(&self.queue),
            Payer::Goodbye => self.outbox.try_settle(),
            Payer::Sender => self.outbox.out().settle(Terms::patient()),
        });
        paid.map_or(Told::Panicked, told)
    }

    /// Pays as `payer` does once it may wait.
    fn pay_patiently(&self, payer: Payer) {
        if payer == Payer::Hub {
            match self.outbox.deliver(&self.queue) {
                Ok(Filled::Part | Filled::Nothing) | Err(Error::Closed) => {}
                other => panic!("{other:?}"),
            }
        } else {
            self.outbox.out().settle(Terms::within(None)).unwrap();
        }
    }

    fn probes(&self) -> usize {
        self.script.calls(Call::Probe)
    }

    fn owes(&self) -> bool {
        self.outbox.owed.look().owes() || self.outbox.sink.lock().writer.has_output()
    }
}

fn told(paid: Result<Progress>) -> Told {
    match paid {
        Ok(paid) => Told::Progress(paid),
        Err(Error::Closed) => Told::Closed,
        Err(Error::Lost(_)) => Told::Lost,
        Err(e) => panic!("{e}"),
    }
}

/// What the payer is told, how much of the frame is out, and whether something is still owed.
fn expected(debt: Debt, payer: Payer, outcome: Outcome) -> (Told, usize, bool) {
    let never_waits = matches!(payer, Payer::Hub | Payer::Goodbye);
    let whole = usize::MAX;
    let all = if debt == Debt::Close && never_waits {
        // Nothing may follow.
        (Told::Closed, whole, false)
    } else {
        (Told::Progress(Progress::All), whole, false)
    };
    match outcome {
        Outcome::Some | Outcome::Nothing if payer == Payer::Sender => all,
        Outcome::Some => (Told::Progress(Progress::Later { some: true }), 1, true),
        Outcome::Nothing => {
            // A hub that took a message out of the queue counts that as progress.
            let some = debt == Debt::Queues && payer == Payer::Hub;
            (Told::Progress(Progress::Later { some }), 0, true)
        }
        Outcome::Unable if never_waits => {
            // A hub owes nothing for its own queue: it comes back.
            let owes = debt != Debt::Queues || payer != Payer::Hub;
            (Told::Progress(Progress::Unable), 0, owes)
        }
        Outcome::All | Outcome::Interrupted | Outcome::Unable => all,
        Outcome::Fails | Outcome::Broken => (Told::Lost, 0, false),
        Outcome::Panics => (Told::Panicked, 0, false),
        Outcome::Closed if never_waits => (Told::Closed, 0, false),
        Outcome::Closed => (Told::Progress(Progress::All), 0, false),
    }
}

#[test]
fn every_debt_and_every_outcome_of_a_write_without_waiting() {
    for payer in PAYERS {
        for debt in DEBTS {
            for outcome in OUTCOMES {
                pays(debt, payer, outcome);
            }
        }
    }
}

fn pays(debt: Debt, payer: Payer, outcome: Outcome) {
    let rule = format!("{payer:?} pays {debt:?}, {outcome:?}");
    let row = Row::new();
    match outcome {
        Outcome::Broken => {
            row.script.next(Call::Slices, &[Act::Fails(std::io::ErrorKind::Other)]);
            row.outbox.out().send(&"x", true).unwrap_err();
        }
        Outcome::Closed => {
            row.outbox.owe_close(CloseFrame::new(1000, ""));
            row.outbox.out().settle(Terms::patient()).unwrap();
        }
        _ => {}
    }
    let before = row.script.wire();
    let frame = row.owe(debt, payer);
    for call in [Call::TryWrite, Call::Slices] {
        let acts: &[Act] = match outcome {
            Outcome::Some => &[Act::Takes(1)],
            Outcome::Fails => &[Act::Fails(std::io::ErrorKind::Other)],
            Outcome::Interrupted => &[Act::Fails(std::io::ErrorKind::Interrupted)],
            Outcome::Panics => &[Act::Panics],
            _ => &[],
        };
        row.script.next(call, acts);
    }
    match outcome {
        Outcome::Some | Outcome::Nothing => row.script.always(Call::TryWrite, NO_ROOM),
        Outcome::Unable => row.script.be_unable(),
        _ => {}
    }

    let (told, out, owes) = expected(debt, payer, outcome);
    assert_eq!(row.pay(payer), told, "{rule}");
    let written = [&before[..], &frame[..out.min(frame.len())]].concat();
    assert_eq!(row.script.wire(), written, "{rule}");
    assert_eq!(row.owes(), owes, "{rule}: still owed");
    assert!(row.probes() <= PROBES, "{rule}: {} probes", row.probes());

    // A payer that could not write everything comes back, unless the connection is lost.
    let is_lost = matches!(outcome, Outcome::Fails | Outcome::Panics | Outcome::Broken);
    let want = if is_lost {
        before
    } else {
        if told == Told::Progress(Progress::Unable) {
            row.pay_patiently(payer);
        }
        row.script.always(Call::TryWrite, Act::Takes(usize::MAX));
        if outcome == Outcome::Closed { before } else { frame }
    };
    // A reader comes back before it waits.
    let back = if payer == Payer::Reader { Payer::Waiting } else { payer };
    for _ in 0..2 {
        let told = row.pay(back);
        let is_right = match told {
            Told::Progress(Progress::All) => !is_lost || payer == Payer::Sender,
            Told::Progress(Progress::Unable) => outcome == Outcome::Unable,
            Told::Closed => debt == Debt::Close || outcome == Outcome::Closed,
            Told::Lost => is_lost,
            _ => false,
        };
        assert!(is_right, "{rule}: then {told:?}");
    }
    assert_eq!(row.script.wire(), want, "{rule}: in the end");
    assert!(!row.owes(), "{rule}: in the end");
    assert!(row.probes() <= 3 * PROBES, "{rule}: {} probes", row.probes());
    let failure = match outcome {
        Outcome::Panics => Some(Failure::Panicked),
        _ => is_lost.then_some(Failure::Broken),
    };
    assert_eq!(row.outbox.failure(), failure, "{rule}");
    if is_lost {
        row.outbox.out().send(&"more", true).unwrap_err();
        row.outbox.out().send(&"more", false).unwrap_err();
        assert_eq!(row.script.wire(), want, "{rule}: nothing follows");
    }
    assert!(row.outbox.sink.try_lock().is_some(), "{rule}: nobody writes");
}

#[test]
fn what_one_had_no_room_for_another_finds() {
    use Progress::{All, ByAnother, Later};

    let nothing = Later { some: false };
    for (leaver, comer, told) in [
        (Payer::Reader, Payer::Reader, nothing),
        (Payer::Reader, Payer::Waiting, nothing),
        (Payer::Reader, Payer::Hub, nothing),
        (Payer::Reader, Payer::Goodbye, nothing),
        (Payer::Reader, Payer::Sender, All),
        // The hub's thread comes back.
        (Payer::Hub, Payer::Reader, ByAnother),
        (Payer::Hub, Payer::Waiting, ByAnother),
        (Payer::Hub, Payer::Hub, nothing),
        (Payer::Hub, Payer::Goodbye, nothing),
        (Payer::Hub, Payer::Sender, ByAnother),
        // No thread comes back, so the next thread that pays takes over.
        (Payer::Goodbye, Payer::Reader, nothing),
        (Payer::Goodbye, Payer::Waiting, nothing),
        (Payer::Goodbye, Payer::Hub, nothing),
        (Payer::Goodbye, Payer::Goodbye, nothing),
        (Payer::Goodbye, Payer::Sender, All),
    ] {
        for sends in [false, true] {
            let rule = format!("{leaver:?} leaves it, {comer:?} comes, a message follows: {sends}");
            let row = Row::new();
            let first = row.owe(Debt::Pong, leaver);
            row.script.next(Call::TryWrite, &[Act::Takes(1)]);
            row.script.always(Call::TryWrite, NO_ROOM);
            assert_eq!(row.pay(leaver), Told::Progress(Later { some: true }), "{rule}");

            // A ping makes sure that there is something to settle. It goes behind the unsent data.
            let second = row.owe(Debt::Ping, comer);
            assert_eq!(row.pay(comer), Told::Progress(told), "{rule}");
            let mut want = [first, second].concat();
            let out = if told == All { want.len() } else { 1 };
            assert_eq!(row.script.wire(), want[..out], "{rule}");
            if sends {
                // A sender waits for room.
                row.outbox.out().send(&"s", true).unwrap();
                want.extend([0x81, 1, b's']);
            }
            row.script.behave();
            for payer in [leaver, comer, Payer::Reader] {
                row.pay(payer);
            }
            let (mut got, mut want) = (row.script.wire(), want);
            if sends {
                // The ping may also come behind the message.
                got.sort_unstable();
                want.sort_unstable();
            }
            assert_eq!(got, want, "{rule}: in the end");
            assert!(!row.owes(), "{rule}");
        }
    }
}

#[test]
fn a_goodbye_over_a_stream_that_can_only_wait() {
    use crate::connection::WebSocket;

    for (rule, fed, waits_for_another) in [
        ("nothing is queued", false, false),
        ("something is", true, false),
        ("a thread is in the middle of a message", false, true),
    ] {
        let script = Script::unable();
        let ws = WebSocket::from_parts(script.handle(), Role::Server, Vec::new());
        let sender = ws.sender().unwrap();
        if fed {
            sender.feed("f").unwrap();
        }
        let goodbye = || sender.try_close(CloseFrame::new(1001, "").unwrap(), super::script::LONG);
        if waits_for_another {
            script.next(Call::Slices, &[Act::Waits]);
            std::thread::scope(|scope| {
                let busy = scope.spawn(|| sender.send("f"));
                script.wait_at_gate(1);
                // This must return while the other thread is writing.
                goodbye();
                script.open_gate();
                busy.join().unwrap().unwrap();
            });
        } else {
            assert!(goodbye(), "{rule}");
        }
        let close = [0x88, 2, 0x03, 0xE9];
        assert!(script.wire().ends_with(&close), "{rule}: {:?}", script.wire());
        assert!(goodbye(), "{rule}: again");
        let fed = if fed || waits_for_another { &[0x81, 1, b'f'][..] } else { &[] };
        assert_eq!(script.wire(), [fed, &close].concat(), "{rule}");
        assert!(script.calls(Call::Probe) <= 2 * PROBES, "{rule}");
    }
}
