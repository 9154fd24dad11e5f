//! UTF-8 (RFC 3629) that comes in parts, and what a mutant lets pass or refuses of it.

mod refused;
pub(super) use refused::refuses;

mod utf8;
pub(super) use utf8::Utf8;
