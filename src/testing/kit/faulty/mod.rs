//! [`Faulty`]: a stream between a program and another stream, on which things go wrong.
//!
//! `faulty` is the type and `shared` what its handles have in common: the two lanes of
//! [`faults`](super::faults), and three `handles` of the stream below, which `loan` lends to one
//! call at a time. `reading` and `writing` are the two directions, `ending` is how both end,
//! `reset` how a socket is reset, and `handle` is the remote control.
//!
//! **One lock.** It guards the lanes, is never held during a call of the stream below, and has one
//! condition variable, for stalls, for moments and for handles on loan.
//!
//! **Three handles.** One reads, one writes, one shuts down. All clones of a `Faulty` share them,
//! so that a reset can close the last handle of a socket, which is what resets it.

mod ending;

mod faulty;
pub use faulty::Faulty;

mod handle;
pub use handle::FaultHandle;

mod handles;

mod loan;

mod reading;

mod reset;
pub(crate) use reset::prepare;

mod shared;

mod writing;
