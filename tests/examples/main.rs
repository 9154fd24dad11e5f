//! The example programs, run as a person would run them.

mod activated;
#[cfg(unix)]
mod cluster;
mod deployment;
mod faulty_proxy;
mod lessons;
mod mock_server;
/// What it reads on its command line. Cargo builds no example as a program that has tests of its
/// own.
#[path = "../../examples/testing/faulty_proxy/plan.rs"]
mod plan;
mod programs;
mod prometheus;
mod reliable;
mod renewal;
#[cfg(unix)]
mod tunnel;
#[cfg(unix)]
mod units;
mod upload;
