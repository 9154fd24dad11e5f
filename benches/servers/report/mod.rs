//! What was measured, for people and for programs. Reading order: `block`, `report`, `table`, `number`, `json`.

mod block;
mod json;
mod number;
mod report;
mod table;

pub(crate) use block::Block;
pub(crate) use number::number;
pub(crate) use report::Report;
