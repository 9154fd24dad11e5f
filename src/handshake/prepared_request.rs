//! A client's request before it is sent: checked once, and addressed to its URL. `write_request` in
//! `proto/handshake/client.rs` writes it.

use http::Request;
use http::header::{self, HeaderMap};

use crate::error::{Error, Result};
use crate::proto::handshake::{OWN_HEADERS, set_address};
use crate::proto::http::{Spelling, elements, is_token};
use crate::proto::url::Url;

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct PreparedRequest {
    pub(super) url: Url,
    pub(super) request: Request<()>,
    /// How the names of its headers are written.
    pub(super) spelling: Spelling,
}

impl PreparedRequest {
    /// Prepares a request for the URL in it.
    pub(crate) fn of(request: Request<()>) -> Result<Self> {
        let url = Url::from_uri(request.uri())?;
        Self::address(url, request, Spelling::default())
    }

    /// Prepares a request for a URL.
    pub(crate) fn new(url: Url, headers: HeaderMap, spelling: Spelling) -> Result<Self> {
        let mut request = Request::new(());
        *request.headers_mut() = headers;
        Self::address(url, request, spelling)
    }

    fn address(url: Url, mut request: Request<()>, spelling: Spelling) -> Result<Self> {
        check_headers(request.headers())?;
        set_address(&mut request, &url)?;
        Ok(Self { url, request, spelling })
    }
}

/// Fails if a program sets a header that belongs to the handshake, or one that is not understood.
fn check_headers(headers: &HeaderMap) -> Result<()> {
    if OWN_HEADERS.iter().any(|own| headers.contains_key(own)) {
        return Err(Error::Invalid(
            "Connection, Upgrade and Sec-WebSocket-* headers belong to the handshake; \
             only Sec-WebSocket-Protocol may be set; compression is a setting of `Client`"
                .into(),
        ));
    }
    // RFC 9112 §3.2, RFC 6454 §7.3.
    let twice = |name| headers.get_all(name).iter().nth(1).is_some();
    if [header::HOST, header::ORIGIN].into_iter().any(twice) {
        return Err(Error::Invalid(
            "a request has one Host and at most one Origin; set each of these headers once".into(),
        ));
    }
    let name = header::SEC_WEBSOCKET_PROTOCOL;
    let offered: Vec<_> = elements(headers, &name).collect();
    let twice = |one: &&str| offered.iter().filter(|other| *other == one).count() > 1;
    if headers.contains_key(&name) && offered.is_empty()
        || !offered.iter().all(|one| is_token(one))
        || offered.iter().any(twice)
    {
        return Err(Error::Invalid(
            "a subprotocol is a token, such as chat.v1, and offered once (RFC 6455 4.1)".into(),
        ));
    }
    Ok(())
}
