//! [`Deflate`]: the program's settings of compression.

use super::codec;

/// The window if the two ends name none, as a power of two: 32 KiB.
pub(crate) const LARGEST_WINDOW: u8 = 15;

/// The smallest window with which the codec can compress. Smaller windows are legal.
pub(crate) const SMALLEST_WINDOW: u8 = 9;

/// Settings of compression by permessage-deflate (RFC 7692), for
/// [`Server::deflate`](crate::Server::deflate) and [`Client::deflate`](crate::Client::deflate).
///
/// By default each message is compressed separately, at a fast level. So an idle connection holds
/// no memory for compression, and the size of a message reveals nothing about other messages.
///
/// With _context takeover_, a message may refer to earlier messages. This makes small, similar
/// messages much smaller. It costs each connection about 320 KiB for sending and 50 KiB for
/// receiving. A direction has takeover only if both ends want it:
/// [`send_takeover`](Self::send_takeover) at one end needs [`recv_takeover`](Self::recv_takeover)
/// at the other.
///
/// If a message contains both a secret and text that an attacker chooses, its compressed size
/// reveals the secret. Send such a message as [`Uncompressed`](crate::Uncompressed).
///
/// Compression needs the feature `deflate`, which is on by default. Without it, the library neither
/// offers nor accepts compression, whatever is set here.
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

/// How far the messages of one direction may refer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// Earlier messages may be referred to.
    pub(crate) takeover: bool,
    /// The distance, as a power of two.
    pub(crate) window_bits: u8,
}

impl Default for Deflate {
    fn default() -> Self {
        let context = Context { takeover: false, window_bits: LARGEST_WINDOW };
        Self { level: 1, min_size: 64, send: context, recv: context }
    }
}

impl Deflate {
    /// Makes the default settings. See [`Deflate`] for an example.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of compression, from 1 (the fastest) to 9 (the smallest messages); 1 by
    /// default.
    ///
    /// At level 0 this end sends nothing compressed. The peer may still compress its messages.
    pub fn level(mut self, level: u32) -> Self {
        self.level = level;
        self
    }

    /// Sets the size in bytes below which a message is sent uncompressed; 64 by default.
    pub fn min_size(mut self, bytes: usize) -> Self {
        self.min_size = bytes;
        self
    }

    /// Sets whether sent messages may refer to earlier ones (§7.1.1); `false` by default.
    ///
    /// The peer must allow it. A peer that uses this library allows it with
    /// [`recv_takeover`](Self::recv_takeover).
    pub fn send_takeover(mut self, takeover: bool) -> Self {
        self.send.takeover = takeover;
        self
    }

    /// Sets whether the peer's messages may refer to earlier ones (§7.1.1); `false` by default.
    ///
    /// What `false` means depends on the side:
    ///
    /// - A client asks the server not to use takeover. If the server does not confirm this, the
    ///   connection allows takeover nevertheless, and holds the 50 KiB.
    /// - A server tells the client not to use takeover. A client that uses it nevertheless, as
    ///   Tornado 6.6 does, is disconnected with code 1007. For such clients, set `true`.
    pub fn recv_takeover(mut self, takeover: bool) -> Self {
        self.recv.takeover = takeover;
        self
    }

    /// Sets how far back sent messages refer, as a power of two (§7.1.2): from 9 (512 bytes) to 15
    /// (32 KiB), the default.
    ///
    /// With 9, sending with takeover costs about 200 KiB. The peer may ask for less. If it asks for
    /// 8, with which this library cannot compress, a server ignores that offer, and a client sends
    /// its messages uncompressed.
    pub fn send_window_bits(mut self, bits: u8) -> Self {
        self.send.window_bits = bits;
        self
    }

    /// Sets how far back the peer's messages should refer, as a power of two (§7.1.2): from 9 to
    /// 15, the default.
    ///
    /// Less costs the peer less memory. A peer that cannot do this is accepted nevertheless.
    pub fn recv_window_bits(mut self, bits: u8) -> Self {
        self.recv.window_bits = bits;
        self
    }

    /// Returns what is wrong with the settings, if they can never work.
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

    /// The settings, if this build can compress.
    pub(crate) fn usable(&self) -> Option<&Self> {
        codec::AVAILABLE.then_some(self)
    }
}
