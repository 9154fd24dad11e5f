//! [`Fields`]: the header fields of a head.

use httparse::Header;

use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// The header fields of a head, as a mutant with these flags looks at them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a, 'b> {
    headers: &'a [Header<'b>],
    flags: Flags,
}

impl<'a, 'b> Fields<'a, 'b> {
    pub(super) fn new(headers: &'a [Header<'b>], flags: Flags) -> Self {
        Self { headers, flags }
    }

    /// Returns the values of a field, in order. One that is no text is empty.
    pub(super) fn all(&self, name: &str) -> Vec<&'b str> {
        let found = self.headers.iter().filter(|header| self.is_same(header.name, name));
        found.map(|header| text(header.value)).collect()
    }

    /// Compares names and tokens.
    pub(super) fn is_same(&self, one: &str, other: &str) -> bool {
        if self.flags.has(Flag::CaseSensitiveHeaders) {
            one == other
        } else {
            one.eq_ignore_ascii_case(other)
        }
    }

    /// Returns the value of a field that has one line.
    pub(super) fn only(&self, name: &str) -> Option<&'b str> {
        match self.all(name).as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Returns `true` if the list of a field has this token.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        let lines = match (name, self.flags.has(Flag::FirstConnectionLineOnly)) {
            ("Connection", true) => 1,
            _ => usize::MAX,
        };
        let all = self.all(name);
        let mut items = all.iter().take(lines).flat_map(|line| line.split(','));
        items.any(|item| self.is_same(item.trim_matches([' ', '\t']), token))
    }
}

fn text(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default().trim_matches([' ', '\t'])
}
