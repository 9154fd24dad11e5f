//! What is measured. Reading order: `row`, `columns`, `run`; then `tails`, `connections` and `broadcast`.

mod broadcast;
mod columns;
mod connections;
mod row;
mod run;
mod tails;

pub(crate) use columns::{Column, Figure};
pub(crate) use row::{Kind, ROWS, Row};
pub(crate) use run::{can, run};
pub(crate) use tails::rate;
