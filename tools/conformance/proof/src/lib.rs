//! Shows that `ws-conformance` judges as the Autobahn test suite does, and that its cases find faults.

pub mod command;
pub mod matrix;
pub mod mutant;
pub mod original;
pub mod peers;
pub mod published;
pub mod suite_run;
pub mod table;
