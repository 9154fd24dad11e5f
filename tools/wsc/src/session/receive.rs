//! The thread that receives and prints.

use std::io::{self, ErrorKind};

use blocking_ws::{Event, Message, WebSocket};

use super::talk::{Ended, Talk};
use crate::connect::Times;
use crate::exit::safe;

/// Where messages are shown.
pub(crate) trait Show: Send {
    /// Prints a message. May wait as long as the reader of the output likes.
    fn message(&mut self, message: &Message) -> io::Result<()>;

    /// Prints a ping or a pong, as a line without its end.
    fn control(&mut self, line: &str) -> io::Result<()>;
}

/// Receives until the connection has ended, and then drops it.
pub(crate) fn receive(
    mut ws: WebSocket,
    mut show: impl Show,
    talk: &Talk,
    expected: Option<u64>,
    times: Option<&Times>,
) {
    let ended = loop {
        let printed = match ws.recv_event() {
            Ok(Some(Event::Message(message))) => {
                if let Some(times) = times {
                    times.message();
                }
                if !talk.prints(expected) {
                    continue;
                }
                show.message(&message).map(|()| talk.printed())
            }
            Ok(Some(event)) => match control(&event) {
                Some(line) => show.control(&line),
                None => Ok(()),
            },
            Ok(None) => break Ended::Closed(ws.close_status().cloned()),
            Err(e) if e.is_timeout() => Ok(()),
            Err(e) => break Ended::Failed(e),
        };
        match printed {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::BrokenPipe => talk.output_gone(),
            Err(e) => talk.output_failed(e.to_string()),
        }
    };
    // A file that records the connection is complete when the main thread goes on.
    drop(ws);
    talk.ended(ended);
}

/// The line for a ping or a pong: `[ping 4 "abcd"]`. `None` for all else.
pub(crate) fn control(event: &Event) -> Option<String> {
    let (name, payload) = match event {
        Event::Ping(payload) => ("ping", payload),
        Event::Pong(payload) => ("pong", payload),
        _ => return None,
    };
    let length = payload.len();
    Some(match str::from_utf8(payload) {
        Ok("") => format!("[{name} 0]"),
        Ok(text) => format!("[{name} {length} \"{}\"]", safe(text).replace('\n', "\\n")),
        Err(_) => format!("[{name} {length} {}]", payload.escape_ascii()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_frames_are_a_line() {
        for (event, want) in [
            (Event::Ping(b"abcd".to_vec()), "[ping 4 \"abcd\"]"),
            (Event::Pong(Vec::new()), "[pong 0]"),
            (Event::Ping(b"a\n\x1b".to_vec()), "[ping 3 \"a\\n\\u{1b}\"]"),
            (Event::Pong(vec![0xff, 1]), "[pong 2 \\xff\\x01]"),
        ] {
            assert_eq!(control(&event).as_deref(), Some(want));
        }
        assert_eq!(control(&Event::Close(None)), None);
    }
}
