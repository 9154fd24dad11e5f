//! All that follows the opening handshake: frames are judged, messages sent back, and the connection
//! is closed.
//!
//! `connection` reads and asks `rules` about each header; `message` collects a message and judges
//! its text; `sink` sends; `ending` judges a Close frame, and `leave` ends TCP.

mod breach;

mod connection;
pub(super) use connection::{Connection, Opened};

mod end;

mod ending;

mod leave;
pub(super) use leave::Below;

mod message;

mod rules;

mod sink;
