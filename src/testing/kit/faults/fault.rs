//! [`Fault`]: what goes wrong at a place. [`Ending`]: those of them after which nothing follows.

use std::fmt;
use std::io::ErrorKind;

/// What goes wrong at a place in the bytes of one direction. See
/// [`Faults::after`](crate::testing::Faults::after).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection ends in order, in both directions and without a Close frame: by FIN on a
    /// socket.
    Cut,
    /// The connection is reset: both ends get `ConnectionReset`.
    ///
    /// That needs TCP, without TLS. On any other stream, a [`Pipe`](crate::testing::Pipe) among
    /// them, this end gets `ConnectionReset`, and the other end reads what was sent before and then
    /// the end of the stream.
    Reset,
    /// Nothing more passes in this direction, and no end of it either.
    ///
    /// Two ends do pass. A program that shuts its own stream down ends it below, too. A proxy lets
    /// go of a connection when both programs have ended what they send.
    Stall,
    /// In the next byte, the bits are flipped that are set in this one.
    Corrupt(u8),
    /// These bytes come before the next byte. They count in no place, and pass at once.
    Insert(Vec<u8>),
    /// This number of bytes vanishes. They do count.
    Drop(usize),
    /// The next call in this direction fails with this error, once. A proxy has no caller and
    /// resets the connection.
    Error(ErrorKind),
}

/// What it did, such as `cut` or `dropped 3 bytes`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("cut"),
            Self::Reset => f.write_str("reset"),
            Self::Stall => f.write_str("stalled"),
            Self::Corrupt(xor) => write!(f, "corrupted by {xor:#04x}"),
            Self::Insert(bytes) => write!(f, "inserted {} bytes", bytes.len()),
            Self::Drop(bytes) => write!(f, "dropped {bytes} bytes"),
            Self::Error(kind) => write!(f, "failed with {kind:?}"),
        }
    }
}

/// How a fault ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Cut,
    Reset,
}

/// What it did, as [`Fault`] has it.
impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => Fault::Cut.fmt(f),
            Self::Reset => Fault::Reset.fmt(f),
        }
    }
}
