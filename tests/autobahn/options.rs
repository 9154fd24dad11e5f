//! The command line: which modes, which cases, which compression.

use crate::mode::Mode;
use crate::plan::{Compression, Plan};

pub(crate) const USAGE: &str = "\
usage: cargo test --test autobahn -- [MODE]... [OPTION]...

  MODE                server-ws, server-wss or server-wss-rustls, or the same for client;
                      all six when none is named
  --cases LIST        patterns with commas between, such as '1.*,6.4.*', without compression
                      unless it is asked for
  --uncompressed      the groups 1 to 10 alone, which is quick
  --full              every case of the suite, with compression; this is slow
  --deflate           the compression: permessage-deflate, each message by itself
  --deflate-takeover  the same with context takeover

Without a choice of cases, each mode runs the groups 1 to 10 without compression, and then some
cases of 12 and 13 with it. Invocations that have no mode in common can run at the same time.

AUTOBAHN_PYTHON names the Python 2.7 to use when none is found.";

/// What to run.
pub(crate) struct Options {
    pub(crate) modes: Vec<Mode>,
    pub(crate) plan: Plan,
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
        let mut compression = None;
        while let Some(arg) = args.next() {
            if let Some(chosen) = Compression::of_option(&arg) {
                // Takeover implies the other.
                compression = compression.max(Some(chosen));
                continue;
            }
            match arg.as_str() {
                "-h" | "--help" => return Ok(None),
                "--uncompressed" => cases = Cases::Uncompressed,
                "full" | "--full" => cases = Cases::Full,
                "--cases" => cases = Cases::Listed(args.next().ok_or("--cases needs a list")?),
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
        Ok(Some(Self { modes, plan: cases.with(compression)? }))
    }
}

enum Cases {
    Default,
    Uncompressed,
    Full,
    Listed(String),
}

impl Cases {
    fn with(self, compression: Option<Compression>) -> Result<Plan, String> {
        match (self, compression) {
            (Self::Default, None) => Ok(Plan::Default),
            (Self::Uncompressed, None) => Ok(Plan::Uncompressed),
            (Self::Default | Self::Uncompressed, Some(_)) => {
                Err("a compression needs --cases or --full beside it".to_owned())
            }
            (Self::Full, chosen) => Ok(Plan::Full(chosen.unwrap_or(Compression::Deflate))),
            (Self::Listed(list), chosen) => {
                Ok(Plan::Listed(list, chosen.unwrap_or(Compression::Off)))
            }
        }
    }
}
