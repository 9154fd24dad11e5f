//! What passes on a connection, explained in words for people who learn the protocol.
//!
//! ```text
//! Tap -> WireLog -> Explainer -> head, frame, end -> lines
//! ```
//!
//! `explainer` is the tap, and writes the lines. The kit's `WireLog` decodes the bytes, and names the
//! rules that are broken. `head` explains the request and the response, `frame` a frame, and `ending`
//! what is no frame. `connection` remembers what an explanation needs of the frames before: messages in
//! fragments, pings without a pong, and Close frames. `payload` shows bytes so that they cannot control
//! a terminal, and `colours` is how lines look there.

mod colours;

mod connection;

mod ending;

mod explainer;
pub(crate) use explainer::{Explainer, Options};

mod frame;

mod head;

mod payload;

#[cfg(test)]
mod tests;
