//! Why a URL of a server or a proxy cannot be used.

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL at all.
    #[error("it is malformed")]
    Malformed,
    /// The scheme is not one of WebSocket's, nor http or https in its place.
    #[error("its scheme is not ws:// or wss:// (http:// and https:// stand for them)")]
    Scheme,
    /// There is no host.
    #[error("it names no host")]
    Host,
    /// The host is too long for the way there (RFC 1928 §5).
    #[error("its host is longer than the 255 bytes that a SOCKS5 proxy can be told (RFC 1928 5)")]
    HostLength,
    /// The port is not a number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// There is a fragment (§3).
    #[error("it has a fragment (#...), which a WebSocket URL must not have (RFC 6455 3)")]
    Fragment,
    /// The user name or password cannot be sent (RFC 7617 §2).
    #[error(
        "its user name has a colon in it, or its user name or password a control character \
         (RFC 7617 2)"
    )]
    UserInfo,
    /// It is a proxy's, and its scheme is none that can be used; see
    /// [`Client::proxy`](crate::Client::proxy).
    #[error("the scheme of a proxy's URL is http://, socks5:// or socks5h://")]
    ProxyScheme,
    /// It is a proxy's, and not of the form `http://user:password@host:port`.
    #[error(
        "a proxy's URL is scheme://user:password@host:port, for SOCKS5 with at most 255 bytes of \
         user name and of password"
    )]
    Proxy,
}
