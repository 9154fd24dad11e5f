//! Many connections at once: broadcasts, and events of all of them in one thread.

mod events;
mod hub;
mod seat;
