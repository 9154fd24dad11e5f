//! outbox/writer

mod flush;
mod mask_keys;
mod nonblocking;
mod prepared;
mod queue;
mod watch;
mod write_timeout;
mod writer;

pub(crate) use flush::Progress;
pub(crate) use nonblocking::Filled;
pub(crate) use prepared::PreparedMessage;
pub(crate) use queue::{Bounds, MessageQueue};
pub(crate) use watch::Watch;
pub(crate) use write_timeout::{Keeper, WriteTimeout};
pub(crate) use writer::{Writer, earlier_failure};

#[cfg(test)]
pub(crate) use mask_keys::MaskKeys;
