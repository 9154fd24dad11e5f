//! One run of one server, in a process of its own.

use super::row::{Row, Work};
use super::{Figure, broadcast, connections, idle, tails, throughput};
use crate::Outcome;
use crate::load::Crowd;
use crate::plan::Plan;
use crate::server::{Contender, Running};

/// Returns `true` if the server has what the row needs.
pub(crate) fn can(plan: &Plan, row: &Row, contender: &Contender) -> Outcome<bool> {
    match row.work {
        Work::Broadcast => broadcast::has(plan, Running::start(contender, plan.processors)?),
        _ => Ok(true),
    }
}

/// Runs a row once. `rate` is in messages a second, for tails.
pub(crate) fn run(
    plan: &Plan,
    row: &Row,
    contender: &Contender,
    rate: f64,
    round: u32,
) -> Outcome<Vec<Figure>> {
    let server = Running::start(contender, plan.processors)?;
    match row.work {
        Work::Pipelined(exchange) | Work::Bulk(exchange) | Work::Fragmented(exchange) => {
            throughput::run(plan, row, exchange, server)
        }
        Work::Idle => idle::run(plan, row, server),
        Work::Tails => tails::run(plan, row, server, rate, round),
        Work::Connections => connections::run(plan, row, server),
        Work::Broadcast => broadcast::run(plan, row, server),
    }
}

/// Opens connections to a path of a server.
pub(super) fn open(plan: &Plan, server: &Running, path: &str, count: usize) -> Outcome<Crowd> {
    Crowd::open(server.address, path, count, plan.processors.are_two())
}
