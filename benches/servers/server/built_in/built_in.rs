//! The names of the servers.

use std::fmt;
use std::net::SocketAddr;

use clap::ValueEnum;

use super::{floor, ours, tungstenite};
use crate::Outcome;

/// A server that is part of this program.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum BuiltIn {
    /// The server of this library.
    Ours,
    /// What a server with a thread for each client costs without a library.
    Floor,
    /// The server of tungstenite, with a thread for each client.
    Tungstenite,
}

impl BuiltIn {
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::Floor, Self::Tungstenite];

    /// Serves until the process is ended.
    pub(crate) fn serve(self, address: SocketAddr) -> Outcome<()> {
        match self {
            Self::Ours => ours::serve(address),
            Self::Floor => floor::serve(address),
            Self::Tungstenite => tungstenite::serve(address),
        }
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ours => "ours",
            Self::Floor => "floor",
            Self::Tungstenite => "tungstenite",
        })
    }
}
