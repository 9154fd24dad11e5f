#![doc = include_str!("../README.md")]
// Here and not in Cargo.toml: tests may unwrap.
#![warn(clippy::unwrap_used)]

mod error;
mod logging;
mod net;
mod proto;
pub mod testing;
mod unwind;

/// The crate `http`, whose types appear in requests, responses and headers.
pub use http;

pub use error::{Error, Phase, Result};
pub use net::answer::Refusal;
pub use net::budget::{buffered, set_max_buffered};
pub use net::client::{Client, connect};
pub use net::duplex::Duplex;
pub use net::handle::ServerHandle;
pub use net::hub::{Hub, Seat};
pub use net::member::{Broadcast, Overflow};
pub use net::receive::Messages;
pub use net::reconnecting::{Reconnecting, Retry};
pub use net::recv_stream::RecvStream;
pub use net::registry::ShutdownReport;
pub use net::send_stream::SendStream;
pub use net::sender::Sender;
pub use net::server::Server;
pub use net::stop::StopHandle;
pub use net::stream::Stream;
pub use net::tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};
pub use net::websocket::WebSocket;
pub use proto::close::CloseFrame;
pub use proto::code::CloseCode;
pub use proto::deflate::Deflate;
pub use proto::error::ProtocolError;
pub use proto::handshake::HandshakeError;
pub use proto::message::{AsMessage, Event, Message, MessageKind, MessageRef, Uncompressed};
pub use proto::role::Role;
pub use proto::status::{CloseStatus, ClosedBy};
pub use proto::tunnel::ProxyError;
pub use proto::url_error::UrlError;
