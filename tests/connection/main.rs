//! A connection that is open: messages, control frames, timeouts, and how it ends.

mod bursts;
mod byte_stream;
mod calls;
mod close;
mod deflate;
mod early;
mod ending;
mod full_duplex;
mod idle;
mod keepalive;
mod last_words;
mod late_close;
mod one_thread;
mod pings;
mod polling;
mod receive;
mod sender;
mod stall;
mod standstill;
mod stats;
mod streams;
mod timeouts;
mod unread;
mod write_timeout;
