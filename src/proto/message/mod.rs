//! proto/message

mod allocation;
mod assembly;
mod budget;
mod message;

pub(crate) use allocation::{Allocation, Allocations, fits};
pub(crate) use assembly::Assembly;
pub(crate) use budget::{Budget, Grant};
pub use message::{AsMessage, Event, Message, MessageKind, MessageRef, Uncompressed};

#[cfg(test)]
pub(crate) use allocation::PATIENCE;
