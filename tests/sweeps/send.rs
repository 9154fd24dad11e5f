//! What arrives of a connection that breaks at any byte of what an end sends, and what the sender learns.

use std::io::Write;
use std::time::Duration;

use blocking_ws::testing::{Fault, at_every_byte};
use blocking_ws::{ClosedBy, Error, Message, Phase, Result, WebSocket};
use test_support::within;

use super::exchange::{
    Case, Line, SHORT, cases, messages, receive, say_by, status, with_each_fault,
};

/// A way to send a message.
type Style = fn(&mut WebSocket, &Message) -> Result<()>;

const STYLES: [(&str, Style); 4] = [
    ("send", |ws, message| ws.send(message)),
    ("feed", |ws, message| ws.feed(message).and_then(|()| ws.flush())),
    ("sender", |ws, message| ws.sender()?.send(message)),
    ("send_stream", by_stream),
];

fn by_stream(ws: &mut WebSocket, message: &Message) -> Result<()> {
    let mut stream = ws.send_stream(message.kind());
    stream.write_all(message.as_bytes())?;
    stream.finish()
}

fn sweep(case: Case, fault: &Fault, (name, style): (&str, Style)) {
    let ends = case.ends_by(case.role, style);
    at_every_byte(ends[3], |at| {
        let rule = format!("{case:?} {fault:?} {name}");
        let mut timeout = SHORT;
        while !broken_at(case, (at, fault), style, timeout, &ends, &rule) {
            timeout *= 2;
        }
    });
}

/// Returns `false` if the machine was too busy: the write timeout was over before the place was reached.
fn broken_at(
    case: Case,
    (at, fault): (usize, &Fault),
    style: Style,
    timeout: Duration,
    ends: &[usize],
    rule: &str,
) -> bool {
    let Line { mut near, mut far, handle: _ } = case.line(None, Some((at, fault)));
    let stalls = *fault == Fault::Stall;
    if stalls {
        near.set_write_timeout(timeout).unwrap();
    }
    let (sent, said) = say_by(&mut near, style);
    let refused = near.send("late");
    drop(near);
    let (got, heard) = receive(&mut far);
    if stalls && far.stats().received.wire_bytes < at as u64 {
        return false;
    }
    let whole = ends[..3].iter().filter(|end| **end <= at).count();
    // A call that says that a message was sent has sent all of it. A call that was cut off behind its
    // last byte says that the connection is lost.
    let behind = usize::from(ends.contains(&at) && !stalls);
    assert!(sent == whole || sent + behind == whole, "{rule}: {sent} {whole} {said:?}");
    assert_eq!(got, messages()[..whole], "{rule}: the peer has received them: {heard:?}");
    // A frame that was sent in part is never followed by another.
    assert!(refused.is_err(), "{rule}");
    let all = at == ends[3];
    match (fault, said) {
        (Fault::Stall, Err(Error::Deadline(Phase::Write))) => assert!(!all, "{rule}"),
        (Fault::Cut | Fault::Reset, Err(Error::Lost(_))) => {}
        (_, Ok(())) => assert!(all, "{rule}"),
        (_, said) => panic!("{rule}: {said:?}"),
    }
    match heard {
        Ok(()) => assert!(all, "{rule}"),
        Err(Error::Lost(_)) => {
            assert!(!all, "{rule}");
            assert_eq!(status(&far), Some((ClosedBy::Loss, 1006, false)), "{rule}");
        }
        Err(e) => panic!("{rule}: {e}"),
    }
    true
}

with_each_fault!(|case, fault| {
    for style in STYLES {
        sweep(case, fault, style);
    }
});

/// A stall that ends before the write timeout costs nothing.
#[test]
fn a_stall_and_its_end() {
    within(|| {
        for case in cases() {
            let ends = case.ends(case.role);
            at_every_byte(ends[3], |at| {
                let Line { mut near, mut far, handle } = case.line(None, Some((at, &Fault::Stall)));
                let sender = std::thread::spawn(move || {
                    let said = say_by(&mut near, |ws, message| ws.send(message));
                    (near, said)
                });
                let (mut got, mut outcome) = (Vec::new(), Ok(Some(Message::from(""))));
                far.set_read_timeout(SHORT);
                while !matches!(outcome, Ok(None)) {
                    outcome = far.recv();
                    match &outcome {
                        Ok(Some(message)) => got.push(message.clone()),
                        Err(Error::Timeout) => handle.resume(),
                        Ok(None) => {}
                        Err(e) => panic!("{case:?} {at}: {e}"),
                    }
                }
                assert_eq!(got, messages(), "{case:?}");
                let (_near, (sent, said)) = sender.join().unwrap();
                said.unwrap();
                assert_eq!(sent, 3, "{case:?}");
            });
        }
    });
}
