//! What has passed on connections, for people and for other programs.
//!
//! `wire_log` keeps the entries, and `entry` is one of them, which a line shows. `jsonl` and `har` are
//! the same for programs, and `stamp` says when. `from_jsonl` makes entries of what `jsonl` has
//! written, and `line` is a line of that. What passes is decoded by `proto/wire`.

mod entry;
pub use entry::WireEntry;

mod from_jsonl;

mod har;

mod jsonl;

mod line;

mod stamp;

mod wire_log;
pub use wire_log::WireLog;
