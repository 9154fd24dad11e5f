//! A server that is measured.

use crate::rows::Kind;

/// The name of the server of this library.
pub(crate) const OWN: &str = "ours";

/// Stands for the address in a command.
const ADDRESS: &str = "{addr}";

/// A server by its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contender {
    pub(crate) name: String,
    /// The words of its command. Without a command it is this program, as the server of this library.
    command: Option<Vec<String>>,
    left_out: Vec<Kind>,
}

impl Contender {
    /// The server of this library.
    pub(crate) fn own() -> Self {
        Self { name: OWN.to_owned(), command: None, left_out: Vec::new() }
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
        Ok(Self { name: name.to_owned(), command: Some(words), left_out: Vec::new() })
    }

    /// Leaves out the rows of a kind.
    pub(crate) fn leave_out(&mut self, kind: Kind) {
        self.left_out.push(kind);
    }

    pub(crate) fn leaves_out(&self, kind: Kind) -> bool {
        self.left_out.contains(&kind)
    }

    /// The words of its command, for an address.
    pub(crate) fn command(&self, address: &str) -> Option<Vec<String>> {
        let words = self.command.as_ref()?;
        Some(words.iter().map(|word| word.replace(ADDRESS, address)).collect())
    }
}
