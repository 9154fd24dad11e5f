//! What connections cost on which nothing happens.

use std::time::Instant;

use super::columns::{Figure, Meter, float, grown};
use super::row::Row;
use super::run::open;
use crate::Outcome;
use crate::load::{Until, closed_loop};
use crate::plan::Plan;
use crate::server::Running;

pub(super) fn run(plan: &Plan, row: &Row, server: Running) -> Outcome<Vec<Figure>> {
    // What a server allocates once, it allocates for the first client.
    let mut first = open(plan, &server, "/", 1)?;
    closed_loop(&mut first, 1, Until::Messages(1))?;
    let empty = server.process().resident();

    let meter = Meter::start(server.process());
    let begun = Instant::now();
    let idle = open(plan, &server, "/", row.connections)?;
    let took = begun.elapsed();
    let spent = meter.each(row.connections);
    let opened = server.process().resident();
    // The server ends before its clients, so that it does not handle the end of each connection.
    drop(server);
    drop((first, idle));

    let rate = float(row.connections) / took.as_secs_f64();
    let mut figures = vec![Figure::more_is_better("handshakes_per_second", "handshakes/s", rate)];
    figures.extend(spent);
    figures.extend(grown("opened_kib", "KiB opened", empty, opened, row.connections));
    Ok(figures)
}
