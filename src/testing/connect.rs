//! [`connect`]: a client of a running server, in memory.

use super::pair::CAPACITY;
use super::pipe::Pipe;
use crate::client::Client;
use crate::connection::WebSocket;
use crate::error::Result;
use crate::server::ServerHandle;

/// Opens a connection to a running server in memory, with the settings of both.
///
/// Everything is as over a network: the opening handshake, TLS, hook, routes and limits. `target`
/// is the path, perhaps with a query. The host is `localhost`. Blocks for the client's
/// [`connect_timeout`](Client::connect_timeout) at most.
///
/// ```
/// use blocking_ws::{Client, Error, Server, testing};
///
/// let server = Server::unbound()?.route("/chat/{room}", |ws| ws.send("welcome")).spawn_routes()?;
/// let mut ws = testing::connect(&server, &Client::new(), "/chat/red")?;
/// assert_eq!(ws.recv()?, Some("welcome".into()));
/// match testing::connect(&server, &Client::new(), "/caht/red") {
///     Err(Error::Refused(response)) => assert_eq!(response.status(), 404),
///     outcome => panic!("{outcome:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`Client::connect_over`] and [`ServerHandle::adopt`].
pub fn connect(server: &ServerHandle, client: &Client, target: &str) -> Result<WebSocket> {
    let (near, far) = Pipe::new(CAPACITY);
    server.adopt(far)?;
    let scheme = server.url().split(':').next().unwrap_or_default();
    client.connect_over(&format!("{scheme}://localhost{target}"), near)
}
