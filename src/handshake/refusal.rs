//! [`Refusal`]: the answer to a request that is not upgraded.

use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::error::Error;
use crate::proto::handshake;
use crate::proto::rules::HandshakeError;

/// A server's answer to a request that it does not upgrade.
///
/// Returned by the hook of [`Server::on_upgrade`](crate::Server::on_upgrade), and by
/// [`Settings::upgrade`](crate::Settings::upgrade).
///
/// ```
/// use blocking_ws::Refusal;
/// use blocking_ws::http::StatusCode;
///
/// let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "a token is needed\n");
/// assert_eq!(refusal.response().status(), 401);
/// ```
#[derive(Clone, Debug)]
pub struct Refusal {
    response: Box<Response<String>>,
    /// The rule that the request broke. `None` if the program refuses it.
    broken: Option<HandshakeError>,
}

impl Refusal {
    /// Creates a refusal with a status and a body, which is sent as plain text. A status that
    /// allows no body (1xx, 204, 205, 304) becomes 500.
    pub fn new(status: StatusCode, body: impl Into<String>) -> Self {
        let mut response = Response::new(body.into());
        *response.status_mut() = handshake::refusing(status);
        Self { response: Box::new(response), broken: None }
    }

    /// Creates the refusal of a request that broke a rule.
    pub(crate) fn explain(broken: HandshakeError) -> Self {
        Self { response: Box::new(handshake::explain(&broken)), broken: Some(broken) }
    }

    /// Creates the refusal of a request whose answer failed, because code of the program panicked.
    pub(crate) fn failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server failed\n")
    }

    /// Creates a 401 with what the client has to prove itself by.
    pub(crate) fn unauthorized(challenge: &'static str, body: &str) -> Self {
        let challenge = HeaderValue::from_static(challenge);
        Self::new(StatusCode::UNAUTHORIZED, body).header(header::WWW_AUTHENTICATE, challenge)
    }

    /// Adds a header. A [`Server`](crate::Server) sets `Content-Length`, `Transfer-Encoding` and
    /// `Connection` itself, so it ignores values given here for these.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().append(name, value);
        self
    }

    /// Returns the response. It has no `Content-Length`; its body is text.
    #[must_use]
    pub fn response(&self) -> &Response<String> {
        &self.response
    }

    /// Returns the response, to send it by another HTTP server. See
    /// [`Settings::upgrade`](crate::Settings::upgrade) for an example.
    #[must_use]
    pub fn into_response(self) -> Response<String> {
        *self.response
    }

    /// Splits the refusal into the response and what is wrong with the request, if that broke a
    /// rule.
    pub(crate) fn into_parts(self) -> (Response<String>, Option<HandshakeError>) {
        (*self.response, self.broken)
    }
}

/// The error of a server that has answered a request with a refusal.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal.into_parts() {
            (_, Some(broken)) => broken.into(),
            (response, None) => Self::Refused(Box::new(response.map(String::into_bytes))),
        }
    }
}

impl From<Response<String>> for Refusal {
    fn from(mut response: Response<String>) -> Self {
        // Extensions are not sent. They are the program's values, whose drop may panic, so the hook
        // drops them.
        response.extensions_mut().clear();
        *response.status_mut() = handshake::refusing(response.status());
        Self { response: Box::new(response), broken: None }
    }
}
