//! Sends files to `upload_server`, each as one streamed message, and shows how far it is.
//!
//! One thread sends while another receives, so a server that has had enough is heard at once.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use blocking_ws::{Client, CloseCode, Deflate, Error, MessageKind, Result, Sender, WebSocket};
use options::{Long, Parser, Value, ValueExt, options};

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("upload: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let mut client = Client::new();
    if args.deflate {
        client = client.deflate(Deflate::new());
    }
    if let Some(path) = &args.ca_file {
        client = client.root_certificate_pem(&std::fs::read(path).map_err(|e| about(path, &e))?);
    }
    let mut ws = client.connect(&args.url)?;
    for path in &args.files {
        let stored = upload(&mut ws, path).map_err(|e| about(path, &e))?;
        println!("{}: {stored}", path.display());
    }
    ws.close(CloseCode::Normal, "")
}

fn about(what: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::other(format!("{}: {error}", what.display()))
}

/// Sends a file, and returns what the server says to it.
fn upload(ws: &mut WebSocket, path: &Path) -> Result<String> {
    let name = path.file_name().ok_or_else(|| Error::other("it is no file"))?;
    let name = name.to_str().ok_or_else(|| Error::other("its name is not UTF-8"))?;
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(Error::other("it is a folder"));
    }
    ws.send(name)?;
    let sender = ws.sender()?;
    let sending = thread::spawn(move || {
        let sent = send(&sender, &file);
        if sent.is_err() {
            // The server waits for the file, and this program for its answer.
            let _ = sender.close(CloseCode::Internal, "the file cannot be read");
        }
        sent
    });
    let answer = ws.recv();
    let sent = sending.join().map_err(|_| Error::other("the thread that sends failed"))?;
    match (answer?, sent) {
        (Some(answer), Ok(())) => Ok(answer.as_text().unwrap_or_default().to_owned()),
        // The server said why before this side noticed.
        (_, Err(Error::Closed | Error::Lost(_))) | (None, Ok(())) => Err(refused(ws)),
        (_, Err(e)) => Err(e),
    }
}

fn send(sender: &Sender, file: &File) -> Result<()> {
    let mut shown = Shown { file, size: file.metadata()?.len(), sent: 0, percent: 0 };
    let mut stream = sender.send_stream(MessageKind::Binary);
    io::copy(&mut shown, &mut stream)?;
    stream.finish()
}

/// A file that shows on a terminal how much of it is sent.
struct Shown<'a> {
    file: &'a File,
    size: u64,
    sent: u64,
    percent: u64,
}

impl Read for Shown<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buf)?;
        self.sent += n as u64;
        // A file that grows meanwhile is sent whole.
        let percent = (self.sent.saturating_mul(100) / self.size.max(1)).min(100);
        if percent != self.percent && io::stderr().is_terminal() {
            self.percent = percent;
            eprint!("\r{percent:3} % of {} bytes", self.size);
        }
        Ok(n)
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if self.percent > 0 {
            eprintln!();
        }
    }
}

fn refused(ws: &WebSocket) -> Error {
    let ended = ws.close_result().err();
    ended.unwrap_or_else(|| Error::other("the server closed the connection, and did not answer"))
}

const USAGE: &str = "\
Sends files to the example `upload_server`

Usage: upload [OPTIONS] <URL> <FILE>...

Arguments:
  <URL>      The server: a ws or wss URL
  <FILE>...  What to send

Options:
  --deflate        Compresses what is sent, if the server agrees
  --ca-file <PEM>  Trusts the certificates in this file as well
  -h, --help       Print help
";

#[derive(Default)]
struct Args {
    url: String,
    files: Vec<PathBuf>,
    deflate: bool,
    ca_file: Option<PathBuf>,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Value(url) if args.url.is_empty() => args.url = url.string()?,
                Value(file) => args.files.push(file.into()),
                Long("deflate") => args.deflate = true,
                Long("ca-file") => args.ca_file = Some(parser.value()?.into()),
                _ => return Err(arg.unexpected()),
            }
        }
        if args.files.is_empty() {
            return Err("give the server's URL and at least one file".into());
        }
        Ok(args)
    }
}
