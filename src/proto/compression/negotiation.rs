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

use super::deflate::{Context, Deflate, LARGEST_WINDOW, SMALLEST_WINDOW};
use crate::proto::http::{Extension, extensions};
use crate::proto::rules::HandshakeError;

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

impl Deflate {
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
