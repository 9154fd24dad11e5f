//! What was measured, for people and for programs. Reading order: `block`, `report`, `table`, `number`,
//! `markdown`, `machine`, `json`.

mod block;
mod json;
mod machine;
mod markdown;
mod number;
mod report;
mod table;

pub(crate) use block::Block;
pub(crate) use number::number;
pub(crate) use report::Report;
