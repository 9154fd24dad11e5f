//! What the tests and benchmarks share: peers that follow a script, real programs as peers, certificates,
//! and a logger that remembers.

pub mod attempt;
pub mod autobahn;
pub mod certificates;
pub mod chromium;
pub mod content;
#[cfg(unix)]
pub mod daemon;
pub mod descriptors;
pub mod drip;
pub mod echo;
pub mod ending;
pub mod folder;
mod forwards;
#[cfg(unix)]
pub mod front;
pub mod http;
pub mod installed;
pub mod journal;
pub mod json;
pub mod load;
pub mod nobody;
pub mod noise;
pub mod opening;
pub mod pace;
pub mod page;
pub mod peer;
pub mod pem;
pub mod ports;
pub mod process_status;
pub mod processors;
pub mod program;
pub mod random;
pub mod scripted;
pub mod secrets;
pub mod socket;
pub mod terminal;
pub mod waits;
mod within;

pub use within::within;
