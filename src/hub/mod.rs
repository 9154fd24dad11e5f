//! hub

mod delivery;
mod hub;
mod member;
mod overflow;
mod state;

pub use hub::{Hub, Seat};
pub use overflow::{Broadcast, Overflow};
