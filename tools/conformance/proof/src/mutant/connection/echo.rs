//! How messages go back.

use std::thread;
use std::time::Duration;

use blocking_ws::Duplex;

use super::connection::Connection;
use super::end::End;
use crate::mutant::flag::Flag;
use crate::mutant::wire::PONG;

/// How long an answer waits because of [`Flag::Slow1s`].
const SLOW: Duration = Duration::from_millis(1100);

impl<S: Duplex> Connection<S> {
    /// Sends the message back.
    pub(super) fn answer(&mut self) -> Result<(), End> {
        let has = |flag| self.flags.has(flag);
        let message = &self.message;
        if let Some(kept) = &mut self.kept {
            kept.push(message.bytes.clone());
            return Ok(());
        }
        self.answered += 1;
        if self.answered > 100 && has(Flag::DiesAfter100) {
            return Err(End::Dies);
        }
        let is_text = if message.is_text {
            message.frames < 2 || !has(Flag::ContTypeLost)
        } else {
            has(Flag::EchoBinaryAsText)
        };
        let mut bytes = message.bytes.as_slice();
        if bytes.len() >= 16 << 20 && has(Flag::Truncates16m) {
            bytes = &bytes[..(16 << 20) - 1];
        }
        if has(Flag::Length16Bits) {
            bytes = &bytes[..bytes.len() & 0xFFFF];
        }
        if has(Flag::Slow1s) {
            thread::sleep(SLOW);
        }
        if !bytes.is_empty() || !has(Flag::EmptyLost) {
            self.sink.message(is_text, bytes)?;
        }
        for payload in std::mem::take(&mut self.owed) {
            self.sink.control(PONG, &payload)?;
        }
        Ok(())
    }
}
