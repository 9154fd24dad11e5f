//! What is answered to a Close frame (RFC 6455 §5.5.1 and §7.4).

use super::breach::Breach;
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// Returns the payload of the answer to a Close frame. `Err`: the frame breaks a rule.
pub(super) fn answer(flags: Flags, payload: &[u8]) -> Result<Vec<u8>, Breach> {
    let has = |flag| flags.has(flag);
    if has(Flag::EchoClose) {
        return Ok(payload.to_vec());
    }
    let normal = 1000_u16.to_be_bytes().to_vec();
    let (code, reason) = match payload {
        [] if has(Flag::EmptyCloseRefused) => {
            return Err(Breach::protocol("the Close frame has no code"));
        }
        [] if has(Flag::Close1005) => return Ok(1005_u16.to_be_bytes().to_vec()),
        [] => return Ok(Vec::new()),
        [_] if has(Flag::ShortCloseOk) => return Ok(normal),
        [_] => return Err(Breach::protocol("the Close frame has half a code")),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !is_legal(code) {
        return if has(Flag::AnyCloseCode) {
            Ok(normal)
        } else {
            Err(Breach::protocol("the code of the Close frame is not legal"))
        };
    }
    let is_refused = code != 1000 && has(Flag::Close1000Only)
        || code >= 3000 && has(Flag::PrivateCodesRefused)
        || matches!(code, 1012..=1014) && has(Flag::NewCodesRefused)
        || !reason.is_empty() && has(Flag::ReasonRefused);
    if is_refused {
        return Err(Breach::protocol("the Close frame is not taken"));
    }
    if std::str::from_utf8(reason).is_err() && !has(Flag::BadReasonOk) {
        return Err(Breach::text());
    }
    match () {
        () if has(Flag::CloseCodeLost) => Ok(Vec::new()),
        () if has(Flag::CloseOtherCode) => Ok(1001_u16.to_be_bytes().to_vec()),
        () => Ok(payload[..2].to_vec()),
    }
}

/// Returns `true` if a Close frame may have this code (§7.4, and the registry of IANA).
fn is_legal(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6455_section_7_4_codes() {
        for (codes, is_legal) in [
            (&[1000, 1001, 1002, 1003, 1007, 1010, 1014, 3000, 3999, 4000, 4999][..], true),
            (&[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535], false),
        ] {
            for code in codes {
                let payload = u16::to_be_bytes(*code);
                let answer = answer(Flags::NONE, &payload);
                let answer = answer.map_err(|breach| breach.code);
                let want = if is_legal { Ok(payload.to_vec()) } else { Err(1002) };
                assert_eq!(answer, want, "{code}");
            }
        }
    }

    #[test]
    fn each_flag_answers_otherwise() {
        let strict = |payload: &[u8]| answer(Flags::NONE, payload).map_err(|breach| breach.code);
        for (flag, payload, want) in [
            (Flag::EchoClose, &b"\0\0"[..], Ok(&b"\0\0"[..])),
            (Flag::Close1005, b"", Ok(b"\x03\xED")),
            (Flag::EmptyCloseRefused, b"", Err(1002)),
            (Flag::ShortCloseOk, b"a", Ok(b"\x03\xE8")),
            (Flag::AnyCloseCode, b"\0\0", Ok(b"\x03\xE8")),
            (Flag::Close1000Only, b"\x03\xE9", Err(1002)),
            (Flag::PrivateCodesRefused, b"\x0B\xB8", Err(1002)),
            (Flag::NewCodesRefused, b"\x03\xF4", Err(1002)),
            (Flag::ReasonRefused, b"\x03\xE8bye", Err(1002)),
            (Flag::BadReasonOk, b"\x03\xE8\xFF", Ok(b"\x03\xE8")),
            (Flag::CloseCodeLost, b"\x03\xE8bye", Ok(b"")),
            (Flag::CloseOtherCode, b"\x03\xE8", Ok(b"\x03\xE9")),
        ] {
            let broken = answer(flag.into(), payload).map_err(|breach| breach.code);
            assert_eq!(broken.as_deref(), want.as_ref().map(|want| *want), "{flag}");
            assert_ne!(broken, strict(payload), "{flag}");
        }
        assert_eq!(strict(b"a"), Err(1002));
        assert_eq!(strict(b"\x03\xE8\xFF"), Err(1007));
    }
}
