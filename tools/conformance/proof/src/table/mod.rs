//! The confusion table: how the verdicts of both suites on the same programs agree.
//!
//! A [`Comparison`] is about one program. Cells beside the diagonal need an entry in [`EXPLAINED`];
//! all others count as unexplained, and so does a case that only the original has judged. A [`Table`]
//! has all comparisons, and the exit status.

mod comparison;
pub use comparison::{Comparison, Difference};

mod confusion_table;
pub use confusion_table::Table;

mod explained;
pub use explained::{EXPLAINED, Explained};

mod field;
pub use field::Field;

mod settle;
pub use settle::settled;
