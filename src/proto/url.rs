//! `ws://` and `wss://` URLs (RFC 6455 §3).

use http::Uri;

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is no URL at all.
    #[error("it is malformed")]
    Malformed,
    /// The scheme is not one of WebSocket's.
    #[error("its scheme is not ws:// or wss://")]
    Scheme,
    /// There is no host.
    #[error("it names no host")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// There is a fragment (§3).
    #[error("it has a fragment (#...), which a WebSocket URL must not have (RFC 6455 3)")]
    Fragment,
    /// There is a user name or password, which would not be sent.
    #[error("it has a user name or password; send an Authorization header instead")]
    UserInfo,
}

/// Where a WebSocket URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// `wss`.
    pub(crate) secure: bool,
    /// A name or address; IPv6 without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The Host header: the port is there unless it is the scheme's own (§4.1).
    pub(crate) authority: String,
    /// Path and query, never empty.
    pub(crate) target: String,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, UrlError> {
        // `Uri` drops a fragment without a word.
        if text.contains('#') {
            return Err(UrlError::Fragment);
        }
        let uri: Uri = text.parse().map_err(|_| UrlError::Malformed)?;
        Self::from_uri(&uri)
    }

    pub(crate) fn from_uri(uri: &Uri) -> Result<Self, UrlError> {
        let secure = match uri.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case("ws") => false,
            Some(scheme) if scheme.eq_ignore_ascii_case("wss") => true,
            _ => return Err(UrlError::Scheme),
        };
        let authority = uri.authority().ok_or(UrlError::Host)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::UserInfo);
        }
        let host = authority.host();
        if matches!(host, "" | "[]") {
            return Err(UrlError::Host);
        }
        let own_port = if secure { 443 } else { 80 };
        let port = match authority.as_str()[host.len()..].strip_prefix(':') {
            None | Some("") => own_port,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(UrlError::Port)?,
        };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            authority: if port == own_port { host.to_owned() } else { format!("{host}:{port}") },
            target: format!("{slash}{target}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_3_where_urls_lead() {
        for (url, secure, host, port, authority, target) in [
            ("ws://example.com", false, "example.com", 80, "example.com", "/"),
            ("wss://example.com/", true, "example.com", 443, "example.com", "/"),
            ("WS://Example.com:80/a?b=c", false, "Example.com", 80, "Example.com", "/a?b=c"),
            ("ws://h:9001?q=1", false, "h", 9001, "h:9001", "/?q=1"),
            ("wss://h:80/", true, "h", 80, "h:80", "/"),
            ("ws://h:/x", false, "h", 80, "h", "/x"),
            ("ws://[::1]:9001/", false, "::1", 9001, "[::1]:9001", "/"),
            ("ws://127.0.0.1:1/%20", false, "127.0.0.1", 1, "127.0.0.1:1", "/%20"),
        ] {
            let want = Url {
                secure,
                host: host.into(),
                port,
                authority: authority.into(),
                target: target.into(),
            };
            assert_eq!(Url::parse(url), Ok(want), "{url}");
        }
    }

    #[test]
    fn section_3_urls_that_lead_nowhere() {
        for (url, want) in [
            ("", UrlError::Malformed),
            ("example.com", UrlError::Scheme),
            ("/path", UrlError::Scheme),
            ("http://example.com", UrlError::Scheme),
            ("ws://", UrlError::Malformed),
            ("ws://:80/", UrlError::Host),
            ("ws://h:0/", UrlError::Port),
            ("ws://h:65536/", UrlError::Port),
            ("ws://h/a b", UrlError::Malformed),
            ("ws://h/#f", UrlError::Fragment),
            ("ws://user:secret@h/", UrlError::UserInfo),
        ] {
            assert_eq!(Url::parse(url), Err(want), "{url}");
        }
    }
}
