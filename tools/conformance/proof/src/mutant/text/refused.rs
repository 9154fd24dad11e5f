//! Legal text that a mutant refuses.

use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

/// The characters that a flag refuses.
type Opinion = (Flag, fn(char) -> bool);

/// Returns `true` if the flags refuse a text that is legal.
pub(in crate::mutant) fn refuses(flags: Flags, text: &[u8]) -> bool {
    const OPINIONS: [Opinion; 6] = [
        (Flag::AsciiOnly, |c| !c.is_ascii()),
        (Flag::PrintableOnly, |c| c.is_control()),
        (Flag::NoncharactersRefused, is_noncharacter),
        (Flag::SpecialsRefused, |c| ('\u{FFF9}'..='\u{FFFF}').contains(&c)),
        (Flag::FourBytesRefused, |c| c.len_utf8() == 4),
        (Flag::EdgesRefused, |c| c == '\u{D7FF}' || c == '\u{E000}'),
    ];
    OPINIONS.iter().any(|&(flag, is_refused)| {
        flags.has(flag) && std::str::from_utf8(text).is_ok_and(|text| text.contains(is_refused))
    })
}

/// U+FDD0 to U+FDEF, and the last two of each plane.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refuses_its_own() {
        for (flag, refused, taken) in [
            (Flag::AsciiOnly, "ü", "u\0"),
            (Flag::PrintableOnly, "\x7F", "ü"),
            (Flag::NoncharactersRefused, "\u{3FFFE}", "\u{3FFFD}"),
            (Flag::SpecialsRefused, "\u{FFFD}", "\u{FFF8}"),
            (Flag::FourBytesRefused, "\u{10000}", "\u{FFFF}"),
            (Flag::EdgesRefused, "\u{E000}", "\u{E001}"),
        ] {
            assert!(refuses(flag.into(), refused.as_bytes()), "{flag}");
            assert!(!refuses(flag.into(), taken.as_bytes()), "{flag}");
            assert!(!refuses(Flags::NONE, refused.as_bytes()));
        }
    }
}
