//! permessage-deflate: its parameters, and how two ends agree on them (RFC 7692 §7.1).
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
//! `deflation`, `inflation` and `codec` do the compression. On a client `proto/handshake/client.rs`
//! uses this, and on a server the other handshake folder, `src/handshake/answer.rs`.

use std::fmt;

use http::header::HeaderMap;

use super::deflate::{Context, Deflate, LARGEST_WINDOW, SMALLEST_WINDOW};
use crate::proto::http::{Extension, extensions};
use crate::proto::rules::HandshakeError;

/// The settings of one connection, from one end's point of view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) send: Context,
    pub(crate) recv: Context,
    pub(crate) level: u32,
    pub(crate) min_size: usize,
    /// The server's answer.
    pub(crate) answer: String,
}

impl Deflate {
    /// Returns a client's offers: the settings that it prefers, then settings that it accepts.
    pub(crate) fn offer(&self) -> String {
        let smaller = |bits| (bits < LARGEST_WINDOW).then_some(bits);
        let offer = Parameters {
            server_no_context_takeover: !self.recv.takeover,
            client_no_context_takeover: !self.send.takeover,
            server_max_window_bits: smaller(self.recv.window_bits),
            // §7.1.2.2: without this parameter a server could not ask for a smaller window.
            client_max_window_bits: Some(match smaller(self.send.window_bits) {
                Some(bits) => Bits::AtMost(bits),
                None => Bits::Unsaid,
            }),
        };
        let fallback = Parameters { server_max_window_bits: None, ..offer };
        if offer == fallback { offer.to_string() } else { format!("{offer}, {fallback}") }
    }

    /// Returns a server's answer to a client's offers. It accepts the first offer that it can
    /// fulfil, and ignores the others (§5.1, §7.1).
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
        // §7.1.2.2: only if the client said that it knows the parameter.
        let most = offer.client_max_window_bits.map(Bits::number);
        let asks = most.is_some_and(|most| self.recv.window_bits < most);
        Some(Parameters {
            server_no_context_takeover: offer.server_no_context_takeover || !self.send.takeover,
            client_no_context_takeover: offer.client_no_context_takeover || !self.recv.takeover,
            server_max_window_bits: named.then_some(send_bits),
            client_max_window_bits: asks.then_some(Bits::AtMost(self.recv.window_bits)),
        })
    }

    /// Checks the server's answer to [`offer`](Self::offer) (§7.1). Returns `None` if the server
    /// declined compression.
    ///
    /// # Errors
    /// The server chose something that was not offered.
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
        // If the answer lacks server_no_context_takeover, the server may refer to earlier messages
        // (§7.1.1.1), and this side accepts that although it asked otherwise: some servers lose the
        // parameter. Its server_max_window_bits is accepted too, even if this side asked for less.
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

/// The parameters of an offer, or of its answer (§7.1).
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
    /// No value, which is legal in an offer: the server may choose.
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
    /// Parses parameters. Fails if one is unknown, is there twice or has a bad value, and returns
    /// why.
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

    /// Returns how far the server's messages may refer back.
    fn server(self) -> Context {
        Context {
            takeover: !self.server_no_context_takeover,
            window_bits: self.server_max_window_bits.unwrap_or(LARGEST_WINDOW),
        }
    }

    /// Returns how far the client's messages may refer back.
    fn client(self) -> Context {
        Context {
            takeover: !self.client_no_context_takeover,
            window_bits: self.client_max_window_bits.map_or(LARGEST_WINDOW, Bits::number),
        }
    }
}

/// Parses window bits (§7.1.2): 8 to 15, without leading zeros.
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
