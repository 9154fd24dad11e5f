//! Made data: texts and bytes that compress as well as those that people send.
//!
//! Each [`Corpus`] is made by a generator of its own from one [`SEED`], once in a run, and is the same
//! on each machine. [`Windows`] cuts messages out of it.

mod bitmap;
mod document;
mod html;
mod json;
mod prose;

mod corpus;
pub use corpus::Corpus;

mod random;
pub use random::SEED;

mod windows;
pub use windows::Windows;
