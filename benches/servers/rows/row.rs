//! The rows of the table.

use std::fmt;

use clap::ValueEnum;
use test_support::content::Content;

use crate::load::Exchange;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What rows have in common, as `--no` has it.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    /// Echoes with many messages in flight on each connection.
    Pipelined,
    /// Echoes of large messages, one in flight.
    Bulk,
    /// Echoes of messages that come in many frames.
    Fragmented,
    /// Connections on which nothing happens.
    Idle,
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
            Self::Pipelined => "pipelined",
            Self::Bulk => "bulk",
            Self::Fragmented => "fragmented",
            Self::Idle => "idle",
            Self::Tails => "tails",
            Self::Connections => "connections",
            Self::Broadcast => "broadcast",
        })
    }
}

/// What is done with the connections of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    Pipelined(Exchange),
    Bulk(Exchange),
    Fragmented(Exchange),
    Idle,
    Tails,
    Connections,
    Broadcast,
}

impl Work {
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Pipelined(_) => Kind::Pipelined,
            Self::Bulk(_) => Kind::Bulk,
            Self::Fragmented(_) => Kind::Fragmented,
            Self::Idle => Kind::Idle,
            Self::Tails => Kind::Tails,
            Self::Connections => Kind::Connections,
            Self::Broadcast => Kind::Broadcast,
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) work: Work,
    pub(crate) connections: usize,
}

pub(crate) const ROWS: [Row; 21] = [
    pipelined(16, 256),
    pipelined(KIB, 64),
    pipelined(16 * KIB, 16),
    bulk(MIB, Content::Binary),
    bulk(MIB, Content::Ascii),
    bulk(MIB, Content::Letters),
    bulk(16 * MIB, Content::Binary),
    fragmented(64 * KIB, 64, 4),
    fragmented(MIB, 4096, 1),
    row(Work::Idle, 1000),
    row(Work::Tails, 64),
    row(Work::Tails, 1000),
    row(Work::Connections, 1),
    row(Work::Connections, 10),
    row(Work::Connections, 100),
    row(Work::Connections, 1000),
    row(Work::Connections, 5000),
    row(Work::Connections, 10_000),
    row(Work::Broadcast, 64),
    row(Work::Broadcast, 1000),
    row(Work::Broadcast, 10_000),
];

const fn row(work: Work, connections: usize) -> Row {
    Row { work, connections }
}

const fn pipelined(size: usize, in_flight: usize) -> Row {
    let exchange = Exchange { content: Content::Binary, size, frames: 1, in_flight };
    row(Work::Pipelined(exchange), 8)
}

const fn bulk(size: usize, content: Content) -> Row {
    row(Work::Bulk(Exchange { content, size, frames: 1, in_flight: 1 }), 1)
}

const fn fragmented(size: usize, frames: usize, in_flight: usize) -> Row {
    row(Work::Fragmented(Exchange { content: Content::Binary, size, frames, in_flight }), 1)
}

/// Its name, which `--rows` matches.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.work.kind();
        match self.work {
            Work::Pipelined(it) => write!(f, "{kind} {}", size(it.size)),
            Work::Bulk(it) => {
                let content = match it.content {
                    Content::Binary => "binary",
                    Content::Ascii => "ASCII",
                    Content::Letters => "UTF-8",
                };
                write!(f, "{kind} {} {content}", size(it.size))
            }
            Work::Fragmented(it) => write!(f, "{kind} {} in {} frames", size(it.size), it.frames),
            Work::Idle | Work::Tails | Work::Connections | Work::Broadcast => {
                write!(f, "{kind} {}", self.connections)
            }
        }
    }
}

impl Row {
    /// What is done in this row, in words.
    pub(crate) fn explained(&self) -> String {
        let count = self.connections;
        match self.work {
            Work::Pipelined(it) | Work::Bulk(it) | Work::Fragmented(it) => echoes(it, count),
            Work::Idle => format!("set-up and memory of {count} connections without messages"),
            Work::Tails => format!("echoes of 125 B on a schedule, {count} connections"),
            Work::Connections if count == 1 => "echoes of 125 B, 1 connection".into(),
            Work::Connections => {
                format!("echoes of 125 B, {count} connections, at most 64 of them in use at a time")
            }
            Work::Broadcast => format!("messages of 125 B to {count} members, one at a time"),
        }
    }
}

fn echoes(exchange: Exchange, connections: usize) -> String {
    let Exchange { content, size: bytes, frames, in_flight } = exchange;
    let content = match content {
        Content::Binary => "binary messages",
        Content::Ascii => "ASCII texts",
        Content::Letters => "texts with characters of two to four bytes",
    };
    let frames = if frames == 1 { String::new() } else { format!(" in {frames} frames") };
    let connections = match connections {
        1 => "1 connection".into(),
        _ => format!("{connections} connections"),
    };
    format!(
        "echoes of {content} of {}{frames}, {connections}, {in_flight} in flight on each",
        size(bytes)
    )
}

fn size(bytes: usize) -> String {
    match bytes {
        ..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KiB", bytes / KIB),
        _ => format!("{} MiB", bytes / MIB),
    }
}
