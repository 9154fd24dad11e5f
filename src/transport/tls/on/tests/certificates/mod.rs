//! What a certificate is good for: as an identity of an end, and for which names.

mod identities;
mod names;
