//! What a broadcast does if the connection of one member breaks at any byte: the others get it all.

use std::time::Duration;

use blocking_ws::testing::{Fault, at_every_byte};
use blocking_ws::{ClosedBy, Error, Hub};

use super::exchange::{Case, Line, SHORT, messages, receive, status, with_each_fault};

/// Broadcasts the messages and a Close frame.
fn broadcast(hub: &Hub) {
    for message in messages() {
        hub.broadcast(message).unwrap();
    }
    hub.close_all(1000, "bye").unwrap();
}

fn sweep(case: Case, fault: &Fault) {
    let ends = case.ends_of(case.role, |ws| {
        let hub = Hub::new();
        let _seat = hub.join(ws).unwrap();
        broadcast(&hub);
        assert!(hub.flush(Duration::from_secs(60)));
    });
    at_every_byte(ends[3], |at| {
        let rule = format!("{case:?} {fault:?}");
        let stalls = *fault == Fault::Stall;
        let Line { near, mut far, handle } = case.line(None, Some((at, fault)));
        let mut other = case.line(None, None);
        let hub = Hub::new();
        let seats = (hub.join(&near).unwrap(), hub.join(&other.near).unwrap());
        broadcast(&hub);
        // The member that is well gets all of it, whatever becomes of the other.
        let (got, outcome) = receive(&mut other.far);
        assert_eq!(got, messages(), "{rule}: the other member");
        outcome.expect(&rule);
        let all = at == ends[3];
        if stalls && !all {
            assert!(!hub.flush(SHORT), "{rule}: what stands still is not written");
            // A drop waits a tenth of a second for what stands still, so there are few of them.
            if at % 24 != 1 {
                // Nothing was lost meanwhile.
                handle.resume();
                let (got, outcome) = receive(&mut far);
                assert_eq!((got, outcome.is_ok()), (messages().to_vec(), true), "{rule}");
                return;
            }
        } else {
            assert!(hub.flush(Duration::from_secs(60)), "{rule}: nobody waits for the lost member");
        }
        drop((seats, near));
        let (got, outcome) = receive(&mut far);
        let whole = ends[..3].iter().filter(|end| **end <= at).count();
        assert_eq!(got, messages()[..whole], "{rule}: {outcome:?}");
        match outcome {
            Ok(()) => assert!(all, "{rule}"),
            Err(Error::Lost(_)) => {
                assert_eq!(status(&far), Some((ClosedBy::Loss, 1006, false)), "{rule}");
            }
            Err(e) => panic!("{rule}: {e}"),
        }
    });
}

with_each_fault!(sweep);
