//! The rows of the table.

use std::fmt;

use clap::ValueEnum;

/// What is done with the connections of a row.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    /// Echoes on a schedule, at a part of the highest rate of the slowest server.
    Tails,
    /// As many echoes as the server can do, on connections of which few are in use at a time.
    Connections,
    /// Messages to all clients of the path `/broadcast`.
    Broadcast,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tails => "tails",
            Self::Connections => "connections",
            Self::Broadcast => "broadcast",
        })
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
}

pub(crate) const ROWS: [Row; 11] = [
    Row { kind: Kind::Tails, connections: 64 },
    Row { kind: Kind::Tails, connections: 1000 },
    Row { kind: Kind::Connections, connections: 1 },
    Row { kind: Kind::Connections, connections: 10 },
    Row { kind: Kind::Connections, connections: 100 },
    Row { kind: Kind::Connections, connections: 1000 },
    Row { kind: Kind::Connections, connections: 5000 },
    Row { kind: Kind::Connections, connections: 10_000 },
    Row { kind: Kind::Broadcast, connections: 64 },
    Row { kind: Kind::Broadcast, connections: 1000 },
    Row { kind: Kind::Broadcast, connections: 10_000 },
];

/// Its name, which `--rows` matches.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.connections)
    }
}
