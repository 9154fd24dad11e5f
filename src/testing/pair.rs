//! [`pair`]: two ends of a connection that never leaves the process.

use http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_EXTENSIONS};

use super::pipe::Pipe;
use crate::connection::WebSocket;
use crate::error::Result;
use crate::handshake::{Upgraded, check_deflate};
use crate::io::Duplex;
use crate::proto::compression::{Agreed, Deflate};
use crate::proto::rules::{Limits, Role};

/// How many bytes each direction of a [`pair`] holds before a write blocks.
const CAPACITY: usize = 64 << 10;

/// Opens a connection in memory and returns the client's end and the server's end.
///
/// The ends may be used in different threads. A single thread can use both, within two limits:
///
/// * Each direction holds 64 KiB of messages that have not been received, with up to 14 bytes of
///   header for each message. A send that exceeds this blocks until the other end receives, or
///   until the write timeout if there is one.
/// * `close` waits for the other end, for five seconds at most. So the other end needs another
///   thread, or the caller uses [`Sender::close`](crate::Sender::close), which does not wait.
///
/// ```
/// let (mut client, mut server) = blocking_ws::testing::pair();
/// client.send("ping")?;
/// assert_eq!(server.recv()?, Some("ping".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[must_use]
pub fn pair() -> (WebSocket<Pipe>, WebSocket<Pipe>) {
    ends(Pipe::new(CAPACITY), |_| Upgraded::default())
}

/// Opens a connection like [`pair`] on which both ends compress with the same settings.
///
/// Takeover needs both `send_takeover` and `recv_takeover`, and then holds in both directions.
/// Without the feature `deflate` the messages are not compressed.
///
/// ```
/// use blocking_ws::Deflate;
///
/// let (mut client, mut server) = blocking_ws::testing::pair_with(&Deflate::new())?;
/// client.send("never ".repeat(5000))?;
/// assert_eq!(server.recv()?, Some("never ".repeat(5000).into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid): the settings can never work.
pub fn pair_with(deflate: &Deflate) -> Result<(WebSocket<Pipe>, WebSocket<Pipe>)> {
    pair_over(Pipe::new(CAPACITY), deflate)
}

/// Opens a connection like [`pair_with`] over the two ends of a stream, such as a socket pair. The
/// first end becomes the client's.
///
/// ```
/// use blocking_ws::Deflate;
/// use blocking_ws::testing::{Pipe, pair_over};
///
/// let (mut client, mut server) = pair_over(Pipe::new(16), &Deflate::new())?;
/// client.send("a few")?;
/// assert_eq!(server.recv()?, Some("a few".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// The same as [`pair_with`].
pub fn pair_over<S: Duplex>(
    streams: (S, S),
    deflate: &Deflate,
) -> Result<(WebSocket<S>, WebSocket<S>)> {
    check_deflate(Some(deflate))?;
    let agreed = negotiated(deflate);
    Ok(ends(streams, |role| {
        let deflate = agreed.as_ref().map(|[client, server]| match role {
            Role::Client => client.clone(),
            Role::Server => server.clone(),
        });
        Upgraded { deflate, ..Upgraded::default() }
    }))
}

/// Returns what a client and a server with the same settings agree on.
pub(super) fn negotiated(deflate: &Deflate) -> Option<[Agreed; 2]> {
    let deflate = deflate.usable()?;
    let header = |line: &str| {
        let value = HeaderValue::from_str(line).ok()?;
        Some(HeaderMap::from_iter([(SEC_WEBSOCKET_EXTENSIONS, value)]))
    };
    let server = deflate.answer(&header(&deflate.offer())?)?;
    let client = deflate.judge(&header(&server.answer)?).ok()??;
    Some([client, server])
}

fn ends<S: Duplex>(
    (client, server): (S, S),
    upgraded: impl Fn(Role) -> Upgraded,
) -> (WebSocket<S>, WebSocket<S>) {
    let end = |stream, role| {
        let limits = Limits::default();
        let mut websocket = WebSocket::upgraded(stream, role, limits, upgraded(role));
        websocket.set_close_timeout(std::time::Duration::from_secs(5));
        websocket
    };
    (end(client, Role::Client), end(server, Role::Server))
}
