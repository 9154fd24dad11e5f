//! The new suite, run against programs and mutants.

mod mutant;
pub use mutant::mutant;

mod program;
pub use program::program;
