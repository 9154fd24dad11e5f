//! Where codecs come from.

use std::fmt;

use super::codec::{Deflater, Inflater};

/// Where codecs come from that remember nothing, and where they go when they are done.
pub(crate) trait Codecs: fmt::Debug + Sync {
    fn inflater(&self) -> Inflater;
    fn return_inflater(&self, inflater: Inflater);
    fn deflater(&self, level: u32, window_bits: u8) -> Deflater;
    fn return_deflater(&self, deflater: Deflater);
}
