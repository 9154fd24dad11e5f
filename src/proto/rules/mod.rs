//! What both sides agree on before a byte has passed: who they are, how much they take, what is
//! wrong.
//!
//! `role` says which side masks and which one ends TCP. `limits` has the sizes that a peer may not
//! exceed. `close_code` has the codes (RFC 6455 §7.4); `protocol_error` and `handshake_error` have
//! the rules that a peer can break, each with the code or the status that answers it.

mod close_code;
pub use close_code::CloseCode;

mod handshake_error;
pub use handshake_error::HandshakeError;
pub(crate) use handshake_error::quoted;

mod limits;
pub(crate) use limits::Limits;

mod protocol_error;
pub use protocol_error::ProtocolError;

mod role;
pub use role::Role;
