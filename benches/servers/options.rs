//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum as _};
use regex::Regex;

use crate::Outcome;
use crate::plan::{Plan, Turns};
use crate::rows::{Kind, ROWS, Row};
use crate::server::{BuiltIn, Contender, Processors};

#[derive(Parser)]
#[command(
    about = "Compares WebSocket servers: throughput, idle connections, late answers under light load, growth \
             with the number of connections, broadcasts",
    after_help = "A server is built with --release, sends each message back as text or binary as it came, up to \
                  16 MiB, and on the path /broadcast sends it to all clients of that path.\n\n\
                  Example: --server 'mine=/home/me/target/release/mine {addr}' --quick --rows 'bulk|pipelined'"
)]
pub(crate) struct Args {
    /// A server beside ours (this library), floor (the same work without a library) and tungstenite: its
    /// name, and a command in which {addr} stands for its address, such as 127.0.0.1:4000. No shell runs the
    /// command. A script must start the server with exec. May be given several times. A name of these three
    /// replaces that server
    #[arg(long, value_name = "NAME=COMMAND", value_parser = Contender::parse)]
    server: Vec<Contender>,
    /// Only these servers, in this order. The figures are compared with those of floor, or of the first
    /// server if floor is not there
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    /// Leaves a server out, or its rows of a kind: pipelined, bulk, fragmented, idle, tails, connections or
    /// broadcast
    #[arg(long, value_name = "NAME[:KIND]")]
    no: Vec<String>,
    /// Only rows whose name matches this regular expression, such as 'bulk|broadcast 64$'
    #[arg(long, value_name = "REGEX")]
    rows: Option<Regex>,
    /// How often each server takes its turn [default: 7; 3 for tails, connections and broadcast]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// How long each turn is measured. The server warms up before that, for a fifth of it [default: 0.5; 4 for
    /// tails, connections and broadcast]
    #[arg(long, value_name = "S", value_parser = seconds)]
    seconds: Option<f64>,
    /// The rate for tails, in percent of the highest rate of the slowest server. It is the same for all
    /// servers
    #[arg(long, value_name = "PERCENT", default_value_t = 30.0, value_parser = percent)]
    load: f64,
    /// One round of 0.3 seconds, without rows of more than 1000 connections unless --rows names them: half a
    /// minute in all, and no figures to rely on
    #[arg(long)]
    quick: bool,
    /// Prints a table in Markdown when all is done, with one line for each row. The full figures go to
    /// standard error meanwhile
    #[arg(long)]
    markdown: bool,
    /// Also writes all figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Lets the system choose the processors
    #[arg(long)]
    no_pin: bool,
    #[command(flatten)]
    pub(crate) hidden: Hidden,
}

/// What cargo and this program say, and not the user.
#[derive(clap::Args)]
pub(crate) struct Hidden {
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Is this server
    #[arg(long, hide = true, requires = "at")]
    pub(crate) serve: Option<BuiltIn>,
    /// Where the server listens
    #[arg(long, hide = true, value_name = "ADDRESS", requires = "serve")]
    pub(crate) at: Option<SocketAddr>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("it must be a number from 0.1 to 3600".into()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (1.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("it must be a number from 1 to 100".into()),
    }
}

impl Args {
    pub(crate) fn plan(self) -> Outcome<Plan> {
        let mut contenders = BuiltIn::ALL.map(Contender::built_in).to_vec();
        for server in self.server {
            match contenders.iter_mut().find(|it| it.name == server.name) {
                Some(built_in) if built_in.is_built_in() => *built_in = server,
                Some(_) => return Err(format!("--server {} was given twice", server.name).into()),
                None => contenders.push(server),
            }
        }
        if !self.only.is_empty() {
            contenders = only(&contenders, &self.only)?;
        }
        for no in &self.no {
            leave_out(&mut contenders, no)?;
        }
        if contenders.is_empty() {
            return Err("--only and --no leave out all servers. Add a server with --server".into());
        }
        let is_chosen = |row: &Row| match &self.rows {
            Some(rows) => rows.is_match(&row.to_string()),
            None => !self.quick || row.connections <= 1000,
        };
        let rows: Vec<_> = ROWS.into_iter().filter(is_chosen).collect();
        if rows.is_empty() {
            let names = ROWS.map(|row| row.to_string()).join(", ");
            return Err(format!("no row matches --rows. These are the rows: {names}").into());
        }
        Ok(Plan {
            contenders,
            rows,
            turns: Turns::new(self.rounds, self.seconds, self.quick),
            load: self.load,
            json: self.json,
            markdown: self.markdown,
            processors: Processors::choose(!self.no_pin),
        })
    }
}

/// Follows `--only`.
fn only(contenders: &[Contender], names: &[String]) -> Outcome<Vec<Contender>> {
    let mut chosen: Vec<Contender> = Vec::new();
    for name in names {
        if chosen.iter().any(|it| it.name == *name) {
            return Err(format!("--only names {name} twice").into());
        }
        let contender = contenders.iter().find(|it| it.name == *name);
        let Some(contender) = contender else {
            return Err(format!(
                "--only {name}: no server has that name. There are: {}",
                list(contenders)
            )
            .into());
        };
        chosen.push(contender.clone());
    }
    Ok(chosen)
}

fn list(contenders: &[Contender]) -> String {
    contenders.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Follows a `--no`.
fn leave_out(contenders: &mut Vec<Contender>, no: &str) -> Outcome<()> {
    let (name, kind) = match no.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (no, None),
    };
    let Some(at) = contenders.iter().position(|it| it.name == name) else {
        return Err(
            format!("--no {no}: no server has that name. There are: {}", list(contenders)).into()
        );
    };
    match kind.map(|kind| Kind::from_str(kind, false)) {
        None => drop(contenders.remove(at)),
        Some(Ok(kind)) => contenders[at].leave_out(kind),
        Some(Err(_)) => {
            let kinds: Vec<_> = Kind::value_variants().iter().map(Kind::to_string).collect();
            return Err(format!("--no {no}: the kinds are {}", kinds.join(", ")).into());
        }
    }
    Ok(())
}
