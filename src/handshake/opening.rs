//! [`Opening`]: a request for a connection, as the hook of a server sees and changes it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::header::{HeaderMap, SEC_WEBSOCKET_PROTOCOL};
use http::{Request, StatusCode};

use super::credentials::{Bearer, Credentials};
use super::refusal::Refusal;
use super::upgraded::{Unshared, insert_value};
use crate::io::TlsInfo;
use crate::proto::handshake::{self, Peer};
use crate::proto::http::{PathParams, elements, is_token};

/// A client's request to open a connection, before it is answered. The hook of
/// [`Server::on_upgrade`](crate::Server::on_upgrade) gets it.
///
/// The request has passed all checks of the RFC, of the [origin](crate::Server::origin) and of
/// [`max_connections`](crate::Server::max_connections).
///
/// ```
/// use std::sync::Arc;
///
/// use blocking_ws::http::HeaderValue;
/// use blocking_ws::{Client, Opening, Refusal, Server};
///
/// #[derive(Clone)]
/// struct User(Arc<str>);
///
/// fn log_in(opening: &mut Opening) -> Result<(), Refusal> {
///     let who = opening.basic()?; // without a user name and password: 401
///     if !who.is("ali", "sesame") {
///         return Err(who.refusal());
///     }
///     opening.choose_subprotocol("chat.v1")?; // if the client does not offer it: 400
///     opening.headers_mut().insert("x-served-by", HeaderValue::from_static("room 1"));
///     opening.insert(User(who.user().into())); // for the handler
///     Ok(())
/// }
///
/// let server = Server::bind("127.0.0.1:0")?.on_upgrade(log_in).spawn(|ws| {
///     let User(name) = ws.request().extensions().get().cloned().expect("the hook inserted it");
///     ws.send(format!("hello, {name}"))
/// })?;
///
/// let client = Client::new().subprotocol("chat.v1");
/// let mut ws = client.connect(&server.url().replace("ws://", "ws://ali:sesame@"))?;
/// assert_eq!(ws.recv()?, Some("hello, ali".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
pub struct Opening {
    opened: Unshared,
    peer: Peer,
    client: Option<IpAddr>,
    headers: HeaderMap,
}

impl Opening {
    pub(super) fn new(opened: Unshared, peer: Peer, client: Option<IpAddr>) -> Self {
        Self { opened, peer, client, headers: HeaderMap::new() }
    }

    /// Returns the request, and the headers of the 101 that the hook has made.
    pub(super) fn into_parts(self) -> (Unshared, HeaderMap) {
        (self.opened, self.headers)
    }

    /// Returns the request: path, query and headers.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.opened.request
    }

    /// Returns a parameter of the path, percent-decoded; see
    /// [`Server::route`](crate::Server::route).
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.request().extensions().get::<PathParams>()?.get(name)
    }

    /// Returns the address at the other end of the stream: that of the client or of a proxy. `None`
    /// on a stream without addresses, such as a Unix socket.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        match self.peer {
            Peer::Ip(address) => Some(address),
            Peer::Local | Peer::Unknown => None,
        }
    }

    /// Returns the client's address, even if the client is behind a proxy that
    /// [`trusted_proxy`](crate::Server::trusted_proxy) names.
    ///
    /// Without such a proxy this is the address of [`peer_addr`](Self::peer_addr). It is `None` if
    /// that is and no trusted proxy tells the client's address, or if the proxy hides the client. An
    /// IPv4 address that is mapped to IPv6 is returned as IPv4.
    #[must_use]
    pub fn client_ip(&self) -> Option<IpAddr> {
        self.client
    }

    /// Returns what is known of the client by TLS, with the certificates that it has shown; see
    /// [`ClientCertificates`](crate::ClientCertificates) for an example. `None` without TLS, and if
    /// another server does TLS.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.opened.tls.as_deref()
    }

    /// Returns the subprotocols that the client offers (§1.9), in its order.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        let offered = elements(self.opened.request.headers(), &SEC_WEBSOCKET_PROTOCOL);
        offered.filter(|name| is_token(name))
    }

    /// Chooses a subprotocol. Without a choice, the server chooses from those that
    /// [`subprotocol`](crate::Server::subprotocol) names.
    ///
    /// # Errors
    /// A 400 that names the subprotocol, if the client does not offer it. Nothing was chosen.
    pub fn choose_subprotocol(&mut self, name: &str) -> Result<(), Refusal> {
        if !self.subprotocols().any(|offered| offered == name) {
            let text = format!("the client does not offer the subprotocol {name} (RFC 6455 1.9)\n");
            return Err(Refusal::new(StatusCode::BAD_REQUEST, text));
        }
        self.opened.subprotocol = Some(name.to_owned());
        Ok(())
    }

    /// Returns the headers to add to the 101 response. Headers of the handshake are left out, and
    /// the log has a line for each.
    #[must_use]
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Returns the user name and password in the header `Authorization` (RFC 7617).
    ///
    /// A client of this library, and most browsers, send them if they are in the URL:
    /// `wss://user:password@host/`. See [`Credentials`] for an example.
    ///
    /// # Errors
    /// A 401 with `WWW-Authenticate`, if they are missing or malformed.
    pub fn basic(&self) -> Result<Credentials, Refusal> {
        let pair = handshake::basic(self.opened.request.headers());
        pair.map(Credentials::new).ok_or_else(Credentials::missing)
    }

    /// Returns the token in the header `Authorization` (RFC 6750). See [`Bearer`] for an example.
    ///
    /// Pages in browsers cannot send this header.
    ///
    /// # Errors
    /// A 401 with `WWW-Authenticate`, if the token is missing or malformed.
    pub fn bearer(&self) -> Result<Bearer, Refusal> {
        let token = handshake::bearer(self.opened.request.headers());
        token.map(Bearer::new).ok_or_else(Bearer::missing)
    }

    /// Adds a value to the request's extensions, from where the handler takes it:
    /// `ws.request().extensions().get::<User>()`. Returns the earlier value of the same type.
    ///
    /// The value is dropped with the connection, or as soon as the opening handshake has failed; a
    /// [`Connection`](crate::Connection) that the program keeps holds it for longer. So a guard can
    /// count who is connected. The guard is dropped a moment after the client sees the end of its
    /// connection: 2 seconds later if the client leaves TCP open. If the client vanished, that shows
    /// after `ping_interval` and `pong_timeout`.
    ///
    /// A request can be cloned, so the value must be `Clone`, and `Send + Sync + 'static`. A guard
    /// goes into an [`Arc`](std::sync::Arc). Do not implement `Clone` for the guard itself: the
    /// drop of each clone would count.
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use std::sync::{Arc, Mutex};
    ///
    /// use blocking_ws::http::StatusCode;
    /// use blocking_ws::{Client, Error, Refusal, Server};
    ///
    /// type Names = Arc<Mutex<HashSet<String>>>;
    ///
    /// /// A user who is connected, until this is dropped.
    /// struct Present(Names, String);
    ///
    /// impl Drop for Present {
    ///     fn drop(&mut self) {
    ///         self.0.lock().unwrap().remove(&self.1);
    ///     }
    /// }
    ///
    /// let names = Names::default();
    /// let server = Server::bind("127.0.0.1:0")?.on_upgrade(move |opening| {
    ///     let user = opening.basic()?.user().to_owned();
    ///     if !names.lock().unwrap().insert(user.clone()) {
    ///         return Err(Refusal::new(StatusCode::CONFLICT, "you are connected already\n"));
    ///     }
    ///     opening.insert(Arc::new(Present(names.clone(), user)));
    ///     Ok(())
    /// });
    /// let server = server.spawn(|ws| ws.recv().map(drop))?;
    ///
    /// let url = server.url().replace("ws://", "ws://ali:sesame@");
    /// let _first = Client::new().connect(&url)?;
    /// match Client::new().connect(&url) {
    ///     Err(Error::Refused(response)) => assert_eq!(response.status(), 409),
    ///     outcome => panic!("{outcome:?}"),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn insert<T: HookValue>(&mut self, value: T) -> Option<T> {
        insert_value(&mut self.opened.request, value)
    }
}

/// What a hook can put into a request.
///
/// The compiler proposes `derive(Clone)` where that alone is missing, which is wrong for a guard.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a request",
    label = "this is not `Clone + Send + Sync`",
    note = "put it into an `Arc`: `opening.insert(Arc::new(value))`",
    note = "do not derive `Clone` for a guard, because the drop of each clone would count"
)]
pub trait HookValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> HookValue for T {}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("request", &self.opened.request)
            .field("peer", &self.peer)
            .field("client_ip", &self.client)
            .finish_non_exhaustive()
    }
}
