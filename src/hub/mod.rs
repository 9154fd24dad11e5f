//! hub

mod delivery;
mod hub;
mod member;

pub use hub::{Hub, Seat};
pub use member::{Broadcast, Overflow};
