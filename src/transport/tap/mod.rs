//! What passes on a connection, shown to the program or to the log.
//!
//! `tap` is the trait by which a program sees it, `taps` are those of its settings, and `tapped` is a
//! stream that shows what passes. `observer` decodes that, and `trace` makes lines of it for the
//! crate `log`. A tap stands above TLS. A stream without a tap is another variant of `Stream`, so that
//! it costs nothing.

mod observer;

mod tap;
pub use tap::{Tap, TapEvent};

mod tapped;
pub(crate) use tapped::Tapped;

mod taps;
pub(crate) use taps::Taps;

mod trace;

#[cfg(feature = "kit")]
pub(crate) use self::{observer::Observer, tapped::unseen};
