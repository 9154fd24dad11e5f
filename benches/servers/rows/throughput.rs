//! As many echoes as the server can do.

use test_support::process_status::Process;

use super::columns::{Figure, Meter, float};
use super::row::Row;
use crate::Outcome;
use crate::load::{Exchange, Lines, Script};
use crate::plan::Plan;
use crate::server::Running;

/// From this size on, the rate is given in megabytes.
const LARGE: usize = 16 << 10;

pub(super) fn run(
    plan: &Plan,
    row: &Row,
    exchange: Exchange,
    server: Running,
) -> Outcome<Vec<Figure>> {
    let mut lines = Lines::open(server.address, row.connections, Script::new(exchange))?;
    lines.run(plan.warm_up(row))?;
    let meters = [server.process(), Process::this()].map(Meter::start);
    let done = lines.run(plan.time(row))?;
    let [spent, load] = meters;
    let (spent, load) = (spent.each(done.messages), load.each_of_load(done.messages));
    // The server ends before its clients, so that it does not handle the end of each connection.
    drop(server);

    let rate = float(done.messages) / done.took.as_secs_f64();
    let rate = if exchange.size < LARGE {
        Figure::more_is_better("messages_per_second", "messages/s", rate)
    } else {
        let megabytes = rate * float(exchange.size) / 1e6;
        Figure::more_is_better("megabytes_per_second", "MB/s", megabytes)
    };
    Ok([Some(rate), spent, load].into_iter().flatten().collect())
}
