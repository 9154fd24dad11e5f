//! The content of a Close frame (RFC 6455 §5.5.1).

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use crate::proto::bytes;
use crate::proto::frame::{ControlPayload, MAX_CONTROL};
use crate::proto::rules::{CloseCode, ProtocolError};

/// The content of a Close frame: a code and a reason (RFC 6455 §5.5.1).
///
/// ```
/// use blocking_ws::{CloseCode, CloseFrame};
///
/// let frame = CloseFrame::new(CloseCode::GoingAway, "back at noon").unwrap();
/// assert_eq!(frame.to_string(), "1001 (going away): back at noon");
/// assert!(CloseFrame::new(CloseCode::Abnormal, "").is_none(), "1006 may not be sent");
/// assert!(CloseFrame::new(CloseCode::Normal, &"x".repeat(124)).is_none(), "too long");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    code: CloseCode,
    reason: String,
}

impl CloseFrame {
    /// The longest reason, in bytes: 123. A control frame carries 125 bytes, two of them for the
    /// code.
    pub const MAX_REASON: usize = MAX_CONTROL - 2;

    /// Makes a frame. Returns `None` if `code` may not be sent (§7.4) or `reason` is longer than
    /// [`MAX_REASON`](Self::MAX_REASON). See [`CloseFrame`] for an example.
    #[must_use]
    pub fn new(code: impl Into<CloseCode>, reason: &str) -> Option<Self> {
        let code = code.into();
        let legal = code.may_be_sent() && reason.len() <= Self::MAX_REASON;
        legal.then(|| Self { code, reason: reason.to_owned() })
    }

    /// Makes a frame like [`new`](Self::new).
    ///
    /// # Errors
    /// A sentence that says what cannot be sent, and what can.
    pub(crate) fn checked(code: CloseCode, reason: &str) -> Result<Self, Cow<'static, str>> {
        Self::new(code, reason).ok_or_else(|| {
            let (len, most) = (reason.len(), Self::MAX_REASON);
            if code.may_be_sent() {
                format!(
                    "the reason of a Close frame has {len} bytes; at most {most} can be sent \
                     (RFC 6455 5.5)"
                )
            } else {
                format!(
                    "close code {code} may not be sent; 1000 to 1003, 1007 to 1014 and 3000 to 4999 \
                     may (RFC 6455 7.4), 4000 to 4999 for a meaning of your own"
                )
            }
            .into()
        })
    }

    /// Returns the code.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// Returns the reason. It is often empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Parses the payload of a Close frame; `None` if it is empty.
    pub(crate) fn parse(payload: &[u8]) -> Result<Option<Self>, ProtocolError> {
        let (code, reason) = match payload {
            [] => return Ok(None),
            [_] => return Err(ProtocolError::CloseTooShort),
            &[high, low, ref reason @ ..] => (u16::from_be_bytes([high, low]), reason),
        };
        let reason = bytes::check_utf8(reason)?;
        if !CloseCode::from(code).may_be_sent() {
            return Err(ProtocolError::BadCloseCode(code));
        }
        Ok(Some(Self { code: code.into(), reason: reason.to_owned() }))
    }

    /// The frame that tells a peer which rule it broke (§7.1.7).
    pub(crate) fn for_error(broken: ProtocolError) -> Self {
        Self { code: broken.close_code(), reason: broken.to_string() }
    }

    pub(crate) fn payload(&self) -> ControlPayload {
        let payload = [&u16::from(self.code).to_be_bytes()[..], self.reason.as_bytes()].concat();
        ControlPayload::new(&payload).expect("a reason has at most 123 bytes")
    }
}

impl fmt::Display for CloseFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, ": {}", Reason(&self.reason)) }
    }
}

/// Shows a reason on one line: a peer may have put control characters into it.
pub(super) struct Reason<'a>(pub(super) &'a str);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if c.is_control() { write!(f, "{}", c.escape_debug()) } else { f.write_char(c) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_5_5_1_payloads() {
        use ProtocolError as E;
        let frame = |code: u16, reason: &str| Ok(CloseFrame::new(code, reason));
        let longest = [&1000_u16.to_be_bytes()[..], &[b'x'; 123]].concat();
        for (rule, payload, want) in [
            ("empty says nothing", &b""[..], Ok(None)),
            ("one byte is no code", b"\x03", Err(E::CloseTooShort)),
            ("a code alone", b"\x03\xe8", frame(1000, "")),
            ("a code and a reason", b"\x03\xe9bye", frame(1001, "bye")),
            ("a private code", b"\x0f\xa0", frame(4000, "")),
            ("the longest reason", &longest, frame(1000, &"x".repeat(123))),
            ("1005 is never sent", b"\x03\xed", Err(E::BadCloseCode(1005))),
            ("2999 is unassigned", b"\x0b\xb7", Err(E::BadCloseCode(2999))),
            ("65535 is out of range", b"\xff\xff", Err(E::BadCloseCode(65535))),
            ("the reason is text", b"\x03\xe8\xff", Err(E::BadUtf8)),
            ("a text cut short", b"\x03\xe8\xe2\x82", Err(E::BadUtf8)),
        ] {
            let got = CloseFrame::parse(payload);
            assert_eq!(got, want, "{rule}");
            if let Ok(Some(frame)) = got {
                assert_eq!(frame.payload().as_slice(), payload, "{rule}, written");
            }
        }
    }

    #[test]
    fn section_7_4_a_frame_that_cannot_be_sent_is_explained() {
        for (code, reason, want) in [
            (1006, "", "close code 1006 (connection lost) may not be sent; 1000 to 1003"),
            (5000, "", "close code 5000 may not be sent; 1000 to 1003"),
            (999, &*"x".repeat(124), "close code 999 may not be sent; 1000 to 1003"),
            (1000, &"x".repeat(124), "the reason of a Close frame has 124 bytes; at most 123"),
        ] {
            let refused = CloseFrame::checked(code.into(), reason).unwrap_err();
            assert!(refused.starts_with(want), "{refused}");
        }
        assert!(CloseFrame::checked(CloseCode::Normal, "done").is_ok());
    }

    #[test]
    fn section_7_1_7_every_rule_fits_into_a_close_frame() {
        use ProtocolError as E;
        let most = u64::MAX;
        for broken in [
            E::ReservedBits,
            E::ReservedOpcode(15),
            E::LengthNotMinimal,
            E::LengthTopBit,
            E::Unmasked,
            E::Masked,
            E::ControlFragmented,
            E::ControlTooLong,
            E::NothingToContinue,
            E::MessageInMessage,
            E::BadUtf8,
            E::CloseTooShort,
            E::BadCloseCode(65_535),
            E::MessageTooBig(most),
            E::StreamTooBig(most),
            E::TooManyFragments(most),
            E::Stalled,
            E::NoRoom,
            E::BadDeflate,
        ] {
            let frame = CloseFrame::for_error(broken);
            assert_eq!(CloseFrame::parse(frame.payload().as_slice()), Ok(Some(frame)));
        }
    }
}
