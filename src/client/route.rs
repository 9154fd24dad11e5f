//! [`Route`]: the way to a server, by TCP, by a Unix socket, through a proxy or by a function.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::destination::Dialler;
use super::terms::Terms;
use super::{dial, proxy};
use crate::error::Result;
use crate::proto::proxy::{Proxy, proxy_from_environment};
use crate::proto::url::{Hop, Url, UrlError};
use crate::transport::Stream;

/// How a client reaches servers.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) way: Way,
    /// The address of this side, if the library makes the socket and it is one of TCP.
    pub(super) local: Option<SocketAddr>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Way {
    /// By TCP, to an address of the URL's host.
    #[default]
    Direct,
    /// By TCP to this host, and to this port or the URL's. Only servers of the program's URL are
    /// reached there.
    To(String, Option<u16>),
    /// To the Unix socket at this path, whatever the URL's host is.
    Unix(PathBuf),
    /// Through one proxy; the error is that of its URL.
    Proxy(Result<Proxy, UrlError>),
    /// As the environment variables say when a connection is opened.
    Environment,
    /// By a function of the program.
    Dial(Dialler),
}

impl Route {
    /// Connects. The next byte that the stream reads or writes belongs to the server. `is_home`: the URL
    /// has the origin of the URL that the program gave.
    pub(super) fn reach(&self, url: &Url, is_home: bool, terms: &Terms<'_>) -> Result<Stream> {
        let direct = || dial::tcp(&url.resolvable(), url.port, terms);
        let socket = match &self.way {
            Way::To(host, port) if is_home => dial::tcp(host, port.unwrap_or(url.port), terms),
            Way::Direct | Way::To(..) => direct(),
            Way::Unix(path) => dial::unix(path, terms.deadline),
            Way::Proxy(proxy) => {
                return proxy::reach(proxy.as_ref().map_err(Clone::clone)?, url, terms);
            }
            Way::Environment => match from_environment(url)? {
                Some(proxy) => return proxy::reach(&proxy, url, terms),
                None => direct(),
            },
            Way::Dial(dialler) => return dialler.reach(url, terms.deadline),
        };
        socket.map(Stream::plain)
    }

    /// Returns `true` if a redirect can be followed. A Unix socket leads to one server, so a
    /// redirect to another origin cannot be followed there.
    pub(super) const fn leads_to(&self, hop: &Hop) -> bool {
        !hop.crossed_origin || !matches!(self.way, Way::Unix(_))
    }
}

fn from_environment(url: &Url) -> Result<Option<Proxy>, UrlError> {
    // A value that is not Unicode fails later: the replacement character is in no valid URL.
    proxy_from_environment(url, |name| {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    })
}
