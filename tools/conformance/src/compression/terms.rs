//! [`Terms`]: what a case offers and accepts of permessage-deflate.

/// What a case offers as a client, and accepts as a server (RFC 7692 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// A plain offer.
    Plain,
    /// The server is not to refer to earlier messages.
    ServerNoTakeover,
    /// The server's window has this many bits.
    ServerWindow(u8),
    /// Both: no reference to earlier messages, and a window of this many bits.
    ServerNoTakeoverAndWindow(u8),
    /// Three offers, the narrowest first.
    Three,
}
