//! What is offered, accepted and answered of extensions (RFC 7692 §7.1).

use super::agreed::Agreed;
use super::offers::{Bad, ClientBits, Parameters, parse};
use crate::mutant::flag::Flag;
use crate::mutant::flags::Flags;

const NAME: &str = "permessage-deflate";

/// What a client offers.
const OFFER: &str = "permessage-deflate; client_max_window_bits";
/// What it offers if it cannot have another window.
const OFFER_WITHOUT_WINDOW: &str = "permessage-deflate";

/// As a server: returns what is answered to the offers, and what is agreed by it.
pub(in crate::mutant) fn answer(flags: Flags, offers: &[&str]) -> (Option<String>, Option<Agreed>) {
    if flags.has(Flag::AnyExtension) && !offers.is_empty() {
        // The first entry as it is, whatever it is.
        let first = offers[0].split(',').next().unwrap_or_default().trim();
        let agreed = first.starts_with(NAME).then(|| agreed_by(flags, Parameters::default(), true));
        return (Some(first.to_owned()), agreed);
    }
    if flags.has(Flag::NoDeflate) {
        return (None, None);
    }
    let Some(entries) = parse(offers.iter().copied()) else { return (None, None) };
    let chosen = entries
        .iter()
        .filter(|entry| entry.name == NAME)
        .filter_map(|entry| entry.parameters(bad(flags)))
        .find(|&offer| !is_declined(flags, offer));
    let Some(offer) = chosen else { return (None, None) };
    let mut answer = NAME.to_owned();
    if offer.server_no_takeover {
        answer += "; server_no_context_takeover";
    }
    if let Some(bits) = offer.server_bits {
        answer.extend(["; server_max_window_bits=", &bits.to_string()]);
    }
    if flags.has(Flag::WindowUnasked) && offer.client_bits == ClientBits::Absent {
        answer += "; client_max_window_bits=10";
    }
    (Some(answer), Some(agreed_by(flags, offer, true)))
}

/// As a client: returns the offer.
pub(in crate::mutant) fn offer(flags: Flags) -> Option<&'static str> {
    match () {
        () if flags.has(Flag::NoDeflate) => None,
        () if flags.has(Flag::NoDeflateWindow) => Some(OFFER_WITHOUT_WINDOW),
        () => Some(OFFER),
    }
}

/// As a client: reads the answer. `Err` if it is not legal.
pub(in crate::mutant) fn accepted(flags: Flags, lines: &[&str]) -> Result<Option<Agreed>, ()> {
    if lines.is_empty() {
        return Ok(None);
    }
    let is_lenient = flags.has(Flag::AnyExtension);
    let entries = match parse(lines.iter().copied()) {
        Some(entries) => entries,
        None if is_lenient => return Ok(None),
        None => return Err(()),
    };
    let [entry] = entries.as_slice() else {
        return if is_lenient { Ok(None) } else { Err(()) };
    };
    if entry.name != NAME || offer(flags).is_none() {
        return if is_lenient { Ok(None) } else { Err(()) };
    }
    let answer = entry.parameters(bad(flags)).ok_or(())?;
    let is_bad = match answer.client_bits {
        // In an answer it has a value, and it must have been offered.
        ClientBits::Any => true,
        ClientBits::These(_) => flags.has(Flag::NoDeflateWindow),
        ClientBits::Absent => false,
    };
    if is_bad && bad(flags) == Bad::Declined {
        return Err(());
    }
    Ok(Some(agreed_by(flags, answer, false)))
}

fn bad(flags: Flags) -> Bad {
    if flags.has(Flag::OfferBadOk) { Bad::Ignored } else { Bad::Declined }
}

fn is_declined(flags: Flags, offer: Parameters) -> bool {
    let declines_takeover_off = flags.has(Flag::NoDeflateTakeoverOff);
    let least = match () {
        () if flags.has(Flag::NoDeflateWindow) => 16,
        () if flags.has(Flag::NoDeflateWindow9) => 10,
        () => 8,
    };
    declines_takeover_off && offer.server_no_takeover
        || offer.server_bits.is_some_and(|bits| bits < least)
}

fn agreed_by(flags: Flags, terms: Parameters, is_server: bool) -> Agreed {
    let (send_bits, send_off, recv_off) = if is_server {
        (terms.server_bits, terms.server_no_takeover, false)
    } else {
        (terms.client_bits.value(), terms.client_no_takeover, terms.server_no_takeover)
    };
    Agreed {
        send_takeover: !send_off || flags.has(Flag::TakeoverKept),
        recv_takeover: !recv_off && !flags.has(Flag::TakeoverLost),
        send_bits: send_bits.filter(|_| !flags.has(Flag::WindowIgnored)).unwrap_or(15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7692_section_7_1_answers_of_a_server() {
        for (offers, want) in [
            (&[][..], None),
            (&["permessage-deflate"], Some("permessage-deflate")),
            (&["x, permessage-deflate; client_max_window_bits"], Some("permessage-deflate")),
            (
                &["permessage-deflate; server_max_window_bits=9; server_no_context_takeover"],
                Some("permessage-deflate; server_no_context_takeover; server_max_window_bits=9"),
            ),
            (&["permessage-deflate; unknown"], None),
            (&["permessage-deflate; unknown", "permessage-deflate"], Some("permessage-deflate")),
            (&["permessage-deflate;;"], None),
        ] {
            let (answer, agreed) = answer(Flags::NONE, offers);
            assert_eq!(answer.as_deref(), want, "{offers:?}");
            assert_eq!(agreed.is_some(), want.is_some());
        }
    }

    #[test]
    fn rfc_7692_section_7_1_what_a_client_accepts() {
        for (answers, want) in [
            (&[][..], Ok(None)),
            (&["permessage-deflate"], Ok(Some((true, true, 15)))),
            (&["permessage-deflate; client_max_window_bits=9"], Ok(Some((true, true, 9)))),
            (&["permessage-deflate; server_no_context_takeover"], Ok(Some((true, false, 15)))),
            (&["permessage-deflate; client_no_context_takeover"], Ok(Some((false, true, 15)))),
            (&["permessage-deflate; client_max_window_bits"], Err(())),
            (&["permessage-deflate", "permessage-deflate"], Err(())),
            (&["x"], Err(())),
        ] {
            let seen = accepted(Flags::NONE, answers);
            let seen = seen.map(|agreed| {
                agreed.map(|a: Agreed| (a.send_takeover, a.recv_takeover, a.send_bits))
            });
            assert_eq!(seen, want, "{answers:?}");
        }
    }
}
