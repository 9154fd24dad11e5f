//! The client's side of the opening handshake: writing the request, judging the response
//! (RFC 6455 §4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap};
use http::{Request, Response, StatusCode};

use super::deflate::{Agreed, Deflate};
use super::handshake::HandshakeError;
use super::head;
use super::limits::Limits;
use super::offer;
use super::response::{accept, write_header, write_headers};
use super::url::Url;
use super::url_error::UrlError;

/// A fresh Sec-WebSocket-Key from 16 random bytes.
pub(crate) fn key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// What the server chose from what was offered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) subprotocol: Option<String>,
    /// Compression.
    pub(crate) deflate: Option<Agreed>,
}

/// Addresses a request to a URL, whose credentials become a header and no part of the URI.
pub(crate) fn address(request: &mut Request<()>, url: &Url) -> Result<(), UrlError> {
    *request.uri_mut() = url.to_uri()?;
    if let Some(credentials) = &url.credentials {
        request.headers_mut().entry(header::AUTHORIZATION).or_insert_with(|| credentials.basic());
    }
    Ok(())
}

/// Writes the request (§4.1); a Host among its headers takes the place of the URL's.
pub(crate) fn write(
    url: &Url,
    headers: &HeaderMap,
    key: &str,
    deflate: Option<&Deflate>,
) -> Vec<u8> {
    let mut head = format!(
        "GET {} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
        url.target
    )
    .into_bytes();
    if !headers.contains_key(header::HOST) {
        write_header(&mut head, &header::HOST, url.authority.as_bytes());
    }
    if let Some(deflate) = deflate {
        write_header(&mut head, &header::SEC_WEBSOCKET_EXTENSIONS, deflate.offer().as_bytes());
    }
    write_headers(&mut head, headers);
    head.extend_from_slice(b"\r\n");
    head
}

/// Parses the head of a response, of a server or a proxy.
pub(crate) fn parse_response(head: &[u8], limits: &Limits) -> Result<Response<()>, HandshakeError> {
    let head = &*head::unfold(head);
    let mut lines = vec![httparse::EMPTY_HEADER; limits.headers];
    let mut parsed = httparse::Response::new(&mut lines);
    head::check_parsed(parsed.parse(head), head, limits)?;
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = Response::new(());
    *response.status_mut() = status.ok_or(HandshakeError::BadHead("its status is no status"))?;
    *response.headers_mut() = head::header_map(parsed.headers)?;
    Ok(response)
}

/// Checks a 101 response (§4.1) and returns what the server chose.
pub(crate) fn check_response(
    response: &Response<()>,
    key: &str,
    asked: &Request<()>,
    deflate: Option<&Deflate>,
) -> Result<Chosen, HandshakeError> {
    let headers = response.headers();
    let upgraded = offer::lists(headers, &header::UPGRADE, "websocket")
        && offer::lists(headers, &header::CONNECTION, "upgrade");
    if !upgraded {
        return Err(HandshakeError::NotUpgraded);
    }
    let mut accepts = headers.get_all(header::SEC_WEBSOCKET_ACCEPT).iter();
    let accepted = accepts.next().is_some_and(|value| value.as_bytes() == accept(key).as_bytes());
    if !accepted || accepts.next().is_some() {
        return Err(HandshakeError::Accept);
    }
    let deflate = match deflate {
        Some(deflate) => deflate.judge(headers)?,
        None if offer::extensions(headers).next().is_some() => {
            return Err(HandshakeError::UnaskedExtension);
        }
        None => None,
    };
    Ok(Chosen { subprotocol: chosen_subprotocol(headers, asked.headers())?, deflate })
}

/// The subprotocol of a response: one of those offered, or none.
fn chosen_subprotocol(
    headers: &HeaderMap,
    asked: &HeaderMap,
) -> Result<Option<String>, HandshakeError> {
    let name = header::SEC_WEBSOCKET_PROTOCOL;
    let mut chosen = headers.get_all(&name).iter();
    let Some(subprotocol) = chosen.next() else {
        return Ok(None);
    };
    let offered = subprotocol
        .to_str()
        .ok()
        .filter(|one| offer::elements(asked, &name).any(|offered| offered == *one));
    match (offered, chosen.next()) {
        (Some(subprotocol), None) => Ok(Some(subprotocol.to_owned())),
        _ => Err(HandshakeError::UnaskedSubprotocol),
    }
}

#[cfg(test)]
mod tests;
