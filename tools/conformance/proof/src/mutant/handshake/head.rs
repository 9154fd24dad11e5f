//! Reads the head of a request or response.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use blocking_ws::Duplex;

/// Bytes that came behind a head.
pub(super) type Glued = Vec<u8>;

/// The most bytes of a head.
const MOST: usize = 64 << 10;
/// The most lines of a head.
pub(super) const LINES: usize = 200;
/// A request is there by then.
pub(super) const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// An answer is there by then.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(4);

/// What is known of a head.
pub(super) enum Seen<T> {
    /// It goes on.
    Part,
    /// It has these many bytes, and this was made of it.
    Whole(usize, T),
}

/// Reads until `look` says that the head is whole, and returns what it makes of it, with the bytes
/// behind. `bytes` are there already.
///
/// # Errors
/// `InvalidData`: the head is too long. `UnexpectedEof`, `TimedOut`: it does not come. Or the error of
/// `look`.
pub(super) fn read<S: Duplex, T>(
    stream: &mut S,
    mut bytes: Glued,
    deadline: Instant,
    mut look: impl FnMut(&[u8]) -> io::Result<Seen<T>>,
) -> io::Result<(T, Glued)> {
    let mut more = [0; 4096];
    loop {
        if let Seen::Whole(len, made) = look(&bytes)? {
            bytes.drain(..len);
            return Ok((made, bytes));
        }
        if bytes.len() > MOST {
            return Err(io::Error::new(ErrorKind::InvalidData, "the head is too long"));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(ErrorKind::TimedOut, "the head does not end"));
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut more) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(n) => bytes.extend_from_slice(&more[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
