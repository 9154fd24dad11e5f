//! The last moments of a connection (RFC 6455 §7.1.1).
//!
//! A socket that is closed while input lies unread is reset, and the reset can overtake what was
//! sent last. So the end reads on for a while, and throws away what it reads.

use std::io::{ErrorKind, Read};
use std::net::Shutdown;
use std::time::Duration;

use super::deadline::{Deadline, is_timeout};
use super::duplex::Controls;

/// The longest a peer is waited for once the last frame is out.
pub(crate) const LINGER: Duration = Duration::from_secs(2);
/// The most that is read and thrown away: a peer must get through with a message that is refused
/// for its size before it reads why.
const MOST: usize = 64 << 20;
/// How often it is looked whether the last frame is out, while another thread still writes.
const GLANCE: Duration = Duration::from_millis(20);

/// Reads and discards until the peer hangs up, `deadline` passes or too much has come.
///
/// With `shut_first` the writing direction is shut down as soon as the last frame is out, which
/// `is_sent` tells; that ends a TLS session in order as well. The read timeout of `stream` is left
/// as it comes.
pub(crate) fn linger<S: Read>(
    stream: &mut S,
    controls: Controls<S>,
    deadline: Deadline,
    shut_first: bool,
    is_sent: impl Fn() -> bool,
) {
    let mut scratch = vec![0; 16 << 10];
    let mut left = MOST;
    let mut shut = false;
    while left > 0 {
        if shut_first && !shut && is_sent() {
            shut = true;
            if (controls.shutdown)(stream, Shutdown::Write).is_err() {
                return;
            }
        }
        let Ok(remaining) = deadline.remaining() else {
            return;
        };
        let wait = if shut_first && !shut {
            Some(remaining.map_or(GLANCE, |remaining| remaining.min(GLANCE)))
        } else {
            remaining
        };
        if (controls.set_read_timeout)(stream, wait).is_err() {
            return;
        }
        match stream.read(&mut scratch) {
            Ok(0) => return,
            Ok(n) => left = left.saturating_sub(n),
            Err(e) if is_timeout(&e) || e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
