//! Made data: texts and bytes that compress as well as those that people send.

mod corpus;
pub use corpus::Corpus;
