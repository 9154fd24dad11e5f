//! The client's side of the opening handshake: writes the request, checks the response (RFC 6455
//! §4.1).

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode, Version};

use super::accept_key::accept_key;
use crate::proto::compression::{Agreed, Deflate};
use crate::proto::http::{
    Spelling, check_parsed, elements, extensions, header_lines, header_map, lists, unfold,
    write_header,
};
use crate::proto::rules::{HandshakeError, Limits};
use crate::proto::url::{Url, UrlError};

/// What the server chose from the offers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) subprotocol: Option<String>,
    /// Compression.
    pub(crate) deflate: Option<Agreed>,
}

/// Sets the URI of a request. The credentials of the URL become a header, not a part of the URI.
pub(crate) fn set_address(request: &mut Request<()>, url: &Url) -> Result<(), UrlError> {
    *request.uri_mut() = url.to_uri()?;
    if let Some(credentials) = &url.credentials {
        request.headers_mut().entry(header::AUTHORIZATION).or_insert_with(|| credentials.basic());
    }
    Ok(())
}

/// Headers that a program may set and that have a fixed place in the request.
const PLACED: [HeaderName; 4] =
    [header::HOST, header::ORIGIN, header::SEC_WEBSOCKET_PROTOCOL, header::COOKIE];

/// Writes the request, in the order of §4.1. A Host header in `headers` replaces the URL's.
///
/// Subprotocols and cookies are written as one line each: some servers read only the first line,
/// and RFC 6265 §5.4 allows only one line of cookies.
pub(crate) fn write_request(
    url: &Url,
    headers: &HeaderMap,
    spelling: &Spelling,
    key: &str,
    deflate: Option<&Deflate>,
) -> Vec<u8> {
    let mut head = format!("GET {} HTTP/1.1\r\n", url.target).into_bytes();
    let mut line = |name: HeaderName, value: &[u8]| write_header(&mut head, &name, value);
    let host = headers.get(header::HOST);
    line(header::HOST, host.map_or(url.authority.as_bytes(), HeaderValue::as_bytes));
    line(header::UPGRADE, b"websocket");
    line(header::CONNECTION, b"Upgrade");
    line(header::SEC_WEBSOCKET_KEY, key.as_bytes());
    if let Some(origin) = headers.get(header::ORIGIN) {
        line(header::ORIGIN, origin.as_bytes());
    }
    line(header::SEC_WEBSOCKET_VERSION, b"13");
    let name = header::SEC_WEBSOCKET_PROTOCOL;
    let subprotocols: Vec<_> = elements(headers, &name).collect();
    if !subprotocols.is_empty() {
        line(name, subprotocols.join(", ").as_bytes());
    }
    if let Some(deflate) = deflate {
        line(header::SEC_WEBSOCKET_EXTENSIONS, deflate.offer().as_bytes());
    }
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies: Vec<_> = cookies.map(HeaderValue::as_bytes).collect();
    if !cookies.is_empty() {
        line(header::COOKIE, &cookies.join(&b"; "[..]));
    }
    let rest = headers.iter().filter(|(name, _)| !PLACED.contains(name));
    spelling.write_headers(&mut head, rest);
    head.extend_from_slice(b"\r\n");
    head
}

/// Parses the head of a response of a server or proxy.
pub(crate) fn parse_response(head: &[u8], limits: &Limits) -> Result<Response<()>, HandshakeError> {
    let head = &*unfold(head);
    let mut lines = header_lines(head, limits);
    let mut parsed = httparse::Response::new(&mut lines);
    check_parsed(parsed.parse(head), head, limits)?;
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = Response::new(());
    *response.version_mut() =
        if parsed.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    *response.status_mut() = status.ok_or(HandshakeError::BadHead("its status is no status"))?;
    *response.headers_mut() = header_map(parsed.headers)?;
    Ok(response)
}

/// Checks a 101 response (§4.1) and returns what the server chose.
pub(crate) fn check_response(
    response: &Response<()>,
    key: &str,
    asked: &Request<()>,
    deflate: Option<&Deflate>,
) -> Result<Chosen, HandshakeError> {
    // §4.2.2: a status line as per RFC 2616, of which HTTP/1.0 has no 101.
    if response.version() != Version::HTTP_11 {
        return Err(HandshakeError::HttpVersion);
    }
    let headers = response.headers();
    let upgraded = lists(headers, &header::UPGRADE, "websocket")
        && lists(headers, &header::CONNECTION, "upgrade");
    if !upgraded {
        return Err(HandshakeError::NotUpgraded);
    }
    let mut accepts = headers.get_all(header::SEC_WEBSOCKET_ACCEPT).iter();
    let accepted =
        accepts.next().is_some_and(|value| value.as_bytes() == accept_key(key).as_bytes());
    if !accepted || accepts.next().is_some() {
        return Err(HandshakeError::Accept);
    }
    let deflate = match deflate {
        Some(deflate) => deflate.judge(headers)?,
        None if extensions(headers).next().is_some() => {
            return Err(HandshakeError::UnaskedExtension);
        }
        None => None,
    };
    Ok(Chosen { subprotocol: chosen_subprotocol(headers, asked.headers())?, deflate })
}

/// Returns the subprotocol of a response: an offered one, or none.
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
        .filter(|one| elements(asked, &name).any(|offered| offered == *one));
    match (offered, chosen.next()) {
        (Some(subprotocol), None) => Ok(Some(subprotocol.to_owned())),
        _ => Err(HandshakeError::UnaskedSubprotocol),
    }
}

#[cfg(test)]
mod tests;
