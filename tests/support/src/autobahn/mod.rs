//! The Autobahn test suite, for programs that run it: the suite itself, its meeting with a program,
//! child processes with a log and a deadline, certificates, what cargo builds.

mod certificates;
pub use certificates::Certificates;

mod layout;
pub use layout::Layout;

mod meeting;
pub use meeting::Meeting;

mod process;
pub use process::Process;

mod python;
pub use python::Suite;
