//! The same names without the feature `deflate`: nothing can be compressed.

/// Would compress messages. None is made, because a peer checks first what it can do.
#[derive(Debug)]
pub(crate) struct Deflate(std::convert::Infallible);

impl Deflate {
    pub(crate) fn new(_window_bits: u8) -> Self {
        unreachable!("a peer agrees on no compression without the feature `deflate`")
    }

    pub(crate) fn message(&mut self, _data: &[u8], _takeover: bool) -> Vec<u8> {
        match self.0 {}
    }
}
