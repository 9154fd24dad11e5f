//! Why a URL of a server or proxy cannot be used.

/// What is wrong with a URL of a server or proxy.
///
/// Returned as [`Error::Url`](crate::Error::Url).
///
/// ```
/// use blocking_ws::{Error, UrlError};
///
/// let failed = blocking_ws::connect("ftp://localhost/");
/// assert!(matches!(failed, Err(Error::Url(UrlError::Scheme(_)))));
/// let text = UrlError::Port.to_string();
/// assert_eq!(text, "its port is not a number from 1 to 65535");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// A part of the URL has a wrong form. The text says which part, and what is wrong with it.
    #[error("{0}")]
    Malformed(Box<str>),
    /// There is no scheme, or it is none of `ws`, `wss`, `http` and `https`. The text says what to
    /// write.
    #[error("{0}")]
    Scheme(Box<str>),
    /// The URL names no host.
    #[error("it names no host: a host and perhaps a port follow ://, as in ws://localhost:9001/")]
    Host,
    /// The host is longer than a SOCKS5 proxy can be told, 255 bytes (RFC 1928 §5).
    #[error("its host is longer than the 255 bytes that a SOCKS5 proxy can be told (RFC 1928 5)")]
    HostLength,
    /// The port is not a number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// The URL has a fragment (§3).
    #[error(
        "it has a fragment (#...), which a WebSocket URL must not have (RFC 6455 3); write %23 for a \
         # of its path or query"
    )]
    Fragment,
    /// The user name or password cannot be sent (RFC 7617 §2).
    #[error(
        "its user name has a colon in it, or its user name or password a control character \
         (RFC 7617 2)"
    )]
    UserInfo,
    /// The scheme of a proxy's URL is not supported; see [`Client::proxy`](crate::Client::proxy).
    #[error("the scheme of a proxy's URL is http://, https://, socks5:// or socks5h://")]
    ProxyScheme,
    /// The scheme of a proxy's URL is `socks4`, `socks4a` or `socks`. As for curl, that means SOCKS4,
    /// which this library does not speak.
    #[error(
        "socks://, socks4:// and socks4a:// mean a SOCKS4 proxy, which is not supported; most such \
         proxies speak SOCKS5 too: write socks5h://, or socks5:// if this machine is to resolve the name"
    )]
    Socks4,
    /// A proxy's URL is not of the form `http://user:password@host:port`.
    #[error(
        "a proxy's URL is scheme://user:password@host:port, for SOCKS5 with at most 255 bytes of \
         user name and of password"
    )]
    Proxy,
}
