//! permessage-deflate (RFC 7692), as a suite needs it: both roles, any window, whatever was agreed on.

mod compressor;
pub use compressor::Compressor;

mod decompressor;
pub use decompressor::{Broken, Decompressor};

mod terms;
pub use terms::Terms;
