//! How a stream is reset.

use std::any::{Any, TypeId};
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

/// How long a write may wait in a stream that can be reset, before it looks whether it was. What
/// would end the wait could send a FIN, which is no reset.
///
/// On Windows a write that has timed out may have sent a part, so there it waits.
const GLANCE: Duration = Duration::from_millis(100);

/// The timeout for one write to the stream below.
pub(super) fn glance<S: Any>(timeout: Option<Duration>) -> Option<Duration> {
    if cfg!(windows) || TypeId::of::<S>() != TypeId::of::<TcpStream>() {
        return timeout;
    }
    Some(timeout.map_or(GLANCE, |timeout| timeout.min(GLANCE)))
}

/// Makes the drop of a stream's last handle reset it. Returns `false` if such a stream cannot be
/// reset.
pub(crate) fn prepare<S: Any>(stream: &S) -> bool {
    let Some(socket) = (stream as &dyn Any).downcast_ref::<TcpStream>() else { return false };
    // A socket that lingers for no time is reset when its last handle is closed.
    SockRef::from(socket).set_linger(Some(Duration::ZERO)).is_ok()
}
