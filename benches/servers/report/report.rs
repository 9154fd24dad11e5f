//! All rows, and how they were measured.

use std::fmt;

use super::block::Block;
use crate::options::Plan;

/// What was measured so far.
pub(crate) struct Report {
    pub(super) rounds: u32,
    pub(super) seconds: f64,
    pub(super) load: f64,
    /// Whether server and clients have a processor each.
    pub(super) apart: bool,
    pub(super) blocks: Vec<Block>,
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            rounds: plan.rounds,
            seconds: plan.time.as_secs_f64(),
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
        let places = if self.apart {
            "The server runs on one processor, and all clients on another."
        } else {
            "Server and clients share the processors of the system."
        };
        writeln!(
            f,
            "Medians of {} x {} s; \"x\" is the median as a multiple of the first server's. {places}\n\
             \n\
             highest/s      echoes a second with one in flight on each connection, measured once\n\
             p50 to max     from when a message was due until its answer was read\n\
             server us      processor time of the server for each message or delivery (Linux)\n\
             sent late      how late this program sent: the part of p99 that is not the server's\n\
             KiB opened     resident memory for each connection, after all handshakes (Linux)\n\
             KiB used       the same, right after each connection has echoed a message (Linux)\n\
             set-up ms      for all connections, each opened after the one before\n\
             last           from when a message is sent until the last member has it",
            self.rounds, self.seconds
        )
    }
}
