//! [`Terms`]: what a case offers and accepts of permessage-deflate.

use super::agreed::Agreed;
use super::parameters::{ClientWindow, Parameters};

/// What a case offers as a client, and accepts as a server (RFC 7692 §7.1).
///
/// As a client it asks of the server what the variant says. As a server it asks the same of the
/// client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// A plain offer.
    Plain,
    /// The other side is not to refer to earlier messages.
    ServerNoTakeover,
    /// The other side's window has this many bits.
    ServerWindow(u8),
    /// Both: no reference to earlier messages, and a window of this many bits.
    ServerNoTakeoverAndWindow(u8),
    /// Three offers, the narrowest first.
    Three,
}

/// What is asked of the other side.
#[derive(Clone, Copy)]
struct Wish {
    no_takeover: bool,
    window: Option<u8>,
}

impl Terms {
    /// Returns what is asked of the other side: the first choice, then what would do.
    fn wishes(self) -> Vec<Wish> {
        let wish = |no_takeover, window| Wish { no_takeover, window };
        match self {
            Self::Plain => vec![wish(false, None)],
            Self::ServerNoTakeover => vec![wish(true, None)],
            Self::ServerWindow(bits) => vec![wish(false, Some(bits))],
            Self::ServerNoTakeoverAndWindow(bits) => vec![wish(true, Some(bits))],
            Self::Three => vec![wish(true, Some(9)), wish(true, None), wish(false, None)],
        }
    }

    /// Returns the offers that this suite makes as a client, the first choice first.
    #[must_use]
    pub fn offers(self) -> Vec<Parameters> {
        let offer = |wish: Wish| Parameters {
            server_no_takeover: wish.no_takeover,
            client_no_takeover: true,
            server_window: wish.window,
            client_window: ClientWindow::Any,
        };
        self.wishes().into_iter().map(offer).collect()
    }

    /// Returns the value of `Sec-WebSocket-Extensions` that this suite sends as a client.
    #[must_use]
    pub fn offer(self) -> String {
        self.offers().into_iter().map(Parameters::offer).collect::<Vec<_>>().join(", ")
    }

    /// Answers a client's offers, the values of its headers `Sec-WebSocket-Extensions`. Returns the
    /// value of the server's header, and what it means for the server. Returns `None` if no offer is
    /// acceptable.
    ///
    /// The first offer that allows the first choice is accepted. The answer grants what the offer
    /// asks of the server, and asks of the client what these terms say. Only a client that offers
    /// `client_max_window_bits` can be asked for a window (RFC 7692 §7.1.2.2).
    #[must_use]
    pub fn accept(self, offers: &[&str]) -> Option<(String, Agreed)> {
        let offers = Parameters::offers(offers);
        self.wishes().into_iter().find_map(|wish| {
            let is_possible = |offer: &&Parameters| {
                wish.window.is_none() || offer.client_window != ClientWindow::Absent
            };
            let offer = offers.iter().find(is_possible)?;
            let answer = Parameters {
                client_no_takeover: wish.no_takeover,
                client_window: wish.window.map_or(ClientWindow::Absent, ClientWindow::Bits),
                ..*offer
            };
            Some((answer.answer(), Agreed::of_server(answer)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_offers() {
        const PLAIN: &str =
            "permessage-deflate; client_no_context_takeover; client_max_window_bits";
        for (terms, more) in [
            (Terms::Plain, ""),
            (Terms::ServerNoTakeover, "; server_no_context_takeover"),
            (Terms::ServerWindow(9), "; server_max_window_bits=9"),
            (Terms::ServerWindow(15), "; server_max_window_bits=15"),
            (
                Terms::ServerNoTakeoverAndWindow(9),
                "; server_no_context_takeover; server_max_window_bits=9",
            ),
            (
                Terms::ServerNoTakeoverAndWindow(15),
                "; server_no_context_takeover; server_max_window_bits=15",
            ),
        ] {
            assert_eq!(terms.offer(), format!("{PLAIN}{more}"));
        }
        assert_eq!(
            Terms::Three.offer(),
            format!(
                "{PLAIN}; server_no_context_takeover; server_max_window_bits=9, \
                 {PLAIN}; server_no_context_takeover, {PLAIN}"
            )
        );
    }

    #[test]
    fn what_a_server_answers() {
        const NAME: &str = "permessage-deflate";
        const WINDOW: &str = "permessage-deflate; client_max_window_bits";
        let no_takeover = "; client_no_context_takeover";
        let nine = "; client_max_window_bits=9";
        let both = "; client_no_context_takeover; client_max_window_bits=9";
        for (terms, offers, want) in [
            (Terms::Plain, &[NAME][..], Some("")),
            (Terms::Plain, &[WINDOW], Some("")),
            (Terms::Plain, &["permessage-deflate; client_no_context_takeover"], Some("")),
            (Terms::Plain, &["x-other, permessage-deflate; bad, permessage-deflate"], Some("")),
            (Terms::Plain, &["x-other", "permessage-deflate"], Some("")),
            (Terms::Plain, &[], None),
            (Terms::Plain, &["x-other"], None),
            (Terms::Plain, &["permessage-deflate; server_max_window_bits=7"], None),
            (Terms::ServerNoTakeover, &[NAME], Some(no_takeover)),
            (Terms::ServerWindow(9), &[WINDOW], Some(nine)),
            (
                Terms::ServerWindow(9),
                &["permessage-deflate; client_max_window_bits=12"],
                Some(nine),
            ),
            (Terms::ServerWindow(15), &[WINDOW], Some("; client_max_window_bits=15")),
            (Terms::ServerWindow(9), &[NAME], None),
            (Terms::ServerWindow(15), &[NAME], None),
            (Terms::ServerWindow(9), &[NAME, WINDOW], Some(nine)),
            (Terms::ServerNoTakeoverAndWindow(9), &[WINDOW], Some(both)),
            (Terms::ServerNoTakeoverAndWindow(9), &[NAME], None),
            (Terms::ServerNoTakeoverAndWindow(15), &[NAME], None),
            (Terms::Three, &[WINDOW], Some(both)),
            (Terms::Three, &[NAME, WINDOW], Some(both)),
            (Terms::Three, &[NAME], Some(no_takeover)),
            (Terms::Three, &[], None),
        ] {
            let answer = terms.accept(offers).map(|(answer, _)| answer);
            let want = want.map(|more| format!("{NAME}{more}"));
            assert_eq!(answer, want, "{terms:?} {offers:?}");
        }
    }

    #[test]
    fn what_is_asked_of_the_server_is_granted() {
        for asked in [
            "; server_no_context_takeover",
            "; server_max_window_bits=8",
            "; server_no_context_takeover; server_max_window_bits=12",
        ] {
            let offer = format!("permessage-deflate; client_max_window_bits{asked}");
            for (terms, more) in [
                (Terms::Plain, ""),
                (Terms::ServerNoTakeover, "; client_no_context_takeover"),
                (Terms::ServerWindow(9), "; client_max_window_bits=9"),
            ] {
                let (answer, agreed) = terms.accept(&[&offer]).unwrap();
                assert_eq!(answer, format!("permessage-deflate{asked}{more}"));
                assert_eq!(agreed.send_takeover, !asked.contains("takeover"));
                assert_eq!(agreed.recv_takeover, !more.contains("takeover"));
                let window =
                    [(8, "=8"), (12, "=12")].iter().find(|(_, bits)| asked.ends_with(bits));
                assert_eq!(agreed.send_window, window.map_or(15, |(bits, _)| *bits));
                assert_eq!(agreed.recv_window, if more.ends_with("=9") { 9 } else { 15 });
            }
        }
    }
}
