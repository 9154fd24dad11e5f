//! What can go wrong at a proxy, before the server is reached.

use std::fmt;

use http::{Response, StatusCode};

use crate::proto::http::{ShownRefusal, describe_refusal};
use crate::proto::rules::HandshakeError;

/// Why a proxy did not connect to the server.
///
/// Returned as [`Error::Proxy`](crate::Error::Proxy). See [`Client::proxy`](crate::Client::proxy).
///
/// ```
/// use blocking_ws::ProxyError;
///
/// assert!(ProxyError::Credentials.is_authentication());
/// assert!(!ProxyError::Reply(4).is_authentication()); // the host is unreachable
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// An HTTP proxy answered CONNECT with this response (RFC 9110 §9.3.6).
    ///
    /// Status 407 means that the proxy wants a user name and password, or does not accept those of
    /// its URL.
    #[error("it refused: {}", describe_refusal(.0))]
    Refused(Box<Response<Vec<u8>>>),
    /// A SOCKS5 proxy answered with this reply code (RFC 1928 §6).
    #[error("it refused: {words} (SOCKS5 reply {0}, RFC 1928 6)", words = words(*.0))]
    Reply(u8),
    /// A SOCKS5 proxy accepts none of the offered authentication methods (RFC 1928 §3). If its URL
    /// has no user name and password, it may want these.
    #[error("it wants another authentication than it was offered (RFC 1928 3)")]
    Authentication,
    /// A SOCKS5 proxy does not accept the user name and password (RFC 1929 §2).
    #[error("it does not take the user name and password (RFC 1929 2)")]
    Credentials,
    /// The head of an HTTP proxy's response is invalid.
    #[error("its answer cannot be used: {0}")]
    Head(HandshakeError),
    /// The proxy broke a rule of its protocol.
    #[error("it breaks a rule: {0}")]
    Malformed(&'static str),
}

/// The server has been asked nothing yet, so it sends nothing. If bytes follow the proxy's answer,
/// the proxy is broken, or something else sent them in its name.
pub(crate) const EARLY: ProxyError =
    ProxyError::Malformed("bytes came behind its answer, before anything was asked of the server");

/// The reply of a SOCKS5 proxy whose rules do not allow the connection (RFC 1928 §6).
pub(crate) const NOT_ALLOWED: u8 = 2;

impl ProxyError {
    /// Returns `true` if the proxy wants a user name and password. Another user name and password
    /// in its URL may help.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        match self {
            Self::Refused(response) => {
                // Only the proxy has been asked so far, and some proxies answer 401.
                let status = response.status();
                status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
                    || status == StatusCode::UNAUTHORIZED
            }
            Self::Authentication | Self::Credentials => true,
            Self::Reply(_) | Self::Head(_) | Self::Malformed(_) => false,
        }
    }
}

impl From<HandshakeError> for ProxyError {
    fn from(error: HandshakeError) -> Self {
        Self::Head(error)
    }
}

/// Shows a response without its body as a list of bytes.
impl fmt::Debug for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, field): (&str, &dyn fmt::Debug) = match self {
            Self::Refused(response) => ("Refused", &ShownRefusal(response)),
            Self::Reply(code) => ("Reply", code),
            Self::Authentication => return f.write_str("Authentication"),
            Self::Credentials => return f.write_str("Credentials"),
            Self::Head(broken) => ("Head", broken),
            Self::Malformed(why) => ("Malformed", why),
        };
        f.debug_tuple(name).field(field).finish()
    }
}

/// The meaning of a reply code (RFC 1928 §6).
const fn words(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "its rules do not allow the connection",
        3 => "the network is unreachable",
        4 => "the host is unreachable",
        5 => "the server refused the connection",
        6 => "the time to live expired",
        7 => "the command is not supported",
        8 => "the type of address is not supported",
        _ => "for an unknown reason",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_1928_section_6_replies_are_told_in_words() {
        for (reply, words) in [
            (1, "it refused: general failure (SOCKS5 reply 1, RFC 1928 6)"),
            (4, "it refused: the host is unreachable (SOCKS5 reply 4, RFC 1928 6)"),
            (5, "it refused: the server refused the connection (SOCKS5 reply 5, RFC 1928 6)"),
            (9, "it refused: for an unknown reason (SOCKS5 reply 9, RFC 1928 6)"),
            (255, "it refused: for an unknown reason (SOCKS5 reply 255, RFC 1928 6)"),
        ] {
            assert_eq!(ProxyError::Reply(reply).to_string(), words);
        }
    }

    #[test]
    fn refusals_that_are_about_who_asks() {
        let refused = |status| {
            let response = Response::builder().status(status).body(Vec::new()).unwrap();
            ProxyError::Refused(Box::new(response))
        };
        for (error, about) in [
            (refused(407), true),
            (refused(401), true),
            (refused(403), false),
            (ProxyError::Authentication, true),
            (ProxyError::Credentials, true),
            (ProxyError::Reply(2), false),
            (EARLY, false),
        ] {
            assert_eq!(error.is_authentication(), about, "{error}");
        }
    }
}
