//! The example programs, run as a person would run them.

mod activated;
mod faulty_proxy;
/// What it reads on its command line. An example with tests of its own would not be built as a program.
#[path = "../../examples/faulty_proxy/plan.rs"]
mod plan;
mod programs;
mod upload;
