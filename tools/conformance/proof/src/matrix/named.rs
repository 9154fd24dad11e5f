//! [`named`]: the case by which a broken rule must be found.

use crate::mutant::Flag;

/// For each flag that the cases of both suites find, a case that is about its rule.
const NAMED: &[(Flag, &str)] = &[
    (Flag::NoDrop, "7.1.1"),
    (Flag::FailNoDrop, "2.5"),
    (Flag::BareDrop, "2.5"),
    (Flag::WrongCode, "3.1"),
    (Flag::EchoClose, "7.9.4"),
    (Flag::IgnoreClose, "7.3.1"),
    (Flag::CloseOtherCode, "7.3.3"),
    (Flag::Close1005, "7.3.1"),
    (Flag::DataAfterClose, "7.1.1"),
    (Flag::GoesOnAfterClose, "7.1.3"),
    (Flag::CloseInMessageFails, "7.1.5"),
    (Flag::CloseSendsPart, "7.1.5"),
    (Flag::ShortCloseOk, "7.3.2"),
    (Flag::BadReasonOk, "7.5.1"),
    (Flag::AnyCloseCode, "7.9.1"),
    (Flag::ReasonRefused, "7.3.4"),
    (Flag::EmptyCloseRefused, "7.3.1"),
    (Flag::Close1000Only, "7.7.2"),
    (Flag::PrivateCodesRefused, "7.7.10"),
    (Flag::NoUtf8, "6.3.1"),
    (Flag::LateUtf8, "6.4.1"),
    (Flag::Utf8AtFrameEnd, "6.4.3"),
    (Flag::Utf8PerFragment, "6.2.3"),
    (Flag::SurrogatesOk, "6.20.1"),
    (Flag::OverlongOk, "6.17.1"),
    (Flag::BeyondUnicodeOk, "6.11.5"),
    (Flag::CutCharacterOk, "6.6.1"),
    (Flag::StrayByteOk, "6.12.1"),
    (Flag::AsciiOnly, "6.5.2"),
    (Flag::PrintableOnly, "6.7.1"),
    (Flag::NoncharactersRefused, "6.22.1"),
    (Flag::SpecialsRefused, "6.23.1"),
    (Flag::FourBytesRefused, "6.5.4"),
    (Flag::EdgesRefused, "6.11.1"),
    (Flag::AcceptRsv, "3.1"),
    (Flag::AcceptOp, "4.1.1"),
    (Flag::LongControl, "2.5"),
    (Flag::Control124, "2.4"),
    (Flag::ControlFragments, "5.2"),
    (Flag::LoneCont, "5.9"),
    (Flag::DataInsideOk, "5.18"),
    (Flag::NeedsWholeFrames, "2.6"),
    (Flag::ReadsAhead, "3.2"),
    (Flag::FragmentsRefused, "5.3"),
    (Flag::FragmentDropped, "5.3"),
    (Flag::FragmentsSwapped, "5.3"),
    (Flag::FragmentsApart, "5.3"),
    (Flag::ControlInsideRefused, "5.6"),
    (Flag::ContTypeLost, "5.3"),
    (Flag::NoPong, "2.2"),
    (Flag::LatePong, "5.6"),
    (Flag::PongTwice, "2.2"),
    (Flag::OnePong, "2.10"),
    (Flag::EmptyPong, "2.2"),
    (Flag::PongAnswered, "2.7"),
    (Flag::PongFails, "2.7"),
    (Flag::MaskAsServer, "1.1.1"),
    (Flag::NoMaskAsClient, "1.1.1"),
    (Flag::NonminimalSend, "1.1.2"),
    (Flag::EchoBinaryAsText, "1.2.1"),
    (Flag::TextOnly, "1.2.1"),
    (Flag::BinaryOnly, "1.1.1"),
    (Flag::EmptyLost, "1.1.1"),
    (Flag::Limit125, "1.1.3"),
    (Flag::Limit32k, "1.1.6"),
    (Flag::Limit1m, "9.1.4"),
    (Flag::Length16Bits, "1.1.7"),
    (Flag::Limit100Fragments, "9.3.5"),
    (Flag::Truncates16m, "9.2.6"),
    (Flag::Slow1s, "6.5.1"),
    (Flag::DiesAfter100, "9.7.1"),
    (Flag::Refuse, "1.1.1"),
    (Flag::CloseAtOnce, "1.1.1"),
    (Flag::HoldsOn, "7.1.1"),
    (Flag::UnmasksWords, "1.1.2"),
    (Flag::AnswersTwice, "1.1.1"),
    (Flag::CaseSensitiveHeaders, "1.1.1"),
    (Flag::LosesGlued, "1.1.1"),
    (Flag::AnySubprotocol, "1.1.1"),
    (Flag::PostRequest, "1.1.1"),
    (Flag::ShortKey, "1.1.1"),
    (Flag::TwoHosts, "1.1.1"),
    (Flag::NoConnection, "1.1.1"),
    (Flag::FrameBeforeAnswer, "1.1.1"),
    (Flag::NoDeflate, "12.1.1"),
    (Flag::NoDeflateTakeoverOff, "13.2.1"),
    (Flag::NoDeflateWindow, "13.3.1"),
    (Flag::NoDeflateWindow9, "13.3.1"),
    (Flag::WindowIgnored, "13.3.5"),
    (Flag::TakeoverKept, "13.2.6"),
    (Flag::TakeoverLost, "12.1.3"),
    (Flag::Rsv1EachFrame, "12.1.1"),
    (Flag::CompressedFragmentsRefused, "12.1.11"),
    (Flag::InflatesEachFrame, "12.1.11"),
    (Flag::TailKept, "12.1.1"),
];

/// Returns the id of the case that must find a flag, in each role in which a case can find it: see
/// [`BEYOND`](super::BEYOND).
#[must_use]
pub fn named(flag: Flag) -> Option<&'static str> {
    NAMED.iter().find(|(known, _)| *known == flag).map(|(_, case)| *case)
}

#[cfg(test)]
mod tests {
    use blocking_ws::Role;
    use ws_conformance::case::CaseId;
    use ws_conformance::cases;

    use super::super::{BEYOND, cases_of};
    use super::*;

    #[test]
    fn each_flag_has_a_case_or_a_reason_why_not() {
        for &flag in Flag::ALL {
            let unseen = |role| {
                BEYOND.iter().any(|beyond| beyond.flag == flag && beyond.roles.contains(&role))
            };
            let seen = [Role::Server, Role::Client]
                .into_iter()
                .any(|role| flag.shows_as(role) && !unseen(role));
            assert_eq!(named(flag).is_some(), seen, "{flag}");
        }
    }

    #[test]
    fn named_cases_exist_and_are_run() {
        for (flag, id) in NAMED {
            let id: CaseId = id.parse().unwrap();
            assert!(cases::all().iter().any(|case| case.id == id), "{flag} {id}");
            let selection: ws_conformance::case::Selection = cases_of(Some(*flag)).parse().unwrap();
            assert!(selection.takes(&id), "{flag} {id}");
        }
    }
}
