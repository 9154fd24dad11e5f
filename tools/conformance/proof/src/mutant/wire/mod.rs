//! Frames on the wire (RFC 6455 §5), read and written without any judgement.

mod header;
pub(super) use header::{Header, Start};

mod mask;
pub(super) use mask::mask;

mod opcode;
pub(super) use opcode::{BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT};

mod outgoing;
pub(super) use outgoing::{Form, Outgoing};
