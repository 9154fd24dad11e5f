//! The commands in the README do what stands there.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use test_support::folder::Folder;
use test_support::ports::free_ports;

use super::support::{PROXIES, Ran, Running};

/// A command of the README, and what it prints.
#[derive(Debug)]
struct Use {
    command: String,
    prints: String,
}

/// The commands in the blocks of consoles, in their order.
fn uses() -> Vec<Use> {
    let (mut uses, mut is_console) = (Vec::<Use>::new(), false);
    for line in include_str!("../../README.md").lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if !is_console {
        } else if let Some(command) = line.strip_prefix("$ ") {
            uses.push(Use { command: command.to_owned(), prints: String::new() });
        } else {
            let last = uses.last_mut().expect("a command stands before what it prints");
            last.prints += line;
            last.prints.push('\n');
        }
    }
    uses
}

/// Returns `true` if the text is the pattern, in which `…` stands for anything.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A line of a shell, in a folder of the test, that finds the command.
fn shell(line: &str, folder: &Folder) -> Command {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_wsc"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder.file("")).env("PATH", path);
    for name in PROXIES {
        command.env_remove(name);
    }
    command
}

#[test]
fn the_uses_print_what_stands_there() {
    let (folder, uses) = (Folder::new(), uses());
    let ports: [u16; 4] = free_ports();
    let own: BTreeMap<_, _> = (9001..).map(|port: u16| port.to_string()).zip(ports).collect();
    let replaced = |text: &str| {
        own.iter().fold(text.to_owned(), |text, (port, own)| text.replace(port, &own.to_string()))
    };
    let mut servers = Vec::new();
    assert!(uses.len() >= 16, "{uses:?}");
    for Use { command, prints } in &uses {
        let (line, pattern) = (replaced(command), replaced(prints));
        if command.starts_with("wsc --listen") {
            let mut server = Running::start(shell(&format!("exec {line}"), &folder));
            assert_eq!(server.error_line() + "\n", pattern, "{line}");
            servers.push(server);
            continue;
        }
        // As in a terminal, both outputs are mixed.
        let mut running = Running::start(shell(&format!("{{ {line}; }} 2>&1"), &folder));
        running.feed(b"");
        let Ran { out, err, .. } = running.end();
        let text = String::from_utf8(out).unwrap();
        assert!(
            fits(&text, &pattern) && err.is_empty(),
            "{line} prints\n{text}{err}\nand not\n{pattern}"
        );
    }
}

#[test]
fn an_ellipsis_stands_for_anything() {
    for (text, pattern, want) in [
        ("a\n", "a\n", true),
        ("a\nb\n", "a\n", false),
        ("a 1 b 2 c\n", "a … b …\n", true),
        ("a 1 b 2 c\n", "a … x …\n", false),
        ("a 1", "a …", true),
        ("b 1", "a …", false),
    ] {
        assert_eq!(fits(text, pattern), want, "{text} {pattern}");
    }
}
