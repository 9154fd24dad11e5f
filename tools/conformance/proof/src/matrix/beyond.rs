//! [`BEYOND`]: broken rules that no case of the Autobahn test suite is about.

use blocking_ws::Role;

use crate::mutant::Flag;

/// A flag that none of the cases finds that both suites have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The flag.
    pub flag: Flag,
    /// The roles of the mutants that no case finds.
    pub roles: &'static [Role],
    /// Why no case finds it.
    pub reason: &'static str,
}

const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];
const BOTH: &[Role] = &[Role::Server, Role::Client];

const fn unseen(flag: Flag, roles: &'static [Role], reason: &'static str) -> Beyond {
    Beyond { flag, roles, reason }
}

const BARE: &str = "The end of TCP without a Close frame fails a connection as well.";
const NO_CODE: &str =
    "An answer with another code that is legal here, or with none, counts as good.";
const ENDED: &str = "The suite ends TCP, or stops to listen, once both Close frames have passed.";
const READ: &str = "All that is judged was read before the reset.";
const CLOSES: &str = "The one control frame with reserved bits is a Close frame. To answer it closes the \
                      connection as an error does.";
const NOT_SENT: &str = "No case sends that.";
const KEYS: &str = "The keys of frames are not compared.";
const STAYS: &str = "No case ends TCP before both Close frames have passed.";
const ALIKE: &str = "The opening handshakes of all cases are alike, and good.";

const REQUESTS: &str = "A request is only read as far as it takes to answer it.";

/// All of them. A case that finds one is a reason to take it off here.
pub const BEYOND: &[Beyond] = &[
    unseen(Flag::BareDrop, SERVER, BARE),
    unseen(Flag::CloseCodeLost, BOTH, NO_CODE),
    unseen(Flag::CloseTwice, BOTH, ENDED),
    unseen(Flag::DataAfterClose, CLIENT, ENDED),
    unseen(Flag::GoesOnAfterClose, CLIENT, ENDED),
    unseen(Flag::CloseReset, BOTH, READ),
    unseen(Flag::NewCodesRefused, BOTH, NOT_SENT),
    unseen(Flag::RsvControlAccept, BOTH, CLOSES),
    unseen(Flag::NonminimalAccept, BOTH, NOT_SENT),
    unseen(Flag::TopBitAccept, BOTH, NOT_SENT),
    unseen(Flag::UnmaskedAccept, SERVER, NOT_SENT),
    unseen(Flag::MaskedAccept, CLIENT, NOT_SENT),
    unseen(Flag::SameKey, CLIENT, KEYS),
    unseen(Flag::NoAcceptCheck, CLIENT, ALIKE),
    unseen(Flag::FirstConnectionLineOnly, BOTH, ALIKE),
    unseen(Flag::LosesGlued, SERVER, ALIKE),
    unseen(Flag::WrongVersionNoHeader, SERVER, ALIKE),
    unseen(Flag::AnySubprotocol, CLIENT, ALIKE),
    unseen(Flag::AnyExtension, BOTH, ALIKE),
    unseen(Flag::OfferBadOk, BOTH, NOT_SENT),
    unseen(Flag::WindowUnasked, SERVER, NOT_SENT),
    unseen(Flag::BfinalFails, BOTH, NOT_SENT),
    unseen(Flag::Rsv1ContAccept, BOTH, NOT_SENT),
    unseen(Flag::PlainRefused, BOTH, NOT_SENT),
    unseen(Flag::BombOk, BOTH, NOT_SENT),
    unseen(Flag::FinIgnored, BOTH, STAYS),
    unseen(Flag::EndSendsPart, BOTH, STAYS),
    unseen(Flag::HoldsOn, CLIENT, STAYS),
    unseen(Flag::ZeroKeyRefused, SERVER, NOT_SENT),
    unseen(Flag::OpensAnything, SERVER, ALIKE),
    unseen(Flag::AnyStatus, CLIENT, ALIKE),
    unseen(Flag::AnyUpgrade, CLIENT, ALIKE),
    unseen(Flag::BlanksRefused, CLIENT, ALIKE),
    unseen(Flag::InterimRefused, CLIENT, ALIKE),
    unseen(Flag::WaitsForHead, CLIENT, ALIKE),
    unseen(Flag::ClosesUnopened, CLIENT, ALIKE),
    unseen(Flag::SampleKey, CLIENT, REQUESTS),
    unseen(Flag::HostWithoutPort, CLIENT, REQUESTS),
    unseen(Flag::Version8, CLIENT, REQUESTS),
    unseen(Flag::FragmentSent, CLIENT, REQUESTS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_is_named_once_and_shows_in_the_role() {
        for (at, one) in BEYOND.iter().enumerate() {
            assert!(BEYOND[..at].iter().all(|other| other.flag != one.flag), "{}", one.flag);
            assert!(one.roles.iter().all(|&role| one.flag.shows_as(role)), "{}", one.flag);
        }
    }
}
