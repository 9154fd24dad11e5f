//! Messages to one member of a hub, through its queue.

use std::time::Duration;

use blocking_ws::testing::{Pipe, pair, pair_over};
use blocking_ws::{CloseCode, Error, Hub, Overflow, Settings};
use test_support::within;

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_message_to_one_goes_behind_broadcasts_and_to_no_other() {
    within(|| {
        let ((mut ada, here), (mut bob, there)) = (pair(), pair());
        let hub = Hub::new();
        let (ada_seat, bob_seat) = (hub.join(&here).unwrap(), hub.join(&there).unwrap());
        for number in 0..50_u8 {
            assert_eq!(hub.broadcast([number]).unwrap().reached, 2);
            assert_eq!(ada_seat.send([number, number]).unwrap().reached, 1);
        }
        assert!(ada_seat.flush(LONG) && bob_seat.flush(LONG));
        for number in 0..50_u8 {
            assert_eq!(ada.recv().unwrap(), Some(vec![number].into()));
            assert_eq!(ada.recv().unwrap(), Some(vec![number, number].into()));
            assert_eq!(bob.recv().unwrap(), Some(vec![number].into()));
        }
        assert!(bob.try_recv().is_err_and(|e| e.is_timeout()));
    });
}

#[test]
fn a_full_queue_does_what_overflow_says() {
    within(|| {
        for (rule, overflow, want) in [
            ("oldest", Overflow::DropOldest, (1, 1, 0)),
            ("newest", Overflow::DropNewest, (0, 1, 0)),
            ("disconnect", Overflow::Disconnect(CloseCode::Policy), (0, 0, 1)),
        ] {
            let hub = Hub::new().max_queued_messages(2).overflow(overflow);
            // Nobody reads, so what the pipe does not take waits.
            let (_client, server) = pair_over(Pipe::new(16), &Settings::new()).unwrap();
            let seat = hub.join(&server).unwrap();
            let counts = (0..10).map(|_| {
                let count = seat.send([0; 100]).unwrap();
                (count.reached, count.dropped, count.disconnected)
            });
            let full = counts.into_iter().find(|count| *count != (1, 0, 0));
            assert_eq!(full, Some(want), "{rule}");
        }
    });
}

#[test]
fn a_close_is_sent_although_the_seat_is_dropped_at_once() {
    within(|| {
        for closes_all in [false, true] {
            for _ in 0..50 {
                let (here, mut peer) = pair();
                let hub = Hub::new();
                let seat = hub.join(&here).unwrap();
                seat.send("perhaps").unwrap();
                if closes_all {
                    assert_eq!(hub.close_all(4000, "out").unwrap(), 1);
                } else {
                    seat.close(4000, "out").unwrap();
                }
                drop(seat);
                peer.set_read_timeout(LONG);
                while peer.recv().unwrap().is_some() {}
                assert_eq!(u16::from(peer.close_status().unwrap().code()), 4000);
            }
        }
    });
}

#[test]
fn a_close_follows_what_waits_and_nothing_follows_the_close() {
    within(|| {
        let ((mut ada, here), (mut bob, there)) = (pair(), pair());
        let hub = Hub::new();
        let (seat, _other) = (hub.join(&here).unwrap(), hub.join(&there).unwrap());
        let refused = seat.close(1005, "");
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        assert_eq!(seat.send("first").unwrap().reached, 1, "nothing has changed");
        seat.close(4000, "last").unwrap();
        seat.close(4001, "again").unwrap();
        assert_eq!(seat.send("too late").unwrap().reached, 0);
        assert_eq!(hub.broadcast("to the other").unwrap().reached, 1);
        assert_eq!(ada.recv().unwrap(), Some("first".into()));
        assert_eq!(ada.recv().unwrap(), None);
        let status = ada.close_status().unwrap();
        assert_eq!((u16::from(status.code()), status.reason()), (4000, "last"));
        assert_eq!(bob.recv().unwrap(), Some("to the other".into()));
    });
}
