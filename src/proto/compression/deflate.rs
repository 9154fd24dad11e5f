//! [`Deflate`]: what a program sets of compression.

use super::codec;

/// The window of a DEFLATE stream of which nothing is said, as a power of two: 32 KiB.
pub(crate) const LARGEST_WINDOW: u8 = 15;

/// The smallest window that the codec can compress with; smaller ones are legal.
pub(crate) const SMALLEST_WINDOW: u8 = 9;

/// Settings of compression by permessage-deflate (RFC 7692), for
/// [`Server::deflate`](crate::Server::deflate) and [`Client::deflate`](crate::Client::deflate).
///
/// By default each message is compressed by itself, with a fast level: an idle connection then holds
/// no memory for it, and whatever a message holds cannot be guessed from the size of another. With
/// _context takeover_ a message may refer to those before it. That makes small messages that
/// resemble each other much smaller, and costs each connection about 320 KiB for sending and 50 KiB
/// for receiving. Each direction has it only where both ends want it: one end's
/// [`send_takeover`](Self::send_takeover) needs the other's [`recv_takeover`](Self::recv_takeover).
///
/// A message in which a secret stands beside text that an attacker chooses gives the secret away by
/// its compressed size; send it as [`Uncompressed`](crate::Uncompressed).
///
/// Built without the feature `deflate` (it is on by default), the library neither offers
/// compression nor accepts it, whatever is set here.
///
/// ```no_run
/// use blocking_ws::{Client, Deflate};
///
/// let deflate = Deflate::new().send_takeover(true).recv_takeover(true);
/// let ws = Client::new().deflate(deflate).connect("ws://127.0.0.1:9001/")?;
/// println!("agreed on {:?}", ws.extensions()); // `None`: the server does not compress
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Deflate {
    pub(super) level: u32,
    pub(super) min_size: usize,
    pub(super) send: Context,
    pub(super) recv: Context,
}

/// What the messages of one direction may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// Whether earlier messages are among it.
    pub(crate) takeover: bool,
    /// How far back, as a power of two.
    pub(crate) window_bits: u8,
}

impl Default for Deflate {
    fn default() -> Self {
        let context = Context { takeover: false, window_bits: LARGEST_WINDOW };
        Self { level: 1, min_size: 64, send: context, recv: context }
    }
}

impl Deflate {
    /// Begins with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the effort of compressing: 0 for none (the peer's messages may be compressed
    /// nevertheless), 1 for the fastest, 9 for the smallest messages; 1 by default.
    pub fn level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }

    /// Sets the size in bytes below which a message is sent as it is; 64 by default.
    pub fn min_size(mut self, bytes: usize) -> Self {
        self.min_size = bytes;
        self
    }

    /// Sets whether messages that are sent may refer to earlier ones (§7.1.1); not by default.
    ///
    /// The peer must allow it; one that uses this library does where its
    /// [`recv_takeover`](Self::recv_takeover) is set.
    pub fn send_takeover(mut self, takeover: bool) -> Self {
        self.send.takeover = takeover;
        self
    }

    /// Sets whether the peer's messages may refer to earlier ones (§7.1.1); not by default.
    ///
    /// A client that does not want it asks the server to do without. Where that does not say that it
    /// will, the connection has it nevertheless, and holds the 50 KiB. A server's client is only told:
    /// one that refers to earlier messages all the same, as that of Tornado 6.6 does, fails with 1007
    /// unless this is set.
    pub fn recv_takeover(mut self, takeover: bool) -> Self {
        self.recv.takeover = takeover;
        self
    }

    /// Sets how far back messages that are sent refer, as a power of two (§7.1.2): 9 for 512 bytes
    /// to 15 for 32 KiB, which is the default.
    ///
    /// With 9, sending with takeover costs about 200 KiB. The peer may ask for less; where it asks
    /// for 8, with which this library cannot compress, a server passes over that offer, and a client
    /// sends its messages as they are.
    pub fn send_window_bits(mut self, bits: u8) -> Self {
        self.send.window_bits = bits;
        self
    }

    /// Sets how far back the peer's messages should refer, from 9 to 15, which is the
    /// default: less costs the peer less memory. A peer that cannot is accepted nevertheless.
    pub fn recv_window_bits(mut self, bits: u8) -> Self {
        self.recv.window_bits = bits;
        self
    }

    /// Says what is wrong with the settings, if they can never work.
    pub(crate) fn invalid(&self) -> Option<&'static str> {
        let legal = SMALLEST_WINDOW..=LARGEST_WINDOW;
        if self.level > 9 {
            Some("the level of compression is 0 to 9")
        } else if ![self.send, self.recv].iter().all(|one| legal.contains(&one.window_bits)) {
            Some("the window bits of compression are 9 to 15")
        } else {
            None
        }
    }

    /// The settings where this build can compress at all.
    pub(crate) fn usable(&self) -> Option<&Self> {
        codec::AVAILABLE.then_some(self)
    }
}
