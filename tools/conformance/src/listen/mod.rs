//! The suite as a server, which tests clients.
//!
//! `listening` is what a user has of it. `door` takes connections, `visit` is one of them, and `path`
//! what it asks for. `desk` keeps what has come of the cases, by client. `commands` are what else a
//! client may tell this server to send. `program` starts a program for each case, which then needs no
//! driver.
//!
//! The paths are those of the fuzzing server of the Autobahn test suite, so drivers that exist work
//! unchanged.

mod commands;

mod desk;

mod door;
pub(crate) use door::Door;

mod listening;
pub use listening::Listening;

mod path;

mod program;

mod visit;
