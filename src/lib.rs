// `links.md` comes first, because of two definitions of a link the first counts, and those of the README
// are for GitHub. Its 17 lines count where rustdoc reports a line of the README.
#![doc = include_str!("guide/links.md")]
#![doc = include_str!("../README.md")]
// Here and not in Cargo.toml: tests may unwrap.
#![warn(clippy::unwrap_used)]

mod client;
mod connection;
mod error;
mod handshake;
mod hub;
mod io;
mod outbox;
mod process;
mod proto;
mod server;
pub mod testing;
mod transport;

/// The crate `http`, whose types appear in requests, responses and headers.
pub use http;

pub use client::{Client, Reconnecting, Retry, StopHandle, connect};
pub use connection::{Messages, RecvStream, SendStream, Sender, WebSocket};
pub use error::{Error, Phase, Result};
pub use handshake::Refusal;
pub use hub::{Broadcast, Hub, Overflow, Seat};
pub use io::Duplex;
pub use process::{buffered, set_max_buffered};
pub use proto::close::{CloseFrame, CloseStatus, ClosedBy};
pub use proto::compression::Deflate;
pub use proto::message::{AsMessage, Event, Message, MessageKind, MessageRef, Uncompressed};
pub use proto::proxy::ProxyError;
pub use proto::rules::{CloseCode, HandshakeError, ProtocolError, Role};
pub use proto::url::UrlError;
pub use server::{Server, ServerHandle, ShutdownReport};
pub use transport::{Identity, Stream, TlsAcceptor, TlsConnector, TlsStream};
