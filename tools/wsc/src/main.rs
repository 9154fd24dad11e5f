//! The command `wsc`: a terminal client and server for WebSocket.
//!
//! `options` is the command line. `connect` makes a connection of it, and `session` is the
//! conversation on one: who sends, who receives, and when it ends. `pipe` and `terminal` are the two
//! ways in which a person or a program takes part. `listen` is the server. `trace` explains what passes,
//! and `exit` has the exit statuses.

mod connect;
mod exit;
mod listen;
mod options;
mod pipe;
mod session;
mod terminal;
mod trace;

use std::process::ExitCode;

use exit::{Exit, Failure, say};
use options::{Args, Task};

fn main() -> ExitCode {
    let done = match Args::read() {
        Ok(args) => run(&args),
        Err(exit) => return exit.into(),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(Failure { exit: Exit::Closed, message }) => {
            // The peer's words, and no failure of this command.
            say(message);
            Exit::Closed.into()
        }
        Err(Failure { exit, message }) => {
            say(format_args!("wsc: {message}"));
            exit.into()
        }
    }
}

fn run(args: &Args) -> Result<Exit, Failure> {
    match args.task()? {
        Task::Man => options::man(),
        Task::Completions(shell) => options::completions(shell),
        Task::Listen(address) => listen::listen(args, &address),
        Task::Connect(url) => session::client(args, &url),
    }
}
