//! The command `ws-conformance`. What it does is in the library of the same name.

mod cli;

use std::process::ExitCode;

use clap::Parser;

use cli::{Args, Command, Exit, Failure};

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Server(args) => cli::server(&args),
        Command::Client(args) => cli::client(&args),
        Command::Spec(args) => cli::spec(&args),
        Command::List(args) => cli::list(&args),
        Command::Explain(args) => cli::explain(&args),
        Command::Compare(args) => cli::compare(&args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(Failure { exit, message }) => {
            anstream::eprintln!("ws-conformance: {message}");
            Exit::into(exit)
        }
    }
}
