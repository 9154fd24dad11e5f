//! A certificate with its key.

mod identity;
#[cfg_attr(any(windows, target_vendor = "apple"), path = "pair_trial.rs")]
mod pair;

pub use identity::Identity;
pub(crate) use pair::acceptor;

#[cfg(test)]
pub(crate) use pair::fault;
#[cfg(test)]
#[cfg(not(any(windows, target_vendor = "apple")))]
pub(crate) mod pair_trial;
