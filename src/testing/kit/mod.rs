//! Peers that do what no good peer does, and networks on which things go wrong, behind the feature
//! `kit`.
//!
//! `peer` is the other end of a connection, frame by frame, and `mock` a server of such peers that
//! follows a script. `faults` is a plan of what goes wrong and where: on a `faulty` stream, or in a
//! `proxy` between two programs. `wire` is what all have in common: frames as they are, legal or
//! not. `wire_log` shows what has passed.

mod faults;
pub use faults::{At, Fault, Faults, at_every_byte};

mod faulty;
pub use faulty::{FaultHandle, Faulty};

mod mock;
pub use mock::MockServer;

mod peer;
pub use peer::{Pattern, Peer, Rules, Times, When};

mod proxy;
pub use proxy::{FaultyProxy, Flow, Verdict};

mod wire;
pub use wire::{Key, Len, RawFrame};

mod wire_log;
pub use wire_log::{WireEntry, WireLog};
