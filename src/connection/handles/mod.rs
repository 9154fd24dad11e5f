//! What other threads than its own hold of a connection: [`Sender`] sends, and [`Connection`] knows
//! who it is.

mod connection;
pub use connection::Connection;

mod sender;
pub use sender::Sender;
pub(crate) use sender::{close_frame, one_handle};
