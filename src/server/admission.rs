//! Clients that a program hands to a running server: streams that it accepted itself, and
//! connections that another HTTP server has upgraded.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response};

use super::server_handle::ServerHandle;
use super::serves::{Admitted, Serves, not_running};
use crate::error::Result;
use crate::handshake::Refusal;
use crate::io::Duplex;
use crate::process::{caught, error};
use crate::proto::rules::HandshakeError;
use crate::transport::Stream;

/// A client that a running server has admitted, before its stream is handed over. Made by
/// [`ServerHandle::upgrade`], which has an example.
///
/// It takes a place in the limit of connections, without a limit of time. If it is dropped, the
/// place is free again, and the values that the hook has put into the request are dropped. A
/// shutdown does not wait for it, and the server's handler is not dropped before it.
pub struct Admission {
    admitted: Box<Admitted>,
    service: Held,
}

/// A service that may have ended meanwhile: then the drop of this drops the handler, whose values
/// may panic.
struct Held(Option<Arc<dyn Serves>>);

impl ServerHandle {
    /// Serves a client whose stream the program has opened itself, like the clients that the server
    /// accepts: with TLS if the server has it, the opening handshake, the hook, a place in the
    /// limit of connections, and a thread. A shutdown includes it.
    ///
    /// Does not block. The stream may be a `TcpStream`, or any [`Duplex`] stream such as a
    /// [`Pipe`](crate::testing::Pipe). A stream that is encrypted already
    /// ([`Duplex::is_tls`]) gets no second TLS.
    ///
    /// ```
    /// use std::net::TcpListener;
    ///
    /// use blocking_ws::Server;
    ///
    /// let server = Server::unbound()?.spawn(|ws| ws.send("hello"))?;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?; // a loop of the program's own
    /// let url = format!("ws://{}/", listener.local_addr()?);
    /// let client = std::thread::spawn(move || blocking_ws::connect(&url)?.recv());
    /// let (stream, _) = listener.accept()?;
    /// server.adopt(stream)?;
    /// assert_eq!(client.join().unwrap()?, Some("hello".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and the stream is dropped. `NotConnected`: the server does
    /// not run yet, or no longer. Any other: there is no thread for the client.
    pub fn adopt(&self, stream: impl Duplex + Send + 'static) -> Result<()> {
        let service = Held(self.lifecycle().service());
        Ok(service.get()?.adopt(Stream::new(stream)?)?)
    }

    /// Judges a request for a connection that another HTTP server has read (§4.2), as this server
    /// judges those of its own clients: routes, hook, limit of connections, subprotocols and
    /// compression. Does not block, except in the hook.
    ///
    /// `peer` is the address at the other end of the stream, if it is known. The other server sends
    /// [`Admission::response`] and hands over its stream, which [`Admission::serve`] takes. Or it
    /// sends [`Refusal::response`]. The examples `in_hyper` and `in_tiny_http` show both.
    ///
    /// ```
    /// use blocking_ws::http::Request;
    /// use blocking_ws::testing::Pipe;
    /// use blocking_ws::{Role, Server, WebSocket};
    ///
    /// let server = Server::unbound()?.subprotocol("chat.v1").spawn(|ws| {
    ///     let path = ws.request().uri().path().to_owned();
    ///     ws.send(path)
    /// })?;
    ///
    /// // What another server has read:
    /// let request = Request::get("/rooms/7")
    ///     .header("host", "example.com")
    ///     .header("connection", "Upgrade")
    ///     .header("upgrade", "websocket")
    ///     .header("sec-websocket-version", "13")
    ///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    ///     .header("sec-websocket-protocol", "chat.v1")
    ///     .body(())?;
    /// let admission = server.upgrade(request, None).expect("a good request");
    /// assert_eq!(admission.response().headers()["sec-websocket-protocol"], "chat.v1");
    ///
    /// // That server sends the response, and hands over its stream:
    /// let (near, far) = Pipe::new(1024);
    /// admission.serve(far, Vec::new())?;
    /// let mut client = WebSocket::from_parts(near, Role::Client, Vec::new());
    /// assert_eq!(client.recv()?, Some("/rooms/7".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    ///
    /// # Errors
    /// The response that refuses the request: 503 if the server is full, does not run yet, or no
    /// longer.
    pub fn upgrade(
        &self,
        request: Request<()>,
        peer: impl Into<Option<SocketAddr>>,
    ) -> Result<Admission, Refusal> {
        let service = Held(self.lifecycle().service());
        let serves = service.get().map_err(|_| Refusal::explain(HandshakeError::Busy))?;
        let admitted = Box::new(serves.grant(request, peer.into())?);
        Ok(Admission { admitted, service })
    }
}

impl Admission {
    /// Returns the request.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.admitted.granted.opened.request
    }

    /// Returns the 101 to send: with `Sec-WebSocket-Accept`, what was agreed on, and the headers of
    /// the hook.
    #[must_use]
    pub fn response(&self) -> &Response<()> {
        &self.admitted.response
    }

    /// Runs the server's handler over the stream, in a thread of the server, after the response was
    /// sent. Does not block.
    ///
    /// `already_read` holds what the other server has read after the request, often nothing. If the
    /// stream only reads and writes, such as that of `tiny_http`, pass [`Stream::half`]: see there
    /// for what such a connection cannot do.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), and the stream is dropped. `NotConnected`: the server no
    /// longer runs. Any other: there is no thread for the client.
    pub fn serve(self, stream: impl Duplex + Send + 'static, already_read: Vec<u8>) -> Result<()> {
        let Self { admitted, service } = self;
        Ok(service.get()?.serve(*admitted, Stream::new(stream)?, already_read)?)
    }
}

impl Held {
    fn get(&self) -> io::Result<&dyn Serves> {
        self.0.as_deref().ok_or_else(not_running)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if caught(|| drop(self.0.take())).is_none() {
            error!("what the handler owned panicked");
        }
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("request", self.request())
            .field("response", self.response())
            .finish_non_exhaustive()
    }
}
