//! The channel on which a client tells the suite what to send: `["sendframe", {…}]`,
//! `["sendframes", […]]`, `["close", {…}]` and `["echo", {…}]`, as text.

use std::io;
use std::time::{Duration, Instant};

use blocking_ws::Role;
use blocking_ws::testing::{Key, Len, RawFrame};
use serde::Deserialize;
use serde_json::Value;

use crate::connection::opcode::{CLOSE, PING, TEXT};
use crate::connection::{Came, Link};

/// How long a client may say nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// A frame that a client wants to have sent.
#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default = "text")]
    opcode: u8,
    #[serde(default)]
    payload: String,
    #[serde(default = "yes")]
    fin: bool,
    #[serde(default)]
    rsv: u8,
    /// A key of four bytes, as text.
    mask: Option<String>,
    /// The payload is repeated and cut to this length.
    payload_len: Option<usize>,
    chopsize: Option<usize>,
    /// Each frame is a write of its own here.
    #[serde(default, rename = "sync")]
    _sync: bool,
}

/// A Close frame that a client wants to have sent.
#[derive(Debug, Deserialize)]
struct WantedClose {
    code: Option<u16>,
    reason: Option<String>,
}

fn text() -> u8 {
    TEXT
}

fn yes() -> bool {
    true
}

/// The longest payload that is made.
const MOST: usize = 64 << 20;

impl Wanted {
    fn send(&self, link: &mut Link) -> io::Result<()> {
        let mut payload = self.payload.clone().into_bytes();
        if let (Some(len), false) = (self.payload_len, payload.is_empty()) {
            payload = payload.iter().copied().cycle().take(len.min(MOST)).collect();
        }
        let key = self.mask.as_ref().and_then(|it| it.as_bytes().try_into().ok());
        let frame = RawFrame::of(self.opcode, payload)
            .fin(self.fin)
            .rsv(self.rsv)
            .len(Len::Minimal)
            .key(key.map_or(Key::Role, Key::Fixed));
        let bytes = frame.to_bytes(Role::Server);
        let most = self.chopsize.filter(|size| *size > 0).unwrap_or(bytes.len());
        bytes.chunks(most).try_for_each(|piece| link.write(piece, true))
    }
}

/// Does what a client tells, until it closes.
///
/// # Errors
/// The client has gone.
pub(super) fn obey(link: &mut Link) -> io::Result<()> {
    let close = |link: &mut Link, code: u16, reason: &str| {
        link.write(&RawFrame::close(code, reason).to_bytes(Role::Server), false)
    };
    loop {
        let Some((frame, len)) = RawFrame::parse(link.rest()) else {
            match link.receive(Instant::now() + SILENCE) {
                Came::Bytes => continue,
                Came::End(_) => return Ok(()),
                Came::Nothing => return close(link, 1001, "nothing came for 60 s"),
            }
        };
        link.take(len);
        match frame.opcode {
            TEXT => match command(&frame.payload, link)? {
                Ok(()) => {}
                Err(why) => return close(link, 1003, &why),
            },
            PING => link.write(&RawFrame::pong(&frame.payload).to_bytes(Role::Server), false)?,
            CLOSE => {
                return link.write(&RawFrame::close_raw([]).to_bytes(Role::Server), false);
            }
            _ => {}
        }
    }
}

/// Does one thing. The inner error is a sentence for the client.
fn command(text: &[u8], link: &mut Link) -> io::Result<Result<(), String>> {
    const KNOWN: &str = "commands are sendframe, sendframes, close and echo";
    let Ok((name, argument)) = serde_json::from_slice::<(String, Value)>(text) else {
        return Ok(Err(format!("not [\"command\", {{…}}]; {KNOWN}")));
    };
    let frames: Result<Vec<Wanted>, _> = match name.as_str() {
        "sendframe" | "echo" => serde_json::from_value(argument).map(|frame| vec![frame]),
        "sendframes" => serde_json::from_value(argument),
        "close" => {
            let close = match serde_json::from_value::<WantedClose>(argument) {
                Ok(close) => close,
                Err(e) => return Ok(Err(format!("close: {e}"))),
            };
            let frame = match close.code {
                Some(code) => RawFrame::close(code, close.reason.as_deref().unwrap_or_default()),
                None => RawFrame::close_raw([]),
            };
            return link.write(&frame.to_bytes(Role::Server), false).map(Ok);
        }
        _ => return Ok(Err(format!("unknown command; {KNOWN}"))),
    };
    match frames {
        Ok(frames) => frames.iter().try_for_each(|frame| frame.send(link)).map(Ok),
        Err(e) => Ok(Err(format!("{name}: {e}"))),
    }
}
