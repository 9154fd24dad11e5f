//! How a stream is reset.

use std::any::Any;
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

/// Makes the drop of a stream's last handle reset it. Returns `false` if such a stream cannot be reset.
pub(crate) fn prepare<S: Any>(stream: &S) -> bool {
    let Some(socket) = (stream as &dyn Any).downcast_ref::<TcpStream>() else { return false };
    // A socket that lingers for no time is reset when its last handle is closed.
    SockRef::from(socket).set_linger(Some(Duration::ZERO)).is_ok()
}
