//! Messages: what a program sends and receives, and the memory in which one is assembled.
//!
//! `message` has the types of the API, and `as_message` what can be sent. `assembly` puts the parts
//! of a message together and stops where its limit is exceeded; the result is `assembled`.
//! `allocation` keeps the memory of a large message that was only lent, for the next one, and
//! `refill` has a binary message in such memory. Messages count against a budget from 64 KiB on,
//! because smaller ones should cost no atomic operation. `traffic` has the numbers of messages,
//! frames and bytes.

mod allocation;
pub(crate) use allocation::{Allocation, Allocations};

mod as_message;
pub use as_message::{AsMessage, Uncompressed};

mod assembled;
pub(crate) use assembled::Assembled;

mod assembly;
pub(crate) use assembly::Assembly;

mod message;
pub use message::{Event, Message, MessageKind, MessageRef, NotText};

mod refill;

mod traffic;
pub use traffic::{Stats, Traffic};

#[cfg(test)]
pub(crate) use allocation::KEPT_FOR_READS;
