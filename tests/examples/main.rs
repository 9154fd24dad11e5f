//! The example programs, run as a person would run them.

mod activated;
mod programs;
mod upload;
