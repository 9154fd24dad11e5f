//! The servers. Reading order: `contender` for what is measured, `running` for its process, `own` for the
//! server of this library.

mod contender;
mod own;
mod running;

pub(crate) use contender::{Contender, OWN};
pub(crate) use own::serve;
pub(crate) use running::{Processors, Running};
