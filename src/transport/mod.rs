//! transport

mod socket;
mod stream;
pub(crate) mod tls;
pub(crate) mod unix;

pub(crate) use socket::Socket;
pub use stream::Stream;
pub use tls::{Identity, TlsAcceptor, TlsConnector, TlsStream};
