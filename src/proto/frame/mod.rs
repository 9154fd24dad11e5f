//! proto/frame

mod control;
mod encode;
mod header;

pub(crate) use control::ControlPayload;
pub(crate) use encode::{Outgoing, Payload, Series, encode_control, encode_plain};
pub(crate) use header::{FrameHeader, MAX_CONTROL, MOST_HEADER, Opcode, Parsed, RSV1};
