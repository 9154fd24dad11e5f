use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::overflow::Overflow;
use super::super::state::{Spawn, spawn};
use super::*;
use crate::connection::WebSocket;
use crate::outbox::Bounds;
use crate::outbox::script::{Call, LONG, NO_ROOM, Script};
use crate::process::journal;
use crate::proto::rules::{CloseCode, Role};

/// How many threads can be started, and how many are refused after that. Each test has its own.
struct Threads {
    given: &'static AtomicUsize,
    refused: &'static AtomicUsize,
    /// The reason in the log for a refused thread.
    why: &'static str,
    spawn: Spawn,
}

/// Makes [`Threads`] with a `spawn` that refuses threads as told.
macro_rules! threads {
    () => {{
        static GIVEN: AtomicUsize = AtomicUsize::new(0);
        static REFUSED: AtomicUsize = AtomicUsize::new(0);
        const WHY: &str = concat!("refused by the test of line ", line!(), ".");

        fn one_less(count: &AtomicUsize) -> bool {
            let less = |left: usize| left.checked_sub(1);
            count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
        }

        fn spawn_perhaps(
            builder: thread::Builder,
            work: Box<dyn FnOnce() + Send>,
        ) -> io::Result<()> {
            if !one_less(&GIVEN) && one_less(&REFUSED) {
                return Err(io::Error::other(WHY));
            }
            spawn(builder, work)
        }

        Threads { given: &GIVEN, refused: &REFUSED, why: WHY, spawn: spawn_perhaps }
    }};
}

const ALWAYS: usize = usize::MAX / 2;

struct Room {
    hub: Arc<HubState>,
    script: Script,
    ws: WebSocket<Script>,
}

impl Threads {
    fn are(&self, given: usize, refused: usize) {
        self.given.store(given, Ordering::SeqCst);
        self.refused.store(refused, Ordering::SeqCst);
    }

    /// A hub with one member.
    fn room(&self, script: Script) -> Room {
        let bounds = Bounds { messages: 1024, bytes: 1 << 20 };
        let hub = HubState::new(bounds, Overflow::Disconnect(CloseCode::Policy));
        let hub = Arc::new(HubState { spawn: self.spawn, ..hub });
        let ws = WebSocket::from_parts(script.handle(), Role::Server, Vec::new());
        let member = Member::new(ws.id(), ws.driver.share().unwrap());
        hub.lock().members.push(Arc::new(member));
        Room { hub, script, ws }
    }
}

impl Room {
    fn broadcast(&self, text: &str) {
        let told = self.hub.broadcast(PreparedMessage::new(&text).unwrap(), None);
        assert_eq!(told, Broadcast { reached: 1, ..Broadcast::default() });
    }

    fn flush(&self, most: Duration) -> bool {
        self.hub.flush(None, Deadline::after(Some(most)))
    }
}

fn texts(texts: &[&str]) -> Vec<u8> {
    let frame =
        |text: &&str| [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    texts.iter().flat_map(frame).collect()
}

/// A stream that has no room until the test calls `behave`.
fn full() -> Script {
    let script = Script::new();
    script.always(Call::TryWrite, NO_ROOM);
    script
}

#[test]
fn without_a_thread_each_broadcast_brings_what_there_is_room_for() {
    let threads = threads!();
    for refused in [1, 2, ALWAYS] {
        threads.are(0, refused);
        let room = threads.room(Script::new());
        for text in ["a", "b", "c"] {
            room.broadcast(text);
        }
        assert!(room.flush(LONG), "{refused}");
        assert_eq!(room.script.wire(), texts(&["a", "b", "c"]), "{refused}");
    }
}

#[test]
fn whom_no_thread_serves_somebody_else_does() {
    type Comer = fn(&mut Room, &Threads);
    let comers: [(&str, bool, Comer, &[&str]); 6] = [
        ("the next broadcast", false, |room, _| room.broadcast("b"), &["a", "b"]),
        ("a flush", false, |room, _| assert!(room.flush(LONG)), &["a"]),
        (
            "the next broadcast once there are threads",
            true,
            |room, threads| {
                threads.are(0, 0);
                room.broadcast("b");
                assert!(room.flush(LONG));
            },
            &["a", "b"],
        ),
        (
            "a flush once there are threads",
            true,
            |room, threads| {
                threads.are(0, 0);
                assert!(room.flush(LONG));
            },
            &["a"],
        ),
        ("the reader", true, |room, _| drop(room.ws.try_recv()), &["a"]),
        ("a sender", true, |room, _| room.ws.send("b").unwrap(), &["a", "b"]),
    ];
    let threads = threads!();
    for (rule, may_wait, come, want) in comers {
        for unable in [false, true] {
            // Without threads, a broadcast cannot write to a stream that can only wait.
            if unable && !may_wait {
                continue;
            }
            let rule = format!("{rule}, the stream can only wait: {unable}");
            threads.are(0, ALWAYS);
            let script = if unable { Script::unable() } else { full() };
            let mut room = threads.room(script.handle());
            room.broadcast("a");
            assert!(script.wire().is_empty(), "{rule}");
            assert!(!room.flush(Duration::from_millis(1)), "{rule}: it tells");
            if !unable {
                script.behave();
            }
            come(&mut room, &threads);
            assert_eq!(script.wire(), texts(want), "{rule}");
            threads.are(0, 0);
            assert!(room.flush(LONG), "{rule}");
            assert_eq!(script.wire(), texts(want), "{rule}: once");
        }
    }
}

#[test]
fn a_courier_that_is_refused_is_asked_for_again() {
    let threads = threads!();
    journal::begin();
    for refused in [1, 3] {
        threads.are(1, refused);
        let room = threads.room(Script::unable());
        room.broadcast("a");
        assert!(room.flush(LONG), "{refused}");
        assert_eq!(room.script.wire(), texts(&["a"]), "{refused}");
        let line = format!("#{} no thread for a member of a hub, trying again: ", room.ws.id());
        let lines = journal::said(&line);
        assert!(matches!(&lines[..], [line] if line.ends_with(threads.why)), "{lines:?}");
    }
    let before = journal::said(threads.why).len();
    assert_eq!(before, 2, "one line each");

    threads.are(1, ALWAYS);
    let room = threads.room(Script::unable());
    room.broadcast("a");
    while threads.refused.load(Ordering::SeqCst) > ALWAYS - 3 {
        assert!(!room.flush(Duration::from_millis(1)), "it tells");
        room.broadcast("b");
    }
    assert_eq!(journal::said(threads.why).len(), before + 1, "{:?}", journal::said(threads.why));
    threads.are(0, 0);
    assert!(room.flush(LONG));
    assert_eq!(room.script.wire()[..6], texts(&["a", "b"]));
}

#[test]
fn threads_that_are_refused_again_and_again_are_one_line_of_the_log() {
    let threads = threads!();
    journal::begin();
    for script in [Script::new(), full(), Script::unable()] {
        let before = journal::said(threads.why).len();
        threads.are(0, ALWAYS);
        let room = threads.room(script);
        (0..100).for_each(|_| room.broadcast("a"));
        let lines = journal::said(threads.why);
        assert_eq!(lines.len(), before + 1, "{:?}", lines.last());
    }
}

#[test]
fn a_member_that_leaves_is_waited_for_no_more() {
    let threads = threads!();
    threads.are(0, ALWAYS);
    let room = threads.room(Script::unable());
    room.broadcast("a");
    let member = room.hub.lock().members.pop().unwrap();
    member.leave();
    threads.are(0, 0);
    assert!(room.flush(LONG));
    assert!(room.script.wire().is_empty(), "what waited is thrown away");
}

#[test]
fn a_farewell_comes_last_and_once_with_and_without_a_thread() {
    let threads = threads!();
    for refused in [0, 1, ALWAYS] {
        for script in [Script::new(), full(), Script::unable()] {
            threads.are(if refused == 0 { ALWAYS } else { 0 }, refused);
            let room = threads.room(script);
            room.broadcast("a");
            let farewell = CloseFrame::new(CloseCode::GoingAway, "").unwrap();
            assert_eq!(room.hub.close_all(&farewell), 1);
            assert_eq!(room.hub.close_all(&farewell), 0);
            room.script.behave();
            threads.are(ALWAYS, 0);
            assert!(room.flush(LONG), "{refused}");
            let want = [&texts(&["a"])[..], &[0x88, 2, 3, 0xe9]].concat();
            assert_eq!(room.script.wire(), want, "{refused}");
        }
    }
}
