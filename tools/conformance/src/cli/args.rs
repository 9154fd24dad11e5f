//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, ColorChoice, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  Test an echo server:
    ws-conformance server ws://127.0.0.1:9001/
  Run some cases only: groups 1 and 5, without 5.19:
    ws-conformance server ws://127.0.0.1:9001/ --cases '1.*,5.*,-5.19'
  Write reports for a CI service and for a browser:
    ws-conformance server ws://127.0.0.1:9001/ --junit report.xml --html report.html
  Fail only if a case became worse than in an earlier run:
    ws-conformance server ws://127.0.0.1:9001/ --json before.json
    ws-conformance server ws://127.0.0.1:9001/ --baseline before.json
  Test a client that has a driver for the Autobahn test suite:
    ws-conformance client --listen 127.0.0.1:9001
  Test any other client: start it once for each case:
    ws-conformance client --exec 'node client.js {url}'
  Show what a case does and which rule it tests:
    ws-conformance explain 5.17
  Run a specification file of the Autobahn test suite:
    ws-conformance --spec fuzzingclient.json

Exit status:
  0  no case failed
  1  a case failed, or `compare` found a difference
  2  the command line, or a file that it names, cannot be used
  3  the program could not be reached; no case was run
  4  the run did not finish: some cases were not run";

/// Tests any WebSocket server or client against RFC 6455 and RFC 7692.
///
/// The program under test must send each message back unchanged. This command is the client of a
/// server under test, and the server of a client under test. 517 of the cases have the numbers and
/// the verdicts of the Autobahn test suite; 236 with letters go beyond it.
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
    /// Tests a client: waits for it, or starts it once for each case
    Client(ClientArgs),
    /// Runs a specification file of the Autobahn test suite, such as fuzzingclient.json
    #[command(long_flag = "spec")]
    Spec(SpecArgs),
    /// Lists the cases
    List(ListArgs),
    /// Explains cases: what is sent, what must come back, and which rule is tested
    Explain(ExplainArgs),
    /// Compares the verdicts of two JSON reports
    Compare(CompareArgs),
}

/// What all runs have in common.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Runs only these cases: ids and patterns, separated by commas. A pattern with - in front leaves
    /// its cases out: '1.*,5.*,-5.19' [default: all cases, or those of the specification file]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub(crate) cases: Option<String>,
    /// Leaves these cases out
    #[arg(long, value_name = "LIST")]
    pub(crate) exclude: Option<String>,
    #[command(flatten)]
    pub(crate) letters: LetterArgs,
    /// Prints which cases would run, and runs none
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Tests a program that does not send messages back. Leaves out the cases that need an echo
    #[arg(long)]
    pub(crate) no_echo: bool,
    /// Sends all messages of groups 12 and 13: 1000 in each case, 10.9 GB in all. By default, a case
    /// ends after 1 MiB, but not before 16 messages
    #[arg(long)]
    pub(crate) full: bool,
    /// Runs this many cases at the same time. A client with a driver decides this itself
    #[arg(short, long, value_name = "N", default_value_t = 8)]
    pub(crate) jobs: usize,
    /// Multiplies all time limits by this factor, for slow programs and busy machines [default: depends
    /// on the measured round-trip time]
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) patience: Option<f64>,
    /// Runs each failed case again at the end, alone, up to N times. If it then passes, it counts as
    /// passed and is listed as flaky
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) rerun: usize,
    /// Names the program in reports
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// Offers this subprotocol to a server, or accepts it from a client (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = one_line)]
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

/// What counts as a failure, and which reports are written.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// Does not count these outcomes as failures (separated by commas)
    #[arg(long, value_name = "OUTCOMES", value_delimiter = ',')]
    pub(crate) allow: Vec<Allowed>,
    /// Fails only if a case is worse than in this earlier report: a file of --json, or an index.json of
    /// the Autobahn test suite
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Stops after the first case with the outcome fail
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Writes a report in the XML format of `JUnit`, which CI services read
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Writes a report in JSON, for --baseline and `compare`
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes a report in HTML: one file, with all details
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Writes index.json and a file for each case, in the format of the Autobahn test suite
    #[arg(long, value_name = "FOLDER")]
    pub(crate) autobahn: Option<PathBuf>,
    /// Writes the frames of all connections, as JSON lines: the last million, 4 KiB of each
    #[arg(long, value_name = "FILE")]
    pub(crate) wire_log: Option<PathBuf>,
    /// Prints a line for each case
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Prints errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Colors the report
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// An outcome that `--allow` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Allowed {
    /// Legal, but not as strict as it should be
    NonStrict,
    /// The program does not have the extension
    Unimplemented,
    /// The program refused the message because of a limit of its own
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
    #[arg(long, value_parser = one_line)]
    pub(crate) origin: Option<String>,
    /// Connects to this Unix socket; the URL then only sets the path and the Host header
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// How the command connects to a server on wss://.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct TlsArgs {
    /// Also trusts the certificates in this file
    #[arg(long, value_name = "PEM")]
    pub(crate) ca: Option<PathBuf>,
    /// Trusts any certificate
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Shows this client certificate, with its chain, to the server
    #[arg(long, value_name = "PEM", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of the client certificate
    #[arg(long, value_name = "PEM", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Args)]
#[command(group(ArgGroup::new("where").args(["listen", "unix"])))]
pub(crate) struct ClientArgs {
    /// Listens at this address; with port 0 the system chooses a port [default: 127.0.0.1:9001, or
    /// 127.0.0.1:0 with --exec]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,
    /// Listens at this Unix socket
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Option<PathBuf>,
    /// Starts this program once for each case. {url} stands for the URL of the case. The program must
    /// connect to it, send each message back, and exit when the connection has ended
    #[arg(long, value_name = "COMMAND")]
    pub(crate) exec: Option<String>,
    /// Waits for more clients after one has finished. The command ends after --silence, or when a client
    /// opens /stopServer
    #[arg(long, conflicts_with = "exec")]
    pub(crate) keep: bool,
    /// Ends the run after this many seconds without a connection from a client
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) silence: u64,
    /// Listens for wss:// with this certificate chain
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
    /// The file. If it has "servers", it is for a fuzzing client; if it has a "url", for a fuzzing server
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

fn one_line(text: &str) -> Result<String, String> {
    if text.contains(['\r', '\n']) {
        return Err("write it in one line".to_owned());
    }
    Ok(text.to_owned())
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
        _ => Err("a factor is a number above 0, such as 2.5".to_owned()),
    }
}
