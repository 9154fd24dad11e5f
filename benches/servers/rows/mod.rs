//! What is measured. Reading order: `row`, `columns`, `run`; then `throughput`, `idle`, `tails`, `connections`
//! and `broadcast`.

mod broadcast;
mod columns;
mod connections;
mod idle;
mod row;
mod run;
mod tails;
mod throughput;

pub(crate) use columns::{Column, Figure};
pub(crate) use row::{Kind, ROWS, Row, Work};
pub(crate) use run::{can, run};
pub(crate) use tails::rate;
