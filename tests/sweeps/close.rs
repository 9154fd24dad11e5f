//! What both ends know of the end of a connection that breaks at any byte of its closing handshake.

use std::thread;
use std::time::Duration;

use blocking_ws::testing::{Fault, at_every_byte};
use blocking_ws::{ClosedBy, Error, Phase, Result, Role};

use super::exchange::{Case, Line, SHORT, status, with_each_fault};

/// The frames of an end: the header, a client's key, and the payload.
fn len(role: Role, payload: usize) -> usize {
    2 + if role == Role::Client { 4 } else { 0 } + payload
}

/// Which direction breaks, as the end sees it that closes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Sent,
    Received,
}

/// What an end knows when it is over.
#[derive(Debug)]
struct Known {
    outcome: Result<()>,
    status: Option<(ClosedBy, u16, bool)>,
}

/// Closes a connection with a fault, and returns what both ends know.
fn close(case: Case, way: Way, fault: (usize, &Fault)) -> (Known, Known) {
    let (reading, writing) = match way {
        Way::Sent => (None, Some(fault)),
        Way::Received => (Some(fault), None),
    };
    let Line { mut near, mut far, handle: _ } = case.line(reading, writing);
    let stalls = *fault.1 == Fault::Stall;
    near.set_close_timeout(if stalls { SHORT } else { Duration::from_secs(60) });
    near.set_write_timeout(if stalls { SHORT } else { Duration::from_secs(60) }).unwrap();
    let answers = thread::spawn(move || {
        let outcome = far.recv();
        let status = status(&far);
        Known { outcome: outcome.map(|message| assert_eq!(message, None)), status }
    });
    let outcome = near.close(1000, "bye");
    let here = Known { outcome, status: status(&near) };
    drop(near);
    (here, answers.join().unwrap())
}

fn sweep(case: Case, way: Way, fault: &Fault) {
    let by = if way == Way::Sent { case.role } else { case.other() };
    let end = len(by, 2 + 3);
    at_every_byte(end, |at| {
        let (here, there) = close(case, way, (at, fault));
        let rule = format!("{case:?} {way:?} {fault:?}: {here:?} {there:?}");
        let stalls = *fault == Fault::Stall;
        // What had passed when it broke: our Close frame, and the answer.
        let (asked, answered) = match way {
            Way::Sent => (at == end, false),
            // What happens at byte 0 of the answer happens before anything is sent.
            Way::Received => (at > 0 || stalls, at == end),
        };
        match &here.outcome {
            Ok(()) => {
                // A stall behind the frame that was sent holds nothing up.
                assert!(answered || way == Way::Sent && asked && stalls, "{rule}");
                assert_eq!(here.status, Some((ClosedBy::Local, 1000, true)), "{rule}");
            }
            Err(e) => {
                match e {
                    // On a busy machine the time may be over before the answer is read.
                    Error::Deadline(Phase::Close) => assert!(stalls, "{rule}"),
                    Error::Lost(_) => assert!(!stalls && !answered, "{rule}"),
                    _ => panic!("{rule}"),
                }
                assert_eq!(here.status, Some((ClosedBy::Local, 1000, false)), "{rule}");
            }
        }
        match &there.outcome {
            Ok(()) => {
                assert!(asked, "{rule}");
                let (by, code, is_clean) = there.status.unwrap();
                assert_eq!((by, code), (ClosedBy::Remote, 1000), "{rule}");
                assert!(is_clean || !answered || stalls, "{rule}");
            }
            Err(Error::Lost(_)) => {
                assert!(!asked, "{rule}");
                assert_eq!(there.status, Some((ClosedBy::Loss, 1006, false)), "{rule}");
            }
            Err(e) => panic!("{rule}: {e}"),
        }
    });
}

with_each_fault!(|case, fault| {
    for way in [Way::Sent, Way::Received] {
        sweep(case, way, fault);
    }
});
