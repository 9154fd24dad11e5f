//! permessage-deflate: its settings, and what two ends agree on from them (RFC 7692 §7.1).
//!
//! ```text
//! client                       server
//! Deflate::offer  -----------> Deflate::answer --> Agreed
//! Deflate::judge  <-----------       |
//!     |                              one of the offers, or none
//!     v
//!   Agreed
//! ```
//!
//! Compressing itself is in `codec` and `compression`.

use std::fmt;

use http::header::HeaderMap;

use super::codec;
use crate::proto::http::{Extension, extensions};
use crate::proto::rules::HandshakeError;

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
    level: u32,
    min_size: usize,
    send: Context,
    recv: Context,
}

/// What the messages of one direction may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// Whether earlier messages are among it.
    pub(crate) takeover: bool,
    /// How far back, as a power of two.
    pub(crate) window_bits: u8,
}

/// What holds for one connection, from one end's point of view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) send: Context,
    pub(crate) recv: Context,
    pub(crate) level: u32,
    pub(crate) min_size: usize,
    /// The server's words.
    pub(crate) answer: String,
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

    /// What a client offers: what it would like, and behind that what it can do with.
    pub(crate) fn offer(&self) -> String {
        let smaller = |bits| (bits < LARGEST_WINDOW).then_some(bits);
        let offer = Parameters {
            server_no_context_takeover: !self.recv.takeover,
            client_no_context_takeover: !self.send.takeover,
            server_max_window_bits: smaller(self.recv.window_bits),
            // §7.1.2.2: without this a server could not ask for a smaller window.
            client_max_window_bits: Some(match smaller(self.send.window_bits) {
                Some(bits) => Bits::AtMost(bits),
                None => Bits::Unsaid,
            }),
        };
        let fallback = Parameters { server_max_window_bits: None, ..offer };
        if offer == fallback { offer.to_string() } else { format!("{offer}, {fallback}") }
    }

    /// What a server makes of a client's offers: it takes the first that it can, and passes over
    /// those it cannot (§5.1, §7.1).
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Option<Agreed> {
        let offers = extensions(headers).flatten().filter(|offer| offer.name == NAME);
        let mut known = offers.filter_map(|offer| Parameters::parse(&offer).ok());
        let answer = known.find_map(|offer| self.accept(offer))?;
        Some(self.agreed(answer.server(), answer.client(), answer))
    }

    fn accept(&self, offer: Parameters) -> Option<Parameters> {
        let most = offer.server_max_window_bits.unwrap_or(LARGEST_WINDOW);
        if most < SMALLEST_WINDOW {
            return None;
        }
        let send_bits = most.min(self.send.window_bits);
        let named = offer.server_max_window_bits.is_some() || send_bits < LARGEST_WINDOW;
        // §7.1.2.2: only where the client said that it knows the parameter.
        let most = offer.client_max_window_bits.map(Bits::number);
        let asks = most.is_some_and(|most| self.recv.window_bits < most);
        Some(Parameters {
            server_no_context_takeover: offer.server_no_context_takeover || !self.send.takeover,
            client_no_context_takeover: offer.client_no_context_takeover || !self.recv.takeover,
            server_max_window_bits: named.then_some(send_bits),
            client_max_window_bits: asks.then_some(Bits::AtMost(self.recv.window_bits)),
        })
    }

    /// What a client makes of the server's answer to [`offer`](Self::offer) (§7.1); `None` where the
    /// server does without compression.
    ///
    /// # Errors
    /// The server did not choose from what was offered.
    pub(crate) fn judge(&self, headers: &HeaderMap) -> Result<Option<Agreed>, HandshakeError> {
        let mut chosen = extensions(headers);
        let Some(first) = chosen.next() else { return Ok(None) };
        let bad = HandshakeError::BadExtension;
        let first = first.ok_or(bad("it is malformed"))?;
        if first.name != NAME {
            return Err(HandshakeError::UnaskedExtension);
        }
        if chosen.next().is_some() {
            return Err(bad("there is another one"));
        }
        let answer = Parameters::parse(&first).map_err(bad)?;
        match answer.client_max_window_bits {
            Some(Bits::Unsaid) => return Err(bad("client_max_window_bits has no value")),
            Some(Bits::AtMost(bits)) if bits > self.send.window_bits => {
                return Err(bad("client_max_window_bits is larger than was offered"));
            }
            Some(Bits::AtMost(_)) | None => {}
        }
        // Without server_no_context_takeover the server may refer to earlier messages, where this side
        // would rather not remember them too (§7.1.1.1): there are servers that lose the parameter.
        // Its server_max_window_bits is what the server can do, even where less would be liked.
        Ok(Some(self.agreed(answer.client(), answer.server(), answer)))
    }

    fn agreed(&self, send: Context, recv: Context, answer: Parameters) -> Agreed {
        let send = Context {
            takeover: send.takeover && self.send.takeover,
            window_bits: send.window_bits.min(self.send.window_bits),
        };
        let &Self { level, min_size, .. } = self;
        Agreed { send, recv, level, min_size, answer: answer.to_string() }
    }
}

/// The extension's registered name (§9).
const NAME: &str = "permessage-deflate";

/// The parameters of an offer or of the answer to one (§7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<Bits>,
}

/// The value of `client_max_window_bits` (§7.1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bits {
    /// None is given, as an offer may have it: whatever the server likes.
    Unsaid,
    AtMost(u8),
}

impl Bits {
    const fn number(self) -> u8 {
        match self {
            Self::Unsaid => LARGEST_WINDOW,
            Self::AtMost(bits) => bits,
        }
    }
}

impl Parameters {
    /// Reads parameters; says why where one is unknown, is there twice or has a bad value.
    fn parse(extension: &Extension<'_>) -> Result<Self, &'static str> {
        let mut all = Self::default();
        for (name, value) in &extension.parameters {
            let twice = match (*name, value.as_deref()) {
                ("server_no_context_takeover", None) => {
                    std::mem::replace(&mut all.server_no_context_takeover, true)
                }
                ("client_no_context_takeover", None) => {
                    std::mem::replace(&mut all.client_no_context_takeover, true)
                }
                ("server_max_window_bits", Some(bits)) => {
                    all.server_max_window_bits.replace(window_bits(bits)?).is_some()
                }
                ("client_max_window_bits", bits) => {
                    let bits = match bits {
                        Some(bits) => Bits::AtMost(window_bits(bits)?),
                        None => Bits::Unsaid,
                    };
                    all.client_max_window_bits.replace(bits).is_some()
                }
                ("server_max_window_bits", None) => {
                    return Err("server_max_window_bits has no value");
                }
                ("server_no_context_takeover" | "client_no_context_takeover", Some(_)) => {
                    return Err("a parameter has a value that takes none");
                }
                _ => return Err("a parameter is unknown"),
            };
            if twice {
                return Err("a parameter is there twice");
            }
        }
        Ok(all)
    }

    /// What the server's messages may refer to.
    fn server(self) -> Context {
        Context {
            takeover: !self.server_no_context_takeover,
            window_bits: self.server_max_window_bits.unwrap_or(LARGEST_WINDOW),
        }
    }

    /// What the client's messages may refer to.
    fn client(self) -> Context {
        Context {
            takeover: !self.client_no_context_takeover,
            window_bits: self.client_max_window_bits.map_or(LARGEST_WINDOW, Bits::number),
        }
    }
}

/// §7.1.2: 8 to 15, without leading zeros.
fn window_bits(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        [digit @ b'8'..=b'9'] => Ok(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Ok(10 + digit - b'0'),
        _ => Err("window bits are not 8 to 15"),
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; server_max_window_bits={bits}")?;
        }
        match self.client_max_window_bits {
            Some(Bits::AtMost(bits)) => write!(f, "; client_max_window_bits={bits}"),
            Some(Bits::Unsaid) => f.write_str("; client_max_window_bits"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
