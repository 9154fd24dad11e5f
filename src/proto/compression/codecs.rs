//! The source of codecs.

use std::fmt;

use super::codec::{Deflater, Inflater};

/// Lends codecs that remember nothing, and takes them back after use.
pub(crate) trait Codecs: fmt::Debug + Sync {
    fn inflater(&self) -> Inflater;
    fn return_inflater(&self, inflater: Inflater);
    fn deflater(&self, level: u32, window_bits: u8) -> Deflater;
    fn return_deflater(&self, deflater: Deflater);
}
