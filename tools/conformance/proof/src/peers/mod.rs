//! Programs that both suites test, each as server and as client.
//!
//! Scripts for node and Python are in the folder `peers` of this package. Their libraries are
//! installed below `target` on first use.

mod installed;

mod program;
pub use program::PeerProgram;
