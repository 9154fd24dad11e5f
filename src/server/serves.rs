//! [`Serves`]: a running server, whatever the type of its handler is. `service` is that.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;

use http::Request;

use super::clients::Permit;
use crate::handshake::{Granted, Refusal};
use crate::transport::Stream;

/// What handles need of a running server, to hand clients to it.
pub(crate) trait Serves: Debug + Send + Sync {
    /// Serves a client from which nothing was read.
    fn adopt(&self, stream: Stream) -> io::Result<()>;

    /// Judges a request that another HTTP server has read. If it is granted, its client has a permit.
    fn grant(
        &self,
        request: Request<()>,
        peer: Option<SocketAddr>,
    ) -> Result<(Granted, Permit), Refusal>;

    /// Serves a client that has received its 101.
    fn serve(
        &self,
        granted: Granted,
        permit: Permit,
        stream: Stream,
        already_read: Vec<u8>,
    ) -> io::Result<()>;
}
