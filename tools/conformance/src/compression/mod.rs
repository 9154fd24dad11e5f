//! permessage-deflate (RFC 7692), as a suite needs it: both roles, any window, whatever was agreed on.
//!
//! ```text
//! client                          server
//! Terms::offer  ----------------> Terms::accept ---> Agreed
//! Agreed::from_answer <---------------'                |
//!     |                                                |
//!     Agreed --> Compressor  --- a payload --->  Decompressor
//! ```
//!
//! It shares nothing with the codec of `blocking-ws`, which is tested with it.

mod agreed;
pub use agreed::{Agreed, Breach};

mod compressor;
pub use compressor::Compressor;

mod decompressor;
pub use decompressor::{Broken, Decompressor};

mod extensions;

mod parameters;
pub use parameters::{ClientWindow, Parameters};

mod terms;
pub use terms::Terms;
