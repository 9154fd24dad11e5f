//! Tests any WebSocket server or client against RFC 6455 and RFC 7692.
//!
//! A [`Suite`] is a selection of 517 cases with the numbers and the verdicts of the Autobahn test suite,
//! and of 236 more, whose ids have letters.
//! The program under test must send each message back unchanged. There are three ways to reach it:
//!
//! | To test | Use |
//! |---|---|
//! | a server at a URL | [`Suite::server`] |
//! | a server in the same program, without a port | [`Suite::server_over`] |
//! | a client | [`Suite::listen`], and [`Listening::exec`] if it has no driver |
//!
//! All return a [`Report`]: which cases failed, and why. The module [`report`] writes it as text, JSON,
//! `JUnit`'s XML and HTML.
//!
//! The body of a `#[test]` that tests a server in memory:
//!
//! ```
//! use std::thread;
//!
//! use blocking_ws::Settings;
//! use blocking_ws::testing::Pipe;
//! use ws_conformance::{Lenient, Suite};
//!
//! let dial = || {
//!     let (near, far) = Pipe::new(1 << 16);
//!     thread::spawn(move || -> blocking_ws::Result<()> {
//!         let mut ws = Settings::new().accept(far)?; // the server under test
//!         while let Some(message) = ws.recv()? {
//!             ws.send(message)?;
//!         }
//!         Ok(())
//!     });
//!     Ok(near)
//! };
//! let report = Suite::new().cases("1.1.*,5.3,7.1.1").unwrap().server_over(dial).unwrap();
//! assert!(report.passes(Lenient::default()), "{report}");
//! ```
//!
//! If the assertion fails, its message has each failed case with its reasons.
//!
//! The command `ws-conformance` does the same for programs in any language. The `README.md` of this crate
//! shows how to use it, also in CI, and explains each verdict.

mod bench;
pub mod case;
pub mod cases;
pub mod compression;
mod connection;
pub mod data;
mod listen;
mod random;
pub mod report;
mod suite;

pub use listen::Listening;
pub use report::{Lenient, Report};
pub use suite::{Suite, SuiteError};
