//! The servers. Reading order: `contender` for what is measured, `running` for its process, `built_in` for
//! the servers that are part of this program.

mod built_in;
mod contender;
mod running;

pub(crate) use built_in::BuiltIn;
pub(crate) use contender::Contender;
pub(crate) use running::{Processors, Running};
