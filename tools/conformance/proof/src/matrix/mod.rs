//! The matrix of mutants and cases: which case finds which broken rule.
//!
//! A [`Row`] is what a suite says of one mutant in one role, on the cases that [`cases_of`] selects
//! for it. A [`Matrix`] has all rows. [`complaints`] and [`idle`] say what is wrong with it: a mutant
//! that its case does not find, a case that finds no mutant, or a verdict that differs from what
//! was measured. [`Store`] has what the original says of the mutants.

mod beyond;
pub use beyond::{BEYOND, Beyond};

mod checks;
pub use checks::{complaints, idle};

mod named;
pub use named::named;

mod rows;
pub use rows::{Matrix, Row};

mod selected;
pub use selected::{cases_of, original_cases_of};

mod store;
pub use store::Store;
