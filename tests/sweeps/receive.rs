//! What an end receives of a connection that breaks at any byte.

use std::io::{ErrorKind, Read};

use blocking_ws::testing::{Fault, at_every_byte};
use blocking_ws::{ClosedBy, Error, Event, Message, MessageKind, Result, WebSocket};

use super::exchange::{Case, Line, SHORT, messages, say, status, with_each_fault};

/// A way to receive a message.
type Style = fn(&mut WebSocket) -> Result<Option<Message>>;

const STYLES: [(&str, Style); 5] = [
    ("recv", WebSocket::recv),
    ("recv_ref", |ws| Ok(ws.recv_ref()?.map(Into::into))),
    ("recv_event", by_events),
    ("recv_stream", by_stream),
    ("try_recv", by_polling),
];

fn by_events(ws: &mut WebSocket) -> Result<Option<Message>> {
    match ws.recv_event()? {
        Some(Event::Message(message)) => Ok(Some(message)),
        Some(Event::Close(_)) => by_events(ws),
        Some(event) => panic!("{event:?}"),
        None => Ok(None),
    }
}

fn by_stream(ws: &mut WebSocket) -> Result<Option<Message>> {
    let Some(mut stream) = ws.recv_stream()? else { return Ok(None) };
    let kind = stream.kind();
    let (mut bytes, mut part, mut late) = (Vec::new(), [0; 256], 0);
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
            // On a busy machine one may be over before a byte is read.
            Err(e) if e.kind() == ErrorKind::TimedOut && late < 3 => late += 1,
            Err(e) if e.kind() == ErrorKind::TimedOut => return Err(Error::Timeout),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(Some(match kind {
        MessageKind::Text => Message::Text(String::from_utf8(bytes).unwrap()),
        MessageKind::Binary => Message::Binary(bytes),
    }))
}

/// A call takes a millisecond at most, so it may leave bytes for the next.
fn by_polling(ws: &mut WebSocket) -> Result<Option<Message>> {
    loop {
        let before = came(ws);
        match ws.try_recv() {
            Err(Error::Timeout) if came(ws) > before => {}
            done => return done,
        }
    }
}

/// How many bytes have come.
fn came(ws: &WebSocket) -> usize {
    usize::try_from(ws.stats().received.wire_bytes).unwrap()
}

/// Receives until there is nothing, and returns what ended it.
fn receive(ws: &mut WebSocket, style: Style, got: &mut Vec<Message>) -> Result<()> {
    while let Some(message) = style(ws)? {
        got.push(message);
    }
    Ok(())
}

fn sweep(case: Case, fault: &Fault, (name, style): (&str, Style)) {
    let ends = case.ends(case.other());
    at_every_byte(ends[3], |at| {
        let rule = format!("{case:?} {fault:?} {name}");
        let Line { mut near, mut far, handle } = case.line(Some((at, fault)), None);
        if *fault == Fault::Stall {
            near.set_read_timeout(SHORT);
        }
        // A cut at byte 0 comes before it.
        let _ = say(&mut far);
        let mut got = Vec::new();
        let mut outcome = receive(&mut near, style, &mut got);
        // On a busy machine the time may be over before the bytes are read.
        while matches!(outcome, Err(Error::Timeout)) && came(&near) < at {
            outcome = receive(&mut near, style, &mut got);
        }
        let whole = ends[..3].iter().filter(|end| **end <= at).count();
        assert_eq!(got, messages()[..whole], "{rule}: what came before it, whole");
        let has_closed = at == ends[3];
        match (fault, has_closed, outcome) {
            (Fault::Stall, false, Err(Error::Timeout)) => {
                assert_eq!(status(&near), None, "{rule}: it is not over");
                handle.resume();
                near.set_read_timeout(None);
                receive(&mut near, style, &mut got).expect(&rule);
                // A stream that was dropped takes the rest of its message along.
                let dropped = [&messages()[..whole], &messages()[3.min(whole + 1)..]].concat();
                let may_drop = name == "recv_stream" && got == dropped;
                assert!(may_drop || got == messages(), "{rule}: nothing is lost: {got:?}");
                assert_eq!(status(&near), Some((ClosedBy::Remote, 1000, true)), "{rule}");
            }
            (Fault::Stall, true, Ok(())) => {
                assert_eq!(status(&near), Some((ClosedBy::Remote, 1000, true)), "{rule}");
            }
            (_, true, Ok(())) => {
                // The answer to the Close frame got lost.
                assert_eq!(status(&near), Some((ClosedBy::Remote, 1000, false)), "{rule}");
            }
            (_, false, Err(Error::Lost(_))) => {
                assert_eq!(status(&near), Some((ClosedBy::Loss, 1006, false)), "{rule}");
                assert!(matches!(style(&mut near), Ok(None)), "{rule}: it stays over");
            }
            (_, _, outcome) => panic!("{rule}: {outcome:?}"),
        }
    });
}

with_each_fault!(|case, fault| {
    for style in STYLES {
        sweep(case, fault, style);
    }
});
