//! What is measured.

use test_support::content::Content;

/// A line of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) tls: bool,
    pub(crate) work: Work,
    /// How many times as long as ours tungstenite should take.
    pub(crate) target: f64,
}

pub(crate) enum Work {
    /// Each connection sends so many messages and then receives as many, its own.
    Echo { connections: usize, window: usize, content: Content, size: usize },
    /// Asks for so many messages at a time, which come in frames of so many bytes.
    Receive { window: usize, size: usize, frame: usize },
    /// Opens a connection, and closes it in order.
    Open,
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub(crate) const ROWS: &[Row] = &[
    Row::new("latency 1x125B", echo(1, 1, Content::Binary, 125), 1.03),
    Row::new("latency 64x125B", echo(64, 1, Content::Binary, 125), 1.10),
    Row::new("pipelined 16B", echo(1, 256, Content::Binary, 16), 48.0),
    Row::new("pipelined 1KiB", echo(1, 64, Content::Binary, KIB), 14.0),
    Row::new("pipelined 16KiB", echo(1, 16, Content::Binary, 16 * KIB), 1.75),
    Row::new("bulk 1MiB binary", echo(1, 1, Content::Binary, MIB), 1.05),
    Row::new("bulk 1MiB ascii", echo(1, 1, Content::Ascii, MIB), 1.15),
    Row::new("bulk 1MiB utf8", echo(1, 1, Content::Letters, MIB), 7.5),
    Row::new("bulk 16MiB binary", echo(1, 1, Content::Binary, 16 * MIB), 1.2),
    Row::new("fragmented 64KiB/64", Work::Receive { window: 4, size: 64 * KIB, frame: KIB }, 1.33),
    Row::new("fragmented 1MiB/4096", Work::Receive { window: 1, size: MIB, frame: 256 }, 1.33),
    Row::new("set-up", Work::Open, 2.3),
    Row::new("tls pipelined 1KiB", echo(1, 64, Content::Binary, KIB), 6.4).tls(),
    Row::new("tls bulk 1MiB binary", echo(1, 1, Content::Binary, MIB), 0.8).tls(),
];

const fn echo(connections: usize, window: usize, content: Content, size: usize) -> Work {
    Work::Echo { connections, window, content, size }
}

impl Row {
    const fn new(name: &'static str, work: Work, target: f64) -> Self {
        Self { name, tls: false, work, target }
    }

    const fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// The path by which the server knows what to send.
    pub(crate) fn path(&self) -> String {
        match self.work {
            Work::Receive { size, frame, .. } => format!("{size}/{frame}"),
            Work::Echo { .. } | Work::Open => String::new(),
        }
    }
}
