//! All options.

use std::path::PathBuf;
use std::time::Duration;

use blocking_ws::CloseCode;
use clap::{CommandFactory, Parser, error::ErrorKind};
use clap_complete::Shell;

use super::text::{AFTER, MORE, USAGE};
use super::values::{Bind, CloseWith, Wait, bind, header, login, one_line, seconds, size, wait};
use crate::exit::{Exit, Failure};

/// A terminal client and server for WebSocket.
///
/// On a terminal, each line that you type is sent as a message, and what comes is printed above. In a
/// pipe, each line of the input is a message, and each message is printed as a line; at the end of
/// the input wsc waits for as many messages as it has sent.
#[derive(Debug, Parser)]
#[command(name = "wsc", version, after_help = MORE, after_long_help = AFTER, override_usage = USAGE, max_term_width = 100)]
pub(crate) struct Args {
    /// The server: `ws://host:port/path` or `wss://host/path`. Without a scheme it is ws://
    url: Option<String>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) frames: FrameArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten)]
    pub(crate) listen: ListenArgs,
    /// Prints the man page
    #[arg(long, exclusive = true, help_heading = "Documentation")]
    man: bool,
    /// Prints the completions of a shell
    #[arg(long, value_name = "SHELL", exclusive = true, help_heading = "Documentation")]
    completions: Option<Shell>,
}

/// What the command does.
#[derive(Debug)]
pub(crate) enum Task {
    Connect(String),
    Listen(Bind),
    Man,
    Completions(Shell),
}

/// The opening handshake and the way to the server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ClientArgs {
    /// Adds a header to the request (may be repeated)
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header, conflicts_with = "listen")]
    pub(crate) headers: Vec<(String, String)>,
    /// Offers a subprotocol; with --listen, accepts it (may be repeated)
    #[arg(short, long, value_name = "NAME", value_parser = one_line)]
    pub(crate) subprotocol: Vec<String>,
    /// Sends this Origin; with --listen, accepts pages of this origin, and * accepts all
    #[arg(short, long, value_name = "ORIGIN", value_parser = one_line)]
    pub(crate) origin: Option<String>,
    /// Logs in by Basic authentication; with --listen, clients must log in so
    #[arg(long, value_name = "USER:PASSWORD", value_parser = login)]
    pub(crate) auth: Option<String>,
    /// Connects through a proxy: http://, https://, socks5:// or socks5h:// [default: that of the
    /// environment, such as `https_proxy`]
    #[arg(long, value_name = "URL", conflicts_with = "listen")]
    pub(crate) proxy: Option<String>,
    /// Connects without a proxy, whatever the environment says
    #[arg(long, conflicts_with_all = ["proxy", "listen"])]
    pub(crate) no_proxy: bool,
    /// Connects to this host or port instead of the URL's
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["proxy", "unix", "listen"])]
    pub(crate) connect_to: Option<String>,
    /// Connects to this Unix socket; the URL then only gives the path and the Host header
    #[arg(long, value_name = "PATH", conflicts_with_all = ["proxy", "listen"])]
    pub(crate) unix: Option<PathBuf>,
    /// Follows up to ten redirects
    #[arg(short = 'L', long = "location", conflicts_with = "listen")]
    pub(crate) follow: bool,
    /// Compresses messages, each by itself, if the peer agrees. With =takeover, messages may refer to
    /// earlier ones
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "each")]
    pub(crate) compress: Option<Compress>,
    /// Sends a ping this often; a peer that sends nothing for as long after it is lost
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) ping_interval: Option<Duration>,
    /// Closes the connection with this code and reason [default: 1000]
    #[arg(long, value_names = ["CODE", "REASON"], num_args = 1..=2)]
    close: Option<Vec<String>>,
    /// Accepts messages of at most this size: 4096, 64k, 16M
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64M")]
    pub(crate) max_size: usize,
    /// Tries up to N times more if it cannot connect. On a terminal, also connects again when the
    /// connection was lost
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10", conflicts_with = "listen")]
    pub(crate) retry: Option<u32>,
    /// How long to wait for the connection, for each answer after the end of the input, and for the
    /// peer's Close frame
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub(crate) timeout: Duration,
}

/// How messages may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Compress {
    /// Each message by itself
    Each,
    /// Messages may refer to earlier ones
    Takeover,
}

/// TLS.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Accepts any certificate. Only for tests: an attacker can then read and change everything
    #[arg(short = 'k', long, conflicts_with = "listen")]
    pub(crate) insecure: bool,
    /// Also trusts the certificates in this file; with --listen, clients must show a certificate of
    /// these authorities
    #[arg(long, value_name = "PEM")]
    pub(crate) ca: Option<PathBuf>,
    /// Shows this certificate, with its chain; with --listen, serves wss:// with it
    #[arg(long, value_name = "PEM", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of the certificate
    #[arg(long, value_name = "PEM", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

/// What is a message, and how many are sent and awaited.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(crate) struct FrameArgs {
    /// Sends this message, and does not read the standard input (may be repeated)
    #[arg(
        short = 'x',
        long = "execute",
        value_name = "MESSAGE",
        allow_hyphen_values = true,
        conflicts_with = "listen"
    )]
    pub(crate) execute: Vec<String>,
    #[command(flatten)]
    pub(crate) form: FormArgs,
    #[command(flatten)]
    pub(crate) separator: SeparatorArgs,
    /// After the end of the input, prints what comes in this time, and then closes the connection.
    /// `forever` waits until the server closes it
    #[arg(long, value_name = "SECONDS", value_parser = wait)]
    pub(crate) wait: Option<Wait>,
    /// Closes the connection after the first message that comes
    #[arg(short = '1', long = "one", conflicts_with_all = ["expect", "wait"])]
    one: bool,
    /// Closes the connection after N messages that come
    #[arg(long, value_name = "N", conflicts_with = "wait", value_parser = clap::value_parser!(u64).range(1..))]
    expect: Option<u64>,
}

/// Which messages are sent.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct FormArgs {
    /// Sends binary messages
    #[arg(short, long)]
    pub(crate) binary: bool,
    /// Sends JSON, which may extend over several lines. Prints JSON indented on a terminal, and in one
    /// line in a pipe
    #[arg(long, conflicts_with = "binary")]
    pub(crate) json: bool,
}

/// What separates messages.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SeparatorArgs {
    /// Separates messages by NUL characters instead of line ends, in both directions
    #[arg(short = '0', long)]
    pub(crate) null: bool,
    /// Sends the whole input as one message, and prints messages without line ends
    #[arg(long, conflicts_with_all = ["null", "json", "listen"])]
    pub(crate) raw: bool,
}

/// What is shown and recorded.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) notices: NoticeArgs,
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    /// Writes all frames to this file: as an HTTP Archive if its name ends in .har, otherwise as JSON
    /// lines. Passwords and cookies are left out
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Explains in words each frame that passes, with the section of the RFC
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) trace: bool,
    /// Shows at the end how long each step of the connection took
    #[arg(long, conflicts_with = "listen")]
    pub(crate) time: bool,
}

/// How much is said besides messages.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct NoticeArgs {
    /// Shows the request, the response, the agreed extensions, and how the connection was closed
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Shows no notices, only errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// What a terminal shows.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ScreenArgs {
    /// Shows pings and pongs
    #[arg(short = 'P', long = "show-pings")]
    pub(crate) pings: bool,
    /// Shows the time of each message, on a terminal
    #[arg(short, long)]
    pub(crate) timestamps: bool,
    /// Does not keep the lines that are typed in, for the next time
    #[arg(long)]
    pub(crate) no_history: bool,
}

/// The server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ListenArgs {
    /// Is a server: listens at a port of this machine, at HOST:PORT, or at unix:PATH. By default its
    /// input goes to all clients, and what they send is printed
    #[arg(short, long, value_name = "ADDRESS", value_parser = bind, conflicts_with = "url")]
    listen: Option<Bind>,
    /// Sends each message back to its client
    #[arg(long, requires = "listen", conflicts_with_all = ["broadcast", "exec", "url"])]
    echo: bool,
    /// Sends each message to all clients, and so the input
    #[arg(long, requires = "listen", conflicts_with_all = ["exec", "url"])]
    broadcast: bool,
    /// Runs this program for each client, without a shell. Its input and output are messages, one a
    /// line. The environment variables `WSC_PEER`, `WSC_PATH`, `WSC_QUERY`, `WSC_SUBPROTOCOL` and
    /// `WSC_CONNECTION` tell it who the client is
    #[arg(long, value_name = "COMMAND", requires = "listen", conflicts_with = "url")]
    exec: Option<String>,
}

/// What a server does with messages.
#[derive(Debug)]
pub(crate) enum Mode<'a> {
    Talk,
    Echo,
    Broadcast,
    Exec(&'a str),
}

impl ListenArgs {
    pub(crate) fn mode(&self) -> Mode<'_> {
        match &self.exec {
            Some(command) => Mode::Exec(command),
            None if self.echo => Mode::Echo,
            None if self.broadcast => Mode::Broadcast,
            None => Mode::Talk,
        }
    }
}

impl FrameArgs {
    /// After how many messages that came the connection is closed.
    pub(crate) fn expected(&self) -> Option<u64> {
        if self.one { Some(1) } else { self.expect }
    }
}

impl Args {
    /// Reads the command line. If there is nothing more to do, returns the exit status.
    pub(crate) fn read() -> Result<Self, Exit> {
        Self::try_parse().map_err(|e| {
            // A closed pipe is no reason for another status.
            let _ = e.print();
            match e.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Well,
                _ => Exit::Usage,
            }
        })
    }

    pub(crate) fn task(&self) -> Result<Task, Failure> {
        if self.man {
            return Ok(Task::Man);
        }
        if let Some(shell) = self.completions {
            return Ok(Task::Completions(shell));
        }
        if let Some(bind) = &self.listen.listen {
            return Ok(Task::Listen(bind.clone()));
        }
        match self.url.as_ref().or(self.url_behind_close()) {
            Some(url) if url.contains("://") => Ok(Task::Connect(url.clone())),
            Some(url) => Ok(Task::Connect(format!("ws://{url}"))),
            None => {
                let text = "give the URL of a server, or --listen to be a server";
                let error = Self::command().error(ErrorKind::MissingRequiredArgument, text);
                Err(Failure::usage(error.render().to_string().trim_end()))
            }
        }
    }

    /// `--close 1000 URL`: without this rule the URL would be the reason.
    fn url_behind_close(&self) -> Option<&String> {
        let second = self.client.close.as_ref().and_then(|words| words.get(1));
        second.filter(|_| self.url.is_none() && self.listen.listen.is_none())
    }

    /// The Close frame with which a server closes: 1001 by default, since it goes away.
    pub(crate) fn close_of_server(&self) -> Result<CloseWith, Failure> {
        let default = CloseWith { code: CloseCode::GoingAway, reason: String::new() };
        if self.client.close.is_some() { self.close() } else { Ok(default) }
    }

    /// The Close frame with which this side closes.
    pub(crate) fn close(&self) -> Result<CloseWith, Failure> {
        let Some(words) = &self.client.close else { return Ok(CloseWith::normal()) };
        let is_url = self.url_behind_close().is_some();
        let reason = words.get(1).filter(|_| !is_url).map_or("", String::as_str);
        let code = words.first().map_or("", String::as_str);
        CloseWith::parse(code, reason).map_err(|why| Failure::usage(format_args!("--close: {why}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_fit_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_url_may_stand_anywhere() {
        for (words, url, close) in [
            (&["h:1"][..], "ws://h:1", (1000, "")),
            (&["wss://h/"], "wss://h/", (1000, "")),
            (&["--close", "4000", "h:1"], "ws://h:1", (4000, "")),
            (&["--close", "4000", "bye", "h:1"], "ws://h:1", (4000, "bye")),
            (&["h:1", "--close", "4000", "bye"], "ws://h:1", (4000, "bye")),
            (&["h:1", "--close", "4000"], "ws://h:1", (4000, "")),
            (&["--compress", "h:1"], "ws://h:1", (1000, "")),
            (&["--retry", "h:1"], "ws://h:1", (1000, "")),
        ] {
            let args = Args::try_parse_from(["wsc"].iter().chain(words)).unwrap();
            let Task::Connect(found) = args.task().unwrap() else { panic!("{words:?}") };
            assert_eq!(found, url, "{words:?}");
            let found = args.close().unwrap();
            assert_eq!((u16::from(found.code), &found.reason[..]), close, "{words:?}");
        }
    }

    #[test]
    fn contradictions_are_refused() {
        for words in [
            &["--listen", "1", "ws://h"][..],
            &["--echo", "ws://h"],
            &["--listen", "1", "--echo", "--broadcast"],
            &["--raw", "-0", "h:1"],
            &["-1", "--wait", "1", "h:1"],
            &["--cert", "x", "h:1"],
            &["-q", "-v", "h:1"],
            &["--listen", "1", "-x", "a"],
        ] {
            assert!(Args::try_parse_from(["wsc"].iter().chain(words)).is_err(), "{words:?}");
        }
        assert!(Args::try_parse_from(["wsc"]).unwrap().task().is_err());
    }

    /// Every option of the specification is there.
    #[test]
    fn no_option_is_missing() {
        let command = Args::command();
        let longs: Vec<_> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        for long in [
            "header",
            "subprotocol",
            "origin",
            "insecure",
            "ca",
            "cert",
            "key",
            "auth",
            "proxy",
            "unix",
            "location",
            "compress",
            "ping-interval",
            "close",
            "max-size",
            "execute",
            "retry",
            "timeout",
            "record",
            "verbose",
            "quiet",
            "show-pings",
            "timestamps",
            "wait",
            "one",
            "expect",
            "raw",
            "binary",
            "null",
            "json",
            "time",
            "trace",
            "listen",
            "echo",
            "broadcast",
            "exec",
            "man",
            "completions",
        ] {
            assert!(longs.contains(&long), "{long}");
        }
    }
}
