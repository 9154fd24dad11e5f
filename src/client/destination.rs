//! [`Destination`]: what a program's own way of connecting is told. [`Dialler`] is that way.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::dial::failed;
use super::fates::named;
use crate::error::{Error, Result};
use crate::io::Deadline;
use crate::process::caught;
use crate::proto::url::Url;
use crate::transport::Stream;

/// Where a connection leads, as the function that [`Client::dial`](crate::Client::dial) takes receives
/// it. See there for an example.
#[derive(Debug)]
pub struct Destination {
    host: String,
    port: u16,
    secure: bool,
    deadline: Deadline,
}

impl Destination {
    /// Returns the URL's host: a name, or an IP address without brackets. An address of IPv6 has its
    /// zone, if the URL has one: `fe80::1%eth0`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the URL's port, or the default port of its scheme.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns `true` if the URL begins with `wss://`. Then TLS begins on the stream that the function
    /// returns.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns how much is left of [`connect_timeout`](crate::Client::connect_timeout), or `None` if
    /// there is no limit. It is never zero, so a socket takes it as a timeout.
    ///
    /// # Errors
    /// `TimedOut`: nothing is left.
    pub fn remaining(&self) -> io::Result<Option<Duration>> {
        self.deadline.remaining()
    }
}

type Dial = dyn Fn(&Destination) -> io::Result<Stream> + Send + Sync;

/// A program's own way of connecting.
#[derive(Clone)]
pub(super) struct Dialler(Arc<Dial>);

impl Dialler {
    pub(super) fn new(
        dial: impl Fn(&Destination) -> io::Result<Stream> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(dial))
    }

    /// Connects to a URL's server. The next byte that the stream reads or writes belongs to the server.
    pub(super) fn reach(&self, url: &Url, deadline: Deadline) -> Result<Stream> {
        let (host, port, secure) = (url.resolvable(), url.port, url.secure);
        let destination = Destination { host, port, secure, deadline };
        let dialled = caught(|| (self.0)(&destination))
            .unwrap_or_else(|| Err(io::Error::other("the function panicked")));
        // TLS with what the stream leads through is not TLS with the server.
        let dialled = dialled.map(|stream| if secure { stream.tunnel() } else { stream });
        dialled.map_err(|e| match failed(e, deadline) {
            Error::Connect(e) => {
                Error::Connect(named(&format_args!("Client::dial to {}", url.authority), &e))
            }
            e => e,
        })
    }
}

impl fmt::Debug for Dialler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialler").finish_non_exhaustive()
    }
}
