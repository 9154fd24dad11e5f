//! Appends the lines of `reliable_client` to a file, each once, and acknowledges them.
//!
//! A client names itself: `ws://127.0.0.1:9001/?sender=7f3a`. A message is a number and a line, such as
//! `12 hello`. The answer is the highest number whose line is in the file. A client that comes back may send
//! lines again, which are acknowledged again and not written again. The file itself says what was handled,
//! so the server may be killed at any moment.
//!
//! Written is not on the disk: to survive the loss of the whole machine, call `sync_data` before each answer.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blocking_ws::{CloseCode, Error, Result, Server, WebSocket};
use options::{Long, Parser, ValueExt, options};

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("reliable_server: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let journal = Journal::open(&args.file)
        .map_err(|e| Error::other(format!("{}: {e}", args.file.display())))?;
    let journal = Mutex::new(journal);
    let server = Server::bind(&args.addr)?;
    println!("listening on {}", server.url());
    server.serve(move |ws| take_lines(ws, &journal))
}

fn take_lines(ws: &mut WebSocket, journal: &Mutex<Journal>) -> Result<()> {
    let query = ws.request().uri().query().unwrap_or_default();
    let sender = query.strip_prefix("sender=").filter(|name| is_name(name)).map(str::to_owned);
    let Some(sender) = sender else {
        return ws.close(CloseCode::Policy, "the URL ends with ?sender= and a name");
    };
    while let Some(message) = ws.recv()? {
        let parts = message.as_text().and_then(|text| text.split_once(' '));
        let Some((Ok(number), line)) = parts.map(|(number, line)| (number.parse(), line)) else {
            return ws.close(CloseCode::Policy, "a message is a number and a line");
        };
        match lock(journal).take(&sender, number, line)? {
            // It goes out together with others, before `recv` waits.
            Taken::UpTo(number) => ws.feed(number.to_string())?,
            Taken::Missing(number) => {
                return ws.close(CloseCode::Policy, &format!("message {number} is missing"));
            }
        }
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(is_plain)
}

/// The file: in each line a sender, a number, and what was sent.
struct Journal {
    file: File,
    /// Its size, up to the last line that is whole.
    size: u64,
    /// The highest number of each sender.
    handled: HashMap<String, u64>,
}

enum Taken {
    /// All messages up to this number are in the file.
    UpTo(u64),
    /// This one should have come first.
    Missing(u64),
}

impl Journal {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut handled = HashMap::new();
        let (mut reader, mut size, mut line) = (BufReader::new(&file), 0, Vec::new());
        while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            size += line.len() as u64;
            let text = String::from_utf8_lossy(&line);
            let mut words = text.split(' ');
            if let (Some(sender), Some(Ok(number))) = (words.next(), words.next().map(str::parse)) {
                handled.insert(sender.to_owned(), number);
            }
            line.clear();
        }
        // A line that was being written when the server was killed was never acknowledged.
        file.set_len(size)?;
        Ok(Self { file, size, handled })
    }

    fn take(&mut self, sender: &str, number: u64, line: &str) -> std::io::Result<Taken> {
        let handled = self.handled.get(sender).copied().unwrap_or(0);
        if number > handled + 1 {
            return Ok(Taken::Missing(handled + 1));
        }
        if number <= handled {
            println!("{sender} {number} again");
            return Ok(Taken::UpTo(handled));
        }
        println!("{sender} {number}");
        let text = format!("{sender} {number} {}\n", line.escape_debug());
        if let Err(e) = self.file.write_all(text.as_bytes()) {
            // Half a line would spoil the next one.
            self.file.set_len(self.size)?;
            return Err(e);
        }
        self.size += text.len() as u64;
        self.handled.insert(sender.to_owned(), number);
        Ok(Taken::UpTo(number))
    }
}

fn lock(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

const USAGE: &str = "\
Appends the lines of the example `reliable_client` to a file, each once

Usage: reliable_server [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --file <FILE>       Where to write [default: lines.txt]
  -h, --help          Print help
";

struct Args {
    addr: String,
    file: PathBuf,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self { addr: "127.0.0.1:9001".to_owned(), file: "lines.txt".into() };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => args.addr = parser.value()?.string()?,
                Long("file") => args.file = parser.value()?.into(),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}
