//! What grows with the number of connections, while few of them are in use at a time.

use std::time::Instant;

use super::columns::{Figure, Meter, float, grown};
use super::row::Row;
use super::run::open;
use crate::Outcome;
use crate::load::{Until, closed_loop};
use crate::plan::Plan;
use crate::server::Running;

/// How many messages are in flight at most.
const IN_FLIGHT: usize = 64;

pub(super) fn run(plan: &Plan, row: &Row, server: Running) -> Outcome<Vec<Figure>> {
    let process = server.process();
    // What a server allocates once, it allocates for the first client.
    closed_loop(&mut open(plan, &server, "/", 1)?, 1, Until::Messages(1))?;
    let empty = process.resident();

    let begun = Instant::now();
    let mut crowd = open(plan, &server, "/", row.connections)?;
    let took = begun.elapsed();
    let opened = process.resident();
    // Each connection has its turn.
    closed_loop(&mut crowd, IN_FLIGHT, Until::Messages(row.connections))?;
    let used = process.resident();
    let grown = |key, title, now| grown(key, title, empty, now, row.connections);

    closed_loop(&mut crowd, IN_FLIGHT, Until::Time(plan.warm_up(row)))?;
    let meter = Meter::start(process);
    let done = closed_loop(&mut crowd, IN_FLIGHT, Until::Time(plan.time(row)))?;
    let spent = meter.each(done.messages);
    // The server ends before its clients, so that it does not handle the end of each connection.
    drop(server);

    let rate = float(done.messages) / done.took.as_secs_f64();
    let mut figures = vec![Figure::more_is_better("messages_per_second", "messages/s", rate)];
    figures.extend(spent);
    figures.extend(grown("opened_kib", "KiB opened", opened));
    figures.extend(grown("used_kib", "KiB used", used));
    figures.push(Figure::less_is_better("set_up_ms", "set-up ms", took.as_secs_f64() * 1e3));
    Ok(figures)
}
