//! The example programs, run as a person would run them.

mod activated;
#[cfg(unix)]
mod cluster;
mod faulty_proxy;
mod lessons;
mod mock_server;
/// What it reads on its command line. Cargo builds no example as a program that has tests of its
/// own.
#[path = "../../examples/testing/faulty_proxy/plan.rs"]
mod plan;
mod programs;
mod reliable;
#[cfg(unix)]
mod tunnel;
mod upload;
