//! The server's side of the opening handshake over a stream (RFC 6455 §4.2): every request gets an
//! answer. The rules are in `proto::handshake`.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use super::http_hook;
use super::http_hook::HttpHook;
use super::http_io::{read_head, write_out};
use super::upgraded::{Opened, Upgraded};
use crate::error::{Error, Result};
use crate::process::{caught, error, warning};
use crate::proto::compression::Deflate;
use crate::proto::handshake;
use crate::proto::http::{Split, choose_subprotocol};
use crate::proto::rules::{HandshakeError, Limits};

/// A server's answer to a request that it does not upgrade.
///
/// Returned by the hook of [`Server::on_upgrade`](crate::Server::on_upgrade).
///
/// ```
/// use blocking_ws::Refusal;
/// use blocking_ws::http::StatusCode;
///
/// let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "a token is needed\n");
/// ```
#[derive(Clone, Debug)]
pub struct Refusal(Box<Response<String>>);

impl Refusal {
    /// Creates a refusal with a status and a body, which is sent as plain text. A status that
    /// allows no body (1xx, 204, 205, 304) is sent as 500.
    pub fn new(status: StatusCode, body: impl Into<String>) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        Self(Box::new(response))
    }

    /// Adds a header. The library sets `Content-Length`, `Transfer-Encoding` and `Connection`
    /// itself, so values given here for these are ignored.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers_mut().append(name, value);
        self
    }
}

impl From<Response<String>> for Refusal {
    fn from(mut response: Response<String>) -> Self {
        // Extensions are not sent. They are the program's values, whose drop may panic, so the hook
        // drops them.
        response.extensions_mut().clear();
        Self(Box::new(response))
    }
}

/// The function that judges a request before the 101: see `Server::on_upgrade`.
pub(crate) type UpgradeHook =
    Arc<dyn Fn(&Request<()>, &mut HeaderMap) -> Result<(), Refusal> + Send + Sync>;

/// A server's own rules for requests, in addition to the RFC's.
#[derive(Clone, Default)]
pub(crate) struct ServerRules {
    pub(crate) subprotocols: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) hook: Option<UpgradeHook>,
    pub(crate) page: Option<HttpHook>,
    pub(crate) deflate: Option<Deflate>,
}

impl ServerRules {
    /// Returns the hook that answers the request if that is plain HTTP.
    fn page(&self, request: &Request<()>) -> Option<&HttpHook> {
        self.page.as_ref().filter(|_| handshake::is_plain(request))
    }
}

/// Does the server's side of the handshake. If the error is `Error::Handshake` or `Error::Refused`,
/// the request has been answered. With `busy` every request for WebSocket is refused.
pub(crate) fn accept(
    stream: &mut (impl Read + Write),
    rules: &ServerRules,
    busy: bool,
    limits: &Limits,
) -> Result<Upgraded> {
    accept_if(stream, rules, || if busy { Err(HandshakeError::Busy) } else { Ok(()) }, limits)
}

/// The same for a server that decides about `room` only after it has read the request.
pub(crate) fn accept_if(
    stream: &mut (impl Read + Write),
    rules: &ServerRules,
    room: impl FnOnce() -> Result<(), HandshakeError>,
    limits: &Limits,
) -> Result<Upgraded> {
    let Split { head, behind } = match read_head(stream, limits, Vec::new()) {
        Ok(head) => head,
        Err(Error::Handshake(broken)) => return Err(refuse(stream, &Method::GET, broken)),
        Err(e) => return Err(e),
    };
    let request = match handshake::parse_request(&head, limits) {
        Ok(request) => request,
        Err(broken) => return Err(refuse(stream, &Method::GET, broken)),
    };
    if let Some(page) = rules.page(&request) {
        return Err(match handshake::check_host(&request) {
            Ok(()) => http_hook::answer(stream, page, &request),
            Err(broken) => refuse(stream, request.method(), broken),
        });
    }
    let mut more = HeaderMap::new();
    let accept = match judge(&request, rules, room, &mut more) {
        Ok(accept) => accept,
        Err(Refused::Broken(broken)) => return Err(refuse(stream, request.method(), broken)),
        Err(Refused::ByHook(Refusal(response))) => {
            write_out(stream, &handshake::write_refusal(&response, request.method()))?;
            return Err(Error::Refused(Box::new(response.map(String::into_bytes))));
        }
    };
    let subprotocol = choose_subprotocol(request.headers(), &rules.subprotocols);
    let deflate = rules.deflate.as_ref().and_then(Deflate::usable);
    let deflate = deflate.and_then(|deflate| deflate.answer(request.headers()));
    let extensions = deflate.as_ref().map(|agreed| &agreed.answer[..]);
    write_out(stream, &handshake::write_switching(&accept, subprotocol, extensions, &more))?;
    let subprotocol = subprotocol.map(str::to_owned);
    let opened = Box::new(Opened { request, subprotocol });
    Ok(Upgraded { opened, deflate, already_read: behind })
}

/// Further headers that a hook may not set in the 101: the server chooses the subprotocol
/// elsewhere, and a 101 has no body.
const NEVER_IN_101: [HeaderName; 3] =
    [header::SEC_WEBSOCKET_PROTOCOL, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

enum Refused {
    Broken(HandshakeError),
    ByHook(Refusal),
}

impl From<HandshakeError> for Refused {
    fn from(broken: HandshakeError) -> Self {
        Self::Broken(broken)
    }
}

fn judge(
    request: &Request<()>,
    rules: &ServerRules,
    room: impl FnOnce() -> Result<(), HandshakeError>,
    more: &mut HeaderMap,
) -> Result<String, Refused> {
    let accept = handshake::check_request(request)?;
    room()?;
    handshake::check_origin(request.headers(), &rules.origins)?;
    if let Some(hook) = &rules.hook {
        call(hook, request, more).map_err(Refused::ByHook)?;
        for own in handshake::OWN_HEADERS.iter().chain(&NEVER_IN_101) {
            if more.remove(own).is_some() {
                warning!("the on_upgrade hook may not set {own}; left out");
            }
        }
    }
    Ok(accept)
}

/// Calls the hook. If it panics, the client gets 500 and the log a line.
fn call(hook: &UpgradeHook, request: &Request<()>, more: &mut HeaderMap) -> Result<(), Refusal> {
    // A panic may leave the headers half changed, but then they are not sent.
    caught(|| hook(request, more)).unwrap_or_else(|| {
        error!("the on_upgrade hook panicked");
        Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed\n"))
    })
}

/// Answers a request that broke a rule, and returns the rule as the error.
fn refuse(stream: &mut impl Write, method: &Method, broken: HandshakeError) -> Error {
    let bytes = handshake::write_refusal(&handshake::explain(broken), method);
    // The caller wants to know the rule, even if the answer cannot be sent.
    let _ = write_out(stream, &bytes);
    broken.into()
}

impl fmt::Debug for ServerRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerRules")
            .field("subprotocols", &self.subprotocols)
            .field("origins", &self.origins)
            .field("hook", &self.hook.is_some())
            .field("page", &self.page.is_some())
            .field("deflate", &self.deflate)
            .finish()
    }
}
