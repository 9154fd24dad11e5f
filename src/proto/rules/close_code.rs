//! Close codes: numbers with names, and which of them may be sent (RFC 6455 §7.4).

use std::fmt;
use std::hash::{Hash, Hasher};

/// Why a connection was closed (RFC 6455 §7.4 and the IANA registry).
///
/// Any number converts into a code. [`may_be_sent`](Self::may_be_sent) returns `true` if a Close
/// frame may carry the code.
///
/// ```
/// use blocking_ws::CloseCode;
///
/// assert_eq!(CloseCode::from(1001), CloseCode::GoingAway);
/// assert_eq!(u16::from(CloseCode::Other(4000)), 4000);
/// assert_eq!(CloseCode::Normal.to_string(), "1000 (normal closure)");
/// assert!(!CloseCode::Abnormal.may_be_sent());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    Normal,
    /// 1001: a server shuts down, or a browser leaves the page.
    GoingAway,
    /// 1002: the peer broke a rule of the protocol.
    Protocol,
    /// 1003: this endpoint does not accept this kind of data.
    Unsupported,
    /// 1005: the Close frame carried no code. Reported, never sent.
    NoStatus,
    /// 1006: the connection ended without a Close frame. Reported, never sent.
    Abnormal,
    /// 1007: the data does not fit its kind, such as text that is not UTF-8.
    InvalidPayload,
    /// 1008: a message violates this endpoint's policy.
    Policy,
    /// 1009: a message is too large.
    TooBig,
    /// 1010: the client needs an extension that the server did not agree to.
    MandatoryExtension,
    /// 1011: this endpoint met an unexpected error.
    Internal,
    /// 1012: the service restarts.
    ServiceRestart,
    /// 1013: the service is overloaded. Try again later.
    TryAgainLater,
    /// 1014: a gateway received an invalid response from the server behind it.
    BadGateway,
    /// 1015: the TLS handshake failed. Reported, never sent.
    Tls,
    /// Any other number. Libraries and frameworks register 3000–3999; 4000–4999 are for private
    /// use.
    Other(u16),
}

impl CloseCode {
    /// Returns `true` if a Close frame may carry this code (§7.4.1, §7.4.2).
    ///
    /// These are 1000–1003, 1007–1014 and 3000–4999. If a peer's Close frame carries any other
    /// code, that is a protocol error. See [`CloseCode`] for an example.
    #[must_use]
    pub const fn may_be_sent(self) -> bool {
        matches!(self.number(), 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    const fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::Protocol => 1002,
            Self::Unsupported => 1003,
            Self::NoStatus => 1005,
            Self::Abnormal => 1006,
            Self::InvalidPayload => 1007,
            Self::Policy => 1008,
            Self::TooBig => 1009,
            Self::MandatoryExtension => 1010,
            Self::Internal => 1011,
            Self::ServiceRestart => 1012,
            Self::TryAgainLater => 1013,
            Self::BadGateway => 1014,
            Self::Tls => 1015,
            Self::Other(number) => number,
        }
    }

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Normal => "normal closure",
            Self::GoingAway => "going away",
            Self::Protocol => "protocol error",
            Self::Unsupported => "unsupported data",
            Self::NoStatus => "no code given",
            Self::Abnormal => "connection lost",
            Self::InvalidPayload => "invalid payload",
            Self::Policy => "policy violation",
            Self::TooBig => "message too big",
            Self::MandatoryExtension => "extension missing",
            Self::Internal => "internal error",
            Self::ServiceRestart => "service restart",
            Self::TryAgainLater => "try again later",
            Self::BadGateway => "bad gateway",
            Self::Tls => "TLS handshake failed",
            Self::Other(_) => return None,
        })
    }
}

impl From<u16> for CloseCode {
    fn from(number: u16) -> Self {
        match number {
            1000 => Self::Normal,
            1001 => Self::GoingAway,
            1002 => Self::Protocol,
            1003 => Self::Unsupported,
            1005 => Self::NoStatus,
            1006 => Self::Abnormal,
            1007 => Self::InvalidPayload,
            1008 => Self::Policy,
            1009 => Self::TooBig,
            1010 => Self::MandatoryExtension,
            1011 => Self::Internal,
            1012 => Self::ServiceRestart,
            1013 => Self::TryAgainLater,
            1014 => Self::BadGateway,
            1015 => Self::Tls,
            other => Self::Other(other),
        }
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.number()
    }
}

/// Codes with the same number are the same code.
impl PartialEq for CloseCode {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for CloseCode {}

impl Hash for CloseCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number().hash(state);
    }
}

/// Compares with the number of the code.
impl PartialEq<u16> for CloseCode {
    fn eq(&self, other: &u16) -> bool {
        u16::from(*self) == *other
    }
}

impl PartialEq<CloseCode> for u16 {
    fn eq(&self, other: &CloseCode) -> bool {
        other == self
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.number()),
            None => write!(f, "{}", self.number()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_keeps_its_value() {
        for number in 0..=u16::MAX {
            let code = CloseCode::from(number);
            assert_eq!(u16::from(code), number);
            // However it is written.
            assert_eq!(code, number);
            assert_eq!(number, code);
            assert_eq!(code, CloseCode::Other(number));
            assert_ne!(code, number ^ 1);
        }
    }

    #[test]
    fn section_7_4_says_what_may_be_sent() {
        for (numbers, legal) in [
            (0..=999, false),
            (1000..=1003, true),
            (1004..=1006, false),
            (1007..=1014, true),
            (1015..=2999, false),
            (3000..=4999, true),
            (5000..=u16::MAX, false),
        ] {
            for number in numbers {
                assert_eq!(CloseCode::from(number).may_be_sent(), legal, "{number}");
            }
        }
    }
}
