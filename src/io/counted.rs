//! Counts that a stream of the program returns. The library cuts buffers by them, so a count that
//! cannot be true must not get far: it would be a panic somewhere else.

use std::io::{self, ErrorKind, Write};

/// Returns the count of a call that was given `most` bytes, or `InvalidData` if it counts more.
#[inline]
pub(crate) fn counted(done: io::Result<usize>, most: usize) -> io::Result<usize> {
    match done {
        Ok(n) if n > most => Err(too_many()),
        done => done,
    }
}

#[cold]
fn too_many() -> io::Error {
    let text = "the stream has counted more bytes than it was given";
    io::Error::new(ErrorKind::InvalidData, text)
}

/// Does what [`Write::write_all`] does, which panics if the count of a write cannot be true.
pub(crate) fn write_all(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match counted(stream.write(bytes), bytes.len()) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
