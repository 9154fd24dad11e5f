//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, ColorChoice, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  ws-conformance server ws://127.0.0.1:9001/            Tests an echo server
  ws-conformance server wss://localhost:9443/ --ca ca.pem --cases '1.*,5.*,-5.19'
  ws-conformance server ws://127.0.0.1:9001/ --no-echo  Tests a server that does not send back
  ws-conformance server ws://127.0.0.1:9001/ --junit report.xml --html report.html
  ws-conformance client                                 Waits for a client that has an Autobahn driver
  ws-conformance client --exec 'node client.js {url}'   Starts a client for each case
  ws-conformance explain 5.17                           Says what a case does, and which rule it is about
  ws-conformance --spec fuzzingclient.json              Runs what a file of the Autobahn suite says

The exit status says what has come of it:
  0  all is well                      3  the program could not be reached; nothing was judged
  1  a case has failed                4  the run was not finished
  2  the command line cannot be used";

/// Tests any WebSocket server or client against RFC 6455 and RFC 7692.
///
/// The program under test sends each message back as it came. A server is met by this suite as a
/// client, and a client by this suite as a server. The cases have the numbers and the verdicts of the
/// Autobahn test suite.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tests a server
    Server(ServerArgs),
    /// Tests a client: waits for one, or starts one for each case
    Client(ClientArgs),
    /// Runs what a file of the Autobahn test suite says, such as fuzzingclient.json
    #[command(long_flag = "spec")]
    Spec(SpecArgs),
    /// Lists cases
    List(ListArgs),
    /// Says what cases do, what must come of them, and which rules they are about
    Explain(ExplainArgs),
    /// Shows what differs between two JSON reports
    Compare(CompareArgs),
}

/// What all runs have in common.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Runs these cases: ids and patterns with commas between; - before a pattern takes cases off
    #[arg(long, value_name = "LIST", default_value = "*", allow_hyphen_values = true)]
    pub(crate) cases: String,
    /// Leaves these cases out
    #[arg(long, value_name = "LIST")]
    pub(crate) exclude: Option<String>,
    #[command(flatten)]
    pub(crate) letters: LetterArgs,
    /// Judges a program that does not send messages back; cases that need that are left out
    #[arg(long)]
    pub(crate) no_echo: bool,
    /// Sends all messages of the groups 12 and 13, 10.9 GB, and not 1 MiB for each case
    #[arg(long)]
    pub(crate) full: bool,
    /// Runs up to this many cases at a time
    #[arg(short, long, value_name = "N", default_value_t = 8)]
    pub(crate) jobs: usize,
    /// Stretches all waits by this factor [default: as the measured round trip needs]
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) patience: Option<f64>,
    /// Ends the run after the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Calls the program this in reports
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// Offers this subprotocol, or picks it as a server (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) subprotocol: Vec<String>,
    #[command(flatten)]
    pub(crate) outputs: OutputArgs,
}

/// Whether the cases with letters are run.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct LetterArgs {
    /// Runs the cases with letters too, which the Autobahn test suite does not have [default for servers]
    #[arg(long, overrides_with = "no_beyond")]
    pub(crate) beyond: bool,
    /// Runs none of the cases with letters, unless --cases names them [default for clients]
    #[arg(long, overrides_with = "beyond")]
    pub(crate) no_beyond: bool,
}

/// What becomes of the reports.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// These outcomes are no failures
    #[arg(long, value_name = "OUTCOMES", value_delimiter = ',')]
    pub(crate) allow: Vec<Allowed>,
    /// Only what is worse than in this JSON report, or Autobahn index.json, is a failure
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Writes the XML of `JUnit`, for CI
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Writes a JSON report, for --baseline and `compare`
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes a page with all details
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Writes index.json and case files as the Autobahn test suite does
    #[arg(long, value_name = "FOLDER")]
    pub(crate) autobahn: Option<PathBuf>,
    /// Writes what passed on all connections, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) wire_log: Option<PathBuf>,
    /// Prints a line for each case
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Prints nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Prints colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// An outcome that need not be a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allowed {
    /// Legal, but not as it should be
    NonStrict,
    /// An extension is missing
    Unimplemented,
    /// Refused by a limit
    Limit,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// The server: ws://host:port/path or wss://host:port/path
    pub(crate) url: String,
    /// Sends this header in each request (may be repeated)
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// Sends this Origin in each request
    #[arg(long)]
    pub(crate) origin: Option<String>,
    /// Connects to this Unix socket, wherever the URL leads
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// How a server on wss:// is met.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TlsArgs {
    /// Trusts the certificates in this file as well
    #[arg(long, value_name = "PEM")]
    pub(crate) ca: Option<PathBuf>,
    /// Trusts any certificate
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
}

#[derive(Clone, Debug, clap::Args)]
#[command(group(ArgGroup::new("where").args(["listen", "unix"])))]
pub(crate) struct ClientArgs {
    /// Waits for clients there; port 0 lets the system choose [default: 127.0.0.1:9001, with --exec
    /// 127.0.0.1:0]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Waits for clients at this Unix socket
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Option<PathBuf>,
    /// Starts this program for each case; {url} in it becomes the URL of the case
    #[arg(long, value_name = "COMMAND")]
    pub(crate) exec: Option<String>,
    /// Stays when a client has asked for its reports, for more clients
    #[arg(long, conflicts_with = "exec")]
    pub(crate) keep: bool,
    /// Ends the run after this many seconds without a connection
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) silence: u64,
    /// Serves wss:// with this certificate chain
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SpecArgs {
    /// The file, for a fuzzing client (with "servers") or a fuzzing server (with "url")
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Lists these cases
    #[arg(value_name = "LIST", default_value = "*")]
    pub(crate) cases: String,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Explains these cases, such as 5.17 or '6.4.*'
    #[arg(value_name = "LIST", required = true)]
    pub(crate) cases: String,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// The first report
    pub(crate) first: PathBuf,
    /// The second report
    pub(crate) second: PathBuf,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as NAME: VALUE")?;
    if text.contains(['\r', '\n']) || name.trim().is_empty() {
        return Err("write it as NAME: VALUE, in a line".to_owned());
    }
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
        _ => Err("a factor is a number above 0, such as 2.5".to_owned()),
    }
}
