//! The client under test for Autobahn's fuzzing server: runs each case and asks for the report.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use blocking_ws::{Client, CloseCode, Deflate, Error, Result};
use options::{Long, Parser, Tls, ValueExt, options};

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("autobahn_client: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let url = args.url.trim_end_matches('/');
    let mut client = Client::new().max_message_size(64 << 20).tls_backend(args.tls.backend);
    if let Some(file) = &args.ca_file {
        client = client.root_certificate_pem(&read(file)?);
    }
    if args.deflate || args.deflate_takeover {
        let takeover = args.deflate_takeover;
        client = client.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover));
    }
    let cases = case_count(&client, url)?;
    for case in 1..=cases {
        // A case is often a broken rule; the server's report says whether it was met rightly.
        if let Err(e) =
            run_case(&client, &format!("{url}/runCase?case={case}&agent={}", args.agent))
        {
            eprintln!("case {case}: {e}");
        }
    }
    let mut ws = client.connect(&format!("{url}/updateReports?agent={}", args.agent))?;
    while ws.recv()?.is_some() {}
    Ok(())
}

fn case_count(client: &Client, url: &str) -> Result<u32> {
    let mut ws = client.connect(&format!("{url}/getCaseCount"))?;
    let count = ws.recv()?.ok_or_else(|| Error::other("the server did not count its cases"))?;
    ws.close(CloseCode::Normal, "")?;
    count.as_text().unwrap_or_default().parse().map_err(Error::other)
}

fn run_case(client: &Client, url: &str) -> Result<()> {
    let mut ws = client.connect(url)?;
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| Error::other(format!("{}: {e}", file.display())))
}

const USAGE: &str = "\
Runs the cases of Autobahn's fuzzing server

Usage: autobahn_client [OPTIONS] --url <ws[s]://HOST:PORT> --agent <NAME>

Options:
  --url <ws[s]://HOST:PORT>  Where the fuzzing server listens
  --agent <NAME>             The name that the report gives this client
  --ca-file <PEM>            Trusts the certificates in this file as well
  --tls-backend <NAME>       The TLS library, native or rustls, where it is compiled in
  --deflate                  Compresses messages, each by itself, if the server agrees
  --deflate-takeover         The same, and messages may refer to earlier ones, where both ends say so
  -h, --help                 Print help
";

#[derive(Default)]
struct Args {
    url: String,
    agent: String,
    ca_file: Option<PathBuf>,
    tls: Tls,
    deflate: bool,
    deflate_takeover: bool,
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
                Long("url") => args.url = parser.value()?.string()?,
                Long("agent") => args.agent = parser.value()?.string()?,
                Long("ca-file") => args.ca_file = Some(parser.value()?.into()),
                Long("tls-backend") => args.tls.read_backend(parser)?,
                Long("deflate") => args.deflate = true,
                Long("deflate-takeover") => args.deflate_takeover = true,
                _ => return Err(arg.unexpected()),
            }
        }
        if args.url.is_empty() || args.agent.is_empty() {
            return Err("give both --url and --agent".into());
        }
        Ok(args)
    }
}
