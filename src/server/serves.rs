//! [`Serves`]: a running server, whatever the type of its handler is. `service` is that.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use http::{Request, Response};

use super::clients::Permit;
use crate::handshake::{Granted, Refusal};
use crate::transport::Stream;

/// What handles need of a running server, to hand clients to it.
pub(crate) trait Serves: Debug + Send + Sync {
    /// Serves a client from which nothing was read.
    fn adopt(&self, stream: Stream) -> io::Result<()>;

    /// Judges a request that another HTTP server has read.
    fn grant(&self, request: Request<()>, peer: Option<SocketAddr>) -> Result<Admitted, Refusal>;

    /// Serves a client that has received its 101.
    fn serve(&self, admitted: Admitted, stream: Stream, already_read: Vec<u8>) -> io::Result<()>;
}

/// A client whose request was granted. The values of the hook are dropped before its place is free.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(super) granted: Granted,
    pub(super) response: Response<()>,
    pub(super) permit: Permit,
}

/// The error for clients that come before a server runs, or after it.
pub(super) fn not_running() -> io::Error {
    let text =
        "the server does not run: `serve` or `spawn` was not called, or it has been shut down";
    io::Error::new(ErrorKind::NotConnected, text)
}
