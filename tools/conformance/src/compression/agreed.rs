//! [`Agreed`]: what both ends of a connection have agreed on.

use super::extensions::parse;
use super::parameters::{ClientWindow, NAME, Parameters, Place};
use super::{Compressor, Decompressor};

/// What both ends have agreed on, from the point of view of this suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Whether messages that are sent may refer to earlier ones.
    pub send_takeover: bool,
    /// How far they may refer back: `2^send_window` bytes.
    pub send_window: u8,
    /// Whether messages that are received may refer to earlier ones.
    pub recv_takeover: bool,
    /// How far they may refer back: `2^recv_window` bytes.
    pub recv_window: u8,
}

/// A server's answer that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Breach {
    /// The rule and how it was broken, in words.
    pub rule: String,
    /// What the answer would mean, if it can be understood. The answer only does not fit the offer.
    /// Many clients let that pass.
    pub agreed: Option<Agreed>,
}

impl Agreed {
    /// Judges a server's answer to these offers: the values of its headers
    /// `Sec-WebSocket-Extensions`. Returns `None` if it declines compression.
    ///
    /// A client says with `client_no_context_takeover` in an offer that it does not refer to earlier
    /// messages, whatever the answer is (RFC 7692 §7.1.1.2). This does not count here: only the
    /// answer decides, so that servers are tested with such references too.
    ///
    /// # Errors
    /// The answer breaks a rule.
    pub fn from_answer(offers: &[Parameters], answers: &[&str]) -> Result<Option<Self>, Breach> {
        let breach = |rule: String| Breach { rule, agreed: None };
        let answer = match answers {
            [] => return Ok(None),
            [answer] => *answer,
            _ => {
                return Err(breach(
                    "RFC 6455 §11.3.2: a response has more than one header \
                     Sec-WebSocket-Extensions"
                        .to_owned(),
                ));
            }
        };
        let Some(extensions) = parse(answer).filter(|extensions| !extensions.is_empty()) else {
            return Err(breach(format!("RFC 6455 §9.1: {answer:?} is not a list of extensions")));
        };
        let is_offered = |name: &str| name == NAME && !offers.is_empty();
        if let Some(other) = extensions.iter().find(|extension| !is_offered(&extension.name)) {
            let name = &other.name;
            return Err(breach(format!(
                "RFC 6455 §4.1: the server uses the extension {name:?}, which was not offered"
            )));
        }
        let [extension] = &extensions[..] else {
            return Err(breach(format!("RFC 7692 §5.1: the server accepts {NAME} more than once")));
        };
        let answer = Parameters::parse(extension, Place::Answer).map_err(breach)?;
        let agreed = Self::of_client(answer);
        // It need fit only one offer. If it fits none, the first says why.
        let mut faults = offers.iter().map(|offer| fault(*offer, answer));
        let first = faults.next().flatten();
        match first {
            Some(rule) if faults.all(|fault| fault.is_some()) => {
                Err(Breach { rule, agreed: Some(agreed) })
            }
            _ => Ok(Some(agreed)),
        }
    }

    /// Returns what an answer means for the server that sends it.
    pub(super) fn of_server(answer: Parameters) -> Self {
        let client = Self::of_client(answer);
        Self {
            send_takeover: client.recv_takeover,
            send_window: client.recv_window,
            recv_takeover: client.send_takeover,
            recv_window: client.send_window,
        }
    }

    /// Returns what an answer means for the client that receives it.
    fn of_client(answer: Parameters) -> Self {
        let client_window = match answer.client_window {
            ClientWindow::Bits(bits) => bits,
            ClientWindow::Absent | ClientWindow::Any => 15,
        };
        Self {
            send_takeover: !answer.client_no_takeover,
            send_window: client_window,
            recv_takeover: !answer.server_no_takeover,
            recv_window: answer.server_window.unwrap_or(15),
        }
    }

    /// Makes what compresses the messages that are sent.
    #[must_use]
    pub fn compressor(self) -> Compressor {
        Compressor::new(self.send_window, self.send_takeover)
    }

    /// Makes what inflates the messages that are received.
    #[must_use]
    pub fn decompressor(self) -> Decompressor {
        Decompressor::new(self.recv_window, self.recv_takeover)
    }
}

/// Returns why an answer does not fit an offer.
fn fault(offer: Parameters, answer: Parameters) -> Option<String> {
    if offer.server_no_takeover && !answer.server_no_takeover {
        return Some(
            "RFC 7692 §7.1.1.1: the offer has server_no_context_takeover, and the answer does not"
                .to_owned(),
        );
    }
    match (offer.server_window, answer.server_window) {
        (Some(most), None) => {
            return Some(format!(
                "RFC 7692 §7.1.2.1: the offer has server_max_window_bits={most}, and the answer has \
                 no server_max_window_bits"
            ));
        }
        (Some(most), Some(bits)) if bits > most => {
            return Some(format!(
                "RFC 7692 §7.1.2.1: the offer has server_max_window_bits={most}, and the answer has \
                 {bits}, which is more"
            ));
        }
        _ => {}
    }
    let is_asked = offer.client_window != ClientWindow::Absent;
    (!is_asked && answer.client_window != ClientWindow::Absent).then(|| {
        "RFC 7692 §7.1.2.2: the answer has client_max_window_bits, and the offer does not"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Terms;

    const PLAIN: Agreed =
        Agreed { send_takeover: true, send_window: 15, recv_takeover: true, recv_window: 15 };

    fn judge(terms: Terms, answer: &str) -> Result<Option<Agreed>, Breach> {
        let answer = format!("permessage-deflate{answer}");
        Agreed::from_answer(&terms.offers(), &[&answer])
    }

    #[test]
    fn answers_that_fit() {
        let no_takeover = Agreed { recv_takeover: false, ..PLAIN };
        let nine = Agreed { recv_window: 9, ..PLAIN };
        let both = Agreed { recv_window: 9, ..no_takeover };
        for (terms, answer, want) in [
            (Terms::Plain, "", PLAIN),
            (Terms::Plain, ";client_no_context_takeover", Agreed { send_takeover: false, ..PLAIN }),
            (Terms::Plain, ";client_max_window_bits=8", Agreed { send_window: 8, ..PLAIN }),
            (Terms::Plain, ";client_max_window_bits=\"15\"", PLAIN),
            // A server may bind itself without being asked.
            (Terms::Plain, ";server_no_context_takeover", no_takeover),
            (Terms::Plain, ";server_max_window_bits=9", nine),
            (Terms::ServerNoTakeover, ";server_no_context_takeover", no_takeover),
            (Terms::ServerWindow(9), ";server_max_window_bits=9", nine),
            (
                Terms::ServerWindow(9),
                ";server_max_window_bits=8",
                Agreed { recv_window: 8, ..PLAIN },
            ),
            (Terms::ServerWindow(15), ";server_max_window_bits=15", PLAIN),
            (
                Terms::ServerNoTakeoverAndWindow(9),
                ";server_no_context_takeover;server_max_window_bits=9",
                both,
            ),
            (
                Terms::ServerNoTakeoverAndWindow(15),
                ";server_max_window_bits=15;server_no_context_takeover",
                no_takeover,
            ),
            (Terms::Three, ";server_max_window_bits=9;server_no_context_takeover", both),
            (Terms::Three, ";server_no_context_takeover", no_takeover),
            (Terms::Three, "", PLAIN),
        ] {
            assert_eq!(judge(terms, answer), Ok(Some(want)), "{terms:?} {answer}");
        }
        assert_eq!(Agreed::from_answer(&Terms::Plain.offers(), &[]), Ok(None));
        assert_eq!(Agreed::from_answer(&[], &[]), Ok(None));
    }

    #[test]
    fn answers_that_do_not_fit_name_the_rule() {
        for (terms, answer, rule) in [
            (Terms::Plain, ";client_max_window_bits=7", "RFC 7692 §7.1.2.2"),
            (Terms::Plain, ";client_max_window_bits=16", "RFC 7692 §7.1.2.2"),
            (Terms::Plain, ";client_max_window_bits=08", "RFC 7692 §7.1.2.2"),
            (Terms::Plain, ";client_max_window_bits=abc", "RFC 7692 §7.1.2.2"),
            (Terms::Plain, ";client_max_window_bits", "RFC 7692 §7.1.2.2"),
            (Terms::Plain, ";server_max_window_bits=7", "RFC 7692 §7.1.2.1"),
            (Terms::Plain, ";server_max_window_bits", "RFC 7692 §7.1.2.1"),
            (Terms::Plain, ";server_no_context_takeover=1", "RFC 7692 §7.1.1.1"),
            (Terms::Plain, ";client_no_context_takeover=1", "RFC 7692 §7.1.1.2"),
            (Terms::Plain, ";max_window_bits=9", "RFC 7692 §7.1:"),
            (
                Terms::Plain,
                ";client_no_context_takeover;client_no_context_takeover",
                "RFC 7692 §7.1:",
            ),
            (Terms::Plain, ";server_max_window_bits=9;server_max_window_bits=9", "RFC 7692 §7.1:"),
            (Terms::Plain, ",permessage-deflate", "RFC 7692 §5.1"),
            (Terms::Plain, ",x-other", "RFC 6455 §4.1"),
            (Terms::Plain, "-frame", "RFC 6455 §4.1"),
            (Terms::Plain, ";", "RFC 6455 §9.1"),
        ] {
            let breach = judge(terms, answer).unwrap_err();
            assert!(breach.rule.starts_with(rule), "{answer}: {breach}");
            assert_eq!(breach.agreed, None, "{answer}");
        }
        for (offers, answers, rule) in [
            (Terms::Plain.offers(), &[""][..], "RFC 6455 §9.1"),
            (Terms::Plain.offers(), &["permessage-deflate", ""], "RFC 6455 §11.3.2"),
            (Vec::new(), &["permessage-deflate"], "RFC 6455 §4.1"),
        ] {
            let breach = Agreed::from_answer(&offers, answers).unwrap_err();
            assert!(breach.rule.starts_with(rule), "{answers:?}: {breach}");
        }
    }

    #[test]
    fn an_answer_that_grants_too_little_can_still_be_understood() {
        let no_takeover = Agreed { recv_takeover: false, ..PLAIN };
        for (terms, answer, rule, want) in [
            (Terms::ServerNoTakeover, "", "RFC 7692 §7.1.1.1", PLAIN),
            (Terms::ServerWindow(9), "", "RFC 7692 §7.1.2.1", PLAIN),
            (Terms::ServerWindow(15), "", "RFC 7692 §7.1.2.1", PLAIN),
            (
                Terms::ServerWindow(9),
                ";server_max_window_bits=10",
                "RFC 7692 §7.1.2.1",
                Agreed { recv_window: 10, ..PLAIN },
            ),
            (
                Terms::ServerNoTakeoverAndWindow(9),
                ";server_no_context_takeover",
                "RFC 7692 §7.1.2.1",
                no_takeover,
            ),
        ] {
            let breach = judge(terms, answer).unwrap_err();
            assert!(breach.rule.starts_with(rule), "{answer}: {breach}");
            assert_eq!(breach.agreed, Some(want), "{answer}");
        }
        let offer = Parameters { client_window: ClientWindow::Absent, ..Terms::Plain.offers()[0] };
        let answer = ["permessage-deflate; client_max_window_bits=9"];
        let breach = Agreed::from_answer(&[offer], &answer).unwrap_err();
        assert!(breach.rule.starts_with("RFC 7692 §7.1.2.2"), "{breach}");
        assert_eq!(breach.agreed, Some(Agreed { send_window: 9, ..PLAIN }));
    }

    #[test]
    fn both_ends_agree_on_the_same() {
        for terms in [
            Terms::Plain,
            Terms::ServerNoTakeover,
            Terms::ServerWindow(9),
            Terms::ServerNoTakeoverAndWindow(15),
            Terms::Three,
        ] {
            let (answer, server) = terms.accept(&[&terms.offer()]).unwrap();
            let client = Agreed::from_answer(&terms.offers(), &[&answer]).unwrap().unwrap();
            let (mut payload, mut message) = (Vec::new(), Vec::new());
            for (from, to) in [(client, server), (server, client)] {
                let (mut from, mut to) = (from.compressor(), to.decompressor());
                for text in ["Hello", "", "Hello, Hello"] {
                    from.compress(text.as_bytes(), &mut payload);
                    to.decompress(&payload, 100, &mut message).unwrap();
                    assert_eq!(message, text.as_bytes(), "{terms:?}");
                }
            }
        }
    }
}
