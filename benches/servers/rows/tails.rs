//! How long an answer takes while the server has time to spare.
//!
//! All servers get the same messages at the same times. The rate is a part of the highest rate of the
//! slowest server.

use super::columns::{Figure, Meter, Percentile, float, percentiles};
use super::row::Row;
use super::run::open;
use crate::Outcome;
use crate::figures::Sorted;
use crate::load::{Until, closed_loop, open_loop};
use crate::plan::Plan;
use crate::report::{Block, number};
use crate::schedule::Schedule;
use crate::server::{Contender, Running};

const LATENCIES: [Percentile; 4] = [
    ("p50_us", "p50 us", 500),
    ("p99_us", "p99 us", 990),
    ("p99_9_us", "p99.9 us", 999),
    ("max_us", "max us", 1000),
];

/// How late this program sends.
const LATE: Percentile = ("sent_late_p99_us", "sent late p99", 990);

/// Returns the rate for all servers, in messages a second, and notes how it was found. A server that fails
/// is removed from `able`.
pub(crate) fn rate(plan: &Plan, row: &Row, able: &mut Vec<&Contender>, block: &mut Block) -> f64 {
    let mut slowest: Option<(&str, f64)> = None;
    able.retain(|contender| match highest(plan, row, contender) {
        Ok(rate) => {
            block.add(
                contender,
                vec![Figure::more_is_better("highest_per_second", "highest/s", rate)],
            );
            if slowest.is_none_or(|(_, least)| rate < least) {
                slowest = Some((&contender.name, rate));
            }
            true
        }
        Err(error) => {
            block.fail(contender, &*error);
            false
        }
    });
    let Some((name, least)) = slowest else { return 0.0 };
    let rate = least * plan.load / 100.0;
    let share = format!("{} % of the highest rate of {name}", plan.load);
    block.note(format!("{} messages a second to each server: {share}", number(rate)));
    block.set("messages_per_second", rate);
    rate
}

/// How many messages a second a server can echo, with one in flight on each connection.
fn highest(plan: &Plan, row: &Row, contender: &Contender) -> Outcome<f64> {
    let server = Running::start(contender, plan.processors)?;
    let mut crowd = open(plan, &server, "/", row.connections)?;
    let mut closed = |time| closed_loop(&mut crowd, row.connections, Until::Time(time));
    closed(plan.warm_up(row))?;
    let done = closed(plan.probe(row))?;
    // The server ends before its clients, so that it does not handle the end of each connection.
    drop(server);
    Ok(float(done.messages) / done.took.as_secs_f64())
}

/// Sends on the schedule of this round, which is the same for all servers.
pub(super) fn run(
    plan: &Plan,
    row: &Row,
    server: Running,
    rate: f64,
    round: u32,
) -> Outcome<Vec<Figure>> {
    let mut crowd = open(plan, &server, "/", row.connections)?;
    let schedule = |seed| Schedule::new(rate, row.connections, seed);
    closed_loop(&mut crowd, row.connections, Until::Messages(row.connections))?;
    open_loop(&mut crowd, schedule(0), plan.warm_up(row))?;
    let meter = Meter::start(server.process());
    let done = open_loop(&mut crowd, schedule(1 + u64::from(round)), plan.time(row))?;
    let spent = meter.each(done.latencies.len());
    drop(server);
    let mut figures = percentiles(done.latencies, &LATENCIES);
    figures.extend(spent);
    let (key, title, thousandths) = LATE;
    figures.extend(
        Sorted::new(done.late)
            .map(|late| Figure::of_load(key, title, late.percentile(thousandths))),
    );
    Ok(figures)
}
