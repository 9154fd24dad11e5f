//! The payload of a control frame (RFC 6455 §5.5).

use std::fmt;

use super::header::MAX_CONTROL;

/// The payload of a control frame: at most 125 bytes (§5.5).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ControlPayload {
    bytes: [u8; MAX_CONTROL],
    len: u8,
}

impl ControlPayload {
    pub(crate) const EMPTY: Self = Self { bytes: [0; MAX_CONTROL], len: 0 };

    pub(crate) fn new(payload: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_CONTROL];
        bytes.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(Self { bytes, len: u8::try_from(payload.len()).ok()? })
    }

    /// The eight bytes of a number.
    pub(crate) fn of_number(number: u64) -> Self {
        Self::new(&number.to_be_bytes()).unwrap_or(Self::EMPTY)
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[..usize::from(self.len)]
    }
}

impl fmt::Debug for ControlPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_slice().escape_ascii().to_string())
    }
}
