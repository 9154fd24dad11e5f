//! What the command `proof` does.

mod at_once;

mod mutants;
pub use mutants::{Mutants, mutants};

mod peers;
pub use peers::{Peers, peers};
