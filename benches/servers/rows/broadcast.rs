//! Messages to all clients of the path `/broadcast`, one at a time, each from another client.

use std::time::{Duration, Instant};

use super::columns::{Figure, Meter, Percentile, float, percentiles};
use super::row::Row;
use super::run::open;
use crate::Outcome;
use crate::load::Crowd;
use crate::plan::Plan;
use crate::server::Running;

const PATH: &str = "/broadcast";

/// How many messages are sent until a message reaches all members. A server may answer the handshake before
/// the client is a member.
const ATTEMPTS: usize = 20;
/// The same, to find out whether a server has broadcasts.
const FEW: usize = 4;
/// If nothing comes for this time, the next message is sent.
const QUIET: Duration = Duration::from_millis(500);

const LAST: [Percentile; 2] =
    [("last_member_p50_us", "last p50 us", 500), ("last_member_p99_us", "last p99 us", 990)];

/// Returns `true` if one client gets what another sends.
pub(super) fn has(plan: &Plan, server: Running) -> Outcome<bool> {
    // A server without this path refuses the handshake.
    let Ok(mut crowd) = open(plan, &server, PATH, 2) else { return Ok(false) };
    let joined = join(&mut crowd, FEW)?;
    drop(server);
    Ok(joined.is_some())
}

/// Sends messages until a message reaches all members. Returns the number of the next message.
fn join(crowd: &mut Crowd, attempts: usize) -> Outcome<Option<usize>> {
    for number in 0..attempts {
        crowd.members().send(0, number)?;
        let mut heard = Instant::now();
        let mut have = 0;
        while heard.elapsed() < QUIET {
            crowd.look(|members, got| {
                heard = got.at;
                have += usize::from(members.has(got.connection, number));
                Ok(())
            })?;
            if have == crowd.len() {
                return Ok(Some(number + 1));
            }
        }
    }
    Ok(None)
}

pub(super) fn run(plan: &Plan, row: &Row, server: Running) -> Outcome<Vec<Figure>> {
    let mut crowd = open(plan, &server, PATH, row.connections)?;
    let Some(mut number) = join(&mut crowd, ATTEMPTS)? else {
        return Err(format!("no message reached all {} members", row.connections).into());
    };
    exchange(&mut crowd, plan.warm_up(row), &mut number)?;
    let meter = Meter::start(server.process());
    let begun = Instant::now();
    let times = exchange(&mut crowd, plan.time(row), &mut number)?;
    let took = begun.elapsed();
    let deliveries = times.len() * row.connections;
    let spent = meter.each(deliveries);
    // The server ends before its clients, so that it does not handle the end of each connection.
    drop(server);

    let rate = float(deliveries) / took.as_secs_f64();
    let mut figures = vec![Figure::more_is_better("deliveries_per_second", "deliveries/s", rate)];
    figures.extend(spent);
    figures.extend(percentiles(times, &LAST));
    Ok(figures)
}

/// Sends messages for a while, each after all members have the message before. Returns how long each
/// message took to the last member.
fn exchange(crowd: &mut Crowd, time: Duration, number: &mut usize) -> Outcome<Vec<Duration>> {
    let members = crowd.len();
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.is_empty() || begun.elapsed() < time {
        let sent = crowd.begin();
        crowd.members().send(*number % members, *number)?;
        let (mut have, mut last) = (0, sent);
        while have < members {
            crowd.wait(|_, got| {
                (have, last) = (have + got.messages, got.at);
                Ok(())
            })?;
        }
        times.push(last.saturating_duration_since(sent));
        *number += 1;
    }
    Ok(times)
}
