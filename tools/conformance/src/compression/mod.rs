//! permessage-deflate (RFC 7692), as a suite needs it: both roles, any window, whatever was agreed on.

mod terms;
pub use terms::Terms;
