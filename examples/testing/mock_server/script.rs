//! The script of a connection as words: `expect hello send welcome cut`.

use std::time::Duration;

use blocking_ws::testing::{MockServer, Pattern, Peer};

/// What happens to one connection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Connection {
    Steps(Vec<Step>),
    Refuse(u16),
    Answer(String),
    Silent,
}

/// What a peer does, or expects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Expect(String),
    ExpectBinary(Vec<u8>),
    ExpectAny,
    ExpectPing,
    ExpectClose(u16),
    Send(String),
    SendBinary(Vec<u8>),
    Bytes(Vec<u8>),
    Ping,
    Echo,
    Close(u16),
    Wait(Duration),
    Cut,
    Reset,
}

impl Connection {
    /// Reads the words of a connection. The error says what is wrong with which of them.
    pub(crate) fn read(words: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            [] => return Err("it has no steps; --help has all of them".to_owned()),
            ["refuse", status] => return Ok(Self::Refuse(number(status)?)),
            ["answer", text] => return Ok(Self::Answer(text.to_owned())),
            ["silent"] => return Ok(Self::Silent),
            _ => {}
        }
        let mut steps = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            steps.push(match word {
                "expect" => Step::Expect(value()?.to_owned()),
                "expect-binary" => Step::ExpectBinary(hex(value()?)?),
                "expect-any" => Step::ExpectAny,
                "expect-ping" => Step::ExpectPing,
                "expect-close" => Step::ExpectClose(number(value()?)?),
                "send" => Step::Send(value()?.to_owned()),
                "send-binary" => Step::SendBinary(hex(value()?)?),
                "bytes" => Step::Bytes(hex(value()?)?),
                "ping" => Step::Ping,
                "echo" => Step::Echo,
                "close" => Step::Close(number(value()?)?),
                "wait" => Step::Wait(Duration::from_millis(number(value()?)?.into())),
                "cut" => Step::Cut,
                "reset" => Step::Reset,
                "refuse" | "answer" | "silent" => {
                    return Err(format!("`{word}` stands alone in its connection"));
                }
                _ => return Err(format!("`{word}` is no step; --help has all of them")),
            });
        }
        Ok(Self::Steps(steps))
    }

    /// Adds the connection to a mock.
    pub(crate) fn add(mock: MockServer, connection: Self) -> MockServer {
        match connection {
            Self::Steps(steps) => {
                mock.on_connection(move |peer| steps.iter().for_each(|step| step.run(peer)))
            }
            Self::Refuse(status) => mock.refuse(status, ""),
            Self::Answer(text) => mock.answer(text),
            Self::Silent => mock.silent(),
        }
    }
}

impl Step {
    fn run(&self, peer: &mut Peer) {
        match self {
            Self::Expect(text) => drop(peer.expect_text(text.as_str())),
            Self::ExpectBinary(bytes) => drop(peer.expect_binary(&bytes[..])),
            Self::ExpectAny => drop(peer.expect_message(Pattern::any())),
            Self::ExpectPing => drop(peer.expect_ping()),
            Self::ExpectClose(code) => drop(peer.expect_close(*code)),
            Self::Send(text) => peer.send(text),
            Self::SendBinary(bytes) => peer.send(bytes),
            Self::Bytes(bytes) => peer.bytes(bytes),
            Self::Ping => peer.ping(""),
            Self::Echo => peer.echo(),
            Self::Close(code) => peer.close(*code, ""),
            Self::Wait(time) => peer.wait(*time),
            Self::Cut => peer.cut(),
            Self::Reset => peer.reset(),
        }
    }
}

fn number(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("{text:?} is no number from 0 to 65535"))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{text:?} is not hex, such as 0a1b2c");
    if text.len() % 2 != 0 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let bytes = (0..text.len()).step_by(2);
    bytes.map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())).collect()
}
