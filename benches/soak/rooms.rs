//! Broadcasts: members that read, that sleep, and that never read.

use std::sync::Arc;
use std::time::Duration;

use blocking_ws::{Hub, Message, Result, WebSocket};

use test_support::random::Random;

use super::clients::connect;
use super::plan::Stop;
use super::servers::Place;
use super::tally::TALLY;

/// Sends a message to all, which says of itself how it must look.
pub(crate) fn broadcast(hub: &Hub, number: usize) {
    let length = [10, 300, 5000, 40_000][number % 4];
    let told = hub.broadcast(compose(number, length));
    if let Err(e) = told {
        TALLY.failed("hub", &e);
    }
}

fn compose(number: usize, length: usize) -> String {
    let mut text = format!("{number} {length} ");
    text.extend("a room full of words, ".chars().cycle().skip(number % 11).take(length));
    text
}

fn is_right(message: &Message) -> bool {
    let mut words = message.as_text().unwrap_or_default().split(' ');
    let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    let (number, length) = (number(), number());
    length < 1 << 20 && message.as_text() == Some(&compose(number, length))
}

/// The server's side: what a member says goes to all, but for what rude ones say.
pub(crate) fn serve(ws: &mut WebSocket, hub: &Hub) -> Result<()> {
    let seat = hub.join(ws)?;
    while let Some(message) = ws.recv()? {
        if is_right(&message) {
            hub.broadcast_except(&seat, message)?;
        }
    }
    Ok(())
}

/// Reads all that comes, and says something at times.
pub(crate) fn member(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    visit(places, random, stop, Duration::ZERO);
}

/// Reads so slowly that its queue fills.
pub(crate) fn sleeper(places: &[Arc<Place>], random: &mut Random, stop: &Stop) {
    visit(places, random, stop, Duration::from_millis(60));
}

fn visit(places: &[Arc<Place>], random: &mut Random, stop: &Stop, pause: Duration) {
    while !stop.is_told() {
        let Some(mut ws) = connect(random.pick(places), "room", random, stop) else { continue };
        for number in 0..20 + random.below(500) {
            if stop.is_told() {
                break;
            }
            let came = match number % 16 {
                0 => ws.send(compose(number, 100)).map(|()| None),
                _ => ws.recv_timeout(Duration::from_secs(2)),
            };
            match came {
                Ok(Some(message)) if is_right(&message) => TALLY.message(message.as_bytes().len()),
                Ok(Some(_)) => TALLY.wrong("a broadcast is not what was sent"),
                Ok(None) if ws.close_status().is_some() => break,
                Ok(None) => {}
                Err(e) if e.is_timeout() => {}
                Err(e) => {
                    TALLY.failed("member", &e);
                    break;
                }
            }
            if !pause.is_zero() {
                stop.sleep(pause);
            }
        }
        match random.below(3) {
            0 => drop(ws),
            _ => drop(ws.close(1000, "")),
        }
    }
}
