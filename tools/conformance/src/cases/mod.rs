//! The cases: one list for each group.
//!
//! Groups 1 to 13 are the 517 cases of the Autobahn test suite, with the same ids; 8 and 11 have
//! none. They send the same bytes and want the same answers. `beyond` has cases with letters. Each file is a table in the words of
//! `notation`, and a `Draft` makes a [`Case`](crate::case::Case) of each row. Nothing here does
//! anything.

mod beyond;
mod closing;
mod deflate;
mod draft;
mod fragments;
mod framing;
mod limits;
mod notation;
mod opcodes;
mod pings;
mod reserved;
mod utf8;

mod list;
pub use list::all;
