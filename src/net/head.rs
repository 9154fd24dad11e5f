//! Heads of HTTP messages over a stream: read with the bytes behind them, and written.

use std::io::{self, ErrorKind, Read, Write};

use crate::error::{Error, Result};
use crate::proto::head::{Head, Split};
use crate::proto::limits::Limits;

/// Enough for most heads in one read.
pub(crate) const CHUNK: usize = 2 << 10;

/// Reads one head, and returns it with the bytes behind it.
pub(crate) fn read_head(
    stream: &mut impl Read,
    limits: &Limits,
    already_read: Vec<u8>,
) -> Result<Split> {
    let mut head = Head::default();
    let mut chunk = already_read;
    let mut n = chunk.len();
    loop {
        if let Some(done) = head.push(&chunk[..n], limits)? {
            return Ok(done);
        }
        chunk.resize(CHUNK, 0);
        n = loop {
            match stream.read(&mut chunk) {
                Ok(0) => return Err(Error::Lost(ended(&head))),
                Ok(n) => break n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::Lost(e)),
            }
        };
    }
}

fn ended(head: &Head) -> io::Error {
    let when = if head.is_empty() { "before" } else { "within" };
    io::Error::new(
        ErrorKind::UnexpectedEof,
        format!("the peer hung up {when} the head of its HTTP message"),
    )
}

/// Writes the bytes of a message out.
pub(crate) fn write(stream: &mut impl Write, bytes: &[u8]) -> Result<()> {
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(Error::Lost)
}
