//! [`Decoder`]: both directions of a connection, as an observer sees them.

use super::breach::Breach;
use super::event::{Passed, Shows, Way, What};
use super::http::Head;
use super::lane::{Found, Lane};
use crate::proto::rules::Role;

/// What passes on a connection, read leniently: whatever comes is shown, with the rules that it breaks.
#[derive(Debug)]
pub(crate) struct Decoder {
    sent: Lane,
    received: Lane,
    /// The key of the client's request.
    key: Option<String>,
    /// Frames may come: the handshake is done, or there was none.
    is_open: bool,
    shows_secrets: bool,
}

impl Decoder {
    /// Begins a connection of an end with this role.
    pub(crate) fn new(role: Role, shows: Shows) -> Self {
        let (sent, received) = (Lane::new(role, shows), Lane::new(role.peer(), shows));
        Self { sent, received, key: None, is_open: false, shows_secrets: shows.secrets }
    }

    /// Takes the next bytes of a direction, and gives out what they make.
    pub(crate) fn push(&mut self, way: Way, mut bytes: &[u8], out: &mut impl FnMut(Passed)) {
        while let Some(found) = self.lane(way).next(&mut bytes) {
            self.give(way, found, out);
        }
    }

    /// Gives out what has come of frames and heads that are not whole, because this end leaves.
    pub(crate) fn leave(&mut self, out: &mut impl FnMut(Passed)) {
        for way in [Way::Sent, Way::Received] {
            if let Some((Some(found), _)) = self.lane(way).end() {
                self.give(way, found, out);
            }
        }
    }

    /// Ends a direction: in order, or by a failure of the stream.
    pub(crate) fn end(&mut self, way: Way, failed: Option<String>, out: &mut impl FnMut(Passed)) {
        let Some((part, mut breaches)) = self.lane(way).end() else { return };
        if let Some(found) = part {
            self.give(way, found, out);
        }
        if !self.is_open {
            // There was no connection that could have been closed.
            breaches.clear();
        }
        let what = failed.map_or(What::Fin, What::Failed);
        out(Passed { way: Some(way), what, breaches });
    }

    /// Gives out what has been found in a direction.
    fn give(&mut self, way: Way, found: Found, out: &mut impl FnMut(Passed)) {
        let (what, breaches) = match found {
            Found::Frame(frame, breaches) => {
                self.is_open = true;
                (What::Frame(frame), breaches)
            }
            Found::Head(head) => self.head(way, head),
            Found::PartOfHead(head) => (self.shown(head), vec![Breach::HEAD]),
            Found::Bytes(bytes) => (What::Bytes(bytes), Vec::new()),
        };
        out(Passed { way: Some(way), what, breaches });
    }

    fn shown(&self, mut head: Head) -> What {
        let is_response = head.is_response();
        if !self.shows_secrets {
            head.hide_secrets();
        }
        if is_response { What::Response(head) } else { What::Request(head) }
    }

    /// Takes note of a head, which says what follows it.
    fn head(&mut self, way: Way, head: Head) -> (What, Vec<Breach>) {
        let mut breaches = Vec::new();
        match head.status() {
            None if head.is_response() => self.lane(way).expect_bytes(),
            None => {
                self.key = head.first("sec-websocket-key").map(str::to_owned);
                if self.key.is_none() {
                    self.lane(way).expect_bytes();
                }
            }
            Some(101) => {
                self.is_open = true;
                let (deflate, others) = head.extensions();
                for lane in [&mut self.sent, &mut self.received] {
                    lane.messages.agree(deflate, others);
                }
                if self.key.as_ref().is_some_and(|key| !head.accepts(key)) {
                    breaches.push(Breach::ACCEPT);
                }
            }
            // RFC 9110 §15.2: an interim response, before the final one.
            Some(100..=199) => self.lane(way).expect_head(),
            Some(_) => {
                self.sent.expect_bytes();
                self.received.expect_bytes();
            }
        }
        (self.shown(head), breaches)
    }

    fn lane(&mut self, way: Way) -> &mut Lane {
        match way {
            Way::Sent => &mut self.sent,
            Way::Received => &mut self.received,
        }
    }
}

#[cfg(test)]
mod tests;
