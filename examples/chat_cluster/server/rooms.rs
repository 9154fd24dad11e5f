//! [`Rooms`]: the members that this process serves, and how far each room is.
//!
//! The lock is held while a message is put into the queues of a room's members, which waits for none of them.
//! So the position of a room and its members belong together: a member gets exactly what comes after the
//! position that it was told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blocking_ws::{CloseCode, Hub, Overflow, Result, Seat, WebSocket};
use redis::RedisResult;
use serde_json::{Map, Value, json};

use crate::bus::{Bus, Position};

pub(crate) struct Rooms {
    state: Mutex<State>,
}

struct State {
    rooms: HashMap<String, Room>,
    /// Since when the other processes are not heard.
    offline: Option<Instant>,
}

struct Room {
    hub: Hub,
    /// The last message that was delivered or is known to be missed; unknown if Redis could not be asked.
    at: Option<Position>,
    /// Set by a message that was delivered. Before that, messages may come that `at` has in it.
    is_settled: bool,
}

/// A member's place, until it is dropped.
pub(crate) struct Entry<'a> {
    room: String,
    rooms: &'a Rooms,
    seat: Option<Seat>,
}

/// What a message's number says.
#[derive(Debug, PartialEq)]
enum Order {
    Next,
    /// It was counted as missed, or delivered.
    Old,
    /// So many are missing in front of it.
    After(Option<u64>),
}

impl Default for Rooms {
    fn default() -> Self {
        let state = State { rooms: HashMap::new(), offline: Some(Instant::now()) };
        Self { state: Mutex::new(state) }
    }
}

impl Rooms {
    /// Makes a connection a member of a room. What `greet` returns for the room's position, and for whether
    /// the other processes are heard, is the first that the member gets.
    pub(crate) fn enter(
        &self,
        room: &str,
        ws: &WebSocket,
        bus: &Bus,
        greet: impl FnOnce(Option<&Position>, bool) -> Vec<Value>,
    ) -> Result<Entry<'_>> {
        let mut state = self.lock();
        if !state.rooms.contains_key(room) {
            // With the lock held: no message of the room comes in between.
            let at = bus.positions(&[room]).ok().and_then(|mut all| all.pop());
            state.rooms.insert(room.to_owned(), Room::new(at));
        }
        let is_online = state.offline.is_none();
        let place = state.rooms.get(room).expect("it has just been made");
        let joined = place.hub.join(ws).and_then(|seat| {
            // Through the member's queue, so that no message of the room comes first.
            for event in greet(place.at.as_ref(), is_online) {
                seat.send(event.to_string())?;
            }
            Ok(seat)
        });
        drop(state);
        // Also without a seat: its drop removes a room without members.
        let mut entry = Entry { room: room.to_owned(), rooms: self, seat: None };
        entry.seat = Some(joined?);
        Ok(entry)
    }

    /// Returns `true` if the other processes are heard.
    pub(crate) fn is_online(&self) -> bool {
        self.lock().offline.is_none()
    }

    /// Passes a message on to the members of a room here.
    pub(crate) fn deliver(&self, room: &str, position: Position, event: &str) {
        let mut state = self.lock();
        let Some(place) = state.rooms.get_mut(room) else { return };
        let Ok(mut event) = serde_json::from_str::<Map<String, Value>>(event) else {
            return eprintln!("room {room}: this is no event: {event}");
        };
        match place.order(&position) {
            Order::Old => return,
            Order::After(missed) => {
                eprintln!("room {room}: {} in front of {}", count(missed), position.n);
                let last = Position { n: position.n.saturating_sub(1), ..position.clone() };
                place.tell(room, &gap(missed, Some(&last), "they did not come from Redis"));
            }
            Order::Next => {}
        }
        event.insert("at".to_owned(), position.to_json());
        place.tell(room, &Value::Object(event));
        place.at = Some(position);
        place.is_settled = true;
    }

    /// Tells all members that the other processes are not heard.
    pub(crate) fn lost(&self) {
        let mut state = self.lock();
        if state.offline.is_none() {
            state.offline = Some(Instant::now());
            for (room, place) in &state.rooms {
                place.tell(room, &offline());
            }
        }
    }

    /// Tells all members that the others are heard again, and what they missed meanwhile.
    pub(crate) fn resume(&self, bus: &Bus) -> RedisResult<()> {
        let mut state = self.lock();
        let names: Vec<_> = state.rooms.keys().cloned().collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let positions = bus.positions(&names)?;
        for (room, position) in names.into_iter().zip(positions) {
            let Some(place) = state.rooms.get_mut(room) else { continue };
            let missed = place.at.as_ref().and_then(|at| position.missed_since(at));
            if missed != Some(0) {
                eprintln!("room {room}: missed {}", count(missed));
                place.tell(room, &gap(missed, Some(&position), "Redis could not be heard"));
            }
            place.at = Some(position);
            place.is_settled = false;
            place.tell(room, &json!({ "kind": "online" }));
        }
        if let Some(since) = state.offline.take() {
            eprintln!("Redis is heard, after {:.1?}", since.elapsed());
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    fn new(at: Option<Position>) -> Self {
        // A client that is slower than its queue is disconnected. It may come back, and is told then how many
        // messages it missed.
        let hub = Hub::new().overflow(Overflow::Disconnect(CloseCode::TryAgainLater));
        Self { hub, at, is_settled: false }
    }

    fn order(&self, position: &Position) -> Order {
        let Some(at) = &self.at else { return Order::Next };
        if at.epoch != position.epoch {
            return Order::After(None);
        }
        match position.n.checked_sub(at.n) {
            Some(1) => Order::Next,
            Some(more @ 2..) => Order::After(Some(more - 1)),
            // Someone has deleted the numbers.
            None if self.is_settled => Order::After(None),
            Some(0) | None => Order::Old,
        }
    }

    fn tell(&self, room: &str, event: &Value) {
        match self.hub.broadcast(event.to_string()) {
            Ok(count) if count.disconnected > 0 => {
                eprintln!("room {room}: {} clients were too slow", count.disconnected);
            }
            Ok(_) => {}
            // The memory of this process is full. Its members must not go on as if nothing were missing.
            Err(e) => {
                eprintln!("room {room}: all clients are disconnected: {e}");
                let why = "messages were lost; come back";
                if let Err(e) = self.hub.close_all(CloseCode::TryAgainLater, why) {
                    eprintln!("room {room}: {e}");
                }
            }
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut state = self.rooms.lock();
        drop(self.seat.take());
        if state.rooms.get(&self.room).is_some_and(|place| place.hub.is_empty()) {
            state.rooms.remove(&self.room);
        }
    }
}

/// Messages are missing, the last of which has this position if that is known.
pub(crate) fn gap(missed: Option<u64>, last: Option<&Position>, why: &str) -> Value {
    json!({ "kind": "gap", "missed": missed, "at": last.map(Position::to_json), "why": why })
}

pub(crate) fn offline() -> Value {
    json!({ "kind": "offline" })
}

/// A count of messages, in words.
pub(crate) fn count(missed: Option<u64>) -> String {
    missed.map_or("an unknown number of messages".to_owned(), |n| format!("{n} messages"))
}
