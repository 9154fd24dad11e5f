//! connection

mod close;
mod driver;
mod keepalive;
mod leaving;
mod ping;
mod read_timeout;
mod receive;
mod recv_stream;
mod send_stream;
mod sender;
mod timeouts;
mod websocket;

pub use receive::Messages;
pub use recv_stream::RecvStream;
pub use send_stream::SendStream;
pub use sender::Sender;
pub(crate) use timeouts::Timeouts;
pub use websocket::WebSocket;
