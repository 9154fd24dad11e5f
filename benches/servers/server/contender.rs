//! A server that is measured.

use std::net::SocketAddr;

use super::built_in::BuiltIn;
use crate::rows::Kind;

/// Stands for the address in a command.
const ADDRESS: &str = "{addr}";

/// A server by its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contender {
    pub(crate) name: String,
    program: Program,
    left_out: Vec<Kind>,
}

#[derive(Clone, Debug, PartialEq)]
enum Program {
    BuiltIn(BuiltIn),
    /// The words of a command.
    Command(Vec<String>),
}

/// How the process of a server is started.
pub(super) struct Start {
    /// This program if there is none.
    pub(super) program: Option<String>,
    pub(super) arguments: Vec<String>,
}

impl Contender {
    /// A server that is part of this program.
    pub(crate) fn built_in(server: BuiltIn) -> Self {
        Self { name: server.to_string(), program: Program::BuiltIn(server), left_out: Vec::new() }
    }

    /// Returns `true` if the server is part of this program.
    pub(crate) fn is_built_in(&self) -> bool {
        matches!(self.program, Program::BuiltIn(_))
    }

    /// Reads `NAME=COMMAND`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, command) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or(r#"it must be NAME="COMMAND --addr {addr}""#)?;
        let words = shell_words::split(command)
            .map_err(|_| "a quote in the command is not closed".to_owned())?;
        if words.is_empty() || !command.contains(ADDRESS) {
            return Err(format!(
                "the command must be a program with {ADDRESS} where it takes its address, such as \
                 \"PROGRAM --addr {ADDRESS}\""
            ));
        }
        Ok(Self { name: name.to_owned(), program: Program::Command(words), left_out: Vec::new() })
    }

    /// Leaves out the rows of a kind.
    pub(crate) fn leave_out(&mut self, kind: Kind) {
        self.left_out.push(kind);
    }

    pub(crate) fn leaves_out(&self, kind: Kind) -> bool {
        self.left_out.contains(&kind)
    }

    /// How it is started, so that it listens on an address.
    pub(super) fn start(&self, address: SocketAddr) -> Start {
        let address = address.to_string();
        match &self.program {
            Program::BuiltIn(server) => Start {
                program: None,
                arguments: vec!["--serve".into(), server.to_string(), "--at".into(), address],
            },
            Program::Command(words) => {
                let mut words = words.iter().map(|word| word.replace(ADDRESS, &address));
                Start { program: words.next(), arguments: words.collect() }
            }
        }
    }
}
