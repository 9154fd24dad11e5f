//! One direction of a tunnel.

use std::io::{self, ErrorKind, Read, Write};

/// How much is read at once, and is then one message.
const MOST: usize = 64 << 10;

/// Passes bytes on as they come, until the end.
///
/// `io::copy` does not flush, and standard output holds back what ends no line.
pub(crate) fn pump(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut buf = vec![0; MOST];
    loop {
        match from.read(&mut buf) {
            Ok(0) => return Ok(()),
            Ok(n) => {
                to.write_all(&buf[..n])?;
                to.flush()?;
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
