//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use regex::Regex;

use crate::Outcome;
use crate::rows::{Kind, ROWS, Row};
use crate::server::{Contender, OWN, Processors};

/// Rounds and seconds, by default and with `--quick`.
const USUAL: (u32, f64) = (3, 4.0);
const QUICK: (u32, f64) = (1, 0.3);

#[derive(Parser)]
#[command(
    about = "Compares WebSocket servers: late answers under light load, growth with the number of \
                   connections, broadcasts"
)]
pub(crate) struct Args {
    /// A server beside that of this library: its name, and a command in which {addr} stands for its
    /// address. May be given several times. The name "ours" replaces the server of this library. The
    /// command must be the server, not a script that starts it
    #[arg(long, value_name = "NAME=COMMAND", value_parser = Contender::parse)]
    server: Vec<Contender>,
    /// Leaves a server out, or its rows of a kind: tails, connections or broadcast
    #[arg(long, value_name = "NAME[:KIND]")]
    no: Vec<String>,
    /// Only rows whose name matches this regular expression, such as 'tails|broadcast 64$'
    #[arg(long, value_name = "REGEX")]
    rows: Option<Regex>,
    /// How often each server takes its turn [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// How long each turn is measured. The server warms up before that, for a fifth of it [default: 4]
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
    /// Also writes all figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Lets the system choose the processors
    #[arg(long)]
    no_pin: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
    /// Is the server of this library, at this address
    #[arg(long, hide = true, value_name = "ADDRESS")]
    pub(crate) serve: Option<SocketAddr>,
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

/// What is measured, and how.
pub(crate) struct Plan {
    pub(crate) contenders: Vec<Contender>,
    pub(crate) rows: Vec<Row>,
    pub(crate) rounds: u32,
    /// How long each turn is measured.
    pub(crate) time: Duration,
    /// In percent.
    pub(crate) load: f64,
    pub(crate) json: Option<PathBuf>,
    pub(crate) processors: Processors,
}

impl Args {
    pub(crate) fn plan(self) -> Outcome<Plan> {
        let mut contenders = vec![Contender::own()];
        for server in self.server {
            match contenders.iter_mut().find(|it| it.name == server.name) {
                Some(own) if own.name == OWN => *own = server,
                Some(_) => return Err(format!("--server {} was given twice", server.name).into()),
                None => contenders.push(server),
            }
        }
        for no in &self.no {
            leave_out(&mut contenders, no)?;
        }
        if contenders.is_empty() {
            return Err("--no leaves out all servers. Add one with --server".into());
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
        let (rounds, seconds) = if self.quick { QUICK } else { USUAL };
        Ok(Plan {
            contenders,
            rows,
            rounds: self.rounds.unwrap_or(rounds),
            time: Duration::from_secs_f64(self.seconds.unwrap_or(seconds)),
            load: self.load,
            json: self.json,
            processors: Processors::choose(!self.no_pin),
        })
    }
}

/// Follows a `--no`.
fn leave_out(contenders: &mut Vec<Contender>, no: &str) -> Outcome<()> {
    let (name, kind) = match no.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (no, None),
    };
    let Some(at) = contenders.iter().position(|it| it.name == name) else {
        let names: Vec<_> = contenders.iter().map(|it| it.name.as_str()).collect();
        return Err(
            format!("--no {no}: no server has that name. There are: {}", names.join(", ")).into()
        );
    };
    match kind.map(|kind| Kind::from_str(kind, false)) {
        None => drop(contenders.remove(at)),
        Some(Ok(kind)) => contenders[at].leave_out(kind),
        Some(Err(_)) => {
            return Err(format!("--no {no}: the kinds are tails, connections and broadcast").into());
        }
    }
    Ok(())
}

impl Plan {
    /// How long a server is in use before it is measured.
    pub(crate) fn warm_up(&self) -> Duration {
        self.time / 5
    }

    /// For how long the highest rate of a server is measured.
    pub(crate) fn probe(&self) -> Duration {
        self.time.min(Duration::from_secs(1))
    }
}
