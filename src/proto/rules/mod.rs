//! proto/rules

mod close_code;
mod handshake_error;
mod limits;
mod protocol_error;
mod role;

pub use close_code::CloseCode;
pub use handshake_error::HandshakeError;
pub(crate) use limits::Limits;
pub use protocol_error::ProtocolError;
pub use role::Role;
