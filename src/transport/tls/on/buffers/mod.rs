//! Memory for ciphertext.

mod output;
pub(crate) use output::Output;
