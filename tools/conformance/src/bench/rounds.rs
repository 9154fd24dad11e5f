//! How a [`Bench`] sends messages back and forth.

use std::borrow::Cow;
use std::mem;

use super::bench::Bench;
use super::ending::State;
use crate::case::{Content, Rounds, Timer};
use crate::report::Behavior;

/// What came of messages that went back and forth.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) behavior: Behavior,
    /// Why it has failed, in a sentence.
    pub(super) reason: Option<String>,
    /// How many messages came back as they should.
    pub(super) count: usize,
    /// How many were sent in all, if nothing goes wrong.
    pub(super) of: usize,
}

/// Enough bytes to have seen what a case is about.
const ENOUGH: usize = 1 << 20;
/// Messages are not fewer than this.
const FEWEST: usize = 16;

impl Bench<'_> {
    /// Sends message after message, each once the one before has come back, and closes.
    pub(super) fn play(&mut self, rounds: &Rounds) -> Played {
        let of = if self.full || rounds.compression.is_none() {
            rounds.count
        } else {
            (ENOUGH / rounds.size.max(1)).clamp(FEWEST, rounds.count)
        };
        let mut played = Played { behavior: Behavior::Failed, reason: None, count: 0, of };
        if rounds.compression.is_some() && self.compressor.is_none() {
            played.behavior = Behavior::Unimplemented;
            self.close(Some(1000));
            self.wait_for_the_end();
            return played;
        }
        self.set_timer(Timer::Close(rounds.timer));
        let mut windows = match &rounds.content {
            Content::Same(_) => None,
            Content::Windows(corpus) => Some(corpus.windows(rounds.size)),
        };
        let same = match &rounds.content {
            Content::Same(payload) => payload.bytes(),
            Content::Windows(_) => Vec::new(),
        };
        let by_content = windows.is_some();
        while played.count < of && self.state == State::Open {
            let message = match &mut windows {
                Some(windows) => windows.next().unwrap_or_default(),
                None => Cow::Borrowed(&same[..]),
            };
            if let Err(reason) = self.round(rounds, &message, by_content) {
                played.reason = Some(reason);
                break;
            }
            played.count += 1;
        }
        if played.count == of {
            played.behavior = Behavior::Ok;
        }
        self.close(Some(1000));
        self.wait_for_the_end();
        played
    }

    /// Sends a message, and waits until it comes back. The error is a sentence.
    fn round(&mut self, rounds: &Rounds, message: &[u8], by_content: bool) -> Result<(), String> {
        self.message = None;
        self.sent.messages += 1;
        self.sent.app_bytes += message.len() as u64;
        let is_compressed = self.compressor.is_some();
        let mut compressed = mem::take(&mut self.compressed);
        let payload = match &mut self.compressor {
            Some(compressor) => {
                compressed.clear();
                compressor.compress(message, &mut compressed);
                &compressed[..]
            }
            None => message,
        };
        // A peer that has gone shows when its last words are read.
        let _ = self.send_message(rounds.kind, payload, rounds.fragment, is_compressed);
        self.compressed = compressed;
        while self.state == State::Open && self.message.is_none() {
            self.step(None);
        }
        let Some((kind, came)) = self.message.take() else {
            return Err("the message did not come back".to_owned());
        };
        if kind != rounds.kind {
            return Err(format!(
                "RFC 6455 §5.6: a {:?} message came back as {kind:?}",
                rounds.kind
            ));
        }
        if came.len() != message.len() {
            let (sent, came) = (message.len(), came.len());
            return Err(format!("a message of {sent} bytes came back with {came} bytes"));
        }
        if by_content && came != message {
            let at = came.iter().zip(message).take_while(|(one, other)| one == other).count();
            return Err(format!("a message came back changed, from byte {at} on"));
        }
        Ok(())
    }
}
