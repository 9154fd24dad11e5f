//! The same names without compression. No codec exists, because compression is never agreed on.

use std::convert::Infallible;

use crate::proto::message::Assembly;
use crate::proto::rules::ProtocolError;

/// `true` if this build can compress.
pub(crate) const AVAILABLE: bool = false;

/// Would inflate messages.
#[derive(Debug)]
pub(crate) struct Inflater(Infallible);

impl Inflater {
    pub(crate) fn new() -> Self {
        unreachable!("nobody agrees on compression without the feature `deflate`")
    }

    pub(crate) fn push(&mut self, _: &[u8], _: &mut Assembly) -> Result<(), ProtocolError> {
        match self.0 {}
    }

    pub(crate) fn finish(
        &mut self,
        _piece: &[u8],
        _takeover: bool,
        _out: &mut Assembly,
    ) -> Result<(), ProtocolError> {
        match self.0 {}
    }
}

/// Would deflate messages.
#[derive(Debug)]
pub(crate) struct Deflater(Infallible);

impl Deflater {
    pub(crate) fn new(_level: u32, _window_bits: u8) -> Self {
        unreachable!("nobody agrees on compression without the feature `deflate`")
    }

    pub(crate) fn is(&self, _level: u32, _window_bits: u8) -> bool {
        match self.0 {}
    }

    pub(crate) fn deflate(&mut self, _message: &[u8]) -> bool {
        match self.0 {}
    }

    pub(crate) fn push(&mut self, _piece: &[u8]) -> bool {
        match self.0 {}
    }

    pub(crate) fn flush(&mut self) -> bool {
        match self.0 {}
    }

    pub(crate) fn finish(&mut self) -> bool {
        match self.0 {}
    }

    pub(crate) fn output(&self) -> &[u8] {
        match self.0 {}
    }

    pub(crate) fn clear(&mut self) {
        match self.0 {}
    }

    pub(crate) fn forget(&mut self) {
        match self.0 {}
    }

    pub(crate) fn rest(&mut self) {
        match self.0 {}
    }
}
