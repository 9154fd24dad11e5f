//! permessage-deflate (RFC 7692): what is agreed, and both directions.

mod agreed;
pub(super) use agreed::Agreed;

mod deflate;
pub(super) use deflate::Deflate;

mod inflate;
pub(super) use inflate::{Inflate, InflateError};

mod negotiation;
pub(super) use negotiation::{accepted, answer, offer};

mod offers;
