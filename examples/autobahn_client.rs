//! The client under test for Autobahn's fuzzing server: runs each case and asks for the report.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use blocking_ws::{Client, CloseCode, Deflate, Error, Result};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Runs the cases of Autobahn's fuzzing server")]
struct Args {
    /// Where the fuzzing server listens
    #[arg(long, value_name = "ws[s]://HOST:PORT")]
    url: String,
    /// The name that the report gives this client
    #[arg(long, value_name = "NAME")]
    agent: String,
    /// Trusts the certificates in this file as well
    #[arg(long, value_name = "PEM")]
    ca_file: Option<PathBuf>,
    /// Compresses messages, each by itself, if the server agrees
    #[arg(long)]
    deflate: bool,
    /// The same, and messages may refer to earlier ones, where both ends say so
    #[arg(long)]
    deflate_takeover: bool,
}

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("autobahn_client: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let url = args.url.trim_end_matches('/');
    let mut client = Client::new().max_message_size(64 << 20);
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
