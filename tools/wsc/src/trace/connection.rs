//! [`Connection`]: what an explanation needs of what has passed before.

use std::collections::VecDeque;
use std::time::Duration;

use blocking_ws::{Role, Way};

/// The most pings and pongs of a direction that are remembered. A peer can send any number.
const REMEMBERED: usize = 100;

/// What is known of a connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// The role of this end.
    role: Role,
    /// The key of the request.
    pub(super) key: Option<String>,
    /// Whether permessage-deflate was agreed on. `None` if the response was not seen.
    pub(super) has_deflate: Option<bool>,
    client: Direction,
    server: Direction,
    /// The lines that explain masking have been written.
    pub(super) has_explained_masks: bool,
}

/// What one end has sent.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The message whose last fragment has not come.
    pub(super) begun: Option<Begun>,
    /// Pings without a pong, with their time.
    pings: VecDeque<Heartbeat>,
    /// Pongs for which no ping had been seen, with their time.
    lone_pongs: VecDeque<Heartbeat>,
    pub(super) has_closed: bool,
}

/// A message in fragments.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) is_text: bool,
    pub(super) is_compressed: bool,
    pub(super) fragments: u64,
    /// The length of the payloads so far.
    pub(super) len: u64,
}

type Heartbeat = (Vec<u8>, Duration);

/// What a pong is to the pings before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// The ping of this time, and that many pings before it.
    Ping(Duration, usize),
    Nothing,
}

impl Connection {
    pub(super) fn new(role: Role) -> Self {
        let (client, server) = (Direction::default(), Direction::default());
        Self { role, key: None, has_deflate: None, client, server, has_explained_masks: false }
    }

    /// The end that sends in this direction, as this end sees it.
    pub(super) fn sender(&self, way: Way) -> Role {
        match (self.role, way) {
            (Role::Client, Way::Sent) | (Role::Server, Way::Received) => Role::Client,
            (Role::Server, Way::Sent) | (Role::Client, Way::Received) => Role::Server,
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// What this end has sent.
    pub(super) fn of(&mut self, sender: Role) -> &mut Direction {
        match sender {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// Notes a ping. Returns the time of its pong, if that was seen before: two threads tell of what
    /// they have sent and received.
    pub(super) fn ping(&mut self, by: Role, payload: &[u8], at: Duration) -> Option<Duration> {
        let pongs = &mut self.of(other(by)).lone_pongs;
        let place = pongs.iter().position(|(pong, time)| pong == payload && *time >= at);
        let pong = place.and_then(|place| pongs.remove(place));
        if pong.is_none() {
            remember(&mut self.of(by).pings, payload, at);
        }
        pong.map(|(_, time)| time)
    }

    /// Notes a pong. It answers the first ping with its payload, and the pings before that need no pong of
    /// their own (§5.5.3).
    pub(super) fn pong(&mut self, by: Role, payload: &[u8], at: Duration) -> Answers {
        let pings = &mut self.of(other(by)).pings;
        let Some(place) = pings.iter().position(|(ping, _)| ping == payload) else {
            remember(&mut self.of(by).lone_pongs, payload, at);
            return Answers::Nothing;
        };
        let time = pings[place].1;
        pings.drain(..=place);
        Answers::Ping(time, place)
    }
}

fn remember(heartbeats: &mut VecDeque<Heartbeat>, payload: &[u8], at: Duration) {
    heartbeats.push_back((payload.to_vec(), at));
    if heartbeats.len() > REMEMBERED {
        heartbeats.pop_front();
    }
}

pub(super) fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
    }
}
