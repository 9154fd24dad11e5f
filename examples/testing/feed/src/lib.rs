//! A feed of lines over a WebSocket: the server sends the lines from where a client has stopped, and
//! the client comes back until it has all of them.
//!
//! It is here for its tests: `tests/handler.rs`, `tests/client.rs` and `tests/faults.rs`.

use std::time::Duration;

use blocking_ws::{Client, Error, Result, WebSocket};

/// How many connections may end in a row without a line.
const TRIES: u32 = 3;

/// Sends the lines from the one on for which the client asks: the handler of a server.
///
/// # Errors
/// The connection is lost.
pub fn serve(ws: &mut WebSocket, lines: &[&str]) -> Result<()> {
    let Some(asked) = ws.recv()? else { return Ok(()) };
    let from = asked.as_text().and_then(|text| text.strip_prefix("from "));
    let Some(from) = from.and_then(|from| from.parse().ok()) else {
        return ws.close(4400, "ask for `from` and a number");
    };
    for (number, line) in lines.iter().enumerate().skip(from) {
        ws.send(format!("{number} {line}"))?;
    }
    Ok(())
}

/// Reads all lines of a feed, although connections are lost. Waits for each line for `patience` at most.
///
/// # Errors
/// The server refuses for good, sends what is no line, or has sent nothing new over three connections.
pub fn read_all(url: &str, patience: Duration) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut in_vain = 0;
    let attempts = Client::new().reconnecting(url).first_delay(Duration::from_millis(10));
    for ws in attempts.max_attempts(TRIES) {
        let before = lines.len();
        let mut ws = ws?;
        ws.set_read_timeout(patience);
        let error = match read(&mut ws, &mut lines) {
            Err(e @ (Error::Lost(_) | Error::Ended(_) | Error::Deadline(_) | Error::Timeout)) => e,
            done => return done.map(|()| lines),
        };
        in_vain = if lines.len() > before { 0 } else { in_vain + 1 };
        if in_vain == TRIES {
            return Err(error);
        }
    }
    Err(Error::other("the attempts to connect have ended"))
}

/// Reads the lines that one connection brings.
fn read(ws: &mut WebSocket, lines: &mut Vec<String>) -> Result<()> {
    ws.send(format!("from {}", lines.len()))?;
    while let Some(message) = ws.recv()? {
        let line = message.as_text().and_then(|text| text.split_once(' '));
        match line {
            Some((number, line)) if number == lines.len().to_string() => {
                lines.push(line.to_owned());
            }
            _ => return Err(Error::other(format!("line {} was expected: {message}", lines.len()))),
        }
    }
    ws.close_result()
}
