//! Heads of HTTP messages over a stream: reads them with the bytes after them, and writes them.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use http::Response;

use crate::error::{Error, Result};
use crate::io::{Deadline, LAST_WORDS, Timed, counted, write_all};
use crate::proto::http::{Body, Head, Split};
use crate::proto::rules::Limits;

/// The size of a read, which holds most heads.
pub(crate) const CHUNK: usize = 2 << 10;

/// The most time for reading the answer of a peer that did not take a whole request; the least is
/// [`LAST_WORDS`].
const MOST_WORDS: Duration = Duration::from_secs(1);

/// The most time for reading the body of a refusal, whose end may be unknown.
pub(crate) const BODY: Duration = Duration::from_secs(1);

/// Shortens the deadline after a write has failed, so that the peer's answer can be read: it has
/// arrived already, or it never comes.
///
/// If the deadline has passed, the answer may say why the peer did not read. So it still gets a
/// moment.
pub(crate) fn last_words<S>(timed: &mut Timed<'_, S>) {
    let (least, most) = (LAST_WORDS, MOST_WORDS);
    let left = match timed.deadline.remaining() {
        Ok(left) => left.unwrap_or(most).clamp(least, most),
        Err(_) => least,
    };
    timed.deadline = Deadline::after(Some(left));
}

/// Reads one head, and returns it with the bytes after it.
pub(crate) fn read_head(
    stream: &mut impl Read,
    limits: &Limits,
    already_read: Vec<u8>,
) -> Result<Split> {
    continue_head(&mut Head::default(), stream, limits, already_read)
}

/// The same with a head that the caller looks at after an error: has any of it arrived?
pub(crate) fn continue_head(
    head: &mut Head,
    stream: &mut impl Read,
    limits: &Limits,
    already_read: Vec<u8>,
) -> Result<Split> {
    let mut chunk = already_read;
    let mut n = chunk.len();
    loop {
        if let Some(done) = head.push(&chunk[..n], limits)? {
            return Ok(done);
        }
        chunk.resize(CHUNK, 0);
        n = loop {
            match counted(stream.read(&mut chunk), CHUNK) {
                Ok(0) => return Err(Error::Lost(ended(head))),
                Ok(n) => break n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::Lost(e)),
            }
        };
    }
}

fn ended(head: &Head) -> io::Error {
    let when = if head.is_empty() { HungUp::Before } else { HungUp::Within };
    io::Error::new(ErrorKind::UnexpectedEof, when)
}

/// Where a peer has hung up. A peer that has begun to speak HTTP does not want TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HungUp {
    #[error("the peer hung up before the head of its HTTP message")]
    Before,
    #[error("the peer hung up within the head of its HTTP message")]
    Within,
}

/// Writes all of `bytes`.
pub(crate) fn write_out(stream: &mut impl Write, bytes: &[u8]) -> Result<()> {
    write_all(stream, bytes).and_then(|()| stream.flush()).map_err(Error::Lost)
}

/// Reads the start of a refusal's body. An error only ends the body.
pub(crate) fn start_of_body(
    stream: &mut impl Read,
    response: &Response<()>,
    behind: Vec<u8>,
) -> Vec<u8> {
    let mut body = Body::new(response, behind);
    let mut chunk = [0; CHUNK];
    while !body.is_enough() {
        match counted(stream.read(&mut chunk), CHUNK) {
            Ok(0) => break,
            Ok(n) => body.push(&chunk[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    body.start()
}
