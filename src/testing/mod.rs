//! A test kit: connections without a network.
//!
//! [`pair`] opens a connection in memory, [`pair_with`] one with settings, [`pair_over`] one over
//! streams of your own; [`Pipe`] is the stream under the others. [`spawn`] runs a handler on one
//! end of a `pair`, and [`spawn_on`] on an end that the test has opened. [`connect`] opens a
//! connection to a whole server. [`within`] fails a test that hangs.
//!
//! With the feature `kit` there are peers that do what no good peer does: see
//! [the guide](crate::guide::testing).

mod connect;
mod handler;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
#[cfg(feature = "kit")]
mod kit;
mod pair;
#[cfg(feature = "kit")]
mod panicked;
mod pipe;
mod within;

pub use connect::connect;
pub use handler::{HandlerThread, spawn, spawn_on};
#[cfg(feature = "kit")]
pub use kit::{
    At, Fault, FaultHandle, Faults, Faulty, FaultyProxy, Flow, Key, Len, MockServer, Pattern, Peer,
    RawFrame, Rules, Times, Verdict, When, WireEntry, WireLog, at_every_byte,
};
pub use pair::{pair, pair_over, pair_with};
pub use pipe::Pipe;
pub use within::within;
