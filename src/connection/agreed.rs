//! What the opening handshake of a [`WebSocket`] brought, and TLS before that.

use std::io::{Read, Write};
use std::sync::Arc;

use http::{Request, Response};

use super::websocket::WebSocket;
use crate::io::{Duplex, TlsInfo};
use crate::proto::http::PathParams;

impl<S: Read + Write> WebSocket<S> {
    /// Returns the request that opened the connection: path, query and headers.
    ///
    /// On a server, this is the request that the client sent. On a client, it is the request that
    /// the program made. After [`from_parts`](Self::from_parts) it is empty. See
    /// [`connect`](Self::connect) for an example.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.opened.request
    }

    /// Returns the 101 response that opened the connection, on a client.
    ///
    /// `Debug` hides its cookies. This is `None` on a server, and after
    /// [`from_parts`](Self::from_parts).
    ///
    /// ```
    /// use blocking_ws::http::HeaderValue;
    /// use blocking_ws::{Client, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?.on_upgrade(|opening| {
    ///     opening.headers_mut().insert("set-cookie", HeaderValue::from_static("session=42"));
    ///     Ok(())
    /// });
    /// let server = server.spawn(|ws| ws.send("welcome"))?;
    /// let ws = Client::new().connect(server.url())?;
    /// let response = ws.response().expect("a client has the response");
    /// assert_eq!(response.headers()["set-cookie"], "session=42");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    #[must_use]
    pub fn response(&self) -> Option<&Response<()>> {
        self.opened.response.as_deref()
    }

    /// Returns a parameter of the request's path, percent-decoded, for a handler of
    /// [`Server::route`](crate::Server::route); see there for an example. `None` if the route has
    /// no such parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.request().extensions().get::<PathParams>()?.get(name)
    }

    /// Returns the number of the server's handler for the request's path.
    pub(crate) fn route(&self) -> Option<usize> {
        self.opened.route
    }

    /// Returns the subprotocol that both sides agreed on, if any (§1.9).
    ///
    /// A client offers subprotocols with [`Client::subprotocol`](crate::Client::subprotocol). A
    /// server supports them with [`Server::subprotocol`](crate::Server::subprotocol).
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.opened.subprotocol.as_deref()
    }

    /// Returns the extensions that both sides agreed on, as the server wrote them, if any (§9.1).
    ///
    /// The only extension is compression, which both sides enable with [`Deflate`](crate::Deflate);
    /// see there for an example. It reads, for instance, `permessage-deflate;
    /// server_no_context_takeover; client_no_context_takeover`. Connections from
    /// [`accept`](Self::accept), [`connect`](Self::connect) and [`from_parts`](Self::from_parts) do
    /// not compress.
    #[must_use]
    pub fn extensions(&self) -> Option<&str> {
        self.extensions.as_deref()
    }
}

impl<S: Duplex> WebSocket<S> {
    /// Returns what is known of the TLS connection and of the peer's certificate. `None` without TLS.
    /// See [`TlsInfo`] for an example.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<TlsInfo>> {
        self.get_ref().tls()
    }
}
