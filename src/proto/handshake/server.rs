//! The server's side of the opening handshake: checks the request, writes the response (RFC 6455
//! §4.2).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode, Uri, Version};

use super::accept_key::accept_key;
use crate::proto::http::{
    check_parsed, header_lines, header_map, lists, write_header, write_headers,
};
use crate::proto::rules::{HandshakeError, Limits};

/// Decodes keys like the example in §4.1, whose last bits are not zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Headers of the handshake that only the library sets.
pub(crate) const OWN_HEADERS: [HeaderName; 6] = [
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_ACCEPT,
    header::SEC_WEBSOCKET_EXTENSIONS,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
];

/// Parses the head of a request into `request`, which is unchanged if that fails.
// Has a frame of its own, which is gone before the answer is made, and returns nothing large: see
// `server/worker.rs`.
#[inline(never)]
pub(crate) fn parse_request(
    head: &[u8],
    limits: &Limits,
    request: &mut Request<()>,
) -> Result<(), HandshakeError> {
    let mut lines = header_lines(head, limits);
    let mut parsed = httparse::Request::new(&mut lines);
    check_parsed(parsed.parse(head), head, limits)?;
    let method = parsed.method.and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let uri = parsed.path.and_then(|path| path.parse::<Uri>().ok());
    let (Some(method), Some(uri)) = (method, uri) else {
        return Err(HandshakeError::BadHead("the request line is malformed"));
    };
    // RFC 9112 §3.2: a path, or a whole URL if a proxy forwards it. `Uri` drops a fragment.
    let plain = |target: &str| target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let is_path = uri.path().starts_with('/');
    // §3.2.4: `OPTIONS *` asks about the server as a whole.
    let is_server = method == Method::OPTIONS && uri.path() == "*";
    if !parsed.path.is_some_and(plain) || !(is_path || is_server) {
        return Err(HandshakeError::BadHead("the request target is no path"));
    }
    *request.headers_mut() = header_map(parsed.headers)?;
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() =
        if parsed.version == Some(1) { Version::HTTP_11 } else { Version::HTTP_10 };
    Ok(())
}

#[cfg(test)]
pub(super) fn parsed_request(head: &[u8], limits: &Limits) -> Result<Request<()>, HandshakeError> {
    let mut request = Request::new(());
    parse_request(head, limits, &mut request).map(|()| request)
}

/// Returns `true` if a request does not ask for WebSocket.
pub(crate) fn is_plain(request: &Request<()>) -> bool {
    !lists(request.headers(), &header::UPGRADE, "websocket")
}

/// Checks the Host header. Every request needs one; requests before HTTP/1.1 may have none (RFC
/// 9112 §3.2).
pub(crate) fn check_host(request: &Request<()>) -> Result<(), HandshakeError> {
    let headers = request.headers();
    let may_lack = request.version() != Version::HTTP_11 && !headers.contains_key(header::HOST);
    if may_lack || only(headers, &header::HOST).is_some_and(is_host) {
        Ok(())
    } else {
        Err(HandshakeError::Host)
    }
}

/// Checks a request (§4.2.1) and returns the Sec-WebSocket-Accept that answers it.
pub(crate) fn check_request(request: &Request<()>) -> Result<String, HandshakeError> {
    check_host(request)?;
    let headers = request.headers();
    // HEAD gets the same status as GET: an upgrade is required.
    if request.method() == Method::HEAD {
        return Err(HandshakeError::NotAnUpgrade);
    }
    if request.method() != Method::GET {
        return Err(HandshakeError::Method);
    }
    if is_plain(request) {
        return Err(HandshakeError::NotAnUpgrade);
    }
    if request.version() != Version::HTTP_11 {
        return Err(HandshakeError::HttpVersion);
    }
    if has_body(headers) {
        return Err(HandshakeError::Body);
    }
    if !lists(headers, &header::CONNECTION, "upgrade") {
        return Err(HandshakeError::NoConnectionUpgrade);
    }
    if only(headers, &header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(HandshakeError::Version);
    }
    let key = only(headers, &header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    let key = key.ok_or(HandshakeError::Key)?.trim();
    match LENIENT.decode(key) {
        Ok(nonce) if nonce.len() == 16 => Ok(accept_key(key)),
        _ => Err(HandshakeError::Key),
    }
}

/// Makes the response that opens the connection (§4.2.2), for a server of another library to send.
pub(crate) fn switching(
    accept: &str,
    subprotocol: Option<&str>,
    extensions: Option<&str>,
    more: HeaderMap,
) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    for (name, value) in own_headers(accept, subprotocol, extensions) {
        headers.insert(name, value.try_into().expect("a word, base64, or tokens"));
    }
    headers.extend(more);
    response
}

/// Adds the same response, as bytes, to `out`. A map of headers for it would take more memory and
/// time than the bytes.
pub(crate) fn write_switching(
    out: &mut Vec<u8>,
    accept: &str,
    subprotocol: Option<&str>,
    extensions: Option<&str>,
    more: &HeaderMap,
) {
    out.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\n");
    for (name, value) in own_headers(accept, subprotocol, extensions) {
        write_header(out, &name, value.as_bytes());
    }
    write_headers(out, more);
    out.extend_from_slice(b"\r\n");
}

/// The headers of a 101 that the handshake decides, in their order.
fn own_headers<'a>(
    accept: &'a str,
    subprotocol: Option<&'a str>,
    extensions: Option<&'a str>,
) -> impl Iterator<Item = (HeaderName, &'a str)> {
    let all = [
        (header::UPGRADE, Some("websocket")),
        (header::CONNECTION, Some("Upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, Some(accept)),
        (header::SEC_WEBSOCKET_PROTOCOL, subprotocol),
        (header::SEC_WEBSOCKET_EXTENSIONS, extensions),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Makes the response to a request that broke a rule: its status, and a sentence that helps.
pub(crate) fn explain(error: &HandshakeError) -> Response<String> {
    let mut response = Response::new(format!("{error}\n"));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    match error.status() {
        StatusCode::UPGRADE_REQUIRED => {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    response
}

/// Returns the status of a refusal. A status that allows no body, or makes the client wait, becomes
/// 500.
pub(crate) fn refusing(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        status if status.is_informational() => StatusCode::INTERNAL_SERVER_ERROR,
        status => status,
    }
}

/// Writes a refusal.
pub(crate) fn write_refusal(response: &Response<String>, method: &Method) -> Vec<u8> {
    let status = refusing(response.status());
    write_last(status, response.headers(), response.body().as_bytes(), method)
}

/// Writes the response to a request that is not a handshake. Its status must be a final one.
pub(crate) fn write_page(response: &Response<Vec<u8>>, method: &Method) -> Vec<u8> {
    write_last(response.status(), response.headers(), response.body(), method)
}

/// Writes a response that ends the connection.
fn write_last(status: StatusCode, headers: &HeaderMap, body: &[u8], method: &Method) -> Vec<u8> {
    // RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no body, and two have no Content-Length.
    let about_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    let has_none = about_none || status == StatusCode::RESET_CONTENT;
    let body = if has_none { &[] } else { body };
    let mut headers = headers.clone();
    headers.remove(header::TRANSFER_ENCODING);
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    let upgrades = headers.contains_key(header::UPGRADE);
    headers.insert(
        header::CONNECTION,
        // RFC 9110 §7.8: a sender of Upgrade lists it in Connection.
        HeaderValue::from_static(if upgrades { "close, Upgrade" } else { "close" }),
    );
    if about_none {
        headers.remove(header::CONTENT_LENGTH);
    } else {
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    let reason = status.canonical_reason().unwrap_or("Other");
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    write_headers(&mut bytes, &headers);
    bytes.extend_from_slice(b"\r\n");
    // RFC 9110 §9.3.2: the response to HEAD has no body.
    if method != Method::HEAD {
        bytes.extend_from_slice(body);
    }
    bytes
}

/// Returns `true` if the value is a host and perhaps a port (RFC 9112 §3.2).
fn is_host(value: &HeaderValue) -> bool {
    let host = value.to_str().ok().and_then(|text| text.parse::<Authority>().ok());
    host.is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'))
}

/// Returns the value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get_all(header::CONTENT_LENGTH).iter().any(|length| length != "0")
}

#[cfg(test)]
mod tests;
