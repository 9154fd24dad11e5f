//! What happens to a message's allocation once the message is no longer needed.

use super::*;
use crate::proto::message::KEPT_FOR_READS;

/// The budget of large allocations that are kept.
#[derive(Debug)]
struct Spare;

static SPARE: Spare = Spare;

impl Budget for Spare {
    fn take(&self, bytes: usize) -> bool {
        bytes < 1 << 20
    }

    fn give_back(&self, _: usize) {}
}

#[test]
fn a_lent_messages_room_is_used_again() {
    // The receiver takes every other message, beginning with the first.
    for (rule, before, len, keeps_large, keeps) in [
        ("taken", "", 5000, false, false),
        ("lent", "81:", 5000, false, true),
        ("lent, but large", "81:", 100_000, false, false),
        ("large, where that is asked for", "81:", 100_000, true, true),
        ("larger than what there is room for", "81:", 1 << 20, true, false),
    ] {
        let sent = format!("{before} 02:{} 80:", "a".repeat(len));
        let mut receiver = Receiver::new(Role::Client, Limits::default(), b"");
        if keeps_large {
            receiver.0.keep_large(&SPARE);
        }
        receiver.feed(&frames(Role::Client, &sent));
        assert_eq!(receiver.0.allocations.kept() >= len, keeps, "{rule}");
        assert_eq!(receiver.0.awaits(), Awaits::Message { holds_much: keeps_large }, "{rule}");
        receiver.feed(&frames(Role::Client, "01:b"));
        assert_eq!(receiver.0.awaits(), Awaits::Rest, "{rule}");
        assert_eq!(receiver.0.allocations.kept(), 0, "{rule}");
        assert_eq!(room(&mut receiver.0) >= len, keeps, "{rule}");
    }
}

#[test]
fn a_large_room_is_kept_only_while_it_is_needed() {
    let large = || {
        let mut receiver = Receiver::new(Role::Client, Limits::default(), b"");
        receiver.0.keep_large(&SPARE);
        let sent = format!("81: 02:{} 80:", "a".repeat(200_000));
        receiver.feed(&frames(Role::Client, &sent));
        assert!(receiver.0.allocations.kept() >= 200_000);
        receiver
    };
    let mut receiver = large();
    receiver.0.rest();
    assert_eq!(receiver.0.allocations.kept(), 0, "nothing came for a while");

    let mut receiver = large();
    for _ in 0..KEPT_FOR_READS {
        receiver.feed(&frames(Role::Client, "81:small"));
    }
    assert_eq!(receiver.0.allocations.kept(), 0, "only small ones come");

    let mut receiver = large();
    let small = frames(Role::Client, "01:sm 80:all");
    receiver.0.space()[..small.len()].copy_from_slice(&small);
    receiver.0.filled(small.len());
    assert_eq!(receiver.0.advance(), Ok(Some(Incoming::Message)));
    let message = receiver.0.take().unwrap();
    assert_eq!(message.as_text(), Some("small"));
    assert!(message.into_bytes().capacity() < 100, "the program gets no more than the message");
    assert_eq!(receiver.0.advance(), Ok(None));
    assert_eq!(receiver.0.allocations.kept(), 0, "a small one came that did not fill it");
}
