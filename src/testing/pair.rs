//! [`pair`]: two ends of a connection that never leaves the process.

use std::time::Duration;

use http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_EXTENSIONS};

use super::pipe::Pipe;
use crate::connection::{Settings, WebSocket};
use crate::error::Result;
use crate::handshake::Upgraded;
use crate::io::Duplex;
use crate::process::next_number;
use crate::proto::compression::{Agreed, Deflate};
use crate::proto::rules::{Limits, Role};
use crate::transport::Stream;

/// How many bytes each direction of a [`pair`] holds before a write blocks.
pub(super) const CAPACITY: usize = 64 << 10;

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
pub fn pair() -> (WebSocket, WebSocket) {
    let (client, server) = Pipe::new(CAPACITY);
    (end(client, Role::Client), end(server, Role::Server))
}

/// Makes an end of a connection that is open.
pub(super) fn end(stream: Pipe, role: Role) -> WebSocket {
    let upgraded = Upgraded::default();
    let mut websocket =
        WebSocket::upgraded(Stream::boxed(stream), role, Limits::default(), upgraded);
    websocket.set_close_timeout(Duration::from_secs(5));
    websocket
}

/// Opens a connection like [`pair`] whose ends both have these settings, as a client and a server
/// with them would.
///
/// So both ends have all timeouts, and the server's end pings. They compress if [`Settings`] says
/// so. Their subprotocol is the first in `settings`, if there is one.
///
/// With `idle_timeout` or `max_lifetime` either end may close first. To test such a timeout, set
/// it at one end of a [`pair`], with [`set_idle_timeout`](WebSocket::set_idle_timeout) or
/// [`set_max_lifetime`](WebSocket::set_max_lifetime).
///
/// ```
/// use blocking_ws::{Deflate, Settings};
///
/// let settings = Settings::new().subprotocol("chat.v1").deflate(Deflate::new());
/// let (mut client, mut server) = blocking_ws::testing::pair_with(&settings)?;
/// client.send("never ".repeat(5000))?;
/// assert_eq!(server.recv()?, Some("never ".repeat(5000).into()));
/// assert_eq!(server.subprotocol(), Some("chat.v1"));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid): the settings can never work.
pub fn pair_with(settings: &Settings) -> Result<(WebSocket, WebSocket)> {
    settings.check(Role::Server)?;
    let (client, server) = Pipe::new(CAPACITY);
    let client = seen_end(client, Role::Client, settings)?;
    Ok((client, seen_end(server, Role::Server, settings)?))
}

/// Makes an end of a connection in memory whose other end has the same settings.
pub(super) fn seen_end(stream: Pipe, role: Role, settings: &Settings) -> Result<WebSocket> {
    let number = next_number();
    let stream = Stream::boxed(stream).seen_by(&settings.taps, number, role, &[]);
    end_with(number, stream, role, settings)
}

/// Opens a connection like [`pair_with`] over the two ends of a stream, such as a socket pair. The
/// first end becomes the client's. A [`tap`](Settings::tap) in the settings sees nothing of it: attach
/// it to the streams, by [`Stream::tap`].
///
/// ```
/// use blocking_ws::Settings;
/// use blocking_ws::testing::{Pipe, pair_over};
///
/// let (mut client, mut server) = pair_over(Pipe::new(16), &Settings::new())?;
/// client.send("a few")?;
/// assert_eq!(server.recv()?, Some("a few".into()));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
///
/// # Errors
/// The same as [`pair_with`]. [`Error::Io`](crate::Error::Io): a stream takes no timeout.
pub fn pair_over<S: Duplex>(
    (client, server): (S, S),
    settings: &Settings,
) -> Result<(WebSocket<S>, WebSocket<S>)> {
    settings.check(Role::Server)?;
    let client = end_with(next_number(), client, Role::Client, settings)?;
    Ok((client, end_with(next_number(), server, Role::Server, settings)?))
}

/// Makes an end of a connection whose other end has the same settings.
fn end_with<S: Duplex>(
    number: u64,
    stream: S,
    role: Role,
    settings: &Settings,
) -> Result<WebSocket<S>> {
    let agreed = settings.rules.deflate.as_ref().and_then(negotiated);
    let deflate = agreed.map(|[client, server]| match role {
        Role::Client => client,
        Role::Server => server,
    });
    let mut upgraded = Upgraded { deflate, ..Upgraded::default() };
    upgraded.opened.subprotocol = settings.rules.subprotocols.first().cloned();
    settings.open(number, stream, role, upgraded).map(|websocket| *websocket)
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
