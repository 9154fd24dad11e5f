//! Where a server listens.

mod address;
pub(crate) use address::Address;

mod doors;
pub(crate) use doors::Listener;
