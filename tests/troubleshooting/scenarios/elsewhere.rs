//! Scenarios that need another process: with other rights, limits or files.

use std::env;
use std::process::Command;

use test_support::installed::skipped;

use crate::produced::{Produced, Table};

const MARK: &str = "produced: ";

/// Runs an ignored test of these scenarios by another command, and returns what it printed.
///
/// Not every machine can: then a line says what was skipped, and `unseen` lists the messages.
pub(super) fn elsewhere(command: &mut Command, name: &str) -> Vec<Produced> {
    let name = format!("scenarios::{name}");
    let arguments = ["--exact", &name, "--ignored", "--nocapture"];
    let output = command.arg(env::current_exe().unwrap()).args(arguments).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines = printed.lines().filter_map(|line| line.split_once(MARK));
    let all: Vec<_> = lines.map(|(_, line)| parse(line)).collect();
    if all.is_empty() {
        skipped(&format!(
            "what `{name}` needs ({})",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    all
}

/// Hands a text on to the process that waits for it.
pub(super) fn print(produced: &Produced) {
    println!("{MARK}{}|{}", produced.variant, produced.text);
}

fn parse(line: &str) -> Produced {
    let (variant, text) = line.split_once('|').unwrap();
    Produced { table: Table::Message, text: text.to_owned(), variant: variant.to_owned() }
}
