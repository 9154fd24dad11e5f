//! A server that follows a script, to test clients in any language.
//!
//! Each connection of the script is for one client, in the order in which they come. When all have
//! run, the program ends: with 0 if everything came as it was expected, and with 1 and a report if not.

mod script;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use blocking_ws::testing::{MockServer, WireLog};
use blocking_ws::{Error, Result};
use options::{Long, Parser, Value, ValueExt, options};
use script::Connection;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mock_server: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> Result<ExitCode> {
    let mut mock = MockServer::new()?.within(args.within);
    if let Some(path) = &args.log {
        let file = File::create(path);
        let file = file.map_err(|e| Error::other(format!("--log {}: {e}", path.display())))?;
        mock = mock.log(&WireLog::new().follow_text(file));
    }
    let mock = args.connections.into_iter().fold(mock, Connection::add);
    println!("listening on {}", mock.url());
    // The report is all there is to say.
    set_hook(Box::new(|_| ()));
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| mock.verify())) else {
        println!("everything came as expected");
        return Ok(ExitCode::SUCCESS);
    };
    eprintln!("{}", panic.downcast_ref::<String>().map_or("it failed", |report| report));
    Ok(ExitCode::FAILURE)
}

const USAGE: &str = "\
A WebSocket server that follows a script, to test clients

Usage: mock_server [OPTIONS] --connection STEPS [--connection STEPS]...

Options:
  --within <SECONDS>  How long a client may take for each step, and to come [default: 60]
  --log <FILE>        Write each frame there, as text
  -h, --help          Print help

The steps of a connection, one after the other:
  expect TEXT         A text message, exactly this
  expect-binary HEX   A binary message
  expect-any          A message of any content
  expect-ping         A ping
  expect-close CODE   A Close frame with this code
  send TEXT           Sends a text
  send-binary HEX     Sends a binary message
  bytes HEX           Sends these bytes, which need be no frame
  ping, echo          Sends a ping; sends all messages back until the client closes
  close CODE          Sends a Close frame
  wait MILLISECONDS   Waits
  cut, reset          Ends the connection by FIN without a Close frame, or by RST
Or, alone:
  refuse STATUS       Answers with this HTTP status
  answer TEXT         Answers with this text, which need be no HTTP
  silent              Accepts and never answers

Example: a client must join, and come back after a reset and a 503
  mock_server --connection expect 'join lobby' send welcome reset \\
      --connection refuse 503 \\
      --connection expect 'join lobby' send welcome expect-close 1000 close 1000
";

struct Args {
    within: Duration,
    log: Option<PathBuf>,
    connections: Vec<Connection>,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let within = Duration::from_secs(60);
        let mut args = Self { within, log: None, connections: Vec::new() };
        let mut words: Vec<Vec<String>> = Vec::new();
        while let Some(arg) = parser.next()? {
            match (arg, words.last_mut()) {
                (Long("within"), _) => {
                    args.within = Duration::from_secs(parser.value()?.parse()?);
                }
                (Long("log"), _) => args.log = Some(parser.value()?.into()),
                (Long("connection"), _) => words.push(Vec::new()),
                (Value(word), Some(connection)) => connection.push(word.string()?),
                (arg, _) => return Err(arg.unexpected()),
            }
        }
        if words.is_empty() {
            return Err("there is no --connection".into());
        }
        for (at, words) in words.iter().enumerate() {
            let read = Connection::read(words);
            args.connections.push(read.map_err(|e| format!("--connection {}: {e}", at + 1))?);
        }
        Ok(args)
    }
}
