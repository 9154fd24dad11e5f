//! The Autobahn test suite, for programs that run it: the suite itself, child processes with a log
//! and a deadline, certificates.

mod certificates;
pub use certificates::Certificates;

mod process;
pub use process::Process;

mod python;
pub use python::Suite;
