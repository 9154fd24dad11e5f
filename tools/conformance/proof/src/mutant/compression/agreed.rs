//! [`Agreed`]: what both ends have agreed on.

/// What both ends have agreed on, from the view of this end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mutant) struct Agreed {
    /// Whether a message that is sent may refer to those before.
    pub(in crate::mutant) send_takeover: bool,
    /// Whether a message that is received may.
    pub(in crate::mutant) recv_takeover: bool,
    /// References of what is sent reach back `2^send_bits` bytes.
    pub(in crate::mutant) send_bits: u8,
}
