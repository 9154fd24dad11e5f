//! [`Route`]: the way to a server, by TCP, by a Unix socket or through a proxy.

use std::path::PathBuf;

use super::{dial, proxy};
use crate::error::Result;
use crate::io::Deadline;
use crate::proto::proxy::{Proxy, proxy_from_environment};
use crate::proto::rules::Limits;
use crate::proto::url::{Hop, Url, UrlError};
use crate::transport::Socket;

/// How a client reaches servers.
#[derive(Clone, Debug, Default)]
pub(crate) enum Route {
    /// By TCP, to an address of the URL's host.
    #[default]
    Direct,
    /// To the Unix socket at this path, whatever the URL's host is.
    Unix(PathBuf),
    /// Through one proxy; the error is that of its URL.
    Proxy(Result<Proxy, UrlError>),
    /// As the environment variables say when a connection is opened.
    Environment,
}

impl Route {
    /// Connects, for the connection with this number. The next byte that the socket reads or writes
    /// belongs to the server.
    pub(crate) fn reach(
        &self,
        id: u64,
        url: &Url,
        limits: &Limits,
        deadline: Deadline,
    ) -> Result<Socket> {
        if let Self::Unix(path) = self {
            return dial::unix(path, deadline);
        }
        match self.proxy(url)? {
            Some(proxy) => proxy::reach(id, &proxy, url, limits, deadline),
            None => dial::tcp(id, &url.resolvable(), url.port, deadline),
        }
    }

    /// Returns `true` if a redirect can be followed. A Unix socket leads to one server, so a
    /// redirect to another origin cannot be followed there.
    pub(crate) const fn leads_to(&self, hop: &Hop) -> bool {
        !hop.crossed_origin || !matches!(self, Self::Unix(_))
    }

    fn proxy(&self, url: &Url) -> Result<Option<Proxy>, UrlError> {
        match self {
            Self::Direct | Self::Unix(_) => Ok(None),
            Self::Proxy(proxy) => proxy.clone().map(Some),
            // A value that is not Unicode fails later: the replacement character is in no valid
            // URL.
            Self::Environment => proxy_from_environment(url, |name| {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            }),
        }
    }
}
