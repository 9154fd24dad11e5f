//! Lines that begin with `/`.

use std::path::PathBuf;

use crate::options::CloseWith;

pub(super) const HELP: &str = "\
/ping [DATA]            sends a ping
/pong [DATA]            sends a pong
/close [CODE [REASON]]  closes the connection
/send FILE              sends a file: as text, or as binary if it is not UTF-8
/hex 68 65 6c 6c 6f     sends these bytes as a binary message
/quit                   ends, as Ctrl-D does
//text                  sends /text";

/// Their names, for completion.
const NAMES: &[&str] = &["/close", "/help", "/hex", "/ping", "/pong", "/quit", "/send"];

/// What a line asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Send this text.
    Text(String),
    Ping(String),
    Pong(String),
    /// `None`: with the Close frame of the command line.
    Close(Option<CloseWith>),
    Send(PathBuf),
    Hex(Vec<u8>),
    Quit,
    Help,
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) fn parse(line: &str) -> Result<Command, String> {
    let Some(command) = line.strip_prefix('/') else { return Ok(Command::Text(line.to_owned())) };
    if command.starts_with('/') {
        return Ok(Command::Text(command.to_owned()));
    }
    let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
    let rest = rest.trim();
    match name {
        "ping" => control(rest).map(Command::Ping),
        "pong" => control(rest).map(Command::Pong),
        "close" if rest.is_empty() => Ok(Command::Close(None)),
        "close" => {
            let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            CloseWith::parse(code, reason.trim()).map(|with| Command::Close(Some(with)))
        }
        "send" if rest.is_empty() => Err("/send needs the name of a file".to_owned()),
        "send" => Ok(Command::Send(rest.into())),
        "hex" => hex(rest).map(Command::Hex),
        "quit" | "exit" => Ok(Command::Quit),
        "help" | "?" => Ok(Command::Help),
        _ => Err(format!(
            "there is no command /{name}; /help lists them, and //{name} sends /{name}"
        )),
    }
}

/// The payload of a ping or pong (RFC 6455 §5.5).
fn control(data: &str) -> Result<String, String> {
    if data.len() > 125 {
        return Err(format!(
            "a ping or pong carries at most 125 bytes, and this has {}",
            data.len()
        ));
    }
    Ok(data.to_owned())
}

/// Bytes, with or without spaces between them.
fn hex(text: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<_> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| {
        let text: String = pair.iter().collect();
        u8::from_str_radix(&text, 16).ok().filter(|_| pair.len() == 2 && pair[0] != '+')
    });
    pairs
        .collect::<Option<_>>()
        .ok_or_else(|| "/hex takes bytes of two digits, such as 0d 0a".to_owned())
}

/// The commands that begin so.
pub(super) fn complete(line: &str) -> Vec<String> {
    let names = NAMES.iter().filter(|name| line.starts_with('/') && name.starts_with(line));
    names.map(|name| format!("{name} ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_text_or_commands() {
        let close = |code: u16, reason: &str| {
            Command::Close(Some(CloseWith { code: code.into(), reason: reason.to_owned() }))
        };
        for (line, want) in [
            ("hello", Command::Text("hello".into())),
            ("", Command::Text(String::new())),
            (" /ping", Command::Text(" /ping".into())),
            ("//ping", Command::Text("/ping".into())),
            ("/ping", Command::Ping(String::new())),
            ("/ping a b", Command::Ping("a b".into())),
            ("/pong x", Command::Pong("x".into())),
            ("/close", Command::Close(None)),
            ("/close 4000", close(4000, "")),
            ("/close 1001 going  home", close(1001, "going  home")),
            ("/send a b.txt", Command::Send("a b.txt".into())),
            ("/hex 0d 0A ff", Command::Hex(vec![13, 10, 255])),
            ("/hex 0d0a", Command::Hex(vec![13, 10])),
            ("/hex", Command::Hex(vec![])),
            ("/quit", Command::Quit),
            ("/help", Command::Help),
        ] {
            assert_eq!(parse(line), Ok(want), "{line}");
        }
        let long = format!("/ping {}", "x".repeat(126));
        for line in
            ["/nonsense", "/close 1006", "/close x", "/send", "/hex 0", "/hex +1", "/hex xy", &long]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn names_are_completed() {
        assert_eq!(complete("/pi"), ["/ping "]);
        assert_eq!(complete("/p"), ["/ping ", "/pong "]);
        assert_eq!(complete("hello"), [""; 0]);
        assert_eq!(complete(""), [""; 0]);
    }
}
