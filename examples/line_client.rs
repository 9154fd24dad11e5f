//! Sends each line of standard input as text and prints each text that comes back.
//!
//! One thread sends while another receives. At the end of the input it waits for as many replies
//! as it sent lines, closes in order and exits with 0.

use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use blocking_ws::{Client, CloseCode, Deflate, Error, Message, Result, Sender, WebSocket};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Sends lines as WebSocket messages and prints the replies")]
struct Args {
    /// Where to connect: a ws or wss URL
    url: String,
    /// Connects to the Unix socket at this path instead of the URL's host
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    /// Trusts the certificates in this file as well
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
    /// Accepts any certificate: for tests only
    #[arg(long)]
    insecure: bool,
    /// Adds a header to the request
    #[arg(long, value_name = "K: V")]
    header: Vec<String>,
    /// Offers a subprotocol
    #[arg(long, value_name = "NAME")]
    subprotocol: Vec<String>,
    /// Compresses messages, each by itself, if the server agrees
    #[arg(long)]
    deflate: bool,
    /// The same, and messages may refer to earlier ones, where both ends say so
    #[arg(long)]
    deflate_takeover: bool,
    /// How long to wait for the connection, for each reply after the last line, and for the close
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    timeout: f64,
}

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("line_client: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let timeout = Duration::try_from_secs_f64(args.timeout).map_err(Error::other)?;
    let mut ws = connect(args, timeout)?;
    let sender = ws.sender()?;
    let input = thread::spawn(move || send_lines(&sender));
    let mut replies = 0;
    // Until the input has ended nobody knows how many replies are to come.
    while !input.is_finished() {
        match ws.recv_timeout(Duration::from_millis(20)) {
            Ok(Some(message)) => replies += print(&message)?,
            Ok(None) => return closed(&ws),
            Err(e) if e.is_timeout() => {}
            Err(e) => return Err(e),
        }
    }
    let sent = input.join().map_err(|_| Error::other("the thread that reads the input failed"))?;
    let lines = match &sent {
        Ok(lines) => *lines,
        // The server has closed, and is about to say why.
        Err(Error::Closed | Error::Lost(_)) => usize::MAX,
        Err(_) => 0,
    };
    while replies < lines {
        match ws.recv_timeout(timeout) {
            Ok(Some(message)) => replies += print(&message)?,
            Ok(None) => return closed(&ws),
            Err(e) if e.is_timeout() => {
                let seconds = timeout.as_secs_f64();
                return Err(Error::other(format!(
                    "no reply within the timeout of {seconds} seconds"
                )));
            }
            Err(e) => return Err(e),
        }
    }
    sent?;
    ws.close(CloseCode::Normal, "")
}

fn connect(args: &Args, timeout: Duration) -> Result<WebSocket> {
    let mut client = Client::new()
        .connect_timeout(timeout)
        .close_timeout(timeout)
        .max_message_size(64 << 20)
        .danger_accept_invalid_certs(args.insecure);
    if let Some(path) = &args.unix {
        client = client.unix_socket(path);
    }
    if let Some(file) = &args.ca_file {
        client = client.root_certificate_pem(&read(file)?);
    }
    for header in &args.header {
        let (name, value) =
            header.split_once(':').ok_or_else(|| Error::other("--header takes 'Name: value'"))?;
        client = client.header(name.trim(), value.trim());
    }
    for name in &args.subprotocol {
        client = client.subprotocol(name);
    }
    if args.deflate || args.deflate_takeover {
        let takeover = args.deflate_takeover;
        client = client.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover));
    }
    client.connect(&args.url).map_err(|e| Error::other(format!("{}: {e}", shown(&args.url))))
}

/// A URL without what only its server is to know.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://{place}{}", &rest[end..]),
        None => url.to_owned(),
    }
}

/// Sends the lines of standard input and tells how many there were.
fn send_lines(sender: &Sender) -> Result<usize> {
    let mut lines = 0;
    for line in io::stdin().lock().lines() {
        sender.send(line?)?;
        lines += 1;
    }
    Ok(lines)
}

/// Prints a text message, and counts it as a reply.
fn print(message: &Message) -> Result<usize> {
    let Some(text) = message.as_text() else {
        return Ok(0);
    };
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Whoever read the output has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        printed => printed.map(|()| 1).map_err(Error::Io),
    }
}

/// The server closed before all replies were there.
fn closed(ws: &WebSocket) -> Result<()> {
    match ws.close_status() {
        Some(status) if status.code() != CloseCode::Normal => Err(Error::other(format!(
            "the server closed the connection: {} {}",
            status.code(),
            status.reason()
        ))),
        _ => Ok(()),
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| Error::other(format!("{}: {e}", file.display())))
}
