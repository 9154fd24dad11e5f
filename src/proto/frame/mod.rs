//! One frame on the wire (RFC 6455 §5.2).
//!
//! `header` parses and writes headers. `control` is the payload of a control frame, of 125 bytes at
//! most. `encode` writes whole frames: a payload of up to 16 KiB is copied behind its header, and a
//! longer one goes out from where it lies.

mod control;
pub(crate) use control::ControlPayload;

mod encode;
pub(crate) use encode::{Outgoing, Payload, Series, encode_control, encode_plain};

mod header;
pub(crate) use header::{FrameHeader, MAX_CONTROL, MOST_HEADER, Opcode, Parsed, RSV1};
