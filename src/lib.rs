// Of two definitions of a link the first counts. These lead within the documentation, and those of
// the README within the repository.
//! [First steps]: crate::guide::first_steps
//! [lessons]: crate::guide::lessons
//! [recipes]: crate::guide::recipes
//! [threads]: crate::guide::threads
//! [broadcast]: crate::guide::broadcast
//! [events]: crate::guide::threads::events
//! [several machines]: crate::guide::broadcast::machines
//! [large messages]: crate::guide::large_messages
//! [closing]: crate::guide::closing
//! [reconnecting]: crate::guide::closing::reconnecting
//! [http]: crate::guide::http
//! [connecting]: crate::guide::http::connecting
//! [TLS]: crate::guide::tls
//! [compression]: crate::guide::compression
//! [deployment]: crate::guide::deployment
//! [testing]: crate::guide::testing
//! [limits]: crate::guide::reference::limits
//! [conformance]: crate::guide::testing::conformance
//! [troubleshooting]: crate::guide::reference::troubleshooting
//! [the report]: crate::guide::testing::conformance
//! [`ws-conformance`]: https://docs.rs/crate/ws-conformance/latest/source/README.md
//! [`wsc`]: https://docs.rs/crate/wsc/latest/source/README.md
//! [ARCHITECTURE.md]: https://docs.rs/crate/blocking-ws/latest/source/ARCHITECTURE.md
//! [CONTRIBUTING.md]: https://docs.rs/crate/blocking-ws/latest/source/CONTRIBUTING.md
//! [SECURITY.md]: https://docs.rs/crate/blocking-ws/latest/source/SECURITY.md
//!
#![doc = include_str!("../README.md")]
// docs.rs builds with nightly and `--cfg docsrs`, and then shows which feature an item needs. rustdoc finds
// that by itself for items that a `cfg` leaves out. The others say it by `doc(cfg(…))`: without their feature
// they exist, and fail or do nothing. On a type it must stand at the `pub use`.
#![cfg_attr(docsrs, feature(doc_cfg))]
// Here and not in Cargo.toml: tests may unwrap.
#![warn(clippy::unwrap_used)]

mod client;
mod connection;
mod error;
pub mod guide;
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

pub use client::{
    Client, Destination, Outgoing, PushError, Reconnecting, Retry, StopHandle, connect,
};
pub use connection::{
    ByteStream, Connection, Messages, RecvStream, SendStream, Sender, Settings, Upgrade, WebSocket,
};
pub use error::{Error, Phase, Result};
pub use handshake::{Bearer, Credentials, Opening, Refusal};
pub use hub::{Broadcast, Events, EventsIter, Hub, Overflow, Peer, PeerEvent, Seat};
#[cfg_attr(docsrs, doc(cfg(feature = "rustls")))]
pub use io::ClientCertificates;
pub use io::Duplex;
#[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
pub use io::{TlsBackend, TlsInfo, TlsVersion};
pub use process::{buffered, set_max_buffered};
pub use proto::close::{CloseFrame, CloseStatus, ClosedBy};
#[cfg_attr(docsrs, doc(cfg(feature = "deflate")))]
pub use proto::compression::Deflate;
pub use proto::http::PathParams;
pub use proto::message::{
    AsMessage, Event, Message, MessageKind, MessageRef, NotText, Stats, Traffic, Uncompressed,
};
pub use proto::proxy::ProxyError;
pub use proto::rules::{CloseCode, HandshakeError, ProtocolError, Role};
pub use proto::url::UrlError;
pub use proto::wire::Way;
pub use server::{
    Admission, BoxedHandler, Listener, Server, ServerHandle, ShutdownReport, Totals, any_error,
};
#[cfg_attr(docsrs, doc(cfg(any(feature = "tls", feature = "rustls"))))]
pub use transport::{Identity, TlsAcceptor, TlsConnector, TlsStream};
pub use transport::{SocketRef, Stream, Tap, TapEvent, unversioned};
