//! Many connections at once: broadcasts, and messages to one member.

mod hub;
mod seat;
