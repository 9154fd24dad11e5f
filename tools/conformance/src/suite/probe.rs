//! Asks whether a server is there, and how quick it is.

use std::time::{Duration, Instant};

use blocking_ws::Role;
use blocking_ws::testing::RawFrame;

use super::target::Target;
use crate::connection::opcode::PONG;
use crate::connection::{self, Came, Link, Wishes};

/// How long a server may take to answer a probe.
const TIME: Duration = Duration::from_secs(5);
/// The round trips of the first probe.
const ROUND_TRIPS: usize = 5;

/// What a server has answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The slowest of its answers.
    pub(super) round_trip: Duration,
    /// The value of its header `Server`.
    pub(super) server: Option<String>,
}

/// Opens a connection, sends some pings one after the other, and closes. All of it may take `scale`
/// times as long as usual, if that is more than once.
///
/// # Errors
/// There is no server for a WebSocket. The error is a sentence.
pub(super) fn probe(target: &Target, wishes: &Wishes, scale: f64) -> Result<Answer, String> {
    let stream = target.dial().map_err(|e| e.to_string())?;
    let mut link = Link::new(stream);
    let deadline = Instant::now() + TIME.mul_f64(scale.max(1.0));
    let began = Instant::now();
    let opening = connection::ask(&mut link, wishes, deadline).map_err(|refused| refused.why)?;
    // The handshake is a round trip as well; a server that answers no pings is slow, and judged later.
    let mut slowest = began.elapsed();
    for _ in 0..ROUND_TRIPS {
        let began = Instant::now();
        let ping = RawFrame::ping(b"ws-conformance").to_bytes(Role::Client);
        if link.write(&ping, false).is_err() || !link.await_frame(PONG, deadline) {
            break;
        }
        slowest = slowest.max(began.elapsed());
    }
    let _ = link.write(&RawFrame::close(1000, "").to_bytes(Role::Client), false);
    let until = Instant::now() + Duration::from_millis(200);
    while matches!(link.receive(until), Came::Bytes) {}
    link.drop_now();
    Ok(Answer { round_trip: slowest, server: opening.server })
}
