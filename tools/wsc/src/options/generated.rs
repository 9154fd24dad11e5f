//! The man page and the completions of shells. Both follow the definitions of the options, so no file
//! has to be kept in step.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Args;
use crate::exit::{Exit, Failure};

/// Prints the man page.
pub(crate) fn man() -> Result<Exit, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Args::command()).render(&mut page);
    rendered.map_err(Failure::usage)?;
    print(&page)
}

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "wsc", &mut script);
    print(&script)
}

fn print(text: &[u8]) -> Result<Exit, Failure> {
    match io::stdout().lock().write_all(text) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Failure::usage(e)),
        _ => Ok(Exit::Well),
    }
}
