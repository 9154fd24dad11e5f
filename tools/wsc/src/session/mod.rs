//! A conversation on one connection.
//!
//! ```text
//! input thread     reads lines, sends messages          says: sent one, input has ended
//! receiving thread receives messages, prints them       says: printed one, connection has ended
//! signal thread                                         says: stop
//!                              |
//!                            Talk
//!                              |
//! main thread      decides when this side closes, and the exit status
//! ```
//!
//! So the input is sent while a reader of the output is slow, and memory holds one message in each
//! direction. `talk` is what the threads tell each other, `conduct` the decision, `receive` the
//! receiving thread, `client` the whole. `notices` are lines that are no messages. `json` knows where
//! JSON ends.

mod client;
pub(crate) use client::{Attempts, client, leave_on_signal};

mod conduct;
pub(crate) use conduct::{Goal, conduct, conduct_server};

mod json;
pub(crate) use json::{Gathered, Gatherer, compact, indented};

mod notices;
pub(crate) use notices::Notices;

mod receive;
pub(crate) use receive::{Show, control, receive};

mod talk;
pub(crate) use talk::Talk;
