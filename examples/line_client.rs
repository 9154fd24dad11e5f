//! Sends each line of standard input as text and prints each text that comes back.
//!
//! One thread sends while another receives. At the end of the input it waits for as many replies
//! as it sent lines, closes in order and exits with 0.

use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use blocking_ws::{Client, CloseCode, Deflate, Error, Message, Result, Sender, WebSocket};
use options::{Long, Parser, Tls, Value, ValueExt, described, options, read};

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
    // The number of replies is known when the input has ended.
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
        .tls_backend(args.tls.backend)
        .danger_accept_invalid_certs(args.insecure);
    if let Some(path) = &args.unix {
        client = client.unix_socket(path);
    }
    if let Some(place) = &args.connect_to {
        client = client.connect_to(place);
    }
    if let Some(address) = args.local_addr {
        client = client.local_addr((address, 0));
    }
    if let Some(url) = &args.proxy {
        client = client.proxy(url);
    }
    if let Some(file) = &args.ca_file {
        client = client.root_certificate_pem(&read(file)?);
    }
    if let Some(identity) = args.tls.identity()? {
        client = client.identity(identity);
    }
    for pin in &args.pin {
        client = client.pin_public_key(pin);
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
    let connected = client.connect(&args.url);
    let ws = connected.map_err(|e| Error::other(format!("{}: {e}", shown(&args.url))))?;
    if let (true, Some(tls)) = (args.tls.info, ws.tls()) {
        eprintln!("{}", described(&tls));
    }
    Ok(ws)
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
        // The program that read the output has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        printed => printed.map(|()| 1).map_err(Error::Io),
    }
}

/// The server closed before all replies were there.
fn closed(ws: &WebSocket) -> Result<()> {
    match ws.close_status() {
        // `ws.close_result()` takes 1001 for a normal end, but replies are missing.
        Some(status) if status.code() != CloseCode::Normal => {
            Err(Error::Ended(Box::new(status.clone())))
        }
        _ => Ok(()),
    }
}

const USAGE: &str = "\
Sends lines as WebSocket messages and prints the replies

Usage: line_client [OPTIONS] <URL>

Arguments:
  <URL>  Where to connect: a ws or wss URL

Options:
  --unix <PATH>         Connects to the Unix socket at this path instead of the URL's host
  --connect-to <PLACE>  Connects to this host, perhaps with a port, instead of the URL's host
  --local-addr <IP>     Connects from this address
  --proxy <URL>         Connects through an HTTP, HTTPS or SOCKS5 proxy
  --ca-file <PEM>       Trusts the certificates in this file as well, by root_certificate_pem
  --insecure            Accepts any certificate: for tests only
  --tls-backend <NAME>  The TLS library, native or rustls, where it is compiled in
  --tls-cert <PEM>      Certificate chain of this client, for servers that ask for one
  --tls-key <PEM>       Private key of that certificate
  --pin <SHA256>        Takes only servers with this public key; of several pins, one must fit
  --tls-info            Prints what TLS tells of the server, to standard error
  --header <K: V>       Adds a header to the request
  --subprotocol <NAME>  Offers a subprotocol
  --deflate             Compresses messages, each by itself, if the server agrees
  --deflate-takeover    The same, and messages may refer to earlier ones, where both ends say so
  --timeout <SECONDS>   How long to wait for the connection, for each reply after the last line,
                        and for the close [default: 10]
  -h, --help            Print help
";

#[derive(Default)]
struct Args {
    url: String,
    unix: Option<PathBuf>,
    connect_to: Option<String>,
    local_addr: Option<IpAddr>,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    insecure: bool,
    tls: Tls,
    pin: Vec<String>,
    header: Vec<String>,
    subprotocol: Vec<String>,
    deflate: bool,
    deflate_takeover: bool,
    timeout: f64,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self { timeout: 10.0, ..Self::default() };
        while let Some(arg) = parser.next()? {
            match arg {
                Value(url) if args.url.is_empty() => args.url = url.string()?,
                Long("unix") => args.unix = Some(parser.value()?.into()),
                Long("connect-to") => args.connect_to = Some(parser.value()?.string()?),
                Long("local-addr") => args.local_addr = Some(parser.value()?.parse()?),
                Long("proxy") => args.proxy = Some(parser.value()?.string()?),
                Long("ca-file") => args.ca_file = Some(parser.value()?.into()),
                Long("insecure") => args.insecure = true,
                Long("tls-backend") => args.tls.read_backend(parser)?,
                Long("tls-cert") => args.tls.cert = Some(parser.value()?.into()),
                Long("tls-key") => args.tls.key = Some(parser.value()?.into()),
                Long("pin") => args.pin.push(parser.value()?.string()?),
                Long("tls-info") => args.tls.info = true,
                Long("header") => args.header.push(parser.value()?.string()?),
                Long("subprotocol") => args.subprotocol.push(parser.value()?.string()?),
                Long("deflate") => args.deflate = true,
                Long("deflate-takeover") => args.deflate_takeover = true,
                Long("timeout") => {
                    let seconds = parser.value()?.string()?;
                    args.timeout = seconds.parse().map_err(|_| {
                        format!("--timeout takes a number of seconds, not {seconds:?}")
                    })?;
                }
                _ => return Err(arg.unexpected()),
            }
        }
        if args.url.is_empty() {
            return Err("give the URL to connect to".into());
        }
        args.tls.check()?;
        Ok(args)
    }
}
