//! [`Parameters`]: the parameters of permessage-deflate (RFC 7692 §7.1).

use std::mem;

use super::extensions::{Extension, parse};

/// The extension's name.
pub(super) const NAME: &str = "permessage-deflate";

/// The parameters of an offer, or of an answer to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// `server_no_context_takeover`: the server does not refer to earlier messages (§7.1.1.1).
    pub server_no_takeover: bool,
    /// `client_no_context_takeover`: the client does not (§7.1.1.2).
    pub client_no_takeover: bool,
    /// The value of `server_max_window_bits` (§7.1.2.1).
    pub server_window: Option<u8>,
    /// `client_max_window_bits` (§7.1.2.2).
    pub client_window: ClientWindow,
}

/// The parameter `client_max_window_bits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientWindow {
    /// It is not there.
    #[default]
    Absent,
    /// It has no value: the client takes any in the answer. Only offers have this.
    Any,
    /// It has a value.
    Bits(u8),
}

/// Which list parameters stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Offer,
    Answer,
}

impl Parameters {
    /// Reads the offers of permessage-deflate in a client's headers. It leaves out those that a
    /// server must decline (§7.1).
    #[must_use]
    pub fn offers(headers: &[&str]) -> Vec<Self> {
        let extensions = headers.iter().filter_map(|header| parse(header)).flatten();
        extensions
            .filter(|extension| extension.name == NAME)
            .filter_map(|extension| Self::parse(&extension, Place::Offer).ok())
            .collect()
    }

    /// Reads parameters.
    ///
    /// # Errors
    /// Says which rule they break.
    pub(super) fn parse(extension: &Extension, place: Place) -> Result<Self, String> {
        let mut all = Self::default();
        for (name, value) in &extension.parameters {
            let is_twice = match (name.as_str(), value.as_deref()) {
                ("server_no_context_takeover", None) => {
                    mem::replace(&mut all.server_no_takeover, true)
                }
                ("client_no_context_takeover", None) => {
                    mem::replace(&mut all.client_no_takeover, true)
                }
                ("server_no_context_takeover", Some(_)) => {
                    return Err(format!("RFC 7692 §7.1.1.1: {name} has no value"));
                }
                ("client_no_context_takeover", Some(_)) => {
                    return Err(format!("RFC 7692 §7.1.1.2: {name} has no value"));
                }
                ("server_max_window_bits", value) => {
                    let bits = window_bits("§7.1.2.1", name, value)?;
                    all.server_window.replace(bits).is_some()
                }
                ("client_max_window_bits", value) => {
                    let window = match value {
                        None if place == Place::Offer => ClientWindow::Any,
                        _ => ClientWindow::Bits(window_bits("§7.1.2.2", name, value)?),
                    };
                    mem::replace(&mut all.client_window, window) != ClientWindow::Absent
                }
                _ => return Err(format!("RFC 7692 §7.1: {NAME} has no parameter {name:?}")),
            };
            if is_twice {
                return Err(format!("RFC 7692 §7.1: the parameter {name} is there twice"));
            }
        }
        Ok(all)
    }

    /// Writes an offer.
    #[must_use]
    pub fn offer(self) -> String {
        [NAME.to_owned(), self.client(), self.server()].concat()
    }

    /// Writes an answer.
    #[must_use]
    pub fn answer(self) -> String {
        [NAME.to_owned(), self.server(), self.client()].concat()
    }

    fn server(self) -> String {
        let window = match self.server_window {
            Some(bits) => format!("; server_max_window_bits={bits}"),
            None => String::new(),
        };
        let takeover = if self.server_no_takeover { "; server_no_context_takeover" } else { "" };
        takeover.to_owned() + &window
    }

    fn client(self) -> String {
        let window = match self.client_window {
            ClientWindow::Absent => String::new(),
            ClientWindow::Any => "; client_max_window_bits".to_owned(),
            ClientWindow::Bits(bits) => format!("; client_max_window_bits={bits}"),
        };
        let takeover = if self.client_no_takeover { "; client_no_context_takeover" } else { "" };
        takeover.to_owned() + &window
    }
}

/// Reads the bits of a window: 8 to 15, without leading zeroes (§7.1.2).
fn window_bits(section: &str, name: &str, value: Option<&str>) -> Result<u8, String> {
    let Some(value) = value else {
        return Err(format!("RFC 7692 {section}: {name} has no value, and needs one"));
    };
    let bits = (8..=15_u8).find(|bits| bits.to_string() == value);
    bits.ok_or_else(|| {
        format!("RFC 7692 {section}: {name} is 8 to 15, without leading zeroes, and not {value:?}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for list in [
            "permessage-deflate",
            "permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=8; \
             client_no_context_takeover; client_max_window_bits=15",
            "permessage-deflate; client_max_window_bits",
        ] {
            let offers = Parameters::offers(&[list]);
            assert_eq!(offers.iter().map(|offer| offer.answer()).collect::<Vec<_>>(), [list]);
        }
    }

    #[test]
    fn offers_that_a_server_must_decline_are_left_out() {
        for (headers, want) in [
            (&[][..], 0),
            (&["permessage-deflate"], 1),
            (&["PerMessage-Deflate"], 1),
            (&["permessage-deflate, permessage-deflate; client_max_window_bits"], 2),
            (&["permessage-deflate", "x-other; a=b, permessage-deflate"], 2),
            (&["permessage-deflate;", "permessage-deflate"], 1),
            (&["x-webkit-deflate-frame"], 0),
            (&["permessage-deflate; client_max_window_bits=10"], 1),
            (&["permessage-deflate; client_max_window_bits=\"10\""], 1),
            (&["permessage-deflate; client_max_window_bits=7"], 0),
            (&["permessage-deflate; client_max_window_bits=16"], 0),
            (&["permessage-deflate; client_max_window_bits=08"], 0),
            (&["permessage-deflate; client_max_window_bits=abc"], 0),
            (&["permessage-deflate; server_max_window_bits"], 0),
            (&["permessage-deflate; server_max_window_bits=+9"], 0),
            (&["permessage-deflate; server_no_context_takeover=1"], 0),
            (&["permessage-deflate; client_no_context_takeover=true"], 0),
            (&["permessage-deflate; client_no_context_takeover; client_no_context_takeover"], 0),
            (&["permessage-deflate; client_max_window_bits; client_max_window_bits=9"], 0),
            (&["permessage-deflate; something_else, permessage-deflate"], 1),
        ] {
            assert_eq!(Parameters::offers(headers).len(), want, "{headers:?}");
        }
    }
}
