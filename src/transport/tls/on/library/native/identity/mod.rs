//! A certificate with its key.
//!
//! `identity` reads both, and `pair` finds out whether they belong together: `pair.rs` by OpenSSL,
//! and `pair_trial.rs` by a handshake in memory, for systems whose TLS library does not tell.

mod identity;
pub(crate) use identity::Identity;

#[cfg_attr(any(windows, target_vendor = "apple"), path = "pair_trial.rs")]
mod pair;
pub(crate) use pair::acceptor;

#[cfg(test)]
pub(crate) use pair::fault;
#[cfg(test)]
#[cfg(not(any(windows, target_vendor = "apple")))]
pub(crate) mod pair_trial;
