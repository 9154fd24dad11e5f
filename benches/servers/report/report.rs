//! All rows, and how they were measured.

use std::fmt;

use super::block::Block;
use crate::plan::Plan;

/// What was measured so far.
pub(crate) struct Report {
    /// The names of the servers, and of the server with which the others are compared.
    pub(super) servers: Vec<String>,
    pub(super) base: String,
    /// Rounds and seconds, of each kind of row that has others than the kind before.
    pub(super) turns: Vec<(u32, f64)>,
    pub(super) load: f64,
    /// Whether server and clients have a processor each.
    pub(super) apart: bool,
    pub(super) blocks: Vec<Block>,
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut turns: Vec<_> = plan.rows.iter().map(|row| plan.turns.of(row)).collect();
        turns.dedup();
        Self {
            servers: plan.contenders.iter().map(|it| it.name.clone()).collect(),
            base: plan.base().to_owned(),
            turns,
            load: plan.load,
            apart: plan.processors.are_two(),
            blocks: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Returns `true` if no server failed.
    pub(crate) fn is_complete(&self) -> bool {
        self.blocks.iter().all(|block| block.failures.is_empty())
    }
}

/// What stands above the rows.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Medians of {}. {}\n\
             \n\
             medians to     how many times as good as that server, by medians: x 2.00 is half the time, or \
                            twice the rate\n\
             best to        the same by the best run of each server\n\
             server us      processor time of the server for each message, delivery or handshake (Linux)\n\
             load us        the same of this program. If it is more than the server's, the rate is that of \
                            this program\n\
             KiB opened     resident memory for each connection, after all handshakes (Linux)\n\
             KiB used       the same, right after each connection has echoed a message (Linux)\n\
             highest/s      echoes a second with one in flight on each connection, measured once\n\
             p50 to max     from when a message was due until its answer was read\n\
             sent late      how late this program sent: the part of p99 that is not the server's\n\
             set-up ms      for all connections, each opened after the one before\n\
             last           from when a message is sent until the last member has it",
            self.turns(),
            self.places()
        )
    }
}

impl Report {
    pub(super) fn turns(&self) -> String {
        let turns: Vec<_> =
            self.turns.iter().map(|(rounds, seconds)| format!("{rounds} x {seconds} s")).collect();
        turns.join(" and ")
    }

    pub(super) fn places(&self) -> &'static str {
        if self.apart {
            "The server runs on one processor, and all clients on another."
        } else {
            "Server and clients share the processors of the system."
        }
    }
}
