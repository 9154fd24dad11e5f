//! [`Pattern`]: what a message is expected to be. [`Matching`]: which message has which pattern, if
//! messages come in any order.

use std::fmt;
use std::mem;
use std::sync::Arc;

use crate::proto::message::Message;

/// What a message is expected to be. A text or bytes stand for themselves.
///
/// ```
/// use blocking_ws::Role;
/// use blocking_ws::testing::{Pattern, Peer};
///
/// let (mut ws, mut peer) = Peer::pair(Role::Client);
/// ws.send("join lobby")?;
/// ws.send("hello, world")?;
/// ws.send("42")?;
/// peer.expect_text("join lobby");
/// peer.expect_text(Pattern::contains("world"));
/// peer.expect_text(Pattern::matching("a number", |m| m.as_text().is_some_and(|t| t.parse::<u32>().is_ok())));
/// # Ok::<(), blocking_ws::Error>(())
/// ```
#[derive(Clone)]
pub struct Pattern(Kind);

#[derive(Clone)]
enum Kind {
    Exactly(Vec<u8>),
    Contains(Vec<u8>),
    StartsWith(Vec<u8>),
    Matching(Arc<str>, Arc<dyn Fn(&Message) -> bool + Send + Sync>),
    Any,
}

impl Pattern {
    /// Takes every message.
    #[must_use]
    pub fn any() -> Self {
        Self(Kind::Any)
    }

    /// Takes messages that contain this.
    #[must_use]
    pub fn contains(part: impl AsRef<[u8]>) -> Self {
        Self(Kind::Contains(part.as_ref().to_vec()))
    }

    /// Takes messages that start with this.
    #[must_use]
    pub fn starts_with(start: impl AsRef<[u8]>) -> Self {
        Self(Kind::StartsWith(start.as_ref().to_vec()))
    }

    /// Takes messages for which `test` returns `true`. `name` says in reports what they are.
    #[must_use]
    pub fn matching(name: &str, test: impl Fn(&Message) -> bool + Send + Sync + 'static) -> Self {
        Self(Kind::Matching(name.into(), Arc::new(test)))
    }

    pub(super) fn takes(&self, message: &Message) -> bool {
        let bytes = message.as_bytes();
        match &self.0 {
            Kind::Exactly(want) => bytes == want,
            Kind::Contains(part) => {
                part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
            }
            Kind::StartsWith(start) => bytes.starts_with(start),
            Kind::Matching(_, test) => test(message),
            Kind::Any => true,
        }
    }

    /// The bytes that are wanted, if they are known.
    pub(super) fn exactly(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Exactly(want) => Some(want),
            Kind::Contains(_) | Kind::StartsWith(_) | Kind::Matching(..) | Kind::Any => None,
        }
    }
}

macro_rules! exactly {
    ($($type:ty),+) => {
        $(impl From<$type> for Pattern {
            fn from(want: $type) -> Self {
                Self(Kind::Exactly(want.to_vec()))
            }
        })+
    };
}

exactly!(&[u8], Vec<u8>, &Vec<u8>);

impl From<&str> for Pattern {
    fn from(want: &str) -> Self {
        Self(Kind::Exactly(want.into()))
    }
}

impl From<String> for Pattern {
    fn from(want: String) -> Self {
        Self(Kind::Exactly(want.into()))
    }
}

impl<const N: usize> From<&[u8; N]> for Pattern {
    fn from(want: &[u8; N]) -> Self {
        Self(Kind::Exactly(want.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Pattern {
    fn from(want: [u8; N]) -> Self {
        Self(Kind::Exactly(want.to_vec()))
    }
}

/// What is wanted, as reports have it.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |bytes: &[u8]| super::report::quoted(bytes);
        match &self.0 {
            Kind::Exactly(want) => f.write_str(&quoted(want)),
            Kind::Contains(part) => write!(f, "that contains {}", quoted(part)),
            Kind::StartsWith(start) => write!(f, "that starts with {}", quoted(start)),
            Kind::Matching(name, _) => f.write_str(name),
            Kind::Any => f.write_str("of any content"),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({self})")
    }
}

/// A message for each of several patterns. Each message has one pattern that takes it, and may get
/// another one while further messages come.
#[derive(Debug)]
pub(super) struct Matching {
    /// By message: which patterns take it.
    takes: Vec<Vec<bool>>,
    /// By pattern: the message that has it.
    has: Vec<Option<usize>>,
}

impl Matching {
    pub(super) fn new(patterns: usize) -> Self {
        Self { takes: Vec::new(), has: vec![None; patterns] }
    }

    /// Returns `true` if each pattern has a message.
    pub(super) fn is_full(&self) -> bool {
        self.free().next().is_none()
    }

    /// Returns the patterns without a message.
    pub(super) fn free(&self) -> impl Iterator<Item = usize> {
        (0..self.has.len()).filter(|&pattern| self.has[pattern].is_none())
    }

    /// Adds a message that these patterns take. Returns `false` if there is no pattern for it,
    /// however those before it are placed.
    pub(super) fn add(&mut self, takes: Vec<bool>) -> bool {
        self.takes.push(takes);
        self.place(self.takes.len() - 1, &mut vec![false; self.has.len()])
    }

    /// Finds a pattern for a message: a free one, or one whose message can have another. The
    /// patterns that were `tried` are of no use.
    fn place(&mut self, message: usize, tried: &mut [bool]) -> bool {
        for pattern in 0..self.has.len() {
            if !self.takes[message][pattern] || mem::replace(&mut tried[pattern], true) {
                continue;
            }
            if self.has[pattern].is_none_or(|other| self.place(other, tried)) {
                self.has[pattern] = Some(message);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_refused_only_if_no_order_fits() {
        let (a, b, any) = ([true, false, false], [false, true, false], [true, true, true]);
        for (messages, fits) in [
            (&[any, any, any][..], &[true, true, true][..]),
            (&[any, a, b], &[true, true, true]),
            (&[a, b, any], &[true, true, true]),
            (&[any, b, b], &[true, true, false]),
            (&[a, a], &[true, false]),
            (&[[false; 3]], &[false]),
        ] {
            let mut matching = Matching::new(3);
            let added: Vec<_> = messages.iter().map(|takes| matching.add(takes.to_vec())).collect();
            assert_eq!(added, fits, "{messages:?}");
            assert_eq!(matching.is_full(), fits == [true; 3], "{messages:?}");
        }
    }
}
