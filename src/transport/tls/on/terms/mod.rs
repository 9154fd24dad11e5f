//! What a TLS library is told by this side's settings.
//!
//! `wants` and `pins` are what a client wants of its library, and `shown` are the identities that a
//! server shows.

mod pins;
pub(crate) use pins::Pins;

mod shown;
pub(crate) use shown::Shown;

mod wants;
pub(crate) use wants::Wants;
