//! Fuzz targets: each is a function of some bytes that panics where a rule is broken.
//!
//! `targets/` has libFuzzer call them, and the tests here feed them the seeds, which need neither
//! libFuzzer nor a nightly compiler. What a rule is stands in the module of its target.

pub mod bytes;
pub mod deflate;
pub mod frames;
pub mod headers;
pub mod messages;
pub mod model;
pub mod operations;
pub mod parts;
pub mod requests;
pub mod responses;
pub mod socks;
pub mod urls;
pub mod wire;

#[cfg(test)]
mod seeds;
