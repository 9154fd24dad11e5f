//! What the Autobahn test suite says of programs: how it is run, and what it has said before.
//!
//! [`Original`] runs the suite, which needs a Python 2.7 and minutes. [`oracle`] has what it said of
//! the programs of [`peers`](crate::peers), so that it is rarely needed.

pub mod oracle;

mod run;
pub use run::Original;

mod verdicts;
pub use verdicts::{Verdict, Verdicts};
