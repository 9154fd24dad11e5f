//! Reports as one HTML file: a matrix of agents and cases, and the details of each case.
//!
//! The file loads nothing and has no script, so that it can be kept, sent and shown by continuous
//! integration services.

mod case;
use case::{anchor, case};

mod matrix;
use matrix::matrix;

mod page;
pub use page::html;

mod tables;
use tables::{closing, statistics};
