//! Shows that `ws-conformance` judges as the Autobahn test suite does, and that its cases find faults.

use std::process::ExitCode;

use blocking_ws::Role;
use clap::{Parser, Subcommand};
use ws_conformance_proof::command::{self, Mutants, Peers};
use ws_conformance_proof::mutant::Flag;
use ws_conformance_proof::original::oracle::Way;

#[derive(Debug, Parser)]
#[command(
    about = "Compares ws-conformance with the Autobahn test suite, and tries it on faulty peers"
)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tests programs that other people use, and compares with what the Autobahn test suite says of
    /// them.
    Peers {
        /// The programs: node-ws, python-websockets, tungstenite, blocking-ws; by default all.
        peers: Vec<String>,
        /// How they are tested: server-ws, client-ws, server-wss, client-wss; by default all.
        #[arg(long, value_delimiter = ',', value_parser = way)]
        ways: Vec<Way>,
        /// The cases, such as 1.*,5.*,-5.19.
        #[arg(long, default_value = "*")]
        cases: String,
        /// Runs the Autobahn test suite, instead of what is stored.
        #[arg(long)]
        live: bool,
        /// Runs the Autobahn test suite, and stores what it says.
        #[arg(long)]
        record: bool,
    },
    /// Tests peers that break one rule each, and checks that each is found, by a case of its rule.
    Mutants {
        /// The rules that are broken (`mutant list` shows them); by default all.
        flags: Vec<Flag>,
        /// As what they are tested: server, client; by default both.
        #[arg(long, value_delimiter = ',', value_parser = role)]
        role: Vec<Role>,
        /// The cases; by default those that may concern the rule.
        #[arg(long)]
        cases: Option<String>,
        /// Runs the Autobahn test suite as well, and stores what it says.
        #[arg(long)]
        original: bool,
        /// Runs the Autobahn test suite only.
        #[arg(long, requires = "original")]
        original_only: bool,
        /// How many are tested at a time.
        #[arg(long, default_value_t = 6)]
        at_once: usize,
        /// Prints the cases that find each.
        #[arg(short, long)]
        verbose: bool,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Peers { peers, ways, cases, live, record } => {
            command::peers(&Peers { names: peers, ways, cases, live, record })
        }
        Command::Mutants { flags, role, cases, original, original_only, at_once, verbose } => {
            command::mutants(&Mutants {
                flags,
                roles: role,
                cases,
                original,
                ours: !original_only,
                at_once,
                verbose,
            })
        }
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("proof: {e}");
            ExitCode::FAILURE
        }
    }
}

fn way(text: &str) -> Result<Way, String> {
    let known = Way::ALL.into_iter().find(|way| way.to_string() == text);
    known.ok_or_else(|| {
        format!("{text:?} is none of {}", Way::ALL.map(|way| way.to_string()).join(", "))
    })
}

fn role(text: &str) -> Result<Role, String> {
    match text {
        "server" => Ok(Role::Server),
        "client" => Ok(Role::Client),
        _ => Err(format!("{text:?} is neither server nor client")),
    }
}
