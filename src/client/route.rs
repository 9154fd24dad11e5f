//! Which way leads to a server, and a socket at its end.

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
    /// By TCP, to an address of the host.
    #[default]
    Direct,
    /// By this path, whatever the host.
    Unix(PathBuf),
    /// Through one proxy, if its URL can be used.
    Proxy(Result<Proxy, UrlError>),
    /// As the environment says, at that time and for that URL.
    Environment,
}

impl Route {
    /// A socket whose next byte is the server's.
    pub(crate) fn reach(&self, url: &Url, limits: &Limits, deadline: Deadline) -> Result<Socket> {
        if let Self::Unix(path) = self {
            return dial::unix(path, deadline);
        }
        match self.proxy(url)? {
            Some(proxy) => proxy::reach(&proxy, url, limits, deadline),
            None => dial::tcp(&url.resolvable(), url.port, deadline),
        }
    }

    /// Returns `true` if a redirect can be followed: who listens at a path is one server, and not
    /// another one in whose name it would be asked.
    pub(crate) const fn leads_to(&self, hop: &Hop) -> bool {
        !hop.crossed_origin || !matches!(self, Self::Unix(_))
    }

    fn proxy(&self, url: &Url) -> Result<Option<Proxy>, UrlError> {
        match self {
            Self::Direct | Self::Unix(_) => Ok(None),
            Self::Proxy(proxy) => proxy.clone().map(Some),
            // What is not Unicode is no URL, and says so.
            Self::Environment => proxy_from_environment(url, |name| {
                std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
            }),
        }
    }
}
