//! The header `Sec-WebSocket-Extensions` (RFC 6455 §9.1), and the parameters of permessage-deflate
//! in it (RFC 7692 §7.1).

/// An entry of the header: an extension with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) parameters: Vec<(String, Option<String>)>,
}

/// The parameters of permessage-deflate, each legal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) server_no_takeover: bool,
    pub(super) client_no_takeover: bool,
    pub(super) server_bits: Option<u8>,
    pub(super) client_bits: ClientBits,
}

/// The parameter `client_max_window_bits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ClientBits {
    #[default]
    Absent,
    /// It has no value.
    Any,
    These(u8),
}

impl ClientBits {
    pub(super) fn value(self) -> Option<u8> {
        match self {
            Self::These(bits) => Some(bits),
            Self::Absent | Self::Any => None,
        }
    }
}

/// What to do with parameters that are not legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Declined,
    Ignored,
}

/// Reads the lines of the header. `None` if the grammar is broken.
pub(super) fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    for line in lines {
        for entry in split(line, ',')? {
            // A list may have empty elements (RFC 9110 §5.6.1).
            if entry.trim_matches([' ', '\t']).is_empty() {
                continue;
            }
            let mut parts = split(entry, ';')?.into_iter();
            let name = token(parts.next()?)?.to_owned();
            let parameters = parts.map(parameter).collect::<Option<_>>()?;
            entries.push(Entry { name, parameters });
        }
    }
    Some(entries)
}

impl Entry {
    /// Reads the parameters. `None` if one of them is not legal.
    pub(super) fn parameters(&self, bad: Bad) -> Option<Parameters> {
        let mut read = Parameters::default();
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            let is_first = self.parameters[..at].iter().all(|(other, _)| other != name);
            let bits = value.as_deref().and_then(bits);
            let is_legal = match (name.as_str(), value) {
                _ if !is_first => false,
                ("server_no_context_takeover", None) => {
                    read.server_no_takeover = true;
                    true
                }
                ("client_no_context_takeover", None) => {
                    read.client_no_takeover = true;
                    true
                }
                ("server_max_window_bits", Some(_)) => {
                    read.server_bits = bits;
                    bits.is_some()
                }
                ("client_max_window_bits", value) => {
                    read.client_bits = bits.map_or(ClientBits::Any, ClientBits::These);
                    value.is_none() || bits.is_some()
                }
                _ => false,
            };
            if !is_legal && bad == Bad::Declined {
                return None;
            }
        }
        Some(read)
    }
}

/// 8 to 15, without zeros in front.
fn bits(value: &str) -> Option<u8> {
    (8..=15).find(|bits| bits.to_string() == value)
}

fn parameter(text: &str) -> Option<(String, Option<String>)> {
    let Some((name, value)) = text.split_once('=') else {
        return Some((token(text)?.to_owned(), None));
    };
    let value = value.trim_matches([' ', '\t']);
    // What is in quotes must be a token, too (RFC 6455 §9.1).
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => value,
    };
    Some((token(name)?.to_owned(), Some(token(value)?.to_owned())))
}

fn token(text: &str) -> Option<&str> {
    let text = text.trim_matches([' ', '\t']);
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    (!text.is_empty() && text.chars().all(is_token)).then_some(text)
}

/// Splits at a separator that is not in quotes. `None` if a quote has no end.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut quoted = false;
    let parts = text
        .split(|c| {
            quoted ^= c == '"';
            c == separator && !quoted
        })
        .collect();
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6455_section_9_1_grammar() {
        for (line, entries) in [
            ("", Some(0)),
            ("a", Some(1)),
            ("a; b=1 ;c=\"2\", d,, e", Some(3)),
            ("a;", None),
            ("a b", None),
            ("a; b=", None),
            ("a; b=\"2", None),
            ("a; b=\"2,3\"", None),
            (";a", None),
        ] {
            assert_eq!(parse([line]).map(|entries| entries.len()), entries, "{line}");
        }
    }

    #[test]
    fn rfc_7692_section_7_1_parameters() {
        for (parameters, is_legal) in [
            ("", true),
            ("; server_no_context_takeover; client_no_context_takeover", true),
            ("; server_max_window_bits=8; client_max_window_bits", true),
            ("; client_max_window_bits=\"10\"", true),
            ("; client_max_window_bits; client_max_window_bits", false),
            ("; server_max_window_bits", false),
            ("; server_max_window_bits=16", false),
            ("; server_max_window_bits=7", false),
            ("; server_max_window_bits=08", false),
            ("; client_max_window_bits=1e1", false),
            ("; server_no_context_takeover=1", false),
            ("; unknown", false),
        ] {
            let entries = parse([format!("permessage-deflate{parameters}").as_str()]).unwrap();
            assert_eq!(entries[0].parameters(Bad::Declined).is_some(), is_legal, "{parameters}");
            assert!(entries[0].parameters(Bad::Ignored).is_some(), "{parameters}");
        }
    }
}
