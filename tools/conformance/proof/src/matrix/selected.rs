//! Which cases a mutant is run against.

use blocking_ws::Role;
use ws_conformance::case::{Case, Selection};
use ws_conformance::cases;

use crate::mutant::Flag;

/// What a flag changes: the cases that see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// Frames, closing and the handshake.
    Frames,
    /// What is text.
    Text,
    /// How large messages are, and how many.
    Size,
    /// permessage-deflate.
    Compression,
    /// All of them: there is no flag.
    All,
}

const FRAMES: &str = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*";
const SIZE: &str = "1.*,5.*,9.*,10.*,12.1.*,12.2.*";
const COMPRESSION: &str = "1.1.1,5.6,12.*,13.*";

/// Of the original, which waits in each case, some of each kind.
const FEW: &str = "1.*.1,1.*.2,1.*.5,1.*.8,2.*,3.*,4.*,5.*,6.1.*,6.2.*,6.3.*,6.4.*,6.5.1,6.5.5,6.6.1,6.6.2,\
                   6.6.6,6.6.9,6.7.*,6.8.1,6.9.*,6.10.1,6.11.*,6.12.1,6.12.3,6.13.1,6.14.1,6.14.2,\
                   6.14.6,6.16.1,6.17.1,6.18.2,6.19.3,6.20.1,6.20.7,6.21.1,6.22.1,6.22.34,6.23.1,\
                   6.23.7,7.*,10.*";
const FEW_OF_TEXT: &str = "1.1.2,1.2.2,6.*,7.5.1";
const FEW_OF_SIZE: &str =
    "1.*,5.3,5.19,9.1.1,9.1.3,9.1.6,9.2.2,9.2.6,9.3.5,9.4.9,9.5.6,9.7.1,10.*,12.1.1,12.1.9";
const FEW_OF_COMPRESSION: &str = "1.1.1,5.6,12.1.1,12.1.9,12.2.3,12.2.11,12.3.5,12.4.7,13.1.5,13.2.6,\
                                  13.3.5,13.3.9,13.4.6,13.5.8,13.5.11,13.6.5,13.7.1,13.7.9";

impl About {
    fn of(flag: Option<Flag>) -> Self {
        let Some(flag) = flag else { return Self::All };
        match flag {
            Flag::Limit32k
            | Flag::Limit1m
            | Flag::Length16Bits
            | Flag::Limit100Fragments
            | Flag::Truncates16m
            | Flag::DiesAfter100
            | Flag::BinaryOnly
            | Flag::TextOnly
            | Flag::EchoBinaryAsText => Self::Size,
            Flag::NoUtf8
            | Flag::LateUtf8
            | Flag::Utf8AtFrameEnd
            | Flag::Utf8PerFragment
            | Flag::SurrogatesOk
            | Flag::OverlongOk
            | Flag::BeyondUnicodeOk
            | Flag::CutCharacterOk
            | Flag::StrayByteOk
            | Flag::AsciiOnly
            | Flag::PrintableOnly
            | Flag::NoncharactersRefused
            | Flag::SpecialsRefused
            | Flag::FourBytesRefused
            | Flag::EdgesRefused => Self::Text,
            _ if flag.rule().starts_with("RFC 7692") => Self::Compression,
            _ => Self::Frames,
        }
    }
}

/// The cases against which the new suite runs a mutant, as a [`Selection`].
#[must_use]
pub fn cases_of(flag: Option<Flag>) -> &'static str {
    match About::of(flag) {
        About::Frames | About::Text => FRAMES,
        About::Size => SIZE,
        About::Compression => COMPRESSION,
        About::All => "*",
    }
}

/// The cases against which the original runs a mutant, as a [`Selection`]: fewer, because it takes a
/// second for most of those that fail.
#[must_use]
pub fn original_cases_of(flag: Option<Flag>) -> &'static str {
    match About::of(flag) {
        About::Frames | About::All => FEW,
        About::Text => FEW_OF_TEXT,
        About::Size => FEW_OF_SIZE,
        About::Compression => FEW_OF_COMPRESSION,
    }
}

/// The cases that a list selects for mutants of this role, of those that both suites have.
pub(super) fn cases(list: &str, role: Role) -> Result<Vec<&'static Case>, String> {
    let selection: Selection = list.parse().map_err(|e| format!("{list}: {e}"))?;
    let is_meant = |case: &&Case| {
        case.roles.contains(&role) && selection.takes(&case.id) && !case.id.is_beyond()
    };
    Ok(cases::all().iter().filter(is_meant).collect())
}
