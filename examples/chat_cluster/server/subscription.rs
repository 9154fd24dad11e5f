//! Hears what all processes tell, and comes back when Redis was away.

use std::convert::Infallible;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use redis::RedisResult;

use crate::bus::{Bus, PREFIX, Position};
use crate::rooms::Rooms;

/// The first wait before another attempt. It doubles with each failure.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Hears until the process ends.
pub(crate) fn run(bus: &Bus, rooms: &Rooms) {
    let mut wait = FIRST;
    loop {
        let began = Instant::now();
        let Err(error) = hear(bus, rooms);
        rooms.lost();
        // As for clients: a Redis that lets in and drops is not hammered.
        wait = if began.elapsed() > LONGEST { FIRST } else { (2 * wait).min(LONGEST) };
        let pause = wait / 2 + part(wait / 2);
        eprintln!("Redis cannot be heard: {error}; the next attempt is in {pause:.1?}");
        thread::sleep(pause);
    }
}

fn hear(bus: &Bus, rooms: &Rooms) -> RedisResult<Infallible> {
    let mut connection = bus.connect()?;
    let mut subscription = connection.as_pubsub();
    subscription.psubscribe(format!("{PREFIX}*"))?;
    // From here on nothing is missed, so what was missed can be counted.
    bus.reconnect()?;
    rooms.resume(bus)?;
    loop {
        match subscription.get_message() {
            Ok(message) => {
                let room = message.get_channel_name().strip_prefix(PREFIX);
                let text = std::str::from_utf8(message.get_payload_bytes()).ok();
                if let Some((room, (position, event))) = room.zip(text.and_then(parts)) {
                    rooms.deliver(room, position, event);
                }
            }
            // Silence may mean that Redis has vanished without a word.
            Err(e) if e.is_timeout() => subscription.ping()?,
            Err(e) => return Err(e),
        }
    }
}

/// What the script of `bus` publishes: epoch, number, event.
fn parts(text: &str) -> Option<(Position, &str)> {
    let mut parts = text.splitn(3, ' ');
    let epoch = parts.next()?.to_owned();
    let n = parts.next()?.parse().ok()?;
    Some((Position { epoch, n }, parts.next()?))
}

/// A part of a wait, another in each process: so they do not come back at the same moment.
fn part(wait: Duration) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let chance = (now.subsec_nanos() ^ std::process::id()) % 1000;
    wait * chance / 1000
}
