//! The same names without the feature `deflate`: no message can be inflated.

use std::fmt;

/// `true` if this build can inflate.
pub(crate) const AVAILABLE: bool = false;

/// Inflates nothing.
#[derive(Debug)]
pub(crate) struct Inflate(Broken);

impl Inflate {
    pub(crate) fn new() -> Self {
        Self(Broken)
    }

    pub(crate) fn push(
        &mut self,
        _piece: &[u8],
        _out: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Broken> {
        Err(self.0)
    }

    pub(crate) fn finish(
        &mut self,
        _takeover: bool,
        _out: &mut impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Broken> {
        Err(self.0)
    }
}

/// Why a message cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("compressed, which needs the feature `deflate` to be read")
    }
}
