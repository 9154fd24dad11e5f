//! The command line: which modes, which cases.

use std::fmt;

use crate::mode::Mode;

pub(crate) const USAGE: &str = "\
usage: cargo test --release --test autobahn -- [MODE]... [--cases LIST | --full]

  MODE          server-ws, server-wss, client-ws or client-wss; all four when none is named
  --cases LIST  patterns with commas between, such as '1.*,6.4.*' (default: '1.*' to '10.*')
  --full        every case of the suite, compression (12.*, 13.*) included; this is slow

AUTOBAHN_PYTHON names the Python 2.7 to use when none is found.";

/// What to run.
pub(crate) struct Options {
    pub(crate) modes: Vec<Mode>,
    pub(crate) cases: Cases,
}

/// The cases to run, as Autobahn's patterns.
#[derive(PartialEq)]
pub(crate) enum Cases {
    /// The groups 1 to 10, that is all but compression.
    Default,
    Full,
    Listed(Vec<String>),
}

impl Options {
    /// Reads the arguments that follow the program's name, or `None` where help was asked for.
    ///
    /// # Errors
    /// An argument that means nothing here; show [`USAGE`].
    pub(crate) fn from_args(
        mut args: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, String> {
        let mut modes = Vec::new();
        let mut cases = Cases::Default;
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-h" | "--help" => return Ok(None),
                "full" | "--full" => cases = Cases::Full,
                "--cases" => cases = Cases::listed(&args.next().ok_or("--cases needs a list")?)?,
                name => {
                    let mode =
                        Mode::named(name).ok_or_else(|| format!("unknown argument '{name}'"))?;
                    if !modes.contains(&mode) {
                        modes.push(mode);
                    }
                }
            }
        }
        if modes.is_empty() {
            modes.extend(Mode::ALL);
        }
        Ok(Some(Self { modes, cases }))
    }
}

impl Cases {
    fn listed(list: &str) -> Result<Self, String> {
        let patterns: Vec<String> =
            list.split(',').map(|pattern| pattern.trim().to_owned()).collect();
        if patterns.iter().any(String::is_empty) {
            return Err(format!("--cases has an empty pattern in '{list}'"));
        }
        Ok(Self::Listed(patterns))
    }

    /// Returns the patterns as the suite takes them.
    pub(crate) fn patterns(&self) -> Vec<String> {
        match self {
            Self::Default => (1..=10).map(|group| format!("{group}.*")).collect(),
            Self::Full => vec!["*".to_owned()],
            Self::Listed(patterns) => patterns.clone(),
        }
    }
}

impl fmt::Display for Cases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.patterns().join(","))
    }
}
