//! URLs, redirects and proxies: how a client reaches a server.

use std::fmt;

use http::header::HeaderMap;
use http::{Response, Uri};

use crate::proto::proxy::ProxyError;
use crate::proto::url::UrlError;
use crate::proto::{proxy, url};

/// A WebSocket URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(url::Url);

impl Url {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        url::Url::parse(text).map(Self)
    }

    /// Takes a URL that the crate `http` has parsed.
    pub fn from_uri(uri: &Uri) -> Result<Self, UrlError> {
        url::Url::from_uri(uri).map(Self)
    }

    /// Resolves a reference against this URL.
    pub fn join(&self, reference: &[u8]) -> Result<Self, UrlError> {
        self.0.join(reference).map(Self)
    }

    /// The URL without user name, password and zone.
    pub fn to_uri(&self) -> Result<Uri, UrlError> {
        self.0.to_uri()
    }

    /// Returns `true` if the scheme is `wss`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.secure
    }

    /// Its host and port.
    #[must_use]
    pub fn place(&self) -> (&str, u16) {
        (&self.0.host, self.0.port)
    }

    /// The value of the Host header.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.0.authority
    }

    /// The path and query as they are sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0.target
    }

    /// Its user name and password.
    #[must_use]
    pub fn credentials(&self) -> Option<(&[u8], &[u8])> {
        self.0.credentials.as_ref().map(|it| (&it.user[..], &it.password[..]))
    }

    /// Returns `true` if both URLs have the same origin.
    #[must_use]
    pub fn is_same_origin(&self, other: &Self) -> bool {
        self.0.is_same_origin(&other.0)
    }

    pub(super) fn inner(&self) -> &url::Url {
        &self.0
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One URL in a chain of redirects, and what is sent to it.
#[derive(Clone, Debug)]
pub struct Hop(url::Hop);

impl Hop {
    /// The URL that the program asked for.
    #[must_use]
    pub fn first(url: Url, headers: HeaderMap) -> Self {
        Self(url::Hop::first(url.0, headers))
    }

    /// The URL to which a response redirects.
    #[must_use]
    pub fn next(&self, response: &Response<Vec<u8>>) -> Option<Self> {
        self.0.next(response).ok().map(Self)
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> Url {
        Url(self.0.url.clone())
    }

    /// The headers that are sent to it.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy(proxy::Proxy);

impl Proxy {
    /// Parses a proxy's URL.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        proxy::Proxy::parse(text).map(Self)
    }

    /// Its host and port.
    #[must_use]
    pub fn place(&self) -> (&str, u16) {
        (&self.0.host, self.0.port)
    }
}

/// The proxy that the environment names. `variable` returns the value of a variable.
pub fn proxy_of(
    url: &Url,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, UrlError> {
    proxy::proxy_from_environment(&url.0, variable).map(|proxy| proxy.map(Proxy))
}

/// Writes the CONNECT request with the proxy's user name and password.
#[must_use]
pub fn write_connect(url: &Url, proxy: &Proxy) -> Vec<u8> {
    proxy::write_connect(&url.0, proxy.0.credentials.as_ref())
}

/// Returns `true` if the answer to CONNECT opens the tunnel, `false` if it refuses, and `None` if
/// another answer follows.
#[must_use]
pub fn judge_connect(response: &Response<()>) -> Option<bool> {
    match proxy::judge_connect(response) {
        proxy::ConnectAnswer::Open => Some(true),
        proxy::ConnectAnswer::Interim => None,
        proxy::ConnectAnswer::Refused => Some(false),
    }
}

/// A negotiation with a SOCKS5 proxy.
#[derive(Debug)]
pub struct Socks(proxy::Socks);

/// What to do next in a negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read on.
    Read,
    /// Send these bytes, and read on.
    Send(Vec<u8>),
    /// The bytes that follow are the server's.
    Open,
}

impl Socks {
    /// Begins a negotiation. The returned bytes are the first to send.
    pub fn begin(url: &Url, proxy: &Proxy) -> Result<(Self, Vec<u8>), UrlError> {
        let address = proxy::SocksAddress::parse(&url.0.host);
        let begun = proxy::Socks::begin(address, url.0.port, proxy.0.credentials.as_ref())?;
        Ok((Self(begun.0), begun.1))
    }

    /// Takes bytes that were read.
    pub fn push(&mut self, read: &[u8]) -> Result<Step, ProxyError> {
        Ok(match self.0.push(read)? {
            proxy::SocksStep::Read => Step::Read,
            proxy::SocksStep::Send(bytes) => Step::Send(bytes),
            proxy::SocksStep::Open => Step::Open,
        })
    }
}
