//! What both suites say of this library, as a page that is published: `reports/published`.
//!
//! `index` has the verdicts, in the format of the Autobahn test suite, and `about` how they came. `page`
//! makes the HTML of both. It is a pure function, so a test can show that the page says what the two have.

mod about;
pub use about::{About, Run, commit};

mod index;
pub use index::{By, Cases, Column, Entry, Index};

mod page;
pub use page::page;

#[cfg(test)]
mod tests;
